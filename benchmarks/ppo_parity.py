"""Our PPO beside stable-baselines3's, both on the environment's true reward.

    python benchmarks/ppo_parity.py                      both, if stable-baselines3 is there
    python benchmarks/ppo_parity.py --only own --seeds 3 --tasks pendulum

Each side has the settings that are best known for it (stable-baselines3: those of
rl-baselines3-zoo), one torch thread, and the same number of environment steps seed
by seed. Policies are measured greedily on 64 starts that learning never saw; seconds
are processor time, so that other work on the machine does not count.

stable-baselines3 is no dependency of assent. To have it for this page:
`python -m venv sb3 && sb3/bin/pip install -e '.[control]' stable-baselines3`, and run
this file with `sb3/bin/python`.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import torch

from assent.algorithms.ppo import PPO
from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.models.batch import Batch
from assent.models.control import ControlPolicy
from assent.options import PPOOptions
from assent.records import Trajectory

HELD_OUT_STARTS = range(2**30, 2**30 + 64)


@dataclass(frozen=True)
class Task:
    """An environment, and how each side learns it. bar: the mean return that counts as solved."""

    id: str
    bar: float
    options: PPOOptions
    peer: dict[str, Any]
    peer_copies: int
    horizon: Literal["fixed", "native"] = "native"
    initial_log_std: float = 0.0
    copies: int = 16
    hidden: tuple[int, ...] = field(default=(64, 64))


@dataclass(frozen=True)
class Outcome:
    """What one seed came to: the mean return, and what it took."""

    mean_return: float
    steps: int
    seconds: float


TASKS = {
    "cartpole": Task(
        id="CartPole-v1",
        bar=475.0,
        options=PPOOptions(
            updates=30,
            episodes=16,
            epochs=10,
            minibatch_size=256,
            learning_rate=1e-3,
            discount=0.99,
            gae_lambda=0.98,
        ),
        peer={
            "n_steps": 32,
            "batch_size": 256,
            "n_epochs": 20,
            "gamma": 0.98,
            "gae_lambda": 0.8,
            "learning_rate": lambda left: 1e-3 * left,
            "clip_range": lambda left: 0.2 * left,
        },
        peer_copies=8,
    ),
    "pendulum": Task(
        id="Pendulum-v1",
        bar=-250.0,
        options=PPOOptions(
            updates=30,
            episodes=16,
            epochs=10,
            minibatch_size=512,
            learning_rate=2e-3,
            discount=0.95,
        ),
        peer={
            "n_steps": 1024,
            "n_epochs": 10,
            "gamma": 0.9,
            "gae_lambda": 0.95,
            "learning_rate": 1e-3,
            "use_sde": True,
            "sde_sample_freq": 4,
        },
        peer_copies=4,
        initial_log_std=0.8,
    ),
}


def own(task: Task, seed: int) -> Outcome:
    """Our PPO with our policy and our rollout loop."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    environments = [ControlEnvironment(task.id, None, task.horizon) for _ in range(task.copies)]
    policy = ControlPolicy(environments[0].spaces, task.hidden, task.initial_log_std)
    ppo = PPO(policy, task.options)
    steps, started = 0, time.process_time()
    for _ in range(task.options.updates):
        starts = [int(start) for start in rng.integers(2**30, size=task.options.episodes)]
        acted = rollout(environments, policy, starts, rng, Context())
        steps += sum(each.steps for each in acted)
        batch = Batch.from_trajectories(acted)
        ppo.update(batch, true_rewards(acted, batch), None, rng)
    seconds = time.process_time() - started
    judged = rollout(environments, policy, HELD_OUT_STARTS, rng, Context(greedy=True))
    returns = [
        float(t.environment_reward.sum()) for t in judged if t.environment_reward is not None
    ]
    return Outcome(float(np.mean(returns)), steps, seconds)


def true_rewards(acted: list[Trajectory], batch: Batch) -> torch.Tensor:
    """The environment's own rewards, `[B, T]`."""
    rewards = torch.zeros(batch.mask.shape)
    for row, each in zip(rewards, acted, strict=True):
        assert each.environment_reward is not None
        row[: each.steps] = torch.from_numpy(each.environment_reward)
    return rewards


def peer(task: Task, seed: int, steps: int) -> Outcome:
    """stable-baselines3's PPO with its own policy and loop, for as many steps."""
    from stable_baselines3 import PPO as PeerPPO
    from stable_baselines3.common.env_util import make_vec_env

    environments = make_vec_env(task.id, n_envs=task.peer_copies, seed=seed)
    model = PeerPPO("MlpPolicy", environments, seed=seed, device="cpu", **task.peer)
    started = time.process_time()
    model.learn(steps)
    seconds = time.process_time() - started
    environment = gym.make(task.id)
    returns = []
    for start in HELD_OUT_STARTS:
        seen, _ = environment.reset(seed=start)
        total, over = 0.0, False
        while not over:
            action, _ = model.predict(seen, deterministic=True)
            seen, reward, terminated, truncated, _ = environment.step(action)
            total, over = total + float(reward), terminated or truncated
        returns.append(total)
    return Outcome(float(np.mean(returns)), model.num_timesteps, seconds)


def show(name: str, task: Task, outcomes: list[Outcome]) -> None:
    """One line of the table: medians, and the spread over seeds."""
    returns = np.array([each.mean_return for each in outcomes])
    seconds = np.median([each.seconds for each in outcomes])
    steps = np.median([each.steps for each in outcomes])
    solved = int((returns >= task.bar).sum())
    print(
        f"{task.id:14} {name:18} {len(outcomes):5} {steps:9.0f} {seconds:9.1f} "
        f"{np.median(returns):9.1f}   {returns.min():8.1f} to {returns.max():8.1f}   "
        f"{solved} of {len(outcomes)} at {task.bar:g}",
        flush=True,
    )


def main() -> None:
    """Parse, run, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=sorted(TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=["own", "peer"], help="one side alone")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    there = importlib.util.find_spec("stable_baselines3") is not None
    if wanted.only == "peer" and not there:
        parser.error("stable-baselines3 is not installed; this file's first lines say how")
    if wanted.only is None and not there:
        print("stable-baselines3 is not installed (see this file's first lines): our side alone\n")
    names = f"{'task':14} {'who':18} {'seeds':>5} {'steps':>9} {'cpu s':>9} {'median':>9}"
    print(f"{names}   spread over seeds")
    for name in wanted.tasks:
        task = TASKS[name]
        ours = [own(task, seed) for seed in range(wanted.seeds)]
        if wanted.only != "peer":
            show("assent", task, ours)
        if there and wanted.only != "own":
            show(
                "stable-baselines3",
                task,
                [peer(task, s, each.steps) for s, each in enumerate(ours)],
            )


if __name__ == "__main__":
    main()
