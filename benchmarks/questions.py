"""Made-up questions for the benchmarks of the page, about things that nobody has to see."""

from __future__ import annotations

from collections.abc import Iterator

from assent.records import Query, Segment, new_id


def comparisons(round: int, count: int, answers_wanted: int = 1) -> Iterator[Query]:
    """So many comparisons of two segments each, all different."""
    for _ in range(count):
        yield Query(
            id=new_id(),
            kind="comparison",
            segments=(Segment(new_id(), 0, 8), Segment(new_id(), 0, 8)),
            question="Which is better?",
            strategy="uniform",
            selection_probability=1.0,
            answers_wanted=answers_wanted,
            round=round,
        )
