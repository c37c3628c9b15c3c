"""Fits the people to given utilities: priors, gauges, maximum a posteriori.

Every prior of `priors.py` is proper, so that an annotator with one answer, or none,
has an estimate. Nobody is ever dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logit

from assent.reward.evidence import Doubles, Evidence, Scale
from assent.reward.likelihood import PeopleGradient, gradients
from assent.reward.people import People, typical, usual_thresholds
from assent.reward.priors import USUAL, Priors

__all__ = ["Packing", "People", "fit", "gauge", "information", "typical"]

LOWEST_SD, GAP_SD = 3.0, 1.0
_SMALLEST_GAP = 1e-4  # logits; keeps a level that nobody used possible
_TRUSTED = 0.2  # sensitivity below which an annotator does not help to fix the scale
_BOUND = 8.0  # prior standard deviations; keeps a line search inside what exp can hold
_LAPSE_BOUND = 10.0  # logits
CURVED = 0.15  # information of a typical answer about a logit


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard errors of `People`'s columns, `[A]` each; lapse's is of its logit.

    stretch: `[A, M]`.
    """

    sensitivity: Doubles
    position: Doubles
    severity: Doubles
    lapse: Doubles
    stretch: Doubles


class Packing:
    """Turns people into one unconstrained vector and back, with the priors' log-density.

    Its first rows are the annotators': `[4 + M, A]` sensitivity, position, logit lapse,
    severity and stretches; then the thresholds' free numbers; then log temperatures.
    With `pooled` only thresholds and temperatures are free: everybody is typical.
    """

    def __init__(self, evidence: Evidence, pooled: bool = False, priors: Priors = USUAL) -> None:
        self._priors_of = priors
        self._people = evidence.annotators
        self._scales = evidence.scales
        self._reference = evidence.reference
        self.rows = 4 + len(evidence.scales)
        self._widths = [len(_free(usual_thresholds(s), s)) for s in evidence.scales]
        self.size = self.rows * self._people + sum(self._widths) + len(evidence.scales) + 1
        mean, deviation = self._priors()
        self._mean, self._precision = mean, deviation**-2.0
        self._bounds = np.stack([mean - _BOUND * deviation, mean + _BOUND * deviation], 1)
        lapses = slice(2 * self._people, 3 * self._people)
        self._bounds[lapses] = (-_LAPSE_BOUND, _LAPSE_BOUND)
        self._is_lapse = np.zeros(self.size, bool)
        self._is_lapse[lapses] = True
        self.fixed = np.zeros(self.size, bool)
        self.fixed[self.size - len(evidence.scales) - 1 + self._reference] = True
        if pooled:
            self.fixed[: self.rows * self._people] = True
        if not evidence.orders:
            self.fixed[self.size - len(evidence.scales) - 1] = True

    def expect(self, people: People, errors: Uncertainty) -> None:
        """Take an estimate and its errors as the prior; crowd's numbers and stretches stay."""
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
        own = self.rows * self._people
        whole[:own] += CURVED * np.tile(evidence.answers(), self.rows)
        whole[own:] += CURVED * float(evidence.weight.sum())
        return whole

    def bounds(self, start: Doubles) -> Doubles:
        """`[P, 2]` how far a search may go; nowhere from `start` where a number is fixed."""
        return np.where(self.fixed[:, None], start[:, None], self._bounds)

    def pack(self, people: People) -> Doubles:
        """The vector `[P]` of these people."""
        columns = [people.sensitivity, people.position, logit(people.lapse), people.severity]
        free = [_free(t, s) for t, s in zip(people.thresholds, self._scales, strict=True)]
        return np.concatenate(
            [*columns, people.stretch.T.ravel(), *free, np.log(people.temperature)]
        )

    def unpack(self, vector: Doubles) -> People:
        """The people of a vector `[P]`."""
        table = vector[: self.rows * self._people].reshape(self.rows, self._people)
        free, rest = [], vector[self.rows * self._people :]
        for width in self._widths:
            free.append(rest[:width])
            rest = rest[width:]
        thresholds = [_thresholds(f, s) for f, s in zip(free, self._scales, strict=True)]
        # The lapse's own bounds keep log(lapse) and log(1 - lapse) finite.
        lapse = np.clip(expit(table[2]), 1e-9, 1 - 1e-9)
        return People(
            table[0].copy(),
            table[1].copy(),
            table[3].copy(),
            lapse,
            table[4:].T.copy(),
            tuple(thresholds),
            np.exp(rest),
            self._scales,
        )

    def gradient(self, vector: Doubles, by: PeopleGradient) -> Doubles:
        """`by` as the derivative by the vector `[P]`; 0 where it is fixed."""
        columns = [by.sensitivity, by.position, by.lapse, by.severity, by.stretch.T.ravel()]
        free, start = [], self.rows * self._people
        for width, scale, slope in zip(self._widths, self._scales, by.thresholds, strict=True):
            free.append(_free_gradient(vector[start : start + width], scale, slope))
            start += width
        whole = np.concatenate([*columns, *free, by.temperature])
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
        mean = [np.full(people, m) for m, _ in rows]
        deviation = [np.full(people, d) for _, d in rows]
        for scale in self._scales:
            mean.append(_free(usual_thresholds(scale), scale))
            deviation.append(np.full(len(mean[-1]), GAP_SD))
            if scale.segments == 1:
                deviation[-1][0] = LOWEST_SD
        mean.append(np.zeros(scales + 1))
        deviation.append(np.full(scales + 1, of.temperature_sd))
        return np.concatenate(mean), np.concatenate(deviation)


def fit(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    start: People | None = None,
    weight: Doubles | None = None,
    pooled: bool = False,
) -> People:
    """The most probable people given utilities `[N]` or `[E, N]`.

    start: where to begin, e.g. the previous fit. weight: `[J]` or `[E, J]`, in place of
    the evidence's own; over E members each judgement should count once in all.
    pooled: leave everybody typical and fit the crowd's thresholds alone.
    """
    packing = Packing(evidence, pooled)
    first = packing.pack(start or typical(evidence))

    def surprise(vector: Doubles) -> tuple[float, Doubles]:
        value, _, by = gradients(evidence, utilities, packing.unpack(vector), weight)
        prior, by_prior = packing.log_prior(vector)
        return -value - prior, -(packing.gradient(vector, by) + by_prior)

    found = minimize(
        surprise,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=packing.bounds(first),
        options={"maxiter": 200, "maxcor": 20},
    )
    return packing.unpack(found.x)


def gauge(people: People, evidence: Evidence) -> tuple[People, float]:
    """The same answers with the free scale and shift fixed, and the factor of the utilities.

    Trusted annotators have a geometric mean sensitivity of 1 (weighted by answers) and a
    mean severity of 0; where most of the answers are inverted the utilities' sign turns.
    The probability of every answer is unchanged when utilities are multiplied by the factor.
    """
    answers = evidence.answers()
    factor = -1.0 if float(answers @ people.sensitivity) < 0 else 1.0
    signed = people.sensitivity * factor
    trusted = (signed > _TRUSTED) & (answers > 0)
    if trusted.any():
        mean = np.average(np.log(signed[trusted]), weights=answers[trusted])
        factor *= float(np.exp(mean))
    graded = np.zeros(len(answers), bool)
    for block in evidence.grades:
        if block.items.shape[1] == 1:
            graded[block.annotator] = True
    shift = float(people.severity[graded].mean()) if graded.any() else 0.0
    thresholds = tuple(
        t + shift if scale.segments == 1 else t
        for t, scale in zip(people.thresholds, people.scales, strict=True)
    )
    moved = replace(people, severity=people.severity - shift, thresholds=thresholds)
    return moved.scaled(factor), factor


def information(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
    packing: Packing | None = None,
) -> Doubles:
    """`[A, 4 + M, 4 + M]` minus the curvature of the log posterior of each annotator's own.

    Order: sensitivity, position, logit lapse, severity, stretches. Annotators are
    independent given utilities, so one difference of gradients serves all of them.
    """
    packing = packing or Packing(evidence)
    centre, step = packing.pack(people), 1e-4
    count, rows = evidence.annotators, packing.rows
    curvature = np.empty((count, rows, rows))
    for row in range(rows):
        sides = []
        for sign in (1, -1):
            vector = centre.copy()
            vector[row * count : (row + 1) * count] += sign * step
            _, _, by = gradients(evidence, utilities, packing.unpack(vector), weight)
            whole = packing.gradient(vector, by) + packing.log_prior(vector)[1]
            sides.append(whole[: rows * count].reshape(rows, count))
        curvature[:, row] = ((sides[1] - sides[0]) / (2 * step)).T
    return (curvature + curvature.transpose(0, 2, 1)) / 2


def uncertainty(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
    packing: Packing | None = None,
) -> Uncertainty:
    """Standard errors of everybody's parameters, given the utilities (Laplace)."""
    values, vectors = np.linalg.eigh(information(evidence, utilities, people, weight, packing))
    # Off a maximum a curvature may be negative; no direction is wider than a vague prior.
    inverse = (vectors / np.maximum(values, 0.1)[:, None, :]) @ vectors.transpose(0, 2, 1)
    deviation = np.sqrt(np.einsum("aii->ai", inverse))
    sensitivity, position, lapse, severity = deviation.T[:4]
    return Uncertainty(sensitivity, position, severity, lapse, deviation[:, 4:])


def crowd(
    people: People, errors: Uncertainty, evidence: Evidence
) -> dict[str, tuple[Doubles, Doubles]]:
    """Estimates and errors of those who answered, by the name of the parameter.

    Severity and position of those alone in whose answers they could show.
    """
    answered = evidence.answers() > 0
    graded, placed = np.zeros((2, evidence.annotators), bool)
    stretched = np.zeros(people.stretch.shape, bool)
    for block in evidence.grades:
        if evidence.scales[block.scale].levels > 2 or block.items.shape[1] == 2:
            stretched[block.annotator, block.scale] = True
        alone = block.items.shape[1] == 1
        (graded if alone else placed)[block.annotator] = True
    for order in evidence.orders:
        placed[order.annotator] = True
    columns = {
        "sensitivity": (people.sensitivity, errors.sensitivity, answered),
        "position": (people.position, errors.position, placed),
        "severity": (people.severity, errors.severity, graded),
        "lapse": (people.lapse, errors.lapse, answered),
        "stretch": (people.stretch, errors.stretch, stretched),
    }
    return {name: (value[of], error[of]) for name, (value, error, of) in columns.items()}


def _free(thresholds: Doubles, scale: Scale) -> Doubles:
    """The unconstrained numbers behind rising (and for pairs symmetric) thresholds."""
    if scale.segments == 2:
        upper = thresholds[len(thresholds) // 2 :]
        if len(thresholds) % 2:  # the middle one is 0
            return _log_gap(np.diff(upper))
        return _log_gap(np.diff(upper, prepend=0.0))
    return np.concatenate([thresholds[:1], _log_gap(np.diff(thresholds))])


def _log_gap(gaps: Doubles) -> Doubles:
    logs: Doubles = np.log(np.maximum(gaps - _SMALLEST_GAP, 1e-12))
    return logs


def _thresholds(free: Doubles, scale: Scale) -> Doubles:
    """The inverse of `_free`."""
    if scale.segments == 2:
        upper = np.cumsum(np.exp(free) + _SMALLEST_GAP)
        middle = np.zeros((scale.levels - 1) % 2)
        return np.concatenate([-upper[::-1], middle, upper])
    gaps = np.exp(free[1:]) + _SMALLEST_GAP
    return np.concatenate([free[:1], free[0] + np.cumsum(gaps)])


def _free_gradient(free: Doubles, scale: Scale, by: Doubles) -> Doubles:
    """The derivative by `_free`'s numbers from the one by thresholds."""
    if scale.segments == 2:
        count = len(free)
        folded = by[len(by) - count :] - by[:count][::-1]
        return np.exp(free) * np.cumsum(folded[::-1])[::-1]
    tail = np.cumsum(by[::-1])[::-1]
    return np.concatenate([tail[:1], np.exp(free[1:]) * tail[1:]])
