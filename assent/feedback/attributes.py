"""Several sides of one segment, each on the same levels: how helpful, how correct, how clear.

Answers: `{"levels": {attribute: level}}`, every attribute once, or `{"skip": reason}`. The
query's options hold `levels`, `attributes` and, if wanted, `anchors`, one text a level. An
attribute is named so that more of it is better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.errors import QueryError
from assent.feedback.answers import level_of, opened, refuse
from assent.feedback.kind import SKIPS, Form, Row, Utilities, need_segments, scale_of
from assent.feedback.levels import level_choices, levels_of
from assent.feedback.simulated import SimulatedAnnotator, draw_level
from assent.records import Grade, Json, Query, Target
from assent.sections import AskSection

MAX_ATTRIBUTES = 12


class Attributes:
    """One segment, one level for each of several attributes."""

    name = "attributes"
    question = "How good is this, in each respect?"

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """The attributes and the number of levels."""
        return {"levels": ask.rating_levels, "attributes": list(ask.attributes)}

    def form(self, query: Query) -> Form:
        """A row for each attribute, a button a level in each."""
        rows = tuple(Row(name, name) for name in _attributes(query))
        choices = level_choices(query)
        keys = (query.segments[0].key,)
        return Form(self.name, query.question, "rate", keys, choices, (), skips=SKIPS, rows=rows)

    def check(self, query: Query, answer: object) -> Json:
        """The levels in the question's order, each known to be one of the scale's."""
        names, levels = _attributes(query), levels_of(query)
        expected = f'{{"levels": {{each of {", ".join(names)}: 0 to {levels - 1}}}}}'
        given = opened(query, answer, ("levels",), expected)
        if "skip" in given:
            return given
        found = given.get("levels")
        if not isinstance(found, dict) or set(found) != set(names):
            raise refuse(query, found, expected)
        return {"levels": {n: level_of(query, {"level": found[n]}, levels) for n in names}}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """A grade of the segment for each attribute, each on a scale of its own.

        All are read as views of one worth; a scale's own thresholds and noise say how far an
        attribute has to do with it.
        """
        given = self.check(query, answer)
        if "skip" in given:
            return []
        levels, scale = levels_of(query), scale_of(query)
        return [
            Grade(query.segments, level, levels, f"{scale} {name}")
            for name, level in given["levels"].items()
        ]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A level for each attribute from the cumulative link, all of the same utility."""
        logit = annotator.sensitivity * float(utilities[0]) - annotator.severity
        thresholds = annotator.rating_thresholds(levels_of(query))
        drawn = [draw_level(logit, thresholds, annotator.lapse, rng) for _ in _attributes(query)]
        return {"levels": dict(zip(_attributes(query), drawn, strict=True))}


def _attributes(query: Query) -> tuple[str, ...]:
    """The names to rate by; QueryError when there are none, too many or one twice."""
    need_segments(query, 1, 1, "ask one for each")
    found = query.options.get("attributes")
    names = tuple(found) if isinstance(found, list | tuple) else ()
    good = all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)
    if not good or not 1 <= len(names) <= MAX_ATTRIBUTES:
        raise QueryError(
            f"attributes {query.id}: option attributes is {found!r}; 1 to {MAX_ATTRIBUTES} "
            "different texts expected; set ask.attributes"
        )
    return names
