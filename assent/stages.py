"""The system on one page: imitate, rollout, ask, reward, improve, evaluate.

Each stage reads rows, computes, and writes its rows together with its line in
the journal of runs, in one transaction: killed before that, it never happened,
and it will draw the same random numbers when it is done again.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from assent import beliefs, byhand, hearing, measure, plugins
from assent.algorithms import imitate as imitation
from assent.errors import CheckpointError
from assent.likelihood.joint import compile
from assent.models.batch import Batch
from assent.models.policy import Policy
from assent.project import Project
from assent.questions import ask as questions
from assent.questions.pool import Pool
from assent.records import Checkpoint, Json, Segment, Trajectory
from assent.reward import fit as fitting
from assent.reward.fit import FittedReward
from assent.worlds.world import Acting, Progress, World

Metrics = Mapping[str, float]
ORDER = ("imitate", "rollout", "ask", "reward", "improve", "evaluate")


def silent(done: int, total: int, text: str) -> None:
    """Progress for nobody."""


def randomness(project: Project, stage: str, number: int) -> np.random.Generator:
    """The stage's own random numbers: the same for the same project, stage and round.

    Torch's global generator, which layers are initialised from, is set along with it.
    """
    rng = np.random.default_rng([project.config.project.seed, ORDER.index(stage), number])
    torch.manual_seed(int(rng.integers(2**31)))
    return rng


def imitate(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Learn the baseline policy from demonstrations; without any, keep it as it starts."""
    started = time.time()
    rng = randomness(project, "imitate", number)
    policy = world.baseline(rng)
    people = byhand.demonstrated(project, world, number)
    shown = [*world.demonstrations(policy), *people]
    metrics: Metrics = {
        "imitate/demonstrations": float(len(shown)),
        "imitate/by_people": float(len(people)),
    }
    curve: list[dict[str, float]] = []
    if shown:
        learnt = imitation.imitate(
            policy, Batch.from_trajectories(shown), project.config.imitate, rng, progress
        )
        metrics, curve = {**metrics, **learnt.metrics}, learnt.curve
    _keep(project, "imitate", number, started, metrics, {"curve": curve}, policy)
    return metrics


def rollout(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Let this round's policy act, and keep its trajectories for people to look at."""
    started = time.time()
    rng = randomness(project, "rollout", number)
    settings = project.config.rollout
    policy, checkpoint = _policy(project, world)
    groups = -(-settings.trajectories // settings.per_group)
    seeds = [
        seed
        for seed in world.starts(groups, rng, held_out=False)
        for _ in range(settings.per_group)
    ][: settings.trajectories]
    acted = world.act(Acting(policy, number, checkpoint.id, now=started), seeds, rng, progress)
    metrics = {
        "rollout/trajectories": float(len(acted)),
        "rollout/steps": float(sum(int(t.mask.sum()) for t in acted)),
    }
    with project.store.write():
        project.store.trajectories.add(acted)
        project.store.runs.finish("rollout", number, started, time.time(), metrics, {})
    return metrics


def ask(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Choose the round's questions and queue them, with what people will see."""
    started = time.time()
    rng = randomness(project, "ask", number)
    settings = project.config.ask
    store = project.store
    trajectories = store.trajectories.many(store.trajectories.list(round=number))
    segments = world.segments(trajectories, settings.questions * settings.candidates, rng)
    pool, posterior = _pool(project, world, trajectories, segments)
    queries = questions.choose(
        pool, posterior, settings, plugins.find("strategies", settings.strategy), number, rng
    )
    # Drawn last: without golds the other questions are the same as ever.
    golds = questions.known(hearing.golds(store), settings, number, rng)
    shown = list({s.key: s for query in queries for s in query.segments}.values())
    scenes = world.scenes(trajectories, shown, progress)
    looks = {s.key: questions.look(c) for s, c in zip(shown, scenes, strict=True)}
    drawn, queries = len(queries), questions.telling_apart(queries, looks)
    blobs = {s.key: _put_scene(project, scene) for s, scene in zip(shown, scenes, strict=True)}
    replies = {s.key: str(c["reply"]) for s, c in zip(shown, scenes, strict=True) if "reply" in c}
    acted = {t.id: t for t in trajectories}
    queries = questions.with_originals(queries, replies, lambda s: world.play(acted[s.trajectory]))
    metrics = {
        "ask/questions": float(len(queries)),
        "ask/segments": float(len(segments)),
        "ask/alike": float(drawn - len(queries)),
    }
    with store.write():
        store.questions.add(questions.mixed(queries, golds, rng), blobs)
        store.runs.finish("ask", number, started, time.time(), metrics, {})
    return metrics


def reward(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Learn one reward from every answer in force, together with who can be believed."""
    started = time.time()
    rng = randomness(project, "reward", number)
    store = project.store
    unreadable = byhand.keep_written(project, world, number)
    told = hearing.judgements(store)
    judgements = [j for j in told if unreadable.isdisjoint(s.trajectory for s in j.target.segments)]
    segments = list({s.key: s for j in judgements for s in j.target.segments}.values())
    trajectories = store.trajectories.many(sorted({s.trajectory for s in segments}))
    described = world.describe_segments(trajectories, segments)
    names = sorted({j.annotator for j in judgements})
    evidence = compile(
        judgements,
        {s.key: i for i, s in enumerate(segments)},
        {name: i for i, name in enumerate(names)},
    )
    evidence = beliefs.weighed(store, evidence, names)
    settings = project.config.reward
    fitted = fitting.fit(described.only(settings.covariates), evidence, settings, rng, progress)
    # In units of the policy that learning starts from: on the narrow behaviour of a later one
    # the same reward would look many times as large, and its price in KL as small.
    first = 1 if project.config.improve.start == "baseline" else number
    whole = world.describe(_acted(project, first))
    fitted = fitted.standardise(whole.features, whole.mask)
    weights, details = fitted.state()
    metrics = {**fitted.metrics, "reward/unreadable": float(len(told) - len(judgements))}
    people = measure.people(store.people.list(), names, fitted.described)
    details = {**details, "people": people}
    report = {
        "people": people,
        "warnings": list(fitted.warnings),
        "calibration": fitted.calibration,
    }
    with store.write():
        store.checkpoints.add("reward", number, weights, details, metrics, None)
        store.runs.finish("reward", number, started, time.time(), metrics, report)
    return metrics


def improve(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Maximise the learnt reward by reinforcement learning, held near the baseline."""
    started = time.time()
    rng = randomness(project, "improve", number)
    fitted = _reward(project)
    starts = _starts(project, number)
    attempts: list[Attempt] = []
    for baseline in starts:
        policy, parent = _policy(project, world, baseline)
        acting = Acting(policy, number, parent.id, now=started)
        part = _share_of(progress, len(attempts), len(starts))
        attempts.append(
            Attempt(policy, parent, _practise(project, world, fitted, acting, rng, part))
        )
    best = max(attempts, key=lambda each: each.worth)
    metrics = {
        **best.curve[-1],
        "improve/reward_first": best.curve[0]["improve/reward"],
        "improve/attempts": float(len(attempts)),
    }
    details = {"curve": best.curve}
    _keep(project, "improve", number, started, metrics, details, best.policy, best.parent)
    return metrics


def evaluate(project: Project, world: World, number: int, progress: Progress = silent) -> Metrics:
    """Measure the policy on fresh starts: true return where one exists, KL, and samples."""
    started = time.time()
    # The same starts every round, so that rounds are compared on equal terms.
    rng = randomness(project, "evaluate", 0)
    settings = project.config.evaluate
    policy, checkpoint = _policy(project, world)
    seeds = world.starts(settings.trajectories, rng, held_out=True)
    acting = Acting(policy, number, checkpoint.id, settings.greedy, started)
    acted = world.act(acting, seeds, rng, progress)
    batch = Batch.from_trajectories(acted)
    predicted = _predicted(project, world, batch)
    reference = world.reference(batch)
    metrics, details = measure.outcome(
        acted, predicted, None if reference is None else reference.numpy()
    )
    whole = [world.whole(acted[i]) for i in details["shown"]]
    scenes = world.scenes([acted[i] for i in details["shown"]], whole, silent)
    samples = [
        {**sample, "scene": _put_scene(project, scene)}
        for sample, scene in zip(details["samples"], scenes, strict=True)
    ]
    with project.store.write():
        project.store.trajectories.add(acted, purpose="evaluate")
        finished = time.time()
        details = {**details, "samples": samples}
        project.store.runs.finish("evaluate", number, started, finished, metrics, details)
    return metrics


Stage = Callable[[Project, World, int, Progress], Metrics]
STAGES: dict[str, Stage] = {
    "imitate": imitate,
    "rollout": rollout,
    "ask": ask,
    "reward": reward,
    "improve": improve,
    "evaluate": evaluate,
}


def _policy(project: Project, world: World, baseline: bool = False) -> tuple[Policy, Checkpoint]:
    """The newest policy, or the baseline, and the checkpoint that it comes from."""
    checkpoint = project.store.checkpoints.latest("policy", round=0 if baseline else None)
    if checkpoint is None:
        raise CheckpointError("this project has no policy yet; run `assent imitate` first")
    return world.restore(checkpoint, project.store.checkpoints.weights(checkpoint)), checkpoint


def _acted(project: Project, number: int) -> Batch:
    """What the policy did in a round's rollout."""
    trajectories = project.store.trajectories
    return Batch.from_trajectories(trajectories.many(trajectories.list(round=number)))


def _reward(project: Project) -> FittedReward:
    """The newest reward model."""
    checkpoint = project.store.checkpoints.latest("reward")
    if checkpoint is None:
        raise CheckpointError(
            "this project has no reward model yet; answer some questions, then run `assent reward`"
        )
    return FittedReward.load(project.store.checkpoints.weights(checkpoint), checkpoint.details)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A policy that has practised, where it started, and what each update measured."""

    policy: Policy
    parent: Checkpoint
    curve: list[dict[str, float]]

    @property
    def worth(self) -> float:
        """The learnt reward at the end, averaged over a few updates."""
        return float(np.mean([row["improve/reward"] for row in self.curve[-5:]]))


def _starts(project: Project, number: int) -> list[bool]:
    """Whether each attempt of a round starts at the baseline, else at the newest policy.

    A policy that an early, wrong reward has led astray hardly explores any more, and a new
    one forgets what was right: `both` tries both, and the learnt reward chooses.
    """
    start = project.config.improve.start
    if start == "both" and number > 1:
        return [True, False]
    return [start != "previous"]


def _share_of(progress: Progress, part: int, parts: int) -> Progress:
    """The progress of one part of several of equal length."""
    return lambda done, total, text: progress(part * total + done, parts * total, text)


def _practise(
    project: Project,
    world: World,
    fitted: FittedReward,
    acting: Acting,
    rng: np.random.Generator,
    progress: Progress,
) -> list[dict[str, float]]:
    """Act, be rewarded and learn, update by update; changes the policy that acts."""
    settings = project.config.improve
    algorithm = plugins.find("algorithms", settings.algorithm)(acting.policy, settings)
    # An untrained policy has met nothing yet; its inputs are normalised by what it has met.
    acting.policy.observe(_acted(project, acting.round))
    curve: list[dict[str, float]] = []
    for update in range(settings.updates):
        seeds = world.starts(settings.episodes, rng, held_out=False)
        batch = world.batch(world.act(acting, seeds, rng, silent))
        rewards = _rewards(project, world, fitted, batch)
        learnt = algorithm.update(batch, rewards, world.reference(batch), rng)
        curve.append({"improve/reward": float(rewards.sum(1).mean()), **learnt})
        progress(update + 1, settings.updates, f"reward {curve[-1]['improve/reward']:.2f}")
    return curve


def _rewards(project: Project, world: World, fitted: FittedReward, batch: Batch) -> torch.Tensor:
    """Rewards `[B, T]`: the ensemble's mean less its spread, so doubt does not pay."""
    described = world.describe(batch)
    scores = fitted.score(described.features, described.mask)  # [E, B, H]
    cautious = scores.mean(0) - project.config.reward.pessimism * scores.std(0)
    return world.place(cautious, batch)


def _predicted(project: Project, world: World, batch: Batch) -> np.ndarray | None:
    """The newest reward model's mean opinion of whole trajectories, `[B]`; None without one."""
    if project.store.checkpoints.latest("reward") is None:
        return None
    described = world.describe(batch)
    scores = _reward(project).score(described.features, described.mask)
    opinion: np.ndarray = scores.mean(0).sum(-1).cpu().numpy()
    return opinion


def _pool(
    project: Project,
    world: World,
    trajectories: list[Trajectory],
    segments: list[Segment],
) -> tuple[Pool, np.ndarray]:
    """The candidates, and what each member thinks of them, `[E, N]`; E = 0 before any answer."""
    groups = {t.id: "" if world.one_group() else t.group for t in trajectories}
    described = world.describe_segments(trajectories, segments)
    flat = (described.features * described.mask[..., None]).flatten(1).cpu().numpy()
    pool = Pool(tuple(segments), tuple(groups[s.trajectory] for s in segments), flat)
    if project.store.checkpoints.latest("reward") is None:
        return pool, np.empty((0, len(segments)))
    fitted = _reward(project)
    return pool, fitted.samples(described.features, described.mask).cpu().numpy()


def _put_scene(project: Project, scene: Json) -> str:
    """Keep a scene, and a video's bytes as a blob of their own; the name of the scene's blob."""
    blobs = project.store.blobs
    if "data" in scene:
        film = base64.b64decode(scene["data"])
        scene = {name: value for name, value in scene.items() if name != "data"}
        scene["hash"] = blobs.put(film)
    return blobs.put_json(scene)


def _keep(
    project: Project,
    stage: str,
    number: int,
    started: float,
    metrics: Metrics,
    details: Json,
    policy: Policy,
    parent: Checkpoint | None = None,
) -> None:
    """Write a policy's checkpoint and its stage's line in the journal, together."""
    weights, made = policy.state()
    with project.store.write():
        project.store.checkpoints.add(
            "policy", number, weights, made, metrics, parent.id if parent else None
        )
        project.store.runs.finish(stage, number, started, time.time(), metrics, details)
