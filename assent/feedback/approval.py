"""Good or bad, one segment at a time: the quickest question there is.

Answers: `{"level": 1}` for good, `{"level": 0}` for bad, or `{"skip": reason}`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.feedback.answers import level_of, opened
from assent.feedback.kind import SKIPS, Choice, Form, Utilities, need_segments, scale_of
from assent.feedback.simulated import SimulatedAnnotator, draw_level
from assent.records import Grade, Json, Query, Target
from assent.sections import AskSection

LEVELS = 2


class Approval:
    """One segment, yes or no."""

    name = "approval"
    question = "Is this good enough?"

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """Nothing: every approval has the same two levels."""
        return {}

    def form(self, query: Query) -> Form:
        """Two buttons, bad on the left hand and good on the right."""
        self._fits(query)
        buttons = (Choice("f", "Bad", {"level": 0}), Choice("j", "Good", {"level": 1}))
        keys = (query.segments[0].key,)
        return Form(self.name, query.question, "choose", keys, buttons, (), skips=SKIPS)

    def check(self, query: Query, answer: object) -> Json:
        """The answer, its level known to be 0 or 1."""
        self._fits(query)
        given = opened(query, answer, ("level",), '{"level": 0 or 1}')
        return given if "skip" in given else {"level": level_of(query, given, LEVELS)}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """One grade of the segment."""
        given = self.check(query, answer)
        if "skip" in given:
            return []
        return [Grade(query.segments, given["level"], LEVELS, scale_of(query))]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A level from the logistic link, lowered by the annotator's severity."""
        self._fits(query)
        logit = annotator.sensitivity * float(utilities[0]) - annotator.severity
        thresholds = annotator.rating_thresholds(LEVELS)
        return {"level": draw_level(logit, thresholds, annotator.lapse, rng)}

    def _fits(self, query: Query) -> None:
        need_segments(query, 1, 1, "ask one approval for each")
