"""A linear reward on frozen features and the people who judged, with its posterior. NumPy only.

The utility of an item is w . x. The prior of w is normal along the principal components of
the features: variance s^2 (lambda + floor)^(shape - 1), which is ridge regression at shape 1
and nearer to whitened features below it. Both numbers are those of the largest evidence (the
Laplace approximation of the answers' probability, MacKay 1992). People are fitted to draws
from the posterior, an EM in which the weights are the hidden part: fitted to the best
weights alone, an annotator whose mistakes were learnt by heart would look careful.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from assent.errors import RecordError
from assent.reward import annotators
from assent.reward.evidence import Doubles, Evidence
from assent.reward.likelihood import curvature, utility_gradient
from assent.reward.people import People, typical

SCALES = tuple(float(s) for s in np.geomspace(0.1, 10, 9))  # prior deviation of utilities, logits
SHAPES = (1.0, 0.5)
_FLOOR = 0.01  # of the mean variance: how far whitening may go
_MOST = 1024  # principal components; beyond them the prior alone speaks
_ROUNDS = 12  # of weights and people in turns, at most
_SETTLED = 0.05  # nats; closer rounds are the last
_DRAWS = 8  # of the weights, that the people are judged by
_STEPS = 50
_ENOUGH = 1e-6  # nats that a Newton step must promise


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weights of D features: normal around `mean`, and where it came from.

    centre: `[D]` features that have utility 0. mean: `[D]`. factor: `[D, R]`, its product
    with a standard normal vector is a deviation from the mean. judged: `[D, R]` directions
    in which items differed, orthonormal in units of `deviation`; every other one has the
    prior's standard deviation `loose`. scale, shape: the prior's. evidence: its log, nats.
    """

    centre: Doubles
    deviation: Doubles
    mean: Doubles
    factor: Doubles
    judged: Doubles
    loose: float
    people: People
    scale: float
    shape: float
    evidence: float

    def weights(self, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, D]` draws whose mean is the posterior's mean exactly, for E above 1."""
        if count == 1:
            return self.mean[None].copy()
        directions = self.factor.shape[1]
        draws = rng.standard_normal((count, directions + len(self.mean)))
        draws = (draws - draws.mean(0)) * np.sqrt(count / (count - 1))
        free = draws[:, directions:]
        free = (free - free @ self.judged @ self.judged.T) * self.loose / self.deviation
        drawn: Doubles = self.mean + draws[:, :directions] @ self.factor.T + free
        return drawn

    def samples(self, features: Doubles, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, N]` utilities of items with features `[N, D]`."""
        drawn: Doubles = self.weights(count, rng) @ (features - self.centre).T
        return drawn


def fit_linear(
    features: Doubles,
    evidence: Evidence,
    rng: np.random.Generator,
    start: People | None = None,
    pooled: bool = False,
) -> Posterior:
    """Weights and people given features `[N, D]` of the judged items.

    start: people to begin with, e.g. those of the last fit. pooled: they stay as they are.
    Raises RecordError without answers, or with a feature that is no number.
    """
    if evidence.count == 0:
        raise RecordError("no answer to fit a reward to; answer some questions first")
    if len(features) < evidence.items or not np.isfinite(features).all():
        raise RecordError("features must be finite, with a row for every judged item")
    space = _space(np.asarray(features, np.float64), evidence)
    people = start or typical(evidence)
    found = _choose(space, evidence, people)
    packing, before = annotators.Packing(evidence, pooled), -np.inf
    seed = int(rng.integers(2**31))
    share = np.broadcast_to(evidence.weight / _DRAWS, (_DRAWS, evidence.count))
    for _ in range(_ROUNDS):
        # The same noise in every round, so that only better weights change the people.
        utilities = found.draws(space, _DRAWS, np.random.default_rng(seed))
        people = annotators.fit(evidence, utilities, people, share, pooled)
        if not pooled:
            people, _ = annotators.gauge(people, evidence)
        found = _choose(space, evidence, people, found)
        now = found.evidence + packing.log_prior(packing.pack(people))[0]
        if abs(now - before) < _SETTLED:
            break
        before = now
    return found.posterior(space, people)


@dataclass(frozen=True, slots=True)
class _Space:
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


@dataclass(frozen=True, slots=True)
class _Found:
    """The best weights `[R]` in units of the prior, the information there, and its evidence."""

    weights: Doubles
    information: Doubles
    evidence: float
    scale: float
    shape: float

    def draws(self, space: _Space, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, N]` utilities."""
        noise = rng.standard_normal((len(self.weights), count))
        root = np.linalg.cholesky(self.information)
        drawn = self.weights[:, None] + solve_triangular(root.T, noise)
        width, _ = space.prior(self.scale, self.shape)
        utilities: Doubles = ((space.along * width) @ drawn).T
        return utilities

    def posterior(self, space: _Space, people: People) -> Posterior:
        """The same in units of the features."""
        width, loose = space.prior(self.scale, self.shape)
        into = space.judged * width / space.deviation[:, None]
        root = np.linalg.cholesky(self.information)
        return Posterior(
            space.centre,
            space.deviation,
            into @ self.weights,
            solve_triangular(root, into.T, lower=True).T,
            space.judged,
            loose,
            people,
            self.scale,
            self.shape,
            self.evidence,
        )


def _space(features: Doubles, evidence: Evidence) -> _Space:
    used = features[evidence.used()]
    centre, deviation = used.mean(0), used.std(0)
    # A feature that never changes says nothing; dividing by its spread would shout.
    deviation = np.where(deviation > 1e-6, deviation, 1.0)
    standard = (features - centre) / deviation
    _, spread, directions = np.linalg.svd(standard[evidence.used()], full_matrices=False)
    kept = (spread > 1e-6 * float(spread[0]))[:_MOST]
    kept[0] = True  # also where nothing differs: a space of no dimension is no space
    judged = directions[: len(kept)][kept].T
    variance = spread[: len(kept)][kept] ** 2 / len(used)
    return _Space(centre, deviation, judged, variance, standard @ judged)


def _choose(
    space: _Space, evidence: Evidence, people: People, near: _Found | None = None
) -> _Found:
    """The prior with the largest evidence: of all, or of the neighbours of the last choice."""
    places = range(len(SCALES))
    if near is not None:
        here = SCALES.index(near.scale)
        places = range(max(here - 1, 0), min(here + 2, len(SCALES)))
    best: _Found | None = None
    for shape in SHAPES:
        weights = np.zeros(len(space.variance))
        last = -np.inf
        for place in places:
            found = _newton(space, evidence, people, (SCALES[place], shape), weights)
            if best is None or found.evidence > best.evidence:
                best = found
            if found.evidence < last - 1:
                break
            last, weights = found.evidence, found.weights
    assert best is not None
    return best


def _newton(
    space: _Space, evidence: Evidence, people: People, prior: tuple[float, float], start: Doubles
) -> _Found:
    """The most probable weights by Newton's method, with steps halved until they help."""
    width, _ = space.prior(*prior)
    design = space.along * width

    def density(weights: Doubles) -> tuple[float, Doubles]:
        value, slope = utility_gradient(evidence, (design @ weights)[None], people)
        return float(value[0] - 0.5 * weights @ weights), design.T @ slope[0] - weights

    def information(weights: Doubles) -> Doubles:
        curved = curvature(evidence, design @ weights, people)
        whole: Doubles = design.T @ (curved @ design) + np.eye(len(weights))
        return whole

    weights = start
    value, slope = density(weights)
    for _ in range(_STEPS):
        step = cho_solve(cho_factor(information(weights)), slope)
        promise, size = float(slope @ step), 1.0
        if promise < _ENOUGH:
            break
        while size > 1e-6:
            further, there = density(weights + size * step)
            if further >= value + 1e-4 * size * promise:
                break
            size /= 2
        else:
            break
        weights, value, slope = weights + size * step, further, there
    whole = information(weights)
    evidence_here = value - 0.5 * float(np.linalg.slogdet(whole)[1])
    return _Found(weights, whole, evidence_here, *prior)
