"""How good is this one, on a scale of levels with words at them; the page has up to 11.

Answers: `{"level": 0}` (worst) to `{"level": levels - 1}` (best), or
`{"skip": reason}`. The query's options hold `levels` and, if wanted, `anchors`:
one text a level, empty where a level needs none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.config import AskSection
from assent.errors import QueryError
from assent.feedback.answers import level_of, opened
from assent.feedback.kind import SKIPS, Choice, Form, Utilities, need_segments, scale_of
from assent.feedback.simulated import SimulatedAnnotator, draw_level
from assent.records import Grade, Json, Query, Target

MIN_LEVELS, MAX_LEVELS = 2, 201  # sliders from elsewhere come with a hundred
# One key a level, left to right as they stand on most keyboards.
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-")
_FIVE = ("Very bad", "Bad", "Middling", "Good", "Very good")


class Rating:
    """One segment, one level."""

    name = "rating"

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """The number of levels."""
        return {"levels": ask.rating_levels}

    def form(self, query: Query) -> Form:
        """A button for each level, with its anchor."""
        levels, anchors = _levels(query), _anchors(query)
        if levels > len(_KEYS):
            raise QueryError(
                f"rating {query.id} has {levels} levels; the page has keys for "
                f"{len(_KEYS)}; set ask.rating_levels lower"
            )
        buttons = tuple(
            Choice(_KEYS[level], str(level + 1), {"level": level}, hint=anchors[level])
            for level in range(levels)
        )
        keys = (query.segments[0].key,)
        return Form(self.name, query.question, "choose", keys, buttons, (), skips=SKIPS)

    def check(self, query: Query, answer: object) -> Json:
        """The answer, its level known to be one of the scale's."""
        levels = _levels(query)
        given = opened(query, answer, ("level",), f'{{"level": 0 to {levels - 1}}}')
        return given if "skip" in given else {"level": level_of(query, given, levels)}

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
    levels = query.options.get("levels")
    if type(levels) is not int or not MIN_LEVELS <= levels <= MAX_LEVELS:
        raise QueryError(
            f"rating {query.id}: option levels is {levels!r}; a whole number from {MIN_LEVELS} "
            f"to {MAX_LEVELS} expected; set ask.rating_levels"
        )
    return levels


def _anchors(query: Query) -> tuple[str, ...]:
    """One text a level: the query's own, else words at both ends."""
    levels = _levels(query)
    own = query.options.get("anchors")
    if own is None:
        return _FIVE if levels == len(_FIVE) else (_FIVE[0], *[""] * (levels - 2), _FIVE[-1])
    if not isinstance(own, list | tuple) or [type(text) for text in own] != [str] * levels:
        raise QueryError(
            f"rating {query.id}: option anchors is {own!r}; a list of {levels} texts expected, "
            "one a level"
        )
    return tuple(own)
