"""How many answers, from how many people, for which accuracy: found by simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from assent.errors import ConfigError
from assent.feedback import kind as kinds
from assent.feedback.simulated import SimulatedAnnotator, crowd
from assent.records import Json, Judgement, Query, Segment
from assent.reward.evidence import Doubles, compile
from assent.reward.items import fit_items

Progress = Callable[[int, int, str], None]
KINDS = ("comparison", "ranking", "rating", "approval")
_SIZES = {"comparison": 2, "ranking": 4, "rating": 1, "approval": 1}
_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Study:
    """What is planned. worth is drawn from a normal distribution for every repetition.

    crowd: kinds of people and their numbers; it is repeated or cut to each of `people`.
    """

    items: int
    kind: str
    crowd: str
    people: tuple[int, ...]
    answers: tuple[int, ...]
    repetitions: int = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """What so many answers give. accuracy: share of all pairs of items that come out in
    their true order, its mean over the repetitions; low, high: the mean's 95 % interval.
    """

    people: int
    answers: int
    accuracy: float
    low: float
    high: float


def plan(study: Study, rng: np.random.Generator, progress: Progress) -> list[Outlook]:
    """The accuracy for each number of people and answers.

    Raises ConfigError when the study makes no sense.
    """
    if study.kind not in KINDS:
        raise ConfigError(f"no kind of question {study.kind!r}; one of {', '.join(KINDS)}")
    if study.items < max(3, _SIZES[study.kind]) or min(study.people) < 1 or min(study.answers) < 1:
        raise ConfigError("a study needs 3 or more items, some people and some answers")
    members = crowd(study.crowd, rng)
    total = len(study.people) * len(study.answers) * study.repetitions
    found, done = [], 0
    for people in study.people:
        # The same shares of every kind, in so far as they can be had.
        order = rng.permutation(len(members))
        hired = [members[order[i % len(members)]] for i in range(people)]
        by_answers: dict[int, list[float]] = {count: [] for count in study.answers}
        for _ in range(study.repetitions):
            worth = rng.standard_normal(study.items)
            judgements = list(_given(study, hired, worth, max(study.answers), rng))
            for count in study.answers:
                by_answers[count].append(_accuracy(judgements[:count], worth, people))
                done += 1
                progress(done, total, f"{people} people, {count} answers")
        found += [_outlook(people, count, np.array(v)) for count, v in by_answers.items()]
    return found


def enough(outlooks: list[Outlook], accuracy: float) -> Outlook | None:
    """The fewest answers that reach an accuracy; None when none of them does."""
    reached = [each for each in outlooks if each.accuracy >= accuracy]
    return min(reached, key=lambda each: (each.answers, each.people), default=None)


def _outlook(people: int, answers: int, values: Doubles) -> Outlook:
    mean = float(values.mean())
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return Outlook(people, answers, mean, max(mean - half, 0.0), min(mean + half, 1.0))


def _given(
    study: Study,
    hired: list[SimulatedAnnotator],
    worth: Doubles,
    count: int,
    rng: np.random.Generator,
) -> Iterator[Judgement]:
    """So many answers to random questions, by everybody in turn."""
    kind, size = kinds.find(study.kind), _SIZES[study.kind]
    options: Json = {"levels": _LEVELS} if study.kind == "rating" else {}
    for number in range(count):
        who = hired[number % len(hired)].at(number // len(hired))
        shown = rng.choice(study.items, size, replace=False)
        segments = tuple(Segment(str(item), 0, 1) for item in shown)
        query = Query(f"q{number}", study.kind, segments, "", "plan", 1.0, options=options)
        answer = kind.simulate(query, worth[shown], who, tuple(range(size)), rng)
        for target in kind.targets(query, answer):
            name = str(number % len(hired))
            yield Judgement(target, name, tuple(range(size)), study.kind, query.id)


def _accuracy(judgements: list[Judgement], worth: Doubles, people: int) -> float:
    items = {f"{item}:0:1": item for item in range(len(worth))}
    evidence = compile(judgements, items, {str(k): k for k in range(people)})
    learnt = fit_items(evidence, n_items=len(worth)).utilities
    first, second = np.triu_indices(len(worth), 1)
    agree = np.sign(learnt[first] - learnt[second]) * np.sign(worth[first] - worth[second])
    return float(0.5 + 0.5 * agree.mean())
