"""From a collection to evidence: which row of utilities stands for what, and whose is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from assent.feedback import kind as kinds
from assent.interop import openscale
from assent.interop.collection import Collection, dimension_of, item_in
from assent.likelihood.evidence import (
    Doubles,
    Evidence,
    GradeBlock,
    Integers,
    OrderBlock,
    Scale,
    compile,
)
from assent.records import Json, Judgement, Query

Block = TypeVar("Block", OrderBlock, GradeBlock)


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

    def ordered(self) -> Judged:
        """The same, things and annotators in the order of their names: what is found does not
        depend on which line of a file came first.
        """
        keys, names = [thing.key for thing in self.things], self.annotators
        things, people = (sorted(range(len(n)), key=n.__getitem__) for n in (keys, names))
        row_of, row_of_person = np.argsort(things), np.argsort(people)

        def moved(block: Block) -> Block:
            items, who = row_of[block.items], row_of_person[block.annotator]
            return replace(block, items=items, annotator=who)

        orders = tuple(moved(block) for block in self.evidence.orders)
        grades = tuple(moved(block) for block in self.evidence.grades)
        return replace(
            self,
            evidence=replace(self.evidence, orders=orders, grades=grades),
            things=tuple(self.things[n] for n in things),
            annotators=tuple(names[n] for n in people),
        )

    def shuffled(self, rng: np.random.Generator) -> Integers:
        """`[J]` the judgements at random; drawn from what they say, not from where they stand."""
        evidence = self.evidence
        most = max((block.items.shape[1] for block in evidence.blocks()), default=0)
        told = np.full((evidence.count, most + 3), -1, np.int64)
        for block in evidence.blocks():
            count = block.items.shape[1]
            told[block.judgement, :count] = block.items
            told[block.judgement, most] = block.annotator
            said = block.level if isinstance(block, GradeBlock) else block.group @ np.arange(count)
            told[block.judgement, most + 1] = said
            if isinstance(block, GradeBlock) and count == 2:
                # The same whichever of the two the file names first.
                top = evidence.scales[block.scale].levels - 1
                turned = block.items[:, 0] > block.items[:, 1]
                told[block.judgement, :2] = np.sort(block.items, 1)
                told[block.judgement, most + 1] = np.where(turned, top - said, said)
                told[block.judgement, most + 2] = np.where(turned, -block.side, block.side)
        found: Integers = np.lexsort(told.T)[rng.permutation(evidence.count)]
        return found


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
    queries = on_widest(collection.queries)
    for number, event in enumerate(collection.answers):
        query = queries[event.query]
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


def on_widest(
    queries: Mapping[str, Query], wide: Mapping[str, Json] | None = None
) -> Mapping[str, Query]:
    """Questions with their open scales as wide as they are anywhere.

    wide: from an open scale to its options where it is widest; None: among these questions.
    """
    found = openscale.widest(q.options for q in queries.values()) if wide is None else wide
    if not found:
        return queries
    options = {id: openscale.widened(query.options, found) for id, query in queries.items()}
    return {id: replace(query, options=options[id]) for id, query in queries.items()}


def number_of(answer: Json) -> float:
    """The one number that an answer was made of; NaN where there is none, or one an option."""
    given = answer.get("given")
    return float(given) if isinstance(given, int | float) else np.nan


def _rows(names: Mapping[str, object]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}
