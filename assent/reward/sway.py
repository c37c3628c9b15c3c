"""How far covariates sway people at given utilities: what networks leave to length and phase.

seen = u + z . g, with z in standard deviations and g normal around 0 with `NUISANCE_SD`. It is
fitted before the networks have learnt anything and again with the people, so that
what both could explain is the covariate's, as in `posterior.py`. NumPy only.
"""

from __future__ import annotations

import numpy as np

from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import curvature, utility_gradient
from assent.likelihood.people import People
from assent.reward.newton import climb
from assent.reward.posterior import NUISANCE_SD

_ENOUGH = 1e-6  # nats that a Newton step must promise

METRICS = {
    "length": ("reward/sway_length", "reward/sway_length_error"),
    "phase": ("reward/sway_phase", "reward/sway_phase_error"),
}


class Sway:
    """Covariates `[N, C]`, standardised over the judged items, and their effects on people."""

    def __init__(
        self, covariates: tuple[tuple[str, Doubles], ...], evidence: Evidence, items: int
    ) -> None:
        """covariates: by a name of `METRICS`. items: N, at least those of the evidence."""
        self.names = tuple(name for name, _ in covariates)
        table = np.stack([v for _, v in covariates], 1) if covariates else np.zeros((items, 0))
        used = table[evidence.used()]
        spread = used.std(0)
        self.values: Doubles = (table - used.mean(0)) / np.where(spread > 1e-9, spread, 1.0)

    def effects(
        self,
        evidence: Evidence,
        utilities: Doubles,
        people: People,
        weight: Doubles,
        start: Doubles | None = None,
    ) -> Doubles:
        """`[C]` the most probable effects given utilities `[E, N]` and weights `[E, J]`."""
        z = self.values[: utilities.shape[1]]
        found: Doubles = np.zeros(z.shape[1]) if start is None else start
        if not z.shape[1]:
            return found

        def density(effects: Doubles) -> tuple[float, Doubles]:
            value, slope = utility_gradient(evidence, utilities + z @ effects, people, weight)
            away = effects / NUISANCE_SD**2
            return float(value.sum() - 0.5 * effects @ away), z.T @ slope.sum(0) - away

        def step(effects: Doubles, slope: Doubles) -> Doubles:
            information = self._information(evidence, utilities.mean(0), people, effects)
            return np.asarray(np.linalg.solve(information, slope), np.float64)

        highest: Doubles = climb(density, step, found, _ENOUGH)[0]
        return highest

    def errors(
        self, evidence: Evidence, utilities: Doubles, people: People, effects: Doubles
    ) -> Doubles:
        """`[C]` standard errors given the utilities `[N]`."""
        information = self._information(evidence, utilities, people, effects)
        errors: Doubles = np.sqrt(np.diag(np.linalg.inv(information)))
        return errors

    def _information(
        self, evidence: Evidence, utilities: Doubles, people: People, effects: Doubles
    ) -> Doubles:
        z = self.values[: len(utilities)]
        curved = curvature(evidence, utilities + z @ effects, people)
        whole: Doubles = z.T @ (curved @ z) + np.eye(z.shape[1]) / NUISANCE_SD**2
        return whole
