"""Who answers: every annotator's parameters, and the crowd's thresholds, in plain units.

The linear predictors that they enter (u: utility, s: place on the screen from
+1/2 to -1/2, T: a channel's temperature):

    an option of an order    beta_k u / T + c_k s
    a grade of two           beta_k (u_1 - u_2) / T + c_k (s_1 - s_2)
    a grade of one           beta_k u / T - b_k
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from assent.reward.evidence import Doubles, Evidence, Scale

_LAPSE = 0.05  # mean of the Beta(1, 19) prior


@dataclass(frozen=True, slots=True)
class People:
    """A annotators, M scales.

    sensitivity: `[A]` beta_k, 1 typical, 0 blind, negative inverted.
    position: `[A]` c_k, logits that the first place gains over the last.
    severity: `[A]` b_k, logits taken off every grade of a single segment.
    lapse: `[A]` eps_k, share of answers given without looking.
    stretch: `[A, M]` log of how much wider than the crowd's the thresholds are.
    thresholds: the crowd's, `[levels - 1]` rising, one array for each scale.
    temperature: `[M + 1]` of orders, then of each scale; the reference's is 1.
    """

    sensitivity: Doubles
    position: Doubles
    severity: Doubles
    lapse: Doubles
    stretch: Doubles
    thresholds: tuple[Doubles, ...]
    temperature: Doubles
    scales: tuple[Scale, ...]

    def scaled(self, factor: float) -> People:
        """The same answers from utilities that are `factor` times as large."""
        return replace(self, sensitivity=self.sensitivity / factor)


def typical(evidence: Evidence) -> People:
    """Everybody as the priors expect them, before any fit."""
    people, scales = evidence.annotators, evidence.scales
    return People(
        np.ones(people),
        np.zeros(people),
        np.zeros(people),
        np.full(people, _LAPSE),
        np.zeros((people, len(scales))),
        tuple(usual_thresholds(scale) for scale in scales),
        np.ones(len(scales) + 1),
        scales,
    )


def usual_thresholds(scale: Scale) -> Doubles:
    """Thresholds that a logistic spread of opinions would use about equally, `[levels - 1]`."""
    level = np.arange(1, scale.levels)
    thresholds: Doubles = 1.5 * np.log(level / (scale.levels - level))
    return thresholds
