"""How many answers, from how many people, for which accuracy: found by simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from assent.errors import ConfigError
from assent.feedback import kind as kinds
from assent.feedback.simulated import SimulatedAnnotator, crowd, perceived, standardised
from assent.likelihood.evidence import Doubles, compile
from assent.likelihood.items import fit_items
from assent.records import Json, Judgement, Query, Segment

Progress = Callable[[int, int, str], None]
KINDS = ("comparison", "ranking", "rating", "approval")
_SIZES = {"comparison": 2, "ranking": 4, "rating": 1, "approval": 1}
_LEVELS = 5
_FEATURES = 3  # random ones of each item, for tastes and for fog; unrelated to its worth


@dataclass(frozen=True, slots=True)
class Study:
    """What is planned. worth is drawn from a normal distribution for every repetition.

    kinds: of question, each planned by itself. crowd: kinds of people and their numbers; it
    is repeated or cut to each of `people`. seconds: that one answer takes, if known; one for
    each kind, or one for all. accuracy: that is wanted.
    """

    items: int
    kinds: tuple[str, ...]
    crowd: str
    people: tuple[int, ...]
    answers: tuple[int, ...]
    repetitions: int = 5
    seconds: tuple[float, ...] = ()
    accuracy: float = 0.9


@dataclass(frozen=True, slots=True)
class Outlook:
    """What so many answers give. accuracy: share of all pairs of items that come out in
    their true order, its mean over the repetitions; low, high: the mean's 95 % interval.
    hours: of all people together, where the time of an answer is known.
    """

    kind: str
    people: int
    answers: int
    accuracy: float
    low: float | None
    high: float | None
    hours: float | None = None

    @property
    def sure(self) -> float:
        """The accuracy that can be counted on: the interval's lower end, where there is one."""
        return self.accuracy if self.low is None else self.low


def plan(study: Study, seed: int, progress: Progress) -> list[Outlook]:
    """The accuracy for each kind and each number of people and answers.

    Repetition r has the same items and the same people whatever is asked of them, so that
    kinds are compared on equal terms, and the same seed gives the same plan.
    Raises ConfigError when the study makes no sense.
    """
    seconds = _checked(study)
    total = len(study.kinds) * len(study.people) * len(study.answers) * study.repetitions
    found, done = [], 0
    for kind, took in zip(study.kinds, seconds, strict=True):
        for people in study.people:
            by_answers: dict[int, list[float]] = {count: [] for count in study.answers}
            for repetition in range(study.repetitions):
                world = _world(study, people, np.random.default_rng([seed, repetition]))
                judgements = list(_given(kind, world, max(study.answers)))
                for count in study.answers:
                    by_answers[count].append(_accuracy(judgements[:count], world))
                    done += 1
                    progress(done, total, f"{kind}, {people} people, {count} answers")
            for count, values in by_answers.items():
                hours = None if took is None else count * took / 3600
                found.append(_outlook(kind, people, count, np.array(values), hours))
    return found


def enough(outlooks: Sequence[Outlook], accuracy: float) -> Outlook | None:
    """The cheapest that can be counted on for an accuracy: by time where known, else by answers.

    None when none of them does. Raises ConfigError where no accuracy is asked for.
    """
    _wanted(accuracy)
    reached = [each for each in outlooks if each.sure >= accuracy]
    return min(reached, key=lambda o: (o.hours or 0.0, o.answers, o.people), default=None)


@dataclass(frozen=True, slots=True)
class _World:
    """Items and people of one repetition. seen: `[P, N]` what each item is worth to each."""

    worth: Doubles
    features: Doubles
    people: list[SimulatedAnnotator]
    seen: Doubles
    rng: np.random.Generator


def _checked(study: Study) -> list[float | None]:
    """The seconds of each kind. Raises ConfigError."""
    _wanted(study.accuracy)
    for kind in study.kinds:
        if kind not in KINDS:
            raise ConfigError(f"no kind of question {kind!r}; one of {', '.join(KINDS)}")
    least = max((3, *(_SIZES[kind] for kind in study.kinds)))
    counts = (*study.people, *study.answers, study.repetitions)
    if not study.kinds or study.items < least or not counts or min(counts) < 1:
        raise ConfigError(
            f"a study needs a kind, {least} or more items, some people, answers and repetitions"
        )
    if len(study.seconds) not in (0, 1, len(study.kinds)) or any(s <= 0 for s in study.seconds):
        raise ConfigError(
            f"{len(study.seconds)} times of an answer for {len(study.kinds)} kinds; give one for "
            "each kind in the same order, or one for all, above 0"
        )
    if len(study.seconds) == len(study.kinds):
        return list(study.seconds)
    return [study.seconds[0] if study.seconds else None] * len(study.kinds)


def _wanted(accuracy: float) -> None:
    """Raises ConfigError when no share of pairs can be that."""
    if not 0 < accuracy <= 1:
        raise ConfigError(
            f"an accuracy of {accuracy:g}; a share of pairs above 0 and up to 1 is expected, of "
            "which chance alone gives .5"
        )


def _world(study: Study, people: int, rng: np.random.Generator) -> _World:
    worth = rng.standard_normal(study.items)
    features = rng.standard_normal((study.items, _FEATURES))
    members = crowd(study.crowd, rng, features=_FEATURES)
    # The same shares of every kind, in so far as they can be had.
    order = rng.permutation(len(members))
    hired = [members[order[i % len(members)]] for i in range(people)]
    seen = np.stack([perceived(who, worth, features) for who in hired])
    return _World(worth, standardised(features), hired, seen, rng)


def _given(name: str, world: _World, count: int) -> Iterator[Judgement]:
    """So many answers to random questions, by everybody in turn."""
    kind, size = kinds.find(name), _SIZES[name]
    options: Json = {"levels": _LEVELS} if name == "rating" else {}
    order = tuple(range(size))
    for number in range(count):
        person, turn = number % len(world.people), number // len(world.people)
        shown = world.rng.choice(len(world.worth), size, replace=False)
        who = world.people[person].at(turn).facing(float(world.features[shown, 0].mean()))
        segments = tuple(Segment(str(item), 0, 1) for item in shown)
        query = Query(f"q{number}", name, segments, "", "plan", 1.0, options=options)
        answer = kind.simulate(query, world.seen[person, shown], who, order, world.rng)
        for target in kind.targets(query, answer):
            yield Judgement(target, str(person), order, name, query.id)


def _accuracy(judgements: list[Judgement], world: _World) -> float:
    """Share of all pairs of items in their true order; pairs that come out equal are half."""
    worth, people = world.worth, len(world.people)
    items = {f"{item}:0:1": item for item in range(len(worth))}
    evidence = compile(judgements, items, {str(k): k for k in range(people)})
    learnt = fit_items(evidence, n_items=len(worth)).utilities
    first, second = np.triu_indices(len(worth), 1)
    agree = np.sign(learnt[first] - learnt[second]) * np.sign(worth[first] - worth[second])
    return float(0.5 + 0.5 * agree.mean())


def _outlook(kind: str, people: int, count: int, values: Doubles, hours: float | None) -> Outlook:
    mean, times = float(values.mean()), len(values)
    if times < 2:
        return Outlook(kind, people, count, mean, None, None, hours)
    half = float(student.ppf(0.975, times - 1) * values.std(ddof=1)) / times**0.5
    return Outlook(kind, people, count, mean, max(mean - half, 0.0), min(mean + half, 1.0), hours)
