"""A reply as it should have been: people change its text, and what they changed is kept.

Answers: `{"text": ...}`, to which `difference` from the question's option `original` is
added, or `{"skip": reason}`. The text unchanged says that nothing is to be corrected.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.feedback.answers import opened, refuse, text_of
from assent.feedback.kind import CANNOT_TELL, SKIPS, Form, Utilities, need_segments
from assent.feedback.simulated import SimulatedAnnotator
from assent.feedback.written import MAX_CHARACTERS, difference, original_of, segment_of
from assent.records import Json, Order, Query, Target
from assent.sections import AskSection


class Correction:
    """One reply, its text to be changed."""

    name = "correction"
    question = "What should this have said? Change what is wrong."

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """The reply's text."""
        return {"original": ""}

    def form(self, query: Query) -> Form:
        """The text, ready to be changed."""
        text = self._original(query)
        return Form(
            self.name,
            query.question,
            "write",
            (query.segments[0].key,),
            (),
            (),
            skips=SKIPS,
            text=text,
            most_characters=MAX_CHARACTERS,
        )

    def check(self, query: Query, answer: object) -> Json:
        """The new text with its difference from the old one, which is counted here."""
        original = self._original(query)
        given = opened(query, answer, ("text", "difference"), '{"text": the whole text}')
        if "skip" in given:
            return given
        text = text_of(query, given.get("text"), MAX_CHARACTERS)
        if not text.strip():
            raise refuse(query, text, "a text that is not empty")
        return {"text": text, "difference": difference(original, text)}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """The text as written above the text as it was; nothing where they are the same."""
        text = answer.get("text")
        if not isinstance(text, str) or text == self._original(query):
            return []
        return [Order((segment_of(query, text), query.segments[0]), (0, 1))]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A skip: a formula cannot write."""
        return dict(CANNOT_TELL)

    def _original(self, query: Query) -> str:
        need_segments(query, 1, 1, "ask one correction for each")
        return original_of(query)
