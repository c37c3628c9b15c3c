"""How good is this one, on a scale of levels with words at them; the page has up to 11.

Answers: `{"level": 0}` (worst) to `{"level": levels - 1}` (best), or
`{"skip": reason}`; with `given`, the number it was made of, where it came from elsewhere. The
query's options hold `levels` and, if wanted, `anchors`: one text a level, empty where a level
needs none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.feedback.answers import level_of, opened, with_given
from assent.feedback.kind import SKIPS, Form, Utilities, need_segments, scale_of
from assent.feedback.levels import level_choices, levels_of
from assent.feedback.simulated import SimulatedAnnotator, draw_level
from assent.records import Grade, Json, Query, Target
from assent.sections import AskSection


class Rating:
    """One segment, one level."""

    name = "rating"
    question = "How good is this?"

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """The number of levels."""
        return {"levels": ask.rating_levels}

    def form(self, query: Query) -> Form:
        """A button for each level, with its anchor."""
        _levels(query)
        buttons = level_choices(query)
        keys = (query.segments[0].key,)
        return Form(self.name, query.question, "choose", keys, buttons, (), skips=SKIPS)

    def check(self, query: Query, answer: object) -> Json:
        """The answer, its level known to be one of the scale's."""
        levels = _levels(query)
        plain, more = with_given(query, answer)
        given = opened(query, plain, ("level",), f'{{"level": 0 to {levels - 1}}}')
        return given if "skip" in given else {"level": level_of(query, given, levels), **more}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """One grade of the segment."""
        given = self.check(query, answer)
        if "skip" in given:
            return []
        return [Grade(query.segments, given["level"], _levels(query), scale_of(query))]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A level from the cumulative link, lowered by the annotator's severity."""
        logit = annotator.sensitivity * float(utilities[0]) - annotator.severity
        thresholds = annotator.rating_thresholds(_levels(query))
        return {"level": draw_level(logit, thresholds, annotator.lapse, rng)}


def _levels(query: Query) -> int:
    """How many levels the question has; QueryError when the question is no rating."""
    need_segments(query, 1, 1, "ask one rating for each")
    return levels_of(query)
