"""Free utilities of items and the people who judged them, fitted jointly; no network.

For ranking models, essays or clips by themselves. Utilities have the prior
N(0, 2 logits), so that an item which always wins stays finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

from assent.errors import RecordError
from assent.reward import annotators, grades, orders
from assent.reward.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock
from assent.reward.likelihood import (
    bounds,
    coefficient,
    gradients,
    log_likelihood,
    parts,
    predictor,
    signs,
)
from assent.reward.people import People, typical
from assent.reward.priors import USUAL, Priors

UTILITY_SD = 2.0
_DENSE = 2500  # utilities and annotators' numbers; up to here the joint curvature is inverted


@dataclass(frozen=True, slots=True)
class Fit:
    """Utilities `[N]` in logits of a typical annotator, 0 on average, and who gave them.

    errors: `[N]` standard errors (Laplace; annotators' uncertainty included where the
    problem is small enough to invert whole). log_likelihood: nats, all answers together.
    """

    utilities: Doubles
    errors: Doubles
    people: People
    people_errors: annotators.Uncertainty
    log_likelihood: float
    warnings: tuple[str, ...]
    priors: Priors = USUAL


def fit_items(
    evidence: Evidence,
    n_items: int | None = None,
    start: Fit | None = None,
    pooled: bool = False,
) -> Fit:
    """The most probable utilities and people, by L-BFGS on both at once.

    n_items: when some items were never judged. start: the previous fit of the same items
    and annotators. pooled: everybody typical. Raises RecordError without any answer.
    """
    if evidence.count == 0:
        raise RecordError("no answer to fit utilities to; import or give some answers first")
    count = max(evidence.items, n_items or 0)
    packing = annotators.Packing(evidence, pooled)
    people = start.people if start else typical(evidence)
    utilities = start.utilities if start else np.zeros(count)
    vector = _maximise(evidence, packing, np.concatenate([utilities, packing.pack(people)]), count)
    utilities, people = vector[:count], packing.unpack(vector[count:])
    utilities = utilities - utilities.mean()
    if not pooled:
        people, factor = annotators.gauge(people, evidence)
        utilities = utilities * factor
    errors, people_errors = _errors(evidence, utilities, people)
    value = float(evidence.weight @ log_likelihood(evidence, utilities, people))
    found = tuple(_warnings(evidence, count))
    return Fit(utilities, errors, people, people_errors, value, found)


def _maximise(
    evidence: Evidence, packing: annotators.Packing, first: Doubles, count: int
) -> Doubles:
    """The vector of utilities and people with the highest posterior density."""

    def surprise(vector: Doubles) -> tuple[float, Doubles]:
        # Centred here, the mean utility has no effect but through the prior: the gauge.
        centred = vector[:count] - vector[:count].mean()
        people = packing.unpack(vector[count:])
        value, by_utility, by = gradients(evidence, centred, people)
        prior, by_prior = packing.log_prior(vector[count:])
        by_people = packing.gradient(vector[count:], by) + by_prior
        value += prior - 0.5 * float(vector[:count] @ vector[:count]) / UTILITY_SD**2
        by_utility = by_utility - by_utility.mean() - vector[:count] / UTILITY_SD**2
        return -value, -np.concatenate([by_utility, by_people])

    far = np.full((count, 1), 10 * UTILITY_SD)
    limits = np.concatenate([np.hstack([-far, far]), packing.bounds(first[count:])])
    found = minimize(
        surprise,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        options={"maxiter": 500, "maxcor": 20, "ftol": 1e-10, "gtol": 1e-4},
    )
    best: Doubles = found.x
    return best


def _errors(
    evidence: Evidence, utilities: Doubles, people: People
) -> tuple[Doubles, annotators.Uncertainty]:
    count, crowd = len(utilities), evidence.annotators
    own = annotators.uncertainty(evidence, utilities, people)
    whole = information(evidence, utilities, people)
    if whole.shape[0] > _DENSE:
        # diag((D - A)^-1) to second order in A / D: neighbours are uncertain as well.
        block = whole[:count, :count].tocsr()
        diagonal = block.diagonal()
        scaled = block.multiply(1 / np.sqrt(diagonal)).multiply(1 / np.sqrt(diagonal)[:, None])
        near = np.asarray(scaled.multiply(scaled).sum(1)).ravel() - 1
        return np.sqrt((1 + near) / diagonal), own
    variance = np.diag(np.linalg.inv(whole.toarray()))
    # Jointly an annotator is less certain than when the utilities are taken as known.
    sensitivity, position, severity = np.sqrt(variance[count:]).reshape(3, crowd)
    joint = annotators.Uncertainty(
        np.maximum(sensitivity, own.sensitivity),
        np.maximum(position, own.position),
        np.maximum(severity, own.severity),
        own.lapse,
    )
    return np.sqrt(variance[:count]), joint


def information(evidence: Evidence, utilities: Doubles, people: People) -> sparse.csr_matrix:
    """Information about utilities, sensitivities, positions and severities, priors included.

    `[N + 3 A, N + 3 A]`, sparse and positive definite: Fisher's form, J' W J, in which W
    is the curvature of the answers by their linear predictors and J those by the numbers.
    """
    count, crowd = len(utilities), evidence.annotators
    total = sparse.diags(
        np.concatenate(
            [
                np.full(count, UTILITY_SD**-2.0),
                np.full(crowd, annotators.SENSITIVITY_SD**-2.0),
                np.full(crowd, annotators.POSITION_SD**-2.0),
                np.full(crowd, annotators.SEVERITY_SD**-2.0),
            ]
        )
    ).tocsr()
    for part in parts(evidence, utilities[None], people):
        block, trust = part.block, part.trust[0]
        weight = evidence.weight[block.judgement] * trust
        at = predictor(block, utilities[None], people)[0]
        if isinstance(block, OrderBlock):
            curved = orders.curvature(block, at) * weight[:, None, None]
        else:
            lower, upper = bounds(block, people)
            curved = (grades.curvature(at, lower, upper) * weight)[:, None, None]
        slope = _slopes(block, utilities, people, count, crowd)
        total = total + slope.T @ _block_diagonal(curved) @ slope
    return total


def _slopes(
    block: OrderBlock | GradeBlock, utilities: Doubles, people: People, count: int, crowd: int
) -> sparse.csr_matrix:
    """Derivatives of the block's predictors by the numbers: `[n K, N + 3 A]` or `[n, ...]`."""
    options = block.items.shape[1]
    factor = np.broadcast_to(coefficient(block, people), block.items.shape)
    if isinstance(block, OrderBlock):
        rows = np.arange(block.items.size)
        who = np.repeat(block.annotator, options)
        raised = utilities[block.items].ravel() / people.temperature[0]
        place, item_rows = block.place.ravel(), rows
    else:
        rows = np.arange(len(block.items))
        who, item_rows = block.annotator, np.repeat(rows, options)
        raised = (utilities[block.items] * signs(block)).sum(1)
        raised = raised / people.temperature[1 + block.scale]
        place = block.side
    severe = -np.ones(len(rows)) if options == 1 else np.zeros(len(rows))
    values = np.concatenate([factor.ravel(), raised, place, severe])
    columns = [block.items.ravel(), count + who, count + crowd + who, count + 2 * crowd + who]
    where = (np.concatenate([item_rows, rows, rows, rows]), np.concatenate(columns))
    return sparse.csr_matrix((values, where), shape=(len(rows), count + 3 * crowd))


def _block_diagonal(blocks: Doubles) -> sparse.csr_matrix:
    """`[n, K, K]` as a sparse `[n K, n K]`."""
    count, size, _ = blocks.shape
    starts: Integers = np.arange(count + 1)
    shape = (count * size, count * size)
    return sparse.bsr_matrix((blocks, starts[:-1], starts), shape=shape).tocsr()


def _warnings(evidence: Evidence, count: int) -> list[str]:
    """What keeps the utilities from being comparable."""
    found = []
    links: list[tuple[Integers, Integers]] = []
    absolute = False
    for block in evidence.blocks():
        absolute = absolute or block.items.shape[1] == 1
        for other in range(1, block.items.shape[1]):
            links.append((block.items[:, 0], block.items[:, other]))
    used = evidence.used()
    if len(used) < count:
        found.append(f"{count - len(used)} of {count} items were never judged: they stay at 0")
    if links and not absolute:
        first, second = (np.concatenate(side) for side in zip(*links, strict=True))
        graph = sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=(count, count))
        _, label = connected_components(graph, directed=False)
        groups = len(np.unique(label[used]))
        if groups > 1:
            found.append(
                f"the comparisons fall into {groups} groups of items that were never compared "
                "with one another: only the prior relates them; compare across groups"
            )
    return found
