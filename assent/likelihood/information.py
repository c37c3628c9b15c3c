"""How well free utilities and their people are known: curvature, inverted where that is cheap."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from assent.likelihood import annotators, grades, orders
from assent.likelihood.annotators import Uncertainty
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock
from assent.likelihood.joint import bounds, coefficient, curvature, parts, predictor, signs
from assent.likelihood.people import People
from assent.likelihood.priors import Priors

_DENSE = 2500  # numbers; up to here the joint curvature is inverted


def errors(
    mapping: Mapping, numbers: Doubles, people: People, priors: Priors
) -> tuple[Doubles, Uncertainty]:
    """Standard errors of utilities, covariates and offsets `[N + C + G]`, and of the people.

    Jointly where the problem is small; else each given its neighbours, to second order.
    """
    linear, crowd = mapping.linear().shape[1], mapping.evidence.annotators
    packing = annotators.Packing(mapping.evidence, priors=priors)
    seen = mapping.pull(numbers)
    own = annotators.uncertainty(mapping.evidence, seen, people, packing=packing)
    if linear + 3 * crowd > _DENSE:
        block = about_utilities(mapping, numbers, people, priors)
        diagonal = block.diagonal()
        # diag((D - A)^-1) to second order in A / D: neighbours are uncertain as well.
        scaled = block.multiply(1 / np.sqrt(diagonal)).multiply(1 / np.sqrt(diagonal)[:, None])
        near = np.asarray(scaled.multiply(scaled).sum(1)).ravel() - 1
        return np.sqrt((1 + near) / diagonal), own
    into = sparse.block_diag([mapping.linear(), sparse.eye_array(3 * crowd)]).tocsr()
    answers = information(mapping.evidence, seen, people)
    deviations = (priors.sensitivity_sd, priors.position_sd, priors.severity_sd)
    of_people = np.repeat(np.array(deviations) ** -2.0, crowd)
    prior = np.concatenate([mapping.precision(priors)[:linear], of_people])
    whole = into.T @ answers @ into + sparse.diags(prior)
    variance = np.diag(np.linalg.inv(whole.toarray()))
    # Jointly an annotator is less certain than when the utilities are taken as known.
    sensitivity, position, severity = np.sqrt(variance[linear:]).reshape(3, crowd)
    joint = Uncertainty(
        np.maximum(sensitivity, own.sensitivity),
        np.maximum(position, own.position),
        np.maximum(severity, own.severity),
        own.lapse,
        own.stretch,
        own.apart,
    )
    return np.sqrt(variance[:linear]), joint


def about_utilities(
    mapping: Mapping,
    numbers: Doubles,
    people: People,
    priors: Priors,
    away: Doubles | float = 0.0,
) -> sparse.csr_array:
    """`[N + C + G, N + C + G]` information about utilities and what is linear, prior included.

    away: `[R]` as far as this above and below the rows' utilities, averaged: a curvature that
    is taken where nothing can be told apart would say that anything is possible.
    """
    seen = mapping.pull(numbers)
    known = curvature(mapping.evidence, seen + away, people)
    if np.any(away):
        known = (known + curvature(mapping.evidence, seen - away, people)) / 2
    prior = sparse.diags(mapping.precision(priors)[: mapping.linear().shape[1]])
    if mapping.plain:
        return (known + prior).tocsr()
    return (mapping.linear().T @ known @ mapping.linear() + prior).tocsr()


def information(evidence: Evidence, utilities: Doubles, people: People) -> sparse.csr_matrix:
    """Of the answers about utilities, sensitivities, positions and severities.

    `[N + 3 A, N + 3 A]`, sparse, never negative: Fisher's form, J' W J, in which W is the
    curvature of the answers by their linear predictors and J those by the numbers.
    """
    count, crowd = len(utilities), evidence.annotators
    size = count + 3 * crowd
    total = sparse.csr_matrix((size, size))
    for part in parts(evidence, utilities[None], people):
        block, trust = part.block, part.trust[0]
        weight = evidence.weight[block.judgement] * trust
        at = predictor(block, utilities[None], people)[0]
        if isinstance(block, OrderBlock):
            curved = orders.curvature(block, at, people.pace) * weight[:, None, None]
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
