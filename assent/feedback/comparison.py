"""Which of two is better: much better, better, equal, or both bad.

The query's option `levels` is 5 when absent; 3: only which or a tie, 2: only which.
Its option `both_bad` is `tie` when absent; `disapproved`: both bad is also a low approval of
each. Answers: `{"choice": key, "strength": "some" | "much"}`, `{"choice": "tie"}`,
`{"choice": "both_bad"}`, `{"skip": reason}`. Who cannot tell skips, and teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.errors import QueryError
from assent.feedback.answers import opened, refuse
from assent.feedback.kind import (
    CANNOT_TELL,
    SKIPS,
    Choice,
    Form,
    Utilities,
    need_segments,
    scale_of,
)
from assent.feedback.simulated import SimulatedAnnotator, draw_level, place_bonus
from assent.records import Grade, Json, Query, Target
from assent.sections import AskSection

LEVELS = 5  # of the first segment above the second: much worse, worse, tie, better, much better
TIE = 2
# Which of the five remain where a question offers fewer.
_KEPT = {5: (0, 1, 2, 3, 4), 3: (1, 2, 3), 2: (1, 3)}
_STEPS = {"some": 1, "much": 2}
# In standard deviations: where both options are worse, an annotator says so.
_BAD = -1.0


class Comparison:
    """Two segments, one graded choice."""

    name = "comparison"
    question = "Which is better?"

    def size(self, ask: AskSection) -> int:
        """Always two."""
        return 2

    def options(self, ask: AskSection) -> Json:
        """What `both bad` teaches beside a tie, if anything."""
        return {"both_bad": "disapproved"} if ask.both_bad_disapproves else {}

    def form(self, query: Query) -> Form:
        """A button and a stronger button under each segment; what is said of both below."""
        if self._fits(query) != LEVELS:
            raise QueryError(f"comparison {query.id}: the page has buttons for {LEVELS} levels")
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
        buttons.append(Choice("c", "Can't tell", CANNOT_TELL))
        return Form(
            self.name, query.question, "choose", keys, tuple(buttons), ("f", "j"), skips=SKIPS
        )

    def check(self, query: Query, answer: object) -> Json:
        """The answer with its strength written out (absent: some)."""
        levels = self._fits(query)
        keys = [segment.key for segment in query.segments]
        even = ("tie", "both_bad") if levels % 2 else ()
        expected = f'{{"choice": one of {", ".join((*keys, *even))}}}'
        given = opened(query, answer, ("choice", "strength"), expected)
        if "skip" in given:
            return given
        choice = given.get("choice")
        if not isinstance(choice, str) or choice not in (*keys, *even):
            raise refuse(query, choice, expected)
        if choice not in keys:
            if "strength" in given:
                raise refuse(query, answer, f"no strength beside {choice}")
            return {"choice": choice}
        if levels < LEVELS:
            if "strength" in given:
                raise refuse(query, answer, f"no strength where there are {levels} levels")
            return {"choice": choice}
        strength = given.get("strength", "some")
        if not isinstance(strength, str) or strength not in _STEPS:
            raise refuse(query, strength, "strength to be some or much")
        return {"choice": choice, "strength": strength}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """One grade of the first segment above the second; both bad is a tie of the two.

        Where the question says that it disapproves, also the lower of approval's two levels
        for each.
        """
        given = self.check(query, answer)
        if "skip" in given:
            return []
        levels = self._fits(query)
        level = TIE
        if given["choice"] not in ("tie", "both_bad"):
            step = _STEPS[given.get("strength", "some")]
            level += step if query.position(given["choice"]) == 0 else -step
        kept = _KEPT[levels]
        found: list[Target] = [Grade(query.segments, kept.index(level), levels, scale_of(query))]
        if given["choice"] == "both_bad" and query.options.get("both_bad") == "disapproved":
            found += [Grade((segment,), 0, 2, "approval") for segment in query.segments]
        return found

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A graded choice from the cumulative link; a tie of two bad ones is called so."""
        kept = _KEPT[self._fits(query)]
        bonus = place_bonus(shown_order, annotator.position)
        logit = annotator.sensitivity * (utilities[0] - utilities[1]) + bonus[0] - bonus[1]
        thresholds = annotator.comparison_thresholds(len(kept))
        level = kept[draw_level(float(logit), thresholds, annotator.lapse, rng)]
        if level == TIE:
            return {"choice": "both_bad" if max(utilities) < _BAD else "tie"}
        chosen = query.segments[0 if level > TIE else 1].key
        if len(kept) < LEVELS:
            return {"choice": chosen}
        return {"choice": chosen, "strength": "much" if level in (0, LEVELS - 1) else "some"}

    def _fits(self, query: Query) -> int:
        """The number of levels; QueryError when the question is no comparison."""
        need_segments(query, 2, 2, "use kind 'rating' for one, 'ranking' for more")
        levels = query.options.get("levels", LEVELS)
        if type(levels) is not int or levels not in _KEPT:
            raise QueryError(f"comparison {query.id} has {levels!r} levels; expected 2, 3 or 5")
        return levels
