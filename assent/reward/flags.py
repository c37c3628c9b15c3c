"""What stands out about an annotator, in words and with a probability. Nobody is dropped."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import ndtr

from assent.records import Json
from assent.reward.annotators import Uncertainty
from assent.reward.evidence import Doubles
from assent.reward.people import People

_BLIND = 0.4  # of a typical sensitivity: such an answer is worth a sixth of a typical one
_INVERTED = -0.2
_CLICKING = 0.7  # logits; turns an even choice into two of three
_SEVERE = 1.0  # logits; about one level of five
_SURE = 0.95
_LAPSING = 0.25


@dataclass(frozen=True, slots=True)
class Flag:
    """name: careless, inverted, position, severe or lenient; words: for the owner to read."""

    name: str
    probability: float
    words: str


def flags(people: People, errors: Uncertainty, index: int) -> tuple[Flag, ...]:
    """What stands out about annotator `index` with a probability of 95 % or more."""
    beta, beta_error = people.sensitivity[index], errors.sensitivity[index]
    place, place_error = people.position[index], errors.position[index]
    stern, stern_error = people.severity[index], errors.severity[index]
    lapse_error = errors.lapse[index] * people.lapse[index] * (1 - people.lapse[index])
    blind = _above(-beta, beta_error, -_BLIND) - _above(-beta, beta_error, _BLIND)
    lapsing = _above(people.lapse[index], lapse_error, _LAPSING)
    side = "first" if place > 0 else "last"
    found = (
        Flag("careless", max(blind, lapsing), "answers hardly depend on what is shown"),
        Flag(
            "inverted",
            _above(-beta, beta_error, -_INVERTED),
            "prefers what others reject; check that the question was understood",
        ),
        Flag(
            "position",
            _above(abs(place), place_error, _CLICKING),
            f"favours whatever is shown {side}",
        ),
        Flag("severe", _above(stern, stern_error, _SEVERE), "rates lower than the others"),
        Flag("lenient", _above(-stern, stern_error, _SEVERE), "rates higher than the others"),
    )
    return tuple(flag for flag in found if flag.probability >= _SURE)


def described(people: People, errors: Uncertainty, answers: Doubles) -> list[Json]:
    """Every annotator as plain values: estimates, standard errors, answers and flags."""
    return [
        {
            "answers": float(answers[k]),
            "sensitivity": float(people.sensitivity[k]),
            "sensitivity_error": float(errors.sensitivity[k]),
            "position": float(people.position[k]),
            "position_error": float(errors.position[k]),
            "severity": float(people.severity[k]),
            "severity_error": float(errors.severity[k]),
            "lapse": float(people.lapse[k]),
            "flags": [asdict(flag) for flag in flags(people, errors, k)],
        }
        for k in range(len(answers))
    ]


def _above(value: float, error: float, bound: float) -> float:
    """Probability that a number is above a bound, given its estimate and standard error."""
    return float(ndtr((value - bound) / np.maximum(error, 1e-9)))
