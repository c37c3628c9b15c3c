"""From a collection to evidence: which row of utilities stands for what, and whose is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assent.feedback import kind as kinds
from assent.interop.collection import Collection, dimension_of, item_in
from assent.records import Json, Judgement
from assent.reward.evidence import Doubles, Evidence, Integers, Scale, compile


@dataclass(frozen=True, slots=True)
class Thing:
    """What a utility is of: an item in one dimension. key: as judgements name it."""

    key: str
    item: str
    dimension: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A collection as evidence.

    things, annotators: in the order of their rows. feedback: of each judgement, the place
    of its answer in `collection.answers`. times: of each judgement, seconds since 1970. exact:
    `[J]` the number that was given for a rating, NaN where its level says all.
    """

    evidence: Evidence
    things: tuple[Thing, ...]
    annotators: tuple[str, ...]
    feedback: tuple[int, ...]
    times: tuple[float, ...]
    exact: Doubles

    def take(self, index: Integers) -> Judged:
        """Some of the judgements, about the same things by the same people."""
        return Judged(
            self.evidence.take(index),
            self.things,
            self.annotators,
            tuple(self.feedback[n] for n in index),
            tuple(self.times[n] for n in index),
            self.exact[index],
        )


def judged(
    collection: Collection,
    things: tuple[Thing, ...] = (),
    annotators: tuple[str, ...] = (),
    scales: tuple[Scale, ...] = (),
) -> Judged:
    """The evidence of every answer; things, annotators and scales of an earlier fit come first."""
    met = {thing.key: thing for thing in things}
    names = dict.fromkeys(annotators)
    judgements: list[Judgement] = []
    feedback: list[int] = []
    exact: list[float] = []
    for number, event in enumerate(collection.answers):
        query = collection.queries[event.query]
        if event.answer is None:
            continue
        kind = kinds.find(query.kind)
        for target in kind.targets(query, event.answer):
            shown = kinds.shown_in(target, query, event.shown_order)
            judgements.append(Judgement(target, event.annotator, shown, query.kind, event.id))
            feedback.append(number)
            exact.append(number_of(event.answer))
            names[event.annotator] = None
            for segment in target.segments:
                if segment.key not in met:
                    met[segment.key] = Thing(segment.key, item_in(segment), dimension_of(query))
    times = tuple(collection.answers[number].created_at for number in feedback)
    evidence = compile(judgements, _rows(met), _rows(names), known=scales)
    things = tuple(met.values())
    return Judged(evidence, things, tuple(names), tuple(feedback), times, np.array(exact))


def number_of(answer: Json) -> float:
    """The one number that an answer was made of; NaN where there is none, or one an option."""
    given = answer.get("given")
    return float(given) if isinstance(given, int | float) else np.nan


def _rows(names: Mapping[str, object]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}
