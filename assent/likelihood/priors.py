"""What the crowd is like: the priors that every annotator and item is shrunk to.

They start as the literature has them and are learnt from the answers (empirical Bayes):
a crowd that hardly differs is pooled, a crowd that differs is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from assent.likelihood.evidence import Doubles

WORTH = 5.0  # annotators or items that the usual prior counts as
SETTLED = 0.1  # relative change of the deviations, below which they stay
_SMALLEST = 0.05  # deviation; a smaller one could never grow again
_LARGEST = 2.5  # times the usual: where nearly all answers are alike, spreads have no end


_NUMBERS = ("sensitivity_sd", "position_sd", "severity_sd", "stretch_sd", "apart_sd", "utility_sd")


@dataclass(frozen=True, slots=True)
class Priors:
    """Means and standard deviations over annotators; see `People` for the units.

    Normal: sensitivity N(sensitivity, sensitivity_sd), position N(0, position_sd), severity
    N(0, severity_sd), log stretch N(0, stretch_sd), what sets a gap
    apart N(0, apart_sd), log temperature N(0, temperature_sd), pace N(0, pace_sd),
    utilities N(0, utility_sd), offsets of prompts N(0, offset_sd), loadings of taste
    N(0, taste_sd). Lapse is Beta(lapse_a, lapse_b). Thresholds: N(0, 3) for the
    lowest and N(usual, 1) for the logs of the gaps.
    """

    sensitivity: float = 1.0
    sensitivity_sd: float = 0.7
    position_sd: float = 0.3
    severity_sd: float = 1.0
    stretch_sd: float = 0.3
    apart_sd: float = 0.3
    lapse_a: float = 1.0
    lapse_b: float = 19.0
    temperature_sd: float = 0.5
    pace_sd: float = 0.5
    utility_sd: float = 2.0
    offset_sd: float = 1.0
    taste_sd: float = 1.0

    def change(self, since: Priors) -> float:
        """The largest relative change of a deviation."""
        steps = [np.log(getattr(self, n) / getattr(since, n)) for n in _NUMBERS]
        return float(np.abs(steps).max())


USUAL = Priors()


def learnt(
    priors: Priors,
    utilities: tuple[Doubles, Doubles],
    offsets: tuple[Doubles, Doubles],
    people: Mapping[str, tuple[Doubles, Doubles]],
) -> Priors:
    """The priors that are likeliest given estimates and their errors (one step of EM).

    people: by the name of the parameter; those that are not named stay.
    """
    found = replace(
        priors,
        utility_sd=_spread(*utilities, USUAL.utility_sd),
        offset_sd=_spread(*offsets, USUAL.offset_sd),
    )
    if not people:
        return found
    value, error = people["sensitivity"]
    mean = (value.sum() + WORTH * USUAL.sensitivity) / (len(value) + WORTH)
    usual = USUAL.lapse_a / (USUAL.lapse_a + USUAL.lapse_b)
    lapses = people["lapse"][0]
    lapse = (lapses.sum() + WORTH * usual) / (len(lapses) + WORTH)
    worth = USUAL.lapse_a + USUAL.lapse_b
    return replace(
        found,
        sensitivity=float(mean),
        sensitivity_sd=_spread(value - mean, error, USUAL.sensitivity_sd),
        position_sd=_spread(*people["position"], USUAL.position_sd),
        severity_sd=_spread(*people["severity"], USUAL.severity_sd),
        stretch_sd=_spread(*people["stretch"], USUAL.stretch_sd),
        apart_sd=_spread(*people["apart"], USUAL.apart_sd),
        lapse_a=float(worth * lapse),
        lapse_b=float(worth * (1 - lapse)),
    )


def _spread(value: Doubles, error: Doubles, usual: float) -> float:
    total = float((value**2 + error**2).sum()) + WORTH * usual**2
    found = float(np.sqrt(total / (value.size + WORTH)))
    return min(max(found, _SMALLEST), _LARGEST * usual)
