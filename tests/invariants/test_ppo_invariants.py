"""What must not change what PPO learns: padding, order, the unit of the reward, a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from assent.algorithms.lesson import Lesson, minibatches
from assent.algorithms.ppo import PPO
from assent.models.batch import Batch
from assent.options import PPOOptions
from tests.algorithms.worlds import TokenPolicy, bandit, dialogues, pulls

ROWS = 12


def begin(world: str) -> tuple[Any, Callable[[Any, np.random.Generator], Batch]]:
    torch.manual_seed(5)
    if world == "text":
        return TokenPolicy(5), lambda policy, rng: Batch.from_trajectories(
            dialogues(policy, ROWS, rng)
        )
    return bandit(), lambda policy, rng: Batch.from_trajectories(pulls(policy, ROWS, 6, rng))


def paid(batch: Batch) -> Tensor:
    return torch.where(batch.mask, (batch.actions == 0).float(), 0.0)


def learnt(policy: Any, options: PPOOptions, batch: Batch, rewards: Tensor) -> Tensor:
    """All parameters after one update, in one vector."""
    PPO(policy, options).update(batch, rewards, None, np.random.default_rng(0))
    parameters = [p for group in policy.parameters() for p in group["params"]]
    return torch.cat([p.detach().flatten() for p in parameters])


def wider(batch: Batch) -> Batch:
    """The same episodes with three more columns of padding, filled with what must not matter."""
    more = [torch.nn.functional.pad(column, (0, 3), value=2) for column in _two_axes(batch)]
    return replace(
        batch,
        observations=more[0],
        actions=more[1],
        logprobs=torch.nn.functional.pad(batch.logprobs, (0, 3), value=float("nan")),
        mask=torch.nn.functional.pad(batch.mask, (0, 3), value=False),
    )


def _two_axes(batch: Batch) -> tuple[Tensor, Tensor]:
    return batch.observations, batch.actions


def test_padding_does_not_change_what_is_learnt() -> None:
    narrow, collect = begin("text")
    wide, _ = begin("text")
    batch = collect(narrow, np.random.default_rng(1))
    options = PPOOptions(minibatch_size=5)

    first = learnt(narrow, options, batch, paid(batch))
    second = learnt(wide, options, wider(batch), paid(wider(batch)))

    assert_close(second, first, rtol=0, atol=1e-7)


@pytest.mark.parametrize("world", ["text", "control"])
def test_the_order_of_episodes_does_not_change_what_is_learnt(world: str) -> None:
    one, collect = begin(world)
    other, _ = begin(world)
    batch = collect(one, np.random.default_rng(1))
    turned = batch.rows(torch.arange(ROWS - 1, -1, -1))
    options = PPOOptions(minibatch_size=1000)

    first = learnt(one, options, batch, paid(batch))
    second = learnt(other, options, turned, paid(turned))

    assert_close(second, first, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("world", ["text", "control"])
def test_the_unit_of_the_reward_does_not_change_what_is_learnt(world: str) -> None:
    one, collect = begin(world)
    other, _ = begin(world)
    batch = collect(one, np.random.default_rng(1))
    options = PPOOptions(minibatch_size=8)

    first = learnt(one, options, batch, paid(batch))
    second = learnt(other, options, batch, 1024 * paid(batch))

    # An update moves weights by about epochs * minibatches * 3e-4; 1e-5 is far below.
    assert_close(second, first, rtol=0, atol=1e-5)


def test_steps_on_their_own_teach_the_same_as_whole_episodes() -> None:
    class Remembering:
        """The same policy, taken for one that needs whole episodes."""

        def __init__(self, policy: Any) -> None:
            self.policy = policy
            self.memoryless = False

        def __getattr__(self, name: str) -> Any:
            return getattr(self.policy, name)

    steps, collect = begin("control")
    rows, _ = begin("control")
    batch = collect(steps, np.random.default_rng(1))
    options = PPOOptions(minibatch_size=1000)

    first = learnt(steps, options, batch, paid(batch))
    second = learnt(Remembering(rows), options, batch, paid(batch))

    assert_close(second, first, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("world", ["text", "control"])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(world: str) -> None:
    options = PPOOptions(updates=5, minibatch_size=7, kl_weight=0.1, kl_target_nats=0.01)

    def go_on(policy: Any, ppo: PPO, collect: Any, updates: range) -> None:
        for update in updates:
            rng = np.random.default_rng(update)
            batch = collect(policy, rng)
            reference = torch.where(batch.mask, batch.logprobs - 0.2, 0.0)
            ppo.update(batch, paid(batch), reference, rng)

    policy, collect = begin(world)
    ppo = PPO(policy, options)
    go_on(policy, ppo, collect, range(2))
    saved = (*policy.state(), *ppo.state())
    go_on(policy, ppo, collect, range(2, 5))

    resumed, _ = begin(world)
    other = PPO(resumed, options)
    resumed.load(saved[0], saved[1])
    other.load(saved[2], saved[3])
    go_on(resumed, other, collect, range(2, 5))

    assert (*resumed.state(), *other.state()) == (*policy.state(), *ppo.state())


@pytest.mark.parametrize(("size", "expected"), [(64, [64]), (20, [16] * 4), (30, [22, 21, 21])])
def test_minibatches_take_every_step_once_in_equal_parts(size: int, expected: list[int]) -> None:
    policy, _ = begin("control")
    batch = Batch.from_trajectories(pulls(policy, 8, 8, np.random.default_rng(0)))
    batch = batch.rows([0, 0, 2, 2, 4, 4, 6, 6])  # eight episodes of eight steps
    numbered = torch.arange(64.0).reshape(8, 8)

    parts = list(
        minibatches(
            Lesson(batch, numbered, numbered, numbered), size, True, np.random.default_rng(0)
        )
    )

    taken = torch.cat([part.returns[0] for part in parts]).tolist()
    assert sorted(taken) == list(range(64))
    assert taken != sorted(taken)
    assert [part.batch.mask.sum().item() for part in parts] == expected


def test_a_step_is_evaluated_alike_on_its_own_and_side_by_side() -> None:
    policy, collect = begin("control")
    batch = collect(policy, np.random.default_rng(1))
    lesson = Lesson(batch, batch.logprobs, batch.logprobs, batch.logprobs).as_steps()

    alone, beside = policy.evaluate(lesson.batch), policy.evaluate(lesson.side_by_side().batch)

    assert_close(beside.logprobs[0], alone.logprobs[:, 0])
    assert_close(beside.values[0, :-1], alone.values[:, 0])
