"""Items that are only graded one at a time: their utilities are integrated out.

Given the people such items are independent of one another, so that the probability of all
answers is a product of one-dimensional integrals over utilities, taken by quadrature about
each item's own posterior (Bock and Aitkin 1981; Pinheiro and Bates 1995 for adaptive nodes).
With few answers an item, the most probable utilities would make the people look surer than
they are; what is integrated cannot. Offsets of prompts and nuisance covariates are fitted
along with the people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from assent.likelihood import annotators
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock
from assent.likelihood.joint import Part, parts, people_gradient, scatter
from assent.likelihood.packing import CURVED, Packing, Uncertainty
from assent.likelihood.people import People
from assent.likelihood.priors import SETTLED, USUAL, WORTH, Priors, learnt

_FIRST, _NODES = 21, 17  # of the quadrature: about the prior, then about each item
_REACH, _END = 6.0, 4.5  # standard deviations, of an item's posterior and of the prior
_ITERATIONS = 500
_FAR = 0.4  # of the spread's logarithm in one search: beyond it the nodes stand too far apart
_ROUNDS = 8  # of numbers and priors in turns, at most
_ROUGH, _PRECISE = 2e-5, 2e-6  # relative change of the log-density that ends a search


def fit(
    mapping: Mapping, start: Marginal, priors: Priors, pooled: bool
) -> tuple[Marginal, Uncertainty, Priors]:
    """People, covariates and offsets in turns with the priors, until those settle."""
    found = start
    for turn in range(_ROUNDS):
        packing = Packing(mapping.evidence, pooled, priors)
        found = Search(mapping, packing, priors).best(found, _ROUGH)
        if not pooled:
            found = _gauged(found, mapping.evidence)
        before, errors = priors, _errors(mapping.evidence, found, packing)
        priors = _learnt(mapping, found, errors, priors, pooled)
        if turn and priors.change(before) < SETTLED:
            break
    packing = Packing(mapping.evidence, pooled, priors)
    found = Search(mapping, packing, priors).best(found, _PRECISE)
    priors = replace(priors, utility_sd=found.spread)
    return found, _errors(mapping.evidence, found, packing), priors


def begin(mapping: Mapping, people: People, spread: float) -> Marginal:
    """Before anything is known about the items."""
    rows, linear = mapping.evidence.items, mapping.linear().shape[1] - mapping.items
    nothing = np.empty((0, 0))
    mean, deviation = np.zeros(rows), np.full(rows, spread)
    before = nothing, nothing, nothing, nothing
    return Marginal(people, np.zeros(linear), spread, mean, deviation, *before, -np.inf)


def shape(mapping: Mapping, found: Marginal) -> tuple[Doubles, Doubles]:
    """`[Q, N]` nodes of every item's posterior and their probabilities; the prior's where none."""
    prior = nodes(np.zeros(mapping.items), np.ones(mapping.items), len(found.at))
    at, chance = found.spread * prior.at, softmax(prior.log_weight, 0)
    item = mapping.item_of_rows()
    at[:, item], chance[:, item] = found.at, found.chance
    return at, chance


def applies(evidence: Evidence) -> bool:
    """Whether every judgement is a grade of one item."""
    return not evidence.orders and all(b.items.shape[1] == 1 for b in evidence.grades)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Where the integrals are taken, in units of the utilities' spread: a scale of its own
    would let the spread shrink onto a single node.

    at: `[Q, R]`; log_weight: `[Q, R]`, the prior's density included.
    """

    at: Doubles
    log_weight: Doubles


def nodes(mean: Doubles, deviation: Doubles, count: int) -> Nodes:
    """Even nodes over six deviations about `[R]` means, within what the prior allows.

    So far out because a lapse leaves a little of the prior in every posterior.
    The trapezoidal rule is exact to many digits for what is near normal, and unlike Gauss and
    Hermite's it holds where an item was given the highest level only, a half-line.
    """
    low = np.maximum(mean - _REACH * deviation, -_END)
    high = np.minimum(mean + _REACH * deviation, _END)
    at = low + (high - low) * np.linspace(0, 1, count)[:, None]
    step = np.log((high - low) / (count - 1))
    return Nodes(at, step - at**2 / 2 - np.log(2 * np.pi) / 2)


@dataclass(frozen=True, slots=True)
class Marginal:
    """The most probable people with the items integrated out.

    linear: `[C + G]` of covariates and offsets. mean, deviation: `[R]` of the rows' utilities.
    weight: `[Q, J]` of every judgement at the nodes, seen: `[Q, R]` of the rows there.
    at, chance: `[Q, R]` utilities at the nodes, and their posterior probabilities.
    value: the log-density that was reached.
    """

    people: People
    linear: Doubles
    spread: float
    mean: Doubles
    deviation: Doubles
    weight: Doubles
    seen: Doubles
    at: Doubles
    chance: Doubles
    value: float


class Search:
    """The log-density of people, covariates and offsets, and its highest place."""

    def __init__(self, mapping: Mapping, packing: Packing, priors: Priors) -> None:
        self._evidence = mapping.evidence
        self._packing = packing
        self._columns = mapping.linear()[:, mapping.items :]
        linear = self._columns.shape[1]
        self._precision = mapping.precision(priors)[mapping.items : mapping.items + linear]
        stiff = self._precision + CURVED * mapping.answers()[mapping.items :][:linear]
        whole = [np.array([2.0 * WORTH]), stiff, packing.stiffness(mapping.evidence)]
        self._unit = np.concatenate(whole) ** -0.5
        self._row = np.zeros(mapping.evidence.count, np.int64)
        for block in mapping.evidence.grades:
            self._row[block.judgement] = block.items[:, 0]

    def best(self, start: Marginal, precise: float) -> Marginal:
        """The most probable numbers from these on; the nodes stay about `start`'s items."""
        around = _about(start)
        vector = np.concatenate(
            [[np.log(start.spread)], start.linear, self._packing.pack(start.people)]
        )
        limits = np.vstack(
            [vector[0] + np.array([-_FAR, _FAR]), np.full((len(start.linear), 2), 1e3)]
        )
        limits[1:, 0] *= -1
        limits = np.vstack([limits, self._packing.bounds(vector[len(limits) :])])
        found = minimize(
            lambda scaled: self._surprise(scaled * self._unit, around),
            vector / self._unit,
            jac=True,
            method="L-BFGS-B",
            bounds=limits / self._unit[:, None],
            options={"maxiter": _ITERATIONS, "maxcor": 20, "ftol": precise, "gtol": 1e-4},
        )
        vector = found.x * self._unit
        # Once more about where the items now are: the nodes lay about where they were.
        return self._finished(vector, _about(self._finished(vector, around)))

    def _surprise(self, vector: Doubles, around: Nodes) -> tuple[float, Doubles]:
        spread, linear, rest = self._split(vector)
        people = self._packing.unpack(rest)
        seen = spread * around.at + self._columns @ linear
        said = list(parts(self._evidence, seen, people))
        logs = self._joint(said, around)
        value = float(logsumexp(logs, 0).sum())
        weight = softmax(logs, 0)
        share = weight[:, self._row] * self._evidence.weight
        by_row, by = people_gradient(said, seen, people, share)
        prior, by_prior = self._packing.log_prior(rest)
        value += prior - 0.5 * float(self._precision @ linear**2)
        value -= WORTH * (vector[0] + USUAL.utility_sd**2 / (2 * spread**2))
        by_spread = spread * float((by_row * around.at).sum())
        by_spread += WORTH * (USUAL.utility_sd**2 / spread**2 - 1)
        by_linear = self._columns.T @ by_row.sum(0) - self._precision * linear
        by_people = self._packing.gradient(rest, by) + by_prior
        gradient = np.concatenate([[by_spread], by_linear, by_people])
        return -value, -gradient * self._unit

    def _joint(self, said: list[Part], around: Nodes) -> Doubles:
        """`[Q, R]` log of each item's integrand times the nodes' weights."""
        total = around.log_weight
        for part in said:
            weighted = part.value * self._evidence.weight[part.block.judgement]
            total = total + scatter(part.block.items, weighted[..., None], total.shape[1])
        return total

    def _split(self, vector: Doubles) -> tuple[float, Doubles, Doubles]:
        end = 1 + len(self._precision)
        return float(np.exp(vector[0])), vector[1:end], vector[end:]

    def _finished(self, vector: Doubles, around: Nodes) -> Marginal:
        spread, linear, rest = self._split(vector)
        people = self._packing.unpack(rest)
        at = spread * around.at
        seen = at + self._columns @ linear
        logs = self._joint(list(parts(self._evidence, seen, people)), around)
        weight = softmax(logs, 0)
        mean = (weight * at).sum(0)
        variance = (weight * (at - mean) ** 2).sum(0)
        return Marginal(
            people,
            linear,
            spread,
            mean,
            np.sqrt(np.maximum(variance, 1e-12)),
            weight[:, self._row] * self._evidence.weight,
            seen,
            at,
            weight,
            float(logsumexp(logs, 0).sum()),
        )


def _about(found: Marginal) -> Nodes:
    """Nodes about every item's posterior, more of them before there is one."""
    unit = found.mean / found.spread, found.deviation / found.spread
    return nodes(*unit, _NODES if found.weight.size else _FIRST)


def _gauged(found: Marginal, evidence: Evidence) -> Marginal:
    """The same answers with the scale fixed by the people."""
    people, factor = annotators.gauge(found.people, evidence)
    return replace(
        found,
        people=people,
        linear=found.linear * factor,
        spread=found.spread * abs(factor),
        mean=found.mean * factor,
        deviation=found.deviation * abs(factor),
        seen=found.seen * factor,
        at=found.at * factor,
    )


def _learnt(
    mapping: Mapping, found: Marginal, errors: Uncertainty, priors: Priors, pooled: bool
) -> Priors:
    """What the crowd looks like; the spread of the items is a number of the search."""
    covariates = mapping.sizes[1]
    offsets = found.linear[covariates:]
    # What is known about an offset: the curvature of its items, each as sure as it is.
    columns = mapping.linear()[:, mapping.items + covariates :]
    known = columns.T @ (1 / (found.deviation**2 + found.spread**2)) + priors.offset_sd**-2.0
    crowd = {} if pooled else annotators.crowd(found.people, errors, mapping.evidence)
    none = np.empty(0)
    moved = learnt(priors, (none, none), (offsets, known**-0.5), crowd)
    return replace(moved, utility_sd=found.spread)


def _errors(evidence: Evidence, found: Marginal, packing: Packing) -> Uncertainty:
    missing = _missing(evidence, found, packing.rows)
    return annotators.uncertainty(
        evidence, found.seen, found.people, found.weight, packing, missing
    )


def _missing(evidence: Evidence, found: Marginal, rows: int) -> Doubles:
    """`[A, rows, rows]` the covariance of every annotator's scores over the items' posteriors.

    What is lacking from the information that certain utilities would give (Louis 1982).
    """
    people = found.people
    total = np.zeros((evidence.annotators, rows, rows))
    for part in parts(evidence, found.seen, people):
        block = part.block
        assert isinstance(block, GradeBlock)
        weight = found.weight[:, block.judgement]
        share = weight / np.maximum(weight.sum(0), 1e-12)
        by, temperature = part.by_predictor, people.temperature[1 + block.scale]
        reach = people.own_thresholds(block.scale) - people.thresholds[block.scale].mean()
        ended = np.pad(reach, ((0, 0), (1, 1)))
        assert part.by_lower is not None
        assert part.by_upper is not None
        stretched = part.by_lower * ended[block.annotator, block.level]
        stretched = stretched + part.by_upper * ended[block.annotator, block.level + 1]
        scores = {
            0: by * found.seen[:, block.items[:, 0]] / temperature,
            2: 1 - part.trust - people.lapse[block.annotator],
            3: -by,
            4 + block.scale: stretched,
        }
        away = {row: score - (share * score).sum(0) for row, score in scores.items()}
        for one, other in combinations_with_replacement(sorted(away), 2):
            product = (weight * away[one] * away[other]).sum(0)
            total[:, one, other] += np.bincount(block.annotator, product, evidence.annotators)
            total[:, other, one] = total[:, one, other]
    return total
