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

from assent.likelihood import thresholds
from assent.likelihood.evidence import Doubles, Evidence, Scale

_LAPSE = 0.05  # mean of the Beta(1, 19) prior
_SPREAD = 1.5  # of predictors, in standard deviations of the link


@dataclass(frozen=True, slots=True)
class People:
    """A annotators, M scales.

    sensitivity: `[A]` beta_k, 1 typical, 0 blind, negative inverted.
    position: `[A]` c_k, logits that the first place gains over the last.
    severity: `[A]` b_k, logits taken off every grade of a single segment.
    lapse: `[A]` eps_k, share of answers given without looking.
    stretch: `[A, M]` log of how much wider than the crowd's the gaps between thresholds are.
    apart: one `[A, F]` for each scale: log of how much wider each gap is than the stretch says.
    thresholds: the crowd's, `[levels - 1]` rising, one array for each scale.
    temperature: `[M + 1]` of orders, then of each scale; the reference's is 1.
    pace: `[P]` log of how much sharper each further choice of an order is than its first.
    """

    sensitivity: Doubles
    position: Doubles
    severity: Doubles
    lapse: Doubles
    stretch: Doubles
    apart: tuple[Doubles, ...]
    thresholds: tuple[Doubles, ...]
    temperature: Doubles
    pace: Doubles
    scales: tuple[Scale, ...]

    def own_thresholds(self, scale: int) -> Doubles:
        """`[A, levels - 1]` where each annotator's levels end on a scale."""
        of = self.scales[scale]
        crowd, stretch = self.thresholds[scale], self.stretch[:, scale]
        return thresholds.own(crowd, of, stretch, self.apart[scale])

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
        tuple(np.zeros((people, thresholds.own_count(scale))) for scale in scales),
        tuple(thresholds.usual(scale) for scale in scales),
        np.ones(len(scales) + 1),
        np.zeros(choices(evidence)),
        scales,
    )


def beginning(evidence: Evidence) -> People:
    """Typical people with the thresholds at which levels would be used as often as they were."""
    people = typical(evidence)
    found = list(people.thresholds)
    for block in evidence.grades:
        scale = evidence.scales[block.scale]
        if scale.segments == 1:
            used = np.bincount(block.level, evidence.weight[block.judgement], scale.levels) + 0.5
            below = np.cumsum(used)[:-1] / used.sum()
            # Utilities of a standard deviation of 2 spread the predictors beyond the link.
            found[block.scale] = _SPREAD * np.log(below / (1 - below))
    return replace(people, thresholds=tuple(found))


def choices(evidence: Evidence) -> int:
    """P: how many choices the longest order is made of; at least 1."""
    return max((len(block.remaining) for block in evidence.orders), default=1)
