"""The principal components of judged items' features, along which weights have a prior.

The variance of a weight is s^2 (lambda + floor)^(shape - 1) along a component of variance
lambda: ridge regression at shape 1, nearer to whitened features below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assent.likelihood.evidence import Doubles, Integers

_FLOOR = 0.01  # of the mean variance: how far whitening may go
_MOST = 1024  # principal components; beyond them the prior alone speaks


@dataclass(frozen=True, slots=True)
class Components:
    """The judged items along their principal components.

    centre, deviation: `[D]` of the features. judged: `[D, R]` components, orthonormal.
    variance: `[R]` along them. along: `[N, R]` the items.
    """

    centre: Doubles
    deviation: Doubles
    judged: Doubles
    variance: Doubles
    along: Doubles

    def prior(self, scale: float, shape: float) -> tuple[Doubles, float]:
        """Standard deviations `[R]` of the weights along the components, and beyond them.

        Over the judged items utilities then have the standard deviation `scale`.
        """
        total = float(self.variance.sum())
        floor = _FLOOR * (total or 1.0) / len(self.deviation)
        raised = (self.variance + floor) ** (shape - 1)
        unit = float(np.sqrt((raised * self.variance).sum())) or 1.0
        return scale * np.sqrt(raised) / unit, scale * floor ** ((shape - 1) / 2) / unit


def components(features: Doubles, used: Integers) -> Components:
    """The components of the rows `used` of features `[N, D]`."""
    chosen = features[used]
    centre, deviation = chosen.mean(0), chosen.std(0)
    # A feature that never changes says nothing; dividing by its spread would shout.
    deviation = np.where(deviation > 1e-6, deviation, 1.0)
    standard = (features - centre) / deviation
    _, spread, directions = np.linalg.svd(standard[used], full_matrices=False)
    kept = (spread > 1e-6 * float(spread[0]))[:_MOST]
    kept[0] = True  # also where nothing differs: a space of no dimension is no space
    judged = directions[: len(kept)][kept].T
    variance = spread[: len(kept)][kept] ** 2 / len(used)
    return Components(centre, deviation, judged, variance, standard @ judged)
