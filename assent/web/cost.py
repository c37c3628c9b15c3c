"""What answers cost: people's time as the page measured it, and money where an hour has a price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel

from assent.records import Feedback

# What the page measures while somebody was there; the rest of an answer's time is a break.
ACTIVE = ("read", "decide")


@dataclass(frozen=True, slots=True)
class Work:
    """Time spent on answers in force whose time was measured.

    answers: of how many it is known. seconds: all of it. median_seconds: of one answer.
    """

    answers: int
    seconds: float
    median_seconds: float


class CostOut(BaseModel):
    """Time and, where an hour has a price, money. None: nothing was measured, or no price."""

    answers: int
    hours: float
    median_seconds: float | None
    mean_seconds: float | None
    per_answer: float | None
    total: float | None


def spent(events: Iterable[Feedback]) -> Work:
    """The time that answers took, of those whose time was measured."""
    times = [
        sum(event.timings.get(name, 0.0) for name in ACTIVE) / 1000
        for event in events
        if any(name in event.timings for name in ACTIVE)
    ]
    if not times:
        return Work(0, 0.0, 0.0)
    return Work(len(times), float(np.sum(times)), float(np.median(times)))


def of(work: Work, pay_per_hour: float | None) -> CostOut:
    """The cost of what was spent. pay_per_hour: in whatever currency."""
    known = work.answers > 0
    mean = work.seconds / work.answers if known else None
    paid = known and pay_per_hour is not None
    return CostOut(
        answers=work.answers,
        hours=work.seconds / 3600,
        median_seconds=work.median_seconds if known else None,
        mean_seconds=mean,
        per_answer=mean / 3600 * pay_per_hour if paid and mean and pay_per_hour else None,
        total=work.seconds / 3600 * pay_per_hour if paid and pay_per_hour else None,
    )
