"""From best to worst, with ties; the page shows two to six segments.

Answers: `{"ranking": [[key, ...], ...]}`, best first, equals in one inner list,
every segment exactly once; or `{"skip": reason}`. With `given`, the numbers it was made of,
where it came from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.feedback.answers import opened, refuse, with_given
from assent.feedback.kind import SKIPS, Form, Utilities, need_segments
from assent.feedback.simulated import SimulatedAnnotator, draw_order, place_bonus
from assent.records import Json, Order, Query, Target
from assent.sections import AskSection

MAX_SEGMENTS = 100  # of an order that came from elsewhere; each adds a factor
MAX_SHOWN = 6  # more than a person keeps in mind at once


class Ranking:
    """Several segments in order."""

    name = "ranking"
    question = "Order these from best to worst."

    def size(self, ask: AskSection) -> int:
        """As many as the settings say."""
        return ask.ranking_size

    def options(self, ask: AskSection) -> Json:
        """Nothing: the segments say all."""
        return {}

    def form(self, query: Query) -> Form:
        """The segments, ordered by pressing the number of each place, best first."""
        need_segments(query, 2, MAX_SHOWN, "split it into smaller rankings")
        keys = tuple(segment.key for segment in query.segments)
        places = tuple(str(place + 1) for place in range(len(keys)))
        return Form(self.name, query.question, "rank", keys, (), places, skips=SKIPS)

    def check(self, query: Query, answer: object) -> Json:
        """The answer, each group of equals in the query's order."""
        self._fits(query)
        expected = '{"ranking": [[key, ...], ...]} with each segment of the question once'
        plain, more = with_given(query, answer)
        given = opened(query, plain, ("ranking",), expected)
        if "skip" in given:
            return given
        groups = given.get("ranking")
        places = {segment.key: place for place, segment in enumerate(query.segments)}
        # Lengths first: nobody's million entries are looked at.
        if not isinstance(groups, list) or not 1 <= len(groups) <= len(places):
            raise refuse(query, groups, expected)
        seen: set[str] = set()
        for group in groups:
            if not isinstance(group, list) or not 1 <= len(group) <= len(places):
                raise refuse(query, group, expected)
            for key in group:
                if not isinstance(key, str) or key not in places:
                    raise refuse(query, key, f"keys out of {', '.join(places)}")
                if key in seen:
                    raise refuse(query, key, "each segment once, this one came twice")
                seen.add(key)
        missing = [key for key in places if key not in seen]
        if missing:
            raise refuse(query, groups, f"every segment; missing: {', '.join(missing)}")
        ranking = [sorted(group, key=places.__getitem__) for group in groups]
        return {"ranking": ranking, **more}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """One order of all segments."""
        given = self.check(query, answer)
        if "skip" in given:
            return []
        rank = {key: place for place, group in enumerate(given["ranking"]) for key in group}
        return [Order(query.segments, tuple(rank[segment.key] for segment in query.segments))]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """An order without ties from Plackett-Luce."""
        self._fits(query)
        worth = np.asarray(utilities, dtype=np.float64)
        scores = annotator.sensitivity * worth + place_bonus(shown_order, annotator.position)
        order = draw_order(scores, annotator.lapse, rng)
        return {"ranking": [[query.segments[index].key] for index in order]}

    def _fits(self, query: Query) -> None:
        need_segments(query, 2, MAX_SEGMENTS, "split it into smaller rankings")
