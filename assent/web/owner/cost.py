"""What answers cost: people's time as the page measured it, and money where an hour has a price.

Beside the cost of an answer stands that of what it tells. The unit is a bit: what a choice
between two tells that is never given by mistake. Whoever says otherwise than they mean with
chance e tells 1 - H(e) of it, H being the entropy of a coin. Agreement of two people beyond
chance is (1 - 2 e)(1 - 2 e'), so that everybody's e follows from how far they agree with the
others; what is taken for a mistake may be another taste, which tells the group as little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel
from scipy.optimize import least_squares

from assent.web.owner.people import PersonOut

# What the page measures while somebody was there; the rest of an answer's time is a break.
ACTIVE = ("read", "decide")
_LEAST_BITS = 0.01
_MOST_PEOPLE = 100  # whose agreement is looked at, those with most answers

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Work:
    """Time spent on answers in force whose time was measured.

    answers: of how many it is known. seconds: all of it. median_seconds: of one answer.
    """

    answers: int
    seconds: float
    median_seconds: float


NOTHING = Work(0, 0.0, 0.0)


class CostOut(BaseModel):
    """Time and, where an hour has a price, money. None: nothing was measured, or no price.

    bits: that an answer tells on average; None before the people were fitted. currency: of the
        money, as the settings name it; may be empty.
    """

    answers: int
    hours: float
    median_seconds: float | None
    mean_seconds: float | None
    per_answer: float | None
    total: float | None
    bits: float | None = None
    seconds_per_bit: float | None = None
    per_bit: float | None = None
    currency: str = ""


@final
class Times:
    """How long each answer in force took, by its event's number; NaN: not measured."""

    def __init__(self) -> None:
        self._seconds = np.full(1024, np.nan)

    def put(self, event: int, timings: Mapping[str, float]) -> None:
        """An answer is in force."""
        while event >= len(self._seconds):
            more = np.full(len(self._seconds), np.nan)
            self._seconds = np.concatenate([self._seconds, more])
        if any(name in timings for name in ACTIVE):
            self._seconds[event] = sum(timings.get(name, 0.0) for name in ACTIVE) / 1000

    def drop(self, event: int) -> None:
        """An answer is in force no more."""
        self._seconds[event] = np.nan

    def spent(self) -> Work:
        """The time that answers took, of those whose time was measured."""
        known = self._seconds[~np.isnan(self._seconds)]
        if not len(known):
            return NOTHING
        return Work(len(known), float(known.sum()), float(np.median(known)))


def of(
    work: Work, pay_per_hour: float | None, people: Sequence[PersonOut] = (), currency: str = ""
) -> CostOut:
    """The cost of what was spent. pay_per_hour: in this currency. people: who answered."""
    mean = work.seconds / work.answers if work.answers else None
    paid = None if mean is None or pay_per_hour is None else mean / 3600 * pay_per_hour
    told = bits(people)
    # Where hardly anything is told, a price of it would be a number without meaning.
    worth = told if told is not None and told > _LEAST_BITS else None
    return CostOut(
        answers=work.answers,
        hours=work.seconds / 3600,
        median_seconds=work.median_seconds if work.answers else None,
        mean_seconds=mean,
        per_answer=paid,
        total=None if paid is None else paid * work.answers,
        bits=told,
        seconds_per_bit=None if mean is None or worth is None else mean / worth,
        currency=currency,
        per_bit=None if paid is None or worth is None else paid / worth,
    )


def bits(people: Sequence[PersonOut]) -> float | None:
    """What an answer tells on average, in bits; None where fewer than two people are known.

    Of those of whom it is not known, as much is expected as of the others.
    """
    known = [each for each in people if each.agreement and each.answers]
    known = sorted(known, key=lambda each: -each.answers)[:_MOST_PEOPLE]
    if len(known) < 2:
        return None
    agreement = np.array([each.agreement.value for each in known if each.agreement])
    answers = np.array([each.answers for each in known], np.float64)
    # Whoever always says the opposite tells as much as whoever never does.
    mistaken = np.clip((1 - np.abs(steadiness(agreement))) / 2, 1e-12, 0.5)
    coin = -mistaken * np.log2(mistaken) - (1 - mistaken) * np.log2(1 - mistaken)
    return float((1 - coin) @ answers / answers.sum())


def steadiness(agreement: Doubles) -> Doubles:
    """`[A]` 1 - 2 e of each, below 0 for the opposite, from their agreement with the others.

    agreement: `[A]`, A at least 2, each the mean over the others of the product of two people's.
    """
    others = len(agreement) - 1

    def missed(each: Doubles) -> Doubles:
        missing: Doubles = each * (each.sum() - each) / others - agreement
        return missing

    start = np.sign(agreement) * np.sqrt(np.abs(agreement).mean())
    found: Doubles = least_squares(missed, np.clip(start, -0.9, 0.9), bounds=(-1, 1)).x
    return found
