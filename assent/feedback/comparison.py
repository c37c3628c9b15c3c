"""Which of two is better: much better, better, equal, or both bad.

Answers: `{"choice": key, "strength": "some" | "much"}`, `{"choice": "tie"}`,
`{"choice": "both_bad"}`, `{"skip": reason}`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.config import AskSection
from assent.feedback.answers import opened, refuse
from assent.feedback.kind import SKIPS, Choice, Form, Utilities, need_segments
from assent.feedback.simulated import SimulatedAnnotator, draw_level, place_bonus
from assent.records import Grade, Json, Query, Target

LEVELS = 5  # of the first segment above the second: much worse, worse, tie, better, much better
TIE = 2
_STEPS = {"some": 1, "much": 2}
# In standard deviations: where both options are worse, an annotator says so.
_BAD = -1.0


class Comparison:
    """Two segments, one graded choice."""

    name = "comparison"

    def size(self, ask: AskSection) -> int:
        """Always two."""
        return 2

    def options(self, ask: AskSection) -> Json:
        """Nothing: every comparison has the same five levels."""
        return {}

    def form(self, query: Query) -> Form:
        """A button and a stronger button under each segment; tie and both bad below."""
        self._fits(query)
        keys = tuple(segment.key for segment in query.segments)
        buttons = [
            Choice(press, label, {"choice": key, "strength": strength}, key)
            for key in keys
            for press, label, strength in (
                ("place", "Better", "some"),
                ("shift+place", "Much better", "much"),
            )
        ]
        buttons.append(Choice("t", "Equal", {"choice": "tie"}))
        buttons.append(Choice("b", "Both bad", {"choice": "both_bad"}))
        return Form(
            self.name, query.question, "choose", keys, tuple(buttons), ("f", "j"), skips=SKIPS
        )

    def check(self, query: Query, answer: object) -> Json:
        """The answer with its strength written out (absent: some)."""
        self._fits(query)
        keys = [segment.key for segment in query.segments]
        expected = f'{{"choice": one of {", ".join(keys)}, tie, both_bad}}'
        given = opened(query, answer, ("choice", "strength"), expected)
        if "skip" in given:
            return given
        choice = given.get("choice")
        if not isinstance(choice, str) or choice not in (*keys, "tie", "both_bad"):
            raise refuse(query, choice, expected)
        if choice not in keys:
            if "strength" in given:
                raise refuse(query, answer, f"no strength beside {choice}")
            return {"choice": choice}
        strength = given.get("strength", "some")
        if not isinstance(strength, str) or strength not in _STEPS:
            raise refuse(query, strength, "strength to be some or much")
        return {"choice": choice, "strength": strength}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """One grade of the first segment above the second; both bad is a tie of the two."""
        given = self.check(query, answer)
        if "skip" in given:
            return []
        level = TIE
        if "strength" in given:
            step = _STEPS[given["strength"]]
            level += step if query.position(given["choice"]) == 0 else -step
        return [Grade(query.segments, level, LEVELS, self.name)]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A graded choice from the cumulative link; a tie of two bad ones is called so."""
        self._fits(query)
        bonus = place_bonus(shown_order, annotator.position)
        logit = annotator.sensitivity * (utilities[0] - utilities[1]) + bonus[0] - bonus[1]
        thresholds = annotator.comparison_thresholds()
        level = draw_level(float(logit), thresholds, annotator.lapse, rng)
        if level == TIE:
            return {"choice": "both_bad" if max(utilities) < _BAD else "tie"}
        chosen = query.segments[0 if level > TIE else 1].key
        return {"choice": chosen, "strength": "much" if level in (0, LEVELS - 1) else "some"}

    def _fits(self, query: Query) -> None:
        need_segments(query, 2, 2, "use kind 'rating' for one, 'ranking' for more")
