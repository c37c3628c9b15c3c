"""From a store's answers to evidence, a million at a time: no record is made of any of them.

What an answer teaches depends on its question's kind and options and on the places of
the segments that it names, not on which segments those are. So each different answer
in this sense is translated once, by its kind, about segments that are called after their
places; all that are alike are then arrays of row numbers. `judged.py` does the same one
by one, for answers that are not in a store, and both give the same evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np

from assent.answers.judged import Judged, Thing, number_of
from assent.feedback import kind as kinds
from assent.interop.openscale import widened
from assent.likelihood.evidence import (
    Evidence,
    GradeBlock,
    Integers,
    OrderBlock,
    compile,
    reference,
)
from assent.records import Json, Judgement, Query, Segment
from assent.store.events import Told


@dataclass(frozen=True, slots=True)
class Columns:
    """Answers as evidence. ratings: the options of every kind of rating among them."""

    judged: Judged
    ratings: tuple[Json, ...]


def columns(told: Iterable[Told], wide: Mapping[str, Json] | None = None) -> Columns:
    """The evidence of these answers, things and annotators in the order in which they came.

    wide: from an open scale to its options where it is widest; every answer is read on that one.
    """
    reading = _Reading(wide or {})
    for answer in told:
        reading.add(answer)
    return reading.columns()


@dataclass(slots=True)
class _Pattern:
    """An answer up to which segments it is about. targets: numbers of its judgements."""

    targets: list[int]
    dimension: str | None


@dataclass(slots=True)
class _Judgements:
    """One entry each: which pattern's judgement, its answer, who gave it, and where its
    segments begin among all rows of things."""

    target: list[int] = field(default_factory=list)
    answer: list[int] = field(default_factory=list)
    annotator: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    time: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)


def _without_given(text: str) -> tuple[str, float]:
    """An answer without the numbers it was made of, which nearly each has of its own; and the
    number, NaN where there is not one."""
    if '"given"' not in text:
        return text, np.nan
    answer = json.loads(text)
    exact = number_of(answer)
    del answer["given"]
    return json.dumps(answer), exact


@final
class _Reading:
    def __init__(self, wide: Mapping[str, Json]) -> None:
        self._wide = wide
        self._patterns: dict[tuple[str, int, str, str, str], _Pattern] = {}
        self._templates: list[Judgement] = []
        self._ratings: dict[str, Json] = {}
        self._things: dict[str, Thing] = {}
        self._row: dict[str, int] = {}
        self._annotators: dict[str, int] = {}
        self._segments: list[int] = []
        self._found = _Judgements()
        self._answers = 0

    def add(self, told: Told) -> None:
        """Take an answer in."""
        segments = json.loads(told.segments)
        keys = [f"{name}:{start}:{stop}" for name, start, stop in segments]
        text, exact = _without_given(told.answer)
        for place, key in enumerate(keys):
            text = text.replace(f'"{key}"', f'"{place}:0:1"')
        met = (told.kind, len(keys), told.options, text, told.shown_order)
        pattern = self._patterns.get(met)
        if pattern is None:
            pattern = self._patterns[met] = self._pattern(met)
        number, self._answers = self._answers, self._answers + 1
        if not pattern.targets:
            return
        who = self._annotators.setdefault(told.annotator, len(self._annotators))
        start = len(self._segments)
        row = self._row
        for key, (name, *_) in zip(keys, segments, strict=True):
            if key not in row:
                row[key] = len(row)
                self._things[key] = Thing(key, name.split("-")[0], pattern.dimension)
            self._segments.append(row[key])
        for target in pattern.targets:
            self._found.target.append(target)
            self._found.answer.append(number)
            self._found.annotator.append(who)
            self._found.start.append(start)
            self._found.time.append(told.created_at)
            self._found.exact.append(exact)

    def columns(self) -> Columns:
        """Everything so far."""
        places = max((len(j.target.segments) for j in self._templates), default=0)
        names = {f"{place}:0:1": place for place in range(places)}
        templates = compile(self._templates, names, {"": 0})
        evidence = _expanded(templates, self._found, np.array(self._segments, np.int64))
        evidence = replace(evidence, items=len(self._row), annotators=len(self._annotators))
        judged = Judged(
            evidence,
            tuple(self._things.values()),
            tuple(self._annotators),
            tuple(self._found.answer),
            tuple(self._found.time),
            np.array(self._found.exact),
        )
        return Columns(judged, tuple(self._ratings.values()))

    def _pattern(self, met: tuple[str, int, str, str, str]) -> _Pattern:
        kind, count, written, text, shown_text = met
        options = widened(json.loads(written), self._wide)
        segments = tuple(Segment(str(place), 0, 1) for place in range(count))
        query = Query("pattern", kind, segments, "", "", 1.0, options=options)
        numbers = []
        for target in kinds.find(kind).targets(query, json.loads(text)):
            if not set(target.segments) <= set(segments):
                continue  # about a text that somebody wrote, which is no item
            shown = kinds.shown_in(target, query, json.loads(shown_text))
            numbers.append(len(self._templates))
            self._templates.append(Judgement(target, "", shown, kind, "pattern"))
        if kind == "rating":
            self._ratings.setdefault(str(options.get("scale", kind)), options)
        dimension = options.get("dimension")
        return _Pattern(numbers, None if dimension is None else str(dimension))


def _expanded(templates: Evidence, found: _Judgements, segments: Integers) -> Evidence:
    """The evidence of all judgements from that of one each of those that are alike."""
    target = np.array(found.target, np.int64)
    annotator, start = np.array(found.annotator, np.int64), np.array(found.start, np.int64)
    orders, grades = [], []
    for block in templates.blocks():
        where = np.full(templates.count, -1)
        where[block.judgement] = np.arange(len(block.judgement))
        judgement = np.flatnonzero(where[target] >= 0)
        alike = where[target[judgement]]
        items = segments[start[judgement, None] + block.items[alike]]
        who = annotator[judgement]
        if isinstance(block, OrderBlock):
            place = block.place[alike]
            orders.append(
                replace(block, items=items, place=place, annotator=who, judgement=judgement)
            )
        else:
            side, level = block.side[alike], block.level[alike]
            grades.append(
                replace(
                    block, items=items, side=side, level=level, annotator=who, judgement=judgement
                )
            )
    counts = [0] * len(templates.scales)
    for grade in grades:
        counts[grade.scale] += len(grade.level)
    return replace(
        templates,
        orders=tuple(orders),
        grades=tuple(grades),
        weight=np.ones(len(target)),
        question=_questions([*orders, *grades], len(target)),
        reference=reference(bool(orders), templates.scales, counts),
    )


def _questions(blocks: list[OrderBlock | GradeBlock], count: int) -> Integers:
    """`[J]` equal for judgements of the same set of items, numbered as they come."""
    question = np.zeros(count, np.int64)
    total = 0
    for size in sorted({block.items.shape[1] for block in blocks}):
        same = [block for block in blocks if block.items.shape[1] == size]
        items = np.sort(np.concatenate([block.items for block in same]), 1)
        _, number = np.unique(items, axis=0, return_inverse=True)
        question[np.concatenate([block.judgement for block in same])] = total + number.ravel()
        total += int(number.max()) + 1
    _, first, number = np.unique(question, return_index=True, return_inverse=True)
    place: Integers = np.argsort(np.argsort(first))[number.ravel()]
    return place
