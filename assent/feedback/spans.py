"""Which parts of a reply are good or bad, and why: marks in its text, each with a label.

Answers: `{"marks": [{"start", "stop", "label", "reason", "text"}, ...]}` or
`{"skip": reason}`; no mark says that there is nothing to mark. Places count code points of
the question's option `original`. Marks are kept and exported; they are no target.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assent.errors import QueryError
from assent.feedback.answers import opened, refuse, text_of
from assent.feedback.kind import CANNOT_TELL, SKIPS, Choice, Form, Utilities, need_segments
from assent.feedback.simulated import SimulatedAnnotator
from assent.feedback.written import original_of
from assent.records import Json, Query, Target
from assent.sections import AskSection

MAX_MARKS = 50
MAX_MARKED = 40_000  # characters of all marks together: each keeps its words
MAX_LABELS = 9  # each has a digit for its key
MAX_REASON_CHARACTERS = 500
_EXPECTED = '{"marks": [{"start": 0, "stop": 5, "label": a label, "reason": a text}]}'


class Spans:
    """One reply, parts of it marked."""

    name = "spans"
    question = "Which parts are good or bad, and why?"

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """The labels, and the reply's text."""
        return {"labels": list(ask.span_labels), "original": ""}

    def form(self, query: Query) -> Form:
        """The text as it was written, and a digit for each label."""
        text = self._text(query)
        choices = tuple(
            Choice(str(number), label, {"label": label})
            for number, label in enumerate(_labels(query), start=1)
        )
        keys = (query.segments[0].key,)
        return Form(self.name, query.question, "mark", keys, choices, (), skips=SKIPS, text=text)

    def check(self, query: Query, answer: object) -> Json:
        """The marks from first to last, each with the words that it marks."""
        text, labels = self._text(query), _labels(query)
        given = opened(query, answer, ("marks",), _EXPECTED)
        if "skip" in given:
            return given
        marks = given.get("marks")
        if not isinstance(marks, list) or len(marks) > MAX_MARKS:
            raise refuse(query, marks, f"at most {MAX_MARKS} marks: {_EXPECTED}")
        checked = [_mark(query, mark, text, labels) for mark in marks]
        if sum(mark["stop"] - mark["start"] for mark in checked) > MAX_MARKED:
            raise refuse(query, marks, f"marks of at most {MAX_MARKED} characters in all")
        if len(set(map(_place, checked))) < len(checked):
            raise refuse(query, marks, "no mark twice")
        return {"marks": sorted(checked, key=_place)}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """Nothing: a good part does not say how good the whole is."""
        return []

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A skip: a formula cannot read."""
        return dict(CANNOT_TELL)

    def _text(self, query: Query) -> str:
        need_segments(query, 1, 1, "ask one for each")
        return original_of(query)


def _place(mark: Json) -> tuple[int, int, str]:
    return mark["start"], mark["stop"], mark["label"]


def _mark(query: Query, found: Any, text: str, labels: tuple[str, ...]) -> Json:
    """One mark in its normal spelling."""
    names = {"start", "stop", "label", "reason", "text"}
    if not isinstance(found, dict) or not set(found) <= names:
        raise refuse(query, found, _EXPECTED)
    start: Any = found.get("start")
    stop: Any = found.get("stop")
    whole = type(start) is int and type(stop) is int
    if not whole or not 0 <= start < stop <= len(text):
        raise refuse(query, [start, stop], f"0 <= start < stop <= {len(text)}")
    if not isinstance(found.get("label"), str) or found["label"] not in labels:
        raise refuse(query, found.get("label"), f"one of the labels {', '.join(labels)}")
    marked = text[start:stop]
    # A page that counts otherwise than in code points is found out here.
    if found.get("text", marked) != marked:
        raise refuse(query, found["text"], f"the words at {start} to {stop}: {marked[:60]!r}")
    reason = text_of(query, found.get("reason", ""), MAX_REASON_CHARACTERS).strip()
    return {"start": start, "stop": stop, "label": found["label"], "reason": reason, "text": marked}


def _labels(query: Query) -> tuple[str, ...]:
    """What a part can be called; QueryError when there is nothing, too much or one twice."""
    found = query.options.get("labels")
    labels = tuple(found) if isinstance(found, list | tuple) else ()
    good = all(isinstance(each, str) and each for each in labels)
    if not good or len(set(labels)) < len(labels) or not 1 <= len(labels) <= MAX_LABELS:
        raise QueryError(
            f"spans {query.id}: option labels is {found!r}; 1 to {MAX_LABELS} different texts "
            "expected; set ask.span_labels"
        )
    return labels
