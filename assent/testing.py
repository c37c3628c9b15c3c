"""Checks that anybody can run on a plug-in of their own: does it keep its contract?

Each check raises AssertionError saying which promise was broken. The tests of
assent run them on every built-in plug-in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from assent.errors import AnswerError, CheckpointError
from assent.feedback.hostile import HOSTILE
from assent.feedback.kind import FeedbackKind, Form
from assent.feedback.simulated import SimulatedAnnotator
from assent.feedback.written import segment_of
from assent.questions.pool import Pool
from assent.questions.strategy import Choice, Need, Strategy
from assent.records import Grade, Json, Order, Query, Segment, Target, Trajectory


def check_feedback_kind(kind: FeedbackKind, query: Query, rng: np.random.Generator) -> None:
    """The contract of a kind of feedback, on one query of that kind."""
    _require(kind.name == query.kind, f"kind {kind.name!r} was given a query of {query.kind!r}")
    _check_form(kind, query)
    _check_refusals(kind, query)
    _check_simulation(kind, query, rng)
    _check_order_of_options(kind, query, rng)
    _check_meaning(kind, query, rng)


def check_strategy(strategy: Strategy, rng: np.random.Generator) -> None:
    """The contract of a strategy, on pools of several groups with look-alikes in them."""
    for size in (1, 2, 4):
        for count in (0, 1, 12, 10_000):
            _check_choices(strategy, _pool(rng), Need(size, count, random_share=0.25), rng)
    nothing = Pool((), ())
    chosen = strategy(nothing, np.zeros((5, 0)), Need(2, 3), rng)
    _require(chosen == [], "an empty pool must give no question")


def _check_form(kind: FeedbackKind, query: Query) -> None:
    """The form fits the query, is plain, and offers only answers that are accepted."""
    form = kind.form(query)
    keys = tuple(segment.key for segment in query.segments)
    _require(form.kind == kind.name, "the form names another kind")
    _require(form.segments == keys, "the form does not show the query's segments in their order")
    _require(len(form.skips) > 0, "the form has no way to skip")
    json.dumps(form.json())
    for segment in (*(c.segment for c in form.choices), *(r.segment for r in form.rows)):
        _require(segment is None or segment in keys, "a button for no segment")
    offered = _offered(form)
    _require(len(offered) > 1, "the form leaves nothing to choose")
    for answer in (*offered, *(choice.answer for choice in form.skips)):
        _check_accepted(kind, query, answer)
    for choice in form.skips:
        _require(kind.targets(query, choice.answer) == [], "a skip must teach nothing")


def _offered(form: Form) -> list[Json]:
    """Some of the answers that a page can send for a form, by its layout."""
    keys = list(form.segments)
    if form.layout == "choose":
        return [choice.answer for choice in form.choices]
    if form.layout == "rank":
        return [{"ranking": [[key] for key in keys]}, {"ranking": [keys]}]
    if form.layout == "write":
        return [{"text": f"{form.text} more"}, {"text": "other words\nin two lines"}]
    if form.layout == "mark":
        marks = [{"start": 0, "stop": 1, **c.answer, "reason": "why"} for c in form.choices]
        return [{"marks": []}, {"marks": marks[:1]}, {"marks": marks}]
    rated = [{row.name: choice.answer["level"] for row in form.rows} for choice in form.choices]
    ranking = {"ranking": [[key] for key in keys]} if form.layout == "rate_then_rank" else {}
    return [{"levels": levels, **ranking} for levels in rated]


def _check_accepted(kind: FeedbackKind, query: Query, answer: Json) -> None:
    """An answer is normal after one check, and its targets speak of the query."""
    normal = kind.check(query, answer)
    _require(kind.check(query, normal) == normal, f"checking {answer} twice changes it")
    json.dumps(normal)
    for target in kind.targets(query, normal):
        _require(isinstance(target, Order | Grade), "a target is an Order or a Grade")
        strangers = set(target.segments) - set(query.segments)
        if isinstance(normal.get("text"), str):
            strangers -= {segment_of(query, normal["text"])}
        _require(not strangers, f"a target speaks of {strangers}, which the query does not show")


def _check_refusals(kind: FeedbackKind, query: Query) -> None:
    """Nonsense is refused by AnswerError, in a message of readable length."""
    for answer in HOSTILE:
        try:
            normal = kind.check(query, answer)
        except AnswerError as error:
            _require(len(str(error)) < 2000, "an error quotes a huge answer at length")
        else:
            raise AssertionError(f"nonsense was accepted as {str(normal)[:200]}")


def _check_simulation(kind: FeedbackKind, query: Query, rng: np.random.Generator) -> None:
    """Simulated answers are normal, and repeatable from the generator alone."""
    places = range(len(query.segments))
    annotator = SimulatedAnnotator("check", sensitivity=1.0, lapse=0.3, position=0.5)
    for _ in range(30):
        utilities = rng.standard_normal(len(query.segments))
        seed = int(rng.integers(2**31))
        one, other = (
            kind.simulate(query, utilities, annotator, places, np.random.default_rng(seed))
            for _ in range(2)
        )
        _require(one == other, "simulate draws randomness from elsewhere than its generator")
        _require(kind.check(query, one) == one, f"simulate gives {one}, which is not normal")
        _check_accepted(kind, query, one)


def _check_order_of_options(kind: FeedbackKind, query: Query, rng: np.random.Generator) -> None:
    """The same answer means the same when the query lists its segments the other way round."""
    turned = replace(query, segments=query.segments[::-1])
    for _ in range(10):
        utilities = rng.standard_normal(len(query.segments))
        annotator = SimulatedAnnotator("check", sensitivity=1.0)
        answer = kind.simulate(query, utilities, annotator, range(len(utilities)), rng)
        meanings = [sorted(map(_meaning, kind.targets(q, answer))) for q in (query, turned)]
        _require(meanings[0] == meanings[1], f"the order of options changes what {answer} means")


def _check_meaning(kind: FeedbackKind, query: Query, rng: np.random.Generator) -> None:
    """Somebody who sees perfectly teaches that the better segment is better."""
    annotator = SimulatedAnnotator("check", sensitivity=1e6, lapse=0.0)
    size = len(query.segments)
    for utilities in (np.linspace(-1, 1, size), np.linspace(1, -1, size)):
        answer = kind.simulate(query, utilities, annotator, range(size), rng)
        worth = dict(zip((s.key for s in query.segments), utilities, strict=True))
        for target in kind.targets(query, answer):
            values = [worth[segment.key] for segment in target.segments]
            _require(_agrees(target, values), f"utilities {values} gave {target}")


def _agrees(target: Target, values: list[float]) -> bool:
    """Whether a target says of segments what their clear-cut utilities say."""
    if isinstance(target, Order):
        pairs = zip(values, target.ranks, strict=True)
        ordered = sorted(pairs, key=lambda pair: pair[1])
        return all(a[0] >= b[0] for a, b in pairwise(ordered))
    difference = values[0] - (values[1] if len(values) == 2 else 0.0)
    return bool(np.sign(target.level - (target.levels - 1) / 2) == np.sign(difference))


def _meaning(target: Target) -> tuple[object, ...]:
    """What a target says, whatever the order it lists its segments in."""
    keys = [segment.key for segment in target.segments]
    if isinstance(target, Order):
        places = {rank: place for place, rank in enumerate(sorted(set(target.ranks)))}
        ranks = [places[rank] for rank in target.ranks]
        return ("order", *sorted(zip(keys, ranks, strict=True)))
    turned = keys != sorted(keys)
    level = target.levels - 1 - target.level if turned else target.level
    return ("grade", *sorted(keys), level, target.levels, target.scale)


def _pool(rng: np.random.Generator) -> Pool:
    """Thirty segments in five groups, every third one a copy of the one before."""
    features = rng.standard_normal((30, 3))
    features[2::3] = features[1::3]
    segments = tuple(Segment(f"t{number}", 0, 5) for number in range(30))
    return Pool(segments, tuple(f"g{number // 6}" for number in range(30)), features)


def _check_choices(strategy: Strategy, pool: Pool, need: Need, rng: np.random.Generator) -> None:
    """Choices are as many as can be, different, askable, with a chance that is one."""
    posterior = rng.standard_normal((5, len(pool.segments)))
    before = posterior.copy()
    seed = int(rng.integers(2**31))
    chosen, again = (strategy(pool, posterior, need, np.random.default_rng(seed)) for _ in range(2))
    _require(chosen == again, "the strategy draws randomness from elsewhere than its generator")
    _require(bool((posterior == before).all()), "the strategy changed the posterior")
    _require(len(chosen) <= need.count, f"{len(chosen)} questions, {need.count} were wanted")
    _require(need.count == 0 or len(chosen) > 0, "no question although the pool has some")
    asked = {frozenset(choice.members) for choice in chosen}
    _require(len(asked) == len(chosen), "the same question was chosen twice")
    for choice in chosen:
        _check_choice(choice, pool, need.size)


def _check_choice(choice: Choice, pool: Pool, size: int) -> None:
    """One question: the wanted size, one group, no two alike."""
    members = choice.members
    _require(len(members) == size, f"a question of {len(members)} segments, {size} were wanted")
    _require(len({pool.groups[member] for member in members}) == 1, "groups were mixed")
    if pool.features is not None:
        rows = {pool.features[member].tobytes() for member in members}
        _require(len(rows) == size, "two segments of a question look alike")
    _require(0 < choice.probability <= 1, f"probability {choice.probability} is not in (0, 1]")
    _require(bool(choice.strategy), "a choice does not say which strategy made it")


def _require(kept: bool, promise: str) -> None:
    """Raise unless a promise was kept; unlike `assert` it also speaks under `python -O`."""
    if not kept:
        raise AssertionError(promise)


def check_algorithm(make: Callable[[Any, Any], Any], rng: np.random.Generator) -> None:
    """An algorithm of reinforcement learning, on a bandit whose first arm pays.

    make: `(policy, options) -> Algorithm`, as registered under `assent.algorithms`;
        the policy is a ControlPolicy, the options an `assent.options.PPOOptions`.
    Needs torch.
    """
    seed = int(rng.integers(2**31))
    policy, algorithm = _bandit(make, seed)
    start = policy.state()[0]
    metrics = _learn(policy, algorithm, seed, range(6))
    saved = (*policy.state(), *algorithm.state())
    _require(policy.state()[0] != start, "update changes the policy")
    _require(
        all(isinstance(v, float) and np.isfinite(v) for v in metrics.values()),
        "metrics are finite floats",
    )
    _require(all(name.startswith("improve/") for name in metrics), "metrics are named improve/...")
    _learn(policy, algorithm, seed, range(6, 12))
    batch, rewards = _episodes(policy, np.random.default_rng(seed))
    _require(bool(rewards[batch.mask].mean() > 0.7), "what is rewarded becomes likelier")

    again, other = _bandit(make, seed)
    again.load(saved[0], saved[1])
    other.load(saved[2], json.loads(json.dumps(saved[3])))
    _learn(again, other, seed, range(6, 12))
    same = again.state()[0] == policy.state()[0]
    _require(same, "a resumed run goes on exactly as if it had not stopped")

    try:
        _bandit(make, seed)[1].load(b"damaged", saved[3])
    except CheckpointError:
        return
    _require(False, "a damaged state is a CheckpointError")


def _bandit(make: Callable[[Any, Any], Any], seed: int) -> tuple[Any, Any]:
    """An untrained policy of two arms and its algorithm, the same for the same seed."""
    import torch

    from assent.models.control import ControlPolicy
    from assent.models.spaces import Spaces
    from assent.options import PPOOptions

    torch.manual_seed(seed)
    policy = ControlPolicy(Spaces(observation=1, categories=2), (8,))
    return policy, make(policy, PPOOptions(updates=12, learning_rate=0.02, minibatch_size=32))


def _episodes(policy: Any, stream: np.random.Generator) -> tuple[Any, Any]:
    """A batch of eight episodes, and its rewards `[B, T]`: 1 for the first arm."""
    import torch

    from assent.models.batch import Batch

    batch = Batch.from_trajectories([_pulls(policy, stream, number) for number in range(8)])
    return batch, torch.where(batch.mask, (batch.actions == 0).float(), 0.0)


def _learn(policy: Any, algorithm: Any, seed: int, updates: range) -> dict[str, float]:
    """Some of the updates of one run; the metrics of the last."""
    metrics: dict[str, float] = {}
    for update in updates:
        stream = np.random.default_rng([seed, update])
        batch, rewards = _episodes(policy, stream)
        kept = rewards.clone()
        metrics = algorithm.update(batch, rewards, None, stream)
        _require(bool((rewards == kept).all()), "update leaves its rewards as they were")
    return metrics


def _pulls(policy: Any, stream: np.random.Generator, number: int) -> Trajectory:
    """An episode of noise, in which only the policy's own choices are worth something."""
    seen = stream.standard_normal((9, 1)).astype(np.float32)
    decisions = policy.act(list(seen[:-1]), stream.spawn(8))
    return Trajectory(
        id=str(number),
        observations=seen,
        actions=np.array([decision.action for decision in decisions]),
        logprobs=np.concatenate([decision.logprobs for decision in decisions]),
        mask=np.ones(8, dtype=np.bool_),
        terminated=number % 2 == 0,
        truncated=number % 2 == 1,
        group=str(number),
        seed=number,
    )


def check_environment(
    environment: Any,
    act: Callable[[Any, np.random.Generator], Any],
    rng: np.random.Generator,
    most_decisions: int = 10_000,
) -> None:
    """An environment of assent (`assent.environments.environment.Environment`).

    act: `(observation, rng) -> action`, any actions that the environment takes.
    most_decisions: an episode that takes more has broken its promise to end.
    Needs neither torch nor a simulator other than the environment's own.
    """
    from assent.environments.environment import Context

    seed, stream = int(rng.integers(2**31)), int(rng.integers(2**31))

    def walk(start: int) -> Any:
        moves = np.random.default_rng(stream)
        return _walk(environment, lambda seen: act(seen, moves), start, most_decisions)

    first = walk(seed)
    record = environment.assemble(first, "checked", Context(round=3, checkpoint="c"))
    walk(seed + 1)
    again = walk(seed)
    alike = len(first.actions) == len(again.actions) and all(
        np.array_equal(a, b) for a, b in zip(first.observations, again.observations, strict=True)
    )
    _require(alike, "one seed and the same actions give the same observations")
    _require(first.rewards == again.rewards, "one seed and the same actions give the same rewards")
    origin = (record.id, record.seed, record.round, record.checkpoint)
    _require(origin == ("checked", seed, 3, "c"), "a record says where it comes from")
    ends = (record.terminated, record.truncated)
    _require(ends == (first.terminated, first.truncated), "a record keeps how the episode ended")
    _require(record.environment_reward is not None, "a record carries the true reward")


def _walk(environment: Any, act: Callable[[Any], Any], start: int, most: int) -> Any:
    """One episode from the start that a seed names."""
    from assent.environments.environment import Episode

    seen = [environment.reset(seed=start)[0]]
    kept, states = [np.copy(seen[0])], [environment.state()]
    actions: list[Any] = []
    rewards: list[float] = []
    over = [False, False]
    while not any(over):
        _require(len(actions) < most, f"an episode ends within {most}")
        actions.append(act(seen[-1]))
        after, reward, *over, _ = environment.step(actions[-1])
        _require(all(isinstance(flag, bool) for flag in over), "ends are told by booleans")
        seen.append(after)
        kept.append(np.copy(after))
        states.append(environment.state())
        rewards.append(float(reward))
    same = all(np.array_equal(a, b) for a, b in zip(seen, kept, strict=True))
    _require(same, "an observation does not change after it was given")
    _require(bool(np.isfinite(rewards).all()), "rewards are finite")
    absent = {state is None for state in states}
    _require(len(absent) == 1, "there are drawing states always or never")
    # A reply has a log-probability for each token, any other action has one.
    tokens = np.issubdtype(kept[0].dtype, np.integer)
    logprobs = [np.zeros(len(a) if tokens else 1, np.float32) for a in actions]
    drawn = None if states[0] is None else states
    cut = over[1] and not over[0]
    return Episode(start, seen, actions, logprobs, rewards, drawn, over[0], cut)
