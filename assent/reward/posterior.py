"""A linear reward on frozen features and the people who judged, with its posterior. NumPy only.

What people see of an item is

    w . x  +  z . g  +  r_item          (+ m_prompt in grades of a single item)

The reward is w . x + r: x are features, r what the item is worth beyond them (a Gaussian process
on the items, of covariance s_w^2 X X' + s_r^2 I). z are nuisance covariates, such as a reply's
length: in the answers, out of the reward. They are told from the features by items that agree in
one and not in the other; where features contain z, the prior decides: N(0, 5^2) for the one number
g is wide beside what a single direction among the features is granted, so that z takes it.

The spreads are those of the largest evidence (`laplace.py`). People are fitted to draws
from the posterior, an EM in which the weights are the hidden part: fitted to the best
weights alone, an annotator whose mistakes were learnt by heart would look careful.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from assent.errors import RecordError
from assent.likelihood import annotators
from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import Doubles, Evidence, Integers
from assent.likelihood.people import People, typical
from assent.reward.components import Components, components
from assent.reward.laplace import Design, Mode, mode

SCALES = tuple(float(s) for s in np.geomspace(0.1, 10, 9))  # prior deviation of utilities, logits
SHAPES = (1.0, 0.5)
OWN = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # prior deviation of r, logits
OFFSETS = (0.25, 0.5, 1.0, 2.0, 4.0)  # prior deviation of m, logits
NUISANCE_SD = 5.0  # logits for a deviation of a covariate: wider than any effect that was met
_OWN_FROM = 3.0  # answers an item, on average, below which r cannot be told from noise
_OWN_MOST = 5000  # items; beyond them the matrix between them costs too much
_ROUNDS = 12  # of weights and people in turns, at most
_SETTLED = 0.05  # nats; closer rounds are the last
_DRAWS = 8  # of the weights, that the people are judged by


@dataclass(frozen=True, slots=True)
class Prior:
    """Standard deviations before any answer, logits.

    scale, shape: of utilities by their features, see `components.py`. own: of what an item is
    worth beyond them. offset: of prompts.
    """

    scale: float = 1.0
    shape: float = 1.0
    own: float = 0.0
    offset: float = 1.0


@dataclass(frozen=True, slots=True)
class Draws:
    """E draws of everything. weights: `[E, D]`; nuisance: `[E, C]`; own: `[E, N]`, of the items
    that were fitted to; offsets: `[E, G]`.
    """

    weights: Doubles
    nuisance: Doubles
    own: Doubles
    offsets: Doubles


class Latent:
    """From features and effects to what the likelihood sees, under any prior.

    mapping: see `effects.py`. space: of the judged items.
    """

    def __init__(
        self, features: Doubles, evidence: Evidence, effects: Effects, beyond: bool
    ) -> None:
        """beyond: whether items may be worth something beyond their features."""
        self.mapping = Mapping(effects, evidence, len(features))
        self.space = components(np.asarray(features, np.float64), evidence.used())
        linear = self.mapping.linear()
        items, covariates = self.mapping.sizes[:2]
        self.covariates = covariates
        self.groups = self.mapping.sizes[2]
        self.judged: Integers = evidence.used()
        repeated = sum(block.items.size for block in evidence.blocks()) / len(self.judged)
        self.beyond = beyond and repeated >= _OWN_FROM and len(self.judged) <= _OWN_MOST
        self._along = np.asarray(linear[:, :items] @ self.space.along)
        self._nuisance = NUISANCE_SD * linear[:, items : items + covariates].toarray()
        self._own = linear[:, :items][:, self.judged]
        self._offsets = linear[:, items + covariates :]

    def design(self, prior: Prior) -> Design:
        """The numbers in units of their prior."""
        width, _ = self.space.prior(prior.scale, prior.shape)
        parts = []
        if prior.own > 0:
            parts.append(self._own * prior.own)
        if self.groups:
            parts.append(self._offsets * prior.offset)
        rows = len(self._along)
        many = sparse.hstack(parts).tocsr() if parts else sparse.csr_array((rows, 0))
        dense = np.hstack([self._along * width, self._nuisance])
        return Design(self.mapping.evidence, dense, many)

    def units(self, prior: Prior) -> Doubles:
        """Standard deviations before any answer: of weights, covariates, own worths, offsets."""
        width, _ = self.space.prior(prior.scale, prior.shape)
        own = np.full(len(self.judged), prior.own)
        rest = np.full(self.covariates, NUISANCE_SD), own, np.full(self.groups, prior.offset)
        return np.concatenate([width, *rest])

    def carried(self, numbers: Doubles, since: Prior, prior: Prior) -> Doubles:
        """The same weights and effects in units of another prior."""
        before, after = self.units(since), self.units(prior)
        whole = np.zeros(len(before))
        whole[before > 0] = numbers * before[before > 0]
        kept = after > 0
        carried: Doubles = whole[kept] / after[kept]
        return carried


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weights of D features: normal around `mean`, and where it came from.

    space: with `centre`, the `[D]` features that have utility 0. mode: the most probable
    numbers, in units of the prior. nuisance, nuisance_errors: `[C]` logits for a standard
    deviation of each covariate. evidence: log-probability of the answers, nats.
    """

    latent: Latent
    mode: Mode
    prior: Prior
    people: People

    @property
    def space(self) -> Components:
        """The features' principal components."""
        return self.latent.space

    @property
    def centre(self) -> Doubles:
        """`[D]` features that have utility 0."""
        return self.space.centre

    @property
    def mean(self) -> Doubles:
        """`[D]` the most probable weights."""
        whole: Doubles = self._weights(self.mode.numbers[None])[0]
        return whole

    @property
    def loose(self) -> float:
        """Standard deviation, in units of `deviation`, of the weights where nothing was judged."""
        return self.space.prior(self.prior.scale, self.prior.shape)[1]

    @property
    def nuisance(self) -> Doubles:
        """`[C]` logits for a standard deviation of each covariate."""
        few = len(self.space.variance)
        return NUISANCE_SD * self.mode.numbers[few : few + self.latent.covariates]

    @property
    def nuisance_errors(self) -> Doubles:
        """`[C]` standard errors of `nuisance`."""
        few = len(self.space.variance)
        columns = slice(few, few + self.latent.covariates)
        return NUISANCE_SD * self.mode.information.errors_of_few(columns)

    @property
    def evidence(self) -> float:
        """Log-probability of the answers, nats."""
        return self.mode.evidence

    def draws(self, count: int, rng: np.random.Generator) -> Draws:
        """E joint draws whose mean is the posterior's mean exactly, for E above 1."""
        numbers = self.mode.draws(count, rng)
        few, covariates = len(self.space.variance), self.latent.covariates
        items = len(self.space.along)
        own = np.zeros((count, items))
        rest = numbers[:, few + covariates :]
        if self.prior.own > 0:
            judged = self.latent.judged
            own = self.prior.own * rng.standard_normal((count, items)) * (count > 1)
            own[:, judged] = self.prior.own * rest[:, : len(judged)]
            rest = rest[:, len(judged) :]
        nuisance = NUISANCE_SD * numbers[:, few : few + covariates]
        return Draws(self._drawn(numbers, rng), nuisance, own, self.prior.offset * rest)

    def weights(self, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, D]` draws whose mean is the posterior's mean exactly, for E above 1."""
        return self._drawn(self.mode.draws(count, rng), rng)

    def samples(self, features: Doubles, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, N]` utilities of items with features `[N, D]`, by their features alone."""
        drawn: Doubles = self.weights(count, rng) @ (features - self.centre).T
        return drawn

    def _weights(self, numbers: Doubles) -> Doubles:
        width, _ = self.space.prior(self.prior.scale, self.prior.shape)
        along = numbers[:, : len(width)] * width
        weights: Doubles = along @ self.space.judged.T / self.space.deviation
        return weights

    def _drawn(self, numbers: Doubles, rng: np.random.Generator) -> Doubles:
        weights = self._weights(numbers)
        count = len(numbers)
        if count == 1:
            return weights
        free = rng.standard_normal(weights.shape)
        free = (free - free.mean(0)) * np.sqrt(count / (count - 1))
        judged = self.space.judged
        beyond: Doubles = (free - free @ judged @ judged.T) * self.loose / self.space.deviation
        return weights + beyond


def fit_linear(
    features: Doubles,
    evidence: Evidence,
    rng: np.random.Generator,
    start: People | None = None,
    pooled: bool = False,
    beside: Effects | None = None,
) -> Posterior:
    """Weights and people given features `[N, D]` of the judged items.

    start: people to begin with, e.g. those of the last fit. pooled: they stay as they are.
    beside: covariates and prompts to allow for; with it, also what items are worth beyond their
    features. Raises RecordError without answers, or with a feature that is no number.
    """
    latent = _latent(features, evidence, beside)
    people = start or typical(evidence)
    prior, found = _choose(latent, people)
    packing, before, settled = annotators.Packing(evidence, pooled), -np.inf, False
    seed = int(rng.integers(2**31))
    share = np.broadcast_to(evidence.weight / _DRAWS, (_DRAWS, evidence.count))
    rows = latent.mapping.evidence
    for _ in range(_ROUNDS):
        # The same noise in every round, so that only better weights change the people.
        seen = latent.design(prior).seen(found.draws(_DRAWS, np.random.default_rng(seed)))
        people = annotators.fit(rows, seen, people, share, pooled)
        if not pooled:
            people, _ = annotators.gauge(people, evidence)
        if settled:  # of the people's rounds only the first ones move the prior
            found = _mode(latent, people, prior, (prior, found))
        else:
            last = prior
            prior, found = _choose(latent, people, (prior, found))
            settled = prior == last
        now = found.evidence + packing.log_prior(packing.pack(people))[0]
        if abs(now - before) < _SETTLED:
            break
        before = now
    return Posterior(latent, found, prior, people)


def explained(features: Doubles, evidence: Evidence, beside: Effects | None = None) -> float:
    """The log evidence of these features, with everybody typical: to choose among features by.

    Of ridge regression at the best of a few scales; `fit_linear` searches further.
    """
    latent = _latent(features, evidence, beside)
    people = typical(evidence)
    best, near = -np.inf, None
    for scale in SCALES[2::2]:
        prior = Prior(scale)
        near = prior, _mode(latent, people, prior, near)
        best = max(best, near[1].evidence)
    return best


def _latent(features: Doubles, evidence: Evidence, beside: Effects | None) -> Latent:
    if evidence.count == 0:
        raise RecordError("no answer to fit a reward to; answer some questions first")
    if len(features) < evidence.items or not np.isfinite(features).all():
        raise RecordError("features must be finite, with a row for every judged item")
    return Latent(features, evidence, beside or Effects(), beside is not None)


def _choose(
    latent: Latent, people: People, near: tuple[Prior, Mode] | None = None
) -> tuple[Prior, Mode]:
    """The prior with the largest evidence, uphill from neighbour to neighbour."""
    if near is None and latent.beyond:
        # Two hills: what many features could explain item by item, items' own worth can too.
        starts = [_uphill(latent, people, Prior(own=own), None) for own in (OWN[0], OWN[2])]
        return max(starts, key=lambda each: each[1].evidence)
    return _uphill(latent, people, near[0] if near else Prior(), near)


def _uphill(
    latent: Latent, people: People, best: Prior, near: tuple[Prior, Mode] | None
) -> tuple[Prior, Mode]:
    found = _mode(latent, people, best, near)
    met = {best}
    while True:
        before = best
        for prior in _neighbours(best, latent):
            if prior not in met:
                met.add(prior)
                other = _mode(latent, people, prior, (best, found))
                if other.evidence > found.evidence:
                    best, found = prior, other
        if best == before:
            return best, found


def _mode(latent: Latent, people: People, prior: Prior, near: tuple[Prior, Mode] | None) -> Mode:
    start = latent.carried(near[1].numbers, near[0], prior) if near else None
    return mode(latent.design(prior), people, start)


def _neighbours(prior: Prior, latent: Latent) -> Iterator[Prior]:
    ladders: list[tuple[str, tuple[float, ...]]] = [("scale", SCALES), ("shape", SHAPES)]
    if latent.beyond:
        ladders.append(("own", OWN))
    if latent.groups:
        ladders.append(("offset", OFFSETS))
    for name, ladder in ladders:
        here = ladder.index(getattr(prior, name))
        for place in (here - 1, here + 1):
            if 0 <= place < len(ladder):
                yield replace(prior, **{name: ladder[place]})
