"""People as one unconstrained vector, and the log-density of their priors over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from assent.likelihood import thresholds
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import PeopleGradient
from assent.likelihood.people import People, choices
from assent.likelihood.priors import USUAL, Priors

LOWEST_SD, GAP_SD = 3.0, 1.0
_BOUND = 8.0  # prior standard deviations; keeps a line search inside what exp can hold
_LAPSE_BOUND = 10.0  # logits
CURVED = 0.15  # information of a typical answer about a logit


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard errors of `People`'s columns, `[A]` each; lapse's is of its logit.

    stretch: `[A, M]`. apart: one `[A, F]` for each scale.
    """

    sensitivity: Doubles
    position: Doubles
    severity: Doubles
    lapse: Doubles
    stretch: Doubles
    apart: tuple[Doubles, ...] = ()


class Packing:
    """Turns people into one unconstrained vector and back, with the priors' log-density.

    Its first rows are the annotators': `[4 + M, A]` sensitivity, position, logit lapse,
    severity and stretches; then what sets their gaps apart; then the thresholds' free
    numbers; then log temperatures; then the paces. With `pooled` only thresholds, temperatures
    and paces are free: everybody is typical.
    """

    def __init__(self, evidence: Evidence, pooled: bool = False, priors: Priors = USUAL) -> None:
        self._priors_of = priors
        self._people = evidence.annotators
        self._scales = evidence.scales
        self.rows = 4 + len(evidence.scales)
        self._apart = [thresholds.own_count(s) for s in evidence.scales]
        self._widths = [len(thresholds.free(thresholds.usual(s), s)) for s in evidence.scales]
        self.apart_precision = priors.apart_sd**-2.0
        self.own = (self.rows + sum(self._apart)) * self._people
        self._choices = choices(evidence)
        crowd = sum(self._widths) + len(evidence.scales) + 1 + self._choices
        self.size = self.own + crowd
        mean, deviation = self._priors()
        self._mean, self._precision = mean, deviation**-2.0
        self._bounds = np.stack([mean - _BOUND * deviation, mean + _BOUND * deviation], 1)
        lapses = slice(2 * self._people, 3 * self._people)
        self._bounds[lapses] = (-_LAPSE_BOUND, _LAPSE_BOUND)
        self._is_lapse = np.zeros(self.size, bool)
        self._is_lapse[lapses] = True
        self.fixed = np.zeros(self.size, bool)
        temperature = self.size - self._choices - len(evidence.scales) - 1
        self.fixed[temperature + evidence.reference] = True
        self.fixed[self.size - self._choices] = True  # the first choice sets the pace
        if pooled:
            self.fixed[: self.own] = True
        if not evidence.orders:
            self.fixed[temperature] = True

    def expect(self, people: People, errors: Uncertainty) -> None:
        """Take an estimate and its errors as the prior; crowd's numbers and gaps stay."""
        own = 4 * self._people
        columns = [errors.sensitivity, errors.position, errors.lapse, errors.severity]
        self._mean = self.pack(people)
        self._precision[:own] = np.concatenate(columns) ** -2.0
        self._is_lapse[:] = False
        self.fixed[own:] = True
        reach = _BOUND * self._precision**-0.5
        self._bounds = np.stack([self._mean - reach, self._mean + reach], 1)

    def stiffness(self, evidence: Evidence) -> Doubles:
        """`[P]` about minus the second derivative by each number: a search goes in these units."""
        whole = self._precision.copy()
        table, answers = self.rows * self._people, evidence.answers()
        whole[:table] += CURVED * np.tile(answers, self.rows)
        start = table
        for width in self._apart:
            share = CURVED * answers / max(width, 1)
            whole[start : start + width * self._people] += np.repeat(share, width)
            start += width * self._people
        whole[self.own :] += CURVED * float(evidence.weight.sum())
        return whole

    def unsure(self, errors: Uncertainty) -> Doubles:
        """`[P]` standard errors of the annotators' sensitivity, position and severity; else 0.

        Each alone: a lapse's is no longer normal near 0, and gaps are many and matter little.
        """
        found = np.zeros(self.size)
        count = self._people
        columns = (errors.sensitivity, errors.position, None, errors.severity)
        for row, column in enumerate(columns):
            if column is not None:
                found[row * count : (row + 1) * count] = column
        return found

    def bounds(self, start: Doubles) -> Doubles:
        """`[P, 2]` how far a search may go; nowhere from `start` where a number is fixed."""
        return np.where(self.fixed[:, None], start[:, None], self._bounds)

    def pack(self, people: People) -> Doubles:
        """The vector `[P]` of these people."""
        columns = [people.sensitivity, people.position, logit(people.lapse), people.severity]
        columns += [people.stretch.T.ravel(), *[each.ravel() for each in people.apart]]
        pairs = zip(people.thresholds, self._scales, strict=True)
        free = [thresholds.free(crowd, scale) for crowd, scale in pairs]
        return np.concatenate([*columns, *free, np.log(people.temperature), people.pace])

    def unpack(self, vector: Doubles) -> People:
        """The people of a vector `[P]`."""
        table = vector[: self.rows * self._people].reshape(self.rows, self._people)
        sizes = [self._people * width for width in self._apart] + self._widths
        sizes.append(len(self._scales) + 1)
        parts = np.split(vector[self.rows * self._people :], np.cumsum(sizes))
        scales = len(self._scales)
        free = zip(parts[scales:-2], self._scales, strict=True)
        apart = zip(parts[:scales], self._apart, strict=True)
        # The lapse's own bounds keep log(lapse) and log(1 - lapse) finite.
        lapse = np.clip(expit(table[2]), 1e-9, 1 - 1e-9)
        return People(
            table[0].copy(),
            table[1].copy(),
            table[3].copy(),
            lapse,
            table[4:].T.copy(),
            tuple(part.reshape(self._people, width) for part, width in apart),
            tuple(thresholds.bound(numbers, scale) for numbers, scale in free),
            np.exp(parts[-2]),
            parts[-1].copy(),
            self._scales,
        )

    def gradient(self, vector: Doubles, by: PeopleGradient) -> Doubles:
        """`by` as the derivative by the vector `[P]`; 0 where it is fixed."""
        columns = [by.sensitivity, by.position, by.lapse, by.severity, by.stretch.T.ravel()]
        columns += [each.ravel() for each in by.apart]
        free, start = [], self.own
        for width, scale, slope in zip(self._widths, self._scales, by.thresholds, strict=True):
            numbers = vector[start : start + width]
            free.append(thresholds.free_gradient(numbers, scale, slope))
            start += width
        whole = np.concatenate([*columns, *free, by.temperature, by.pace])
        whole[self.fixed] = 0
        return whole

    def log_prior(self, vector: Doubles) -> tuple[float, Doubles]:
        """Log-density of the priors at a vector, less a constant, and its gradient `[P]`."""
        away = (vector - self._mean) * self._precision
        value = -0.5 * float(((vector - self._mean) * away)[~self._is_lapse].sum())
        x = vector[self._is_lapse]
        # Beta over the logit, whose density brings one more power of eps and of 1 - eps.
        a, b = self._priors_of.lapse_a, self._priors_of.lapse_b
        value -= float((a * np.logaddexp(0, -x) + b * np.logaddexp(0, x)).sum())
        gradient = -away
        gradient[self._is_lapse] = a * expit(-x) - b * expit(x)
        gradient[self.fixed] = 0
        return value, gradient

    def _priors(self) -> tuple[Doubles, Doubles]:
        people, scales, of = self._people, len(self._scales), self._priors_of
        rows = [(of.sensitivity, of.sensitivity_sd), (0.0, of.position_sd), (0.0, 1.0)]
        rows += [(0.0, of.severity_sd), *[(0.0, of.stretch_sd)] * scales]
        rows += [(0.0, of.apart_sd)] * sum(self._apart)
        mean = [np.full(people, m) for m, _ in rows]
        deviation = [np.full(people, d) for _, d in rows]
        for scale in self._scales:
            mean.append(thresholds.free(thresholds.usual(scale), scale))
            deviation.append(np.full(len(mean[-1]), GAP_SD))
            if scale.segments == 1:
                deviation[-1][0] = LOWEST_SD
        mean.append(np.zeros(scales + 1 + self._choices))
        deviation.append(np.full(scales + 1, of.temperature_sd))
        deviation.append(np.full(self._choices, of.pace_sd))
        return np.concatenate(mean), np.concatenate(deviation)
