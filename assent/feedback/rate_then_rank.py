"""Rate each of a group; only those that got the same level are then ordered, pair by pair.

Answers: `{"levels": {key: level}, "ranking": [[key, ...], ...]}` or `{"skip": reason}`. The
ranking is best first, equals in one inner list, and never contradicts the levels; it may be
left out where no two levels are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assent.feedback.answers import level_of, opened, refuse
from assent.feedback.kind import SKIPS, Form, Row, Utilities, need_segments, scale_of
from assent.feedback.levels import level_choices, levels_of
from assent.feedback.simulated import SimulatedAnnotator, draw_level, draw_order, place_bonus
from assent.records import Grade, Json, Order, Query, Target
from assent.sections import AskSection

MAX_SHOWN = 6  # more than a person keeps in mind at once


class RateThenRank:
    """Several segments, a level each, and an order among equals."""

    name = "rate_then_rank"
    question = "How good is each of these?"

    def size(self, ask: AskSection) -> int:
        """As many as a ranking has."""
        return ask.ranking_size

    def options(self, ask: AskSection) -> Json:
        """The number of levels."""
        return {"levels": ask.rating_levels}

    def form(self, query: Query) -> Form:
        """A row for each segment, a button a level in each; numbers name them in the pairs."""
        keys = self._keys(query)
        return Form(
            self.name,
            query.question,
            "rate_then_rank",
            keys,
            level_choices(query),
            tuple(str(place + 1) for place in range(len(keys))),
            skips=SKIPS,
            rows=tuple(Row(key, segment=key) for key in keys),
        )

    def check(self, query: Query, answer: object) -> Json:
        """Levels and ranking in the query's order; the ranking is written out."""
        keys, levels = self._keys(query), levels_of(query)
        expected = '{"levels": {key: level}, "ranking": [[key, ...], ...]}'
        given = opened(query, answer, ("levels", "ranking"), expected)
        if "skip" in given:
            return given
        found = given.get("levels")
        if not isinstance(found, dict) or set(found) != set(keys):
            raise refuse(query, found, expected)
        level = {key: level_of(query, {"level": found[key]}, levels) for key in keys}
        if "ranking" not in given and len(set(level.values())) == len(keys):
            falling = sorted(keys, key=lambda key: -level[key])
            return {"levels": level, "ranking": [[key] for key in falling]}
        groups: Any = given.get("ranking")
        if not _partition(groups, keys):
            raise refuse(query, groups, "a ranking with each segment once")
        ranked = [sorted(group, key=keys.index) for group in groups]
        if any(len({level[key] for key in group}) > 1 for group in ranked):
            raise refuse(query, groups, "equals only among segments of one level")
        steps = [level[group[0]] for group in ranked]
        if steps != sorted(steps, reverse=True):
            raise refuse(query, groups, "no segment before one of a higher level")
        return {"levels": level, "ranking": ranked}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """A grade of each segment, and an order of those that share a level.

        Across levels the order follows from the grades: saying it again would count it twice.
        """
        given = self.check(query, answer)
        if "skip" in given:
            return []
        levels, scale = levels_of(query), scale_of(query)
        level: dict[str, int] = given["levels"]
        rank = {key: place for place, group in enumerate(given["ranking"]) for key in group}
        found: list[Target] = [
            Grade((segment,), level[segment.key], levels, scale) for segment in query.segments
        ]
        for number in sorted(set(level.values())):
            equals = tuple(s for s in query.segments if level[s.key] == number)
            if len(equals) > 1:
                places = sorted({rank[s.key] for s in equals})
                found.append(Order(equals, tuple(places.index(rank[s.key]) for s in equals)))
        return found

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """Levels from the cumulative link; equals in an order from Plackett-Luce."""
        keys = self._keys(query)
        worth = annotator.sensitivity * np.asarray(utilities, dtype=np.float64)
        thresholds = annotator.rating_thresholds(levels_of(query))
        drawn = [
            draw_level(float(logit), thresholds, annotator.lapse, rng)
            for logit in worth - annotator.severity
        ]
        scores = worth + place_bonus(shown_order, annotator.position)
        ranking: list[list[str]] = []
        for number in sorted(set(drawn), reverse=True):
            equals = np.array([i for i, level in enumerate(drawn) if level == number])
            order = draw_order(scores[equals], annotator.lapse, rng)
            ranking += [[keys[equals[index]]] for index in order]
        return {"levels": dict(zip(keys, drawn, strict=True)), "ranking": ranking}

    def _keys(self, query: Query) -> tuple[str, ...]:
        need_segments(query, 2, MAX_SHOWN, "split it into smaller groups, or use 'rating' for one")
        return tuple(segment.key for segment in query.segments)


def _partition(groups: object, keys: tuple[str, ...]) -> bool:
    """Whether these are lists that name each key once. Lengths first: nothing huge is read."""
    if not isinstance(groups, list) or not 1 <= len(groups) <= len(keys):
        return False
    if any(not isinstance(group, list) or not 1 <= len(group) <= len(keys) for group in groups):
        return False
    named = [key for group in groups for key in group]
    return all(isinstance(key, str) for key in named) and sorted(named) == sorted(keys)
