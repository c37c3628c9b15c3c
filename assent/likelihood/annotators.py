"""Fits the people to given utilities: priors, gauges, maximum a posteriori.

Every prior of `priors.py` is proper, so that an annotator with one answer, or none,
has an estimate. Nobody is ever dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from assent.likelihood import thresholds
from assent.likelihood.evidence import Doubles, Evidence, OrderBlock
from assent.likelihood.joint import gradients, parts
from assent.likelihood.packing import Packing, Uncertainty
from assent.likelihood.people import People, typical

__all__ = ["Packing", "People", "Uncertainty", "fit", "gauge", "information", "typical"]

Slope = Callable[[Doubles], Doubles]

_TRUSTED = 0.2  # sensitivity below which an annotator does not help to fix the scale


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
    crowd = tuple(
        t + shift if scale.segments == 1 else t
        for t, scale in zip(people.thresholds, people.scales, strict=True)
    )
    moved = replace(people, severity=people.severity - shift, thresholds=crowd)
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

    def slope(vector: Doubles) -> Doubles:
        by = gradients(evidence, utilities, packing.unpack(vector), weight)[2]
        return packing.gradient(vector, by) + packing.log_prior(vector)[1]

    return bend(slope, packing, people, evidence.annotators)


def bend(slope: Slope, packing: Packing, people: People, count: int) -> Doubles:
    """`[A, 4 + M, 4 + M]` minus the curvature of a log-density by each annotator's own numbers.

    slope: its gradient by the packing's vector. Annotators must be independent of one another in
    it, so that one difference of gradients serves all of them. count: A.
    """
    centre, step, rows = packing.pack(people), 1e-4, packing.rows
    curvature = np.empty((count, rows, rows))
    for row in range(rows):
        sides = []
        for sign in (1, -1):
            vector = centre.copy()
            vector[row * count : (row + 1) * count] += sign * step
            sides.append(slope(vector)[: rows * count].reshape(rows, count))
        curvature[:, row] = ((sides[1] - sides[0]) / (2 * step)).T
    return (curvature + curvature.transpose(0, 2, 1)) / 2


def uncertainty(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
    packing: Packing | None = None,
    missing: Doubles | None = None,
) -> Uncertainty:
    """Standard errors of everybody's parameters, given the utilities (Laplace).

    missing: `[A, 4 + M, 4 + M]` information that is lacking where utilities are draws.
    """
    whole = information(evidence, utilities, people, weight, packing)
    apart = gap_errors(evidence, np.atleast_2d(utilities), people, weight, packing)
    return inverted(whole if missing is None else whole - missing, apart)


def inverted(whole: Doubles, apart: tuple[Doubles, ...]) -> Uncertainty:
    """Standard errors from information `[A, 4 + M, 4 + M]`, and those of the gaps."""
    values, vectors = np.linalg.eigh(whole)
    # Off a maximum a curvature may be negative; no direction is wider than a vague prior.
    inverse = (vectors / np.maximum(values, 0.1)[:, None, :]) @ vectors.transpose(0, 2, 1)
    deviation = np.sqrt(np.einsum("aii->ai", inverse))
    sensitivity, position, lapse, severity = deviation.T[:4]
    return Uncertainty(sensitivity, position, severity, lapse, deviation[:, 4:], apart)


def gap_errors(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
    packing: Packing | None = None,
) -> tuple[Doubles, ...]:
    """`[A, F]` standard errors of what sets each annotator's gaps apart, for each scale.

    From the squares of the answers' scores (the empirical information), each gap by itself.
    """
    weights = evidence.weight if weight is None else weight
    known = [np.zeros_like(each) for each in people.apart]
    for part in parts(evidence, np.asarray(utilities, np.float64), people):
        block = part.block
        if isinstance(block, OrderBlock) or not people.apart[block.scale].shape[1]:
            continue
        scale = people.scales[block.scale]
        share = np.broadcast_to(weights, (len(utilities), evidence.count))[:, block.judgement]
        assert part.by_lower is not None
        assert part.by_upper is not None
        lower, upper = (share * part.by_lower).sum(0), (share * part.by_upper).sum(0)
        shape = evidence.annotators, scale.levels
        cell = block.annotator * scale.levels + block.level
        squares = [
            np.bincount(cell, product, shape[0] * shape[1]).reshape(shape)
            for product in (upper**2, upper * lower, lower**2)
        ]
        moved = thresholds.leverage(scale)
        below, above = moved[:-1], moved[1:]
        known[block.scale] += (
            squares[0] @ above**2 + 2 * squares[1] @ (above * below) + squares[2] @ below**2
        )
    precision = (packing or Packing(evidence)).apart_precision
    found = []
    for m, scale in enumerate(people.scales):
        crowd, stretch = people.thresholds[m], people.stretch[:, m]
        sizes = thresholds.gap_sizes(crowd, scale, stretch, people.apart[m])
        width = people.apart[m].shape[1]
        found.append((precision + known[m] * sizes[:, :width] ** 2) ** -0.5)
    return tuple(found)


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
    apart = [np.broadcast_to(stretched[:, [m]], a.shape) for m, a in enumerate(people.apart)]
    found = {name: (value[of], error[of]) for name, (value, error, of) in columns.items()}
    sides = [
        [each[of] for each, of in zip(side, apart, strict=True)]
        for side in (people.apart, errors.apart)
    ]
    none = [np.empty(0)]
    return {**found, "apart": (np.concatenate(sides[0] or none), np.concatenate(sides[1] or none))}
