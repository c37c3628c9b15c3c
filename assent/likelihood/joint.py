"""One likelihood for everything people say, and its gradients. NumPy only.

Every judgement n by annotator k has probability

    P_n = (1 - eps_k) P(answer | utilities, k) + eps_k uniform

where P is Plackett-Luce (`orders.py`) or a cumulative link (`grades.py`). Uniform is
1 / levels for a grade, and for an order what equal utilities give: 1 / K! for a strict
order or a tie, r! / K! when the last r were not compared. The lapse bounds what one
answer can say, so that every value and gradient is finite at any finite utilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from assent.likelihood import grades, orders
from assent.likelihood.evidence import (
    Doubles,
    Evidence,
    GradeBlock,
    Integers,
    OrderBlock,
    Scale,
    compile,
)
from assent.likelihood.people import People
from assent.likelihood.thresholds import own_gradient

__all__ = [
    "Evidence",
    "PeopleGradient",
    "Scale",
    "compile",
    "gradients",
    "log_likelihood",
    "utility_gradient",
]


@dataclass(frozen=True, slots=True)
class PeopleGradient:
    """The derivative of the weighted log-likelihood by each of `People`'s fields.

    lapse is by its logit and temperature by its logarithm: those are what is fitted.
    """

    sensitivity: Doubles
    position: Doubles
    severity: Doubles
    lapse: Doubles
    stretch: Doubles
    apart: tuple[Doubles, ...]
    thresholds: tuple[Doubles, ...]
    temperature: Doubles
    pace: Doubles


@dataclass(frozen=True, slots=True)
class Part:
    """What one block says: values `[E, n]` and derivatives by its linear predictors.

    by_predictor: `[E, n, K]` of an order's options, `[E, n]` of grades.
    trust: `[E, n]` probability that the answer was no lapse.
    by_lower, by_upper: `[E, n]` by the thresholds around a grade's level.
    by_pace: `[P, E, n]` by the pace of an order's choices.
    """

    block: OrderBlock | GradeBlock
    value: Doubles
    by_predictor: Doubles
    trust: Doubles
    by_lower: Doubles | None = None
    by_upper: Doubles | None = None
    by_pace: Doubles | None = None

    def by_utility(self, people: People) -> Doubles:
        """`[E, n, K]` the derivative by the utility of each item of the block."""
        factor = coefficient(self.block, people)
        if isinstance(self.block, OrderBlock):
            return self.by_predictor * factor
        return self.by_predictor[..., None] * factor


def log_likelihood(
    evidence: Evidence, utilities: npt.NDArray[np.floating], people: People
) -> Doubles:
    """`[J]` (of utilities `[N]`) or `[E, J]` (of `[E, N]`) nats, unweighted."""
    stacked = np.atleast_2d(np.asarray(utilities, np.float64))
    values = np.zeros((len(stacked), evidence.count))
    for part in parts(evidence, stacked, people):
        values[:, part.block.judgement] = part.value
    return values.reshape((*np.shape(utilities)[:-1], evidence.count))


def utility_gradient(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
) -> tuple[Doubles, Doubles]:
    """Weighted log-likelihood `[E]` of utilities `[E, N]`, and its gradient `[E, N]`.

    weight: `[E, J]`, in place of the evidence's own.
    """
    stacked = np.asarray(utilities, np.float64)
    weights = np.broadcast_to(
        evidence.weight if weight is None else weight, (len(stacked), evidence.count)
    )
    value, gradient = np.zeros(len(stacked)), np.zeros_like(stacked)
    for part in parts(evidence, stacked, people):
        share = weights[:, part.block.judgement]
        value += (share * part.value).sum(1)
        gradient += scatter(
            part.block.items, share[..., None] * part.by_utility(people), stacked.shape[1]
        )
    return value, gradient


def gradients(
    evidence: Evidence,
    utilities: npt.NDArray[np.floating],
    people: People,
    weight: Doubles | None = None,
) -> tuple[float, Doubles, PeopleGradient]:
    """Weighted log-likelihood summed over E, its gradient `[E, N]` or `[N]`, and by people.

    utilities: `[N]` or `[E, N]`. weight: `[J]` or `[E, J]`, in place of the evidence's own.
    """
    stacked = np.atleast_2d(np.asarray(utilities, np.float64))
    weights = np.broadcast_to(
        evidence.weight if weight is None else weight, (len(stacked), evidence.count)
    )
    said = list(parts(evidence, stacked, people))
    value = sum(float((weights[:, p.block.judgement] * p.value).sum()) for p in said)
    gradient, by = people_gradient(said, stacked, people, weights)
    return value, gradient.reshape(np.shape(utilities)), by


def people_gradient(
    said: Sequence[Part], utilities: Doubles, people: People, weight: Doubles
) -> tuple[Doubles, PeopleGradient]:
    """The gradients of the weighted sum by utilities `[E, N]` and by people; weight: `[E, J]`."""
    gradient, totals = np.zeros_like(utilities), _Totals(people)
    for part in said:
        share = weight[:, part.block.judgement]
        moved = share[..., None] * part.by_utility(people)
        gradient += scatter(part.block.items, moved, utilities.shape[1])
        totals.add(part, utilities, share)
    return gradient, totals.gradient()


def curvature(evidence: Evidence, utilities: Doubles, people: People) -> sparse.csr_array:
    """`[N, N]` information of the answers about utilities `[N]`: sparse, never negative.

    The curvature of each answer that was no lapse, times the probability that it was none
    (Fisher's form: what a lapse may explain away is left out).
    """
    rows, columns, values = [], [], []
    for part in parts(evidence, utilities[None], people):
        block = part.block
        weight = evidence.weight[block.judgement] * part.trust[0]
        at = predictor(block, utilities[None], people)[0]
        factor = coefficient(block, people)
        if isinstance(block, OrderBlock):
            curved = orders.curvature(block, at, people.pace)
        else:
            curved = grades.curvature(at, *bounds(block, people))[:, None, None]
        curved = curved * weight[:, None, None] * factor[:, :, None] * factor[:, None, :]
        shape = np.broadcast_shapes(curved.shape, (len(factor), factor.shape[1], factor.shape[1]))
        rows.append(np.broadcast_to(block.items[:, :, None], shape).ravel())
        columns.append(np.broadcast_to(block.items[:, None, :], shape).ravel())
        values.append(np.broadcast_to(curved, shape).ravel())
    where = (np.concatenate(rows), np.concatenate(columns))
    size = utilities.shape[0]
    return sparse.coo_array((np.concatenate(values), where), shape=(size, size)).tocsr()


def parts(evidence: Evidence, utilities: Doubles, people: People) -> Iterator[Part]:
    """Each block's values and derivatives at utilities `[E, N]`."""
    for order in evidence.orders:
        yield _order_part(order, utilities, people)
    for grade in evidence.grades:
        yield _grade_part(grade, utilities, people)


def scatter(items: Integers, values: Doubles, count: int) -> Doubles:
    """`[E, n, K]` values summed by item: `[E, count]`."""
    total = np.zeros((len(values), count))
    for member, row in enumerate(values):
        for option in range(items.shape[1]):
            total[member] += np.bincount(items[:, option], row[:, option], count)
    return total


def gathered(block: OrderBlock | GradeBlock, utilities: Doubles) -> Doubles:
    """`[E, K, n]` utilities of the options; options outermost, so that their sums are of rows."""
    return np.stack([utilities[:, column] for column in block.items.T], 1)


def coefficient(block: OrderBlock | GradeBlock, people: People) -> Doubles:
    """`[n, K]` or `[n, 1]` what each utility is multiplied with in the linear predictors."""
    channel = 0 if isinstance(block, OrderBlock) else 1 + block.scale
    slope: Doubles = people.sensitivity[block.annotator] / people.temperature[channel]
    return (signs(block)[:, None] * slope).T


def signs(block: OrderBlock | GradeBlock) -> Doubles:
    """+1, and -1 for the second item of a difference; `[1]` or `[2]`."""
    paired = isinstance(block, GradeBlock) and block.items.shape[1] == 2
    return np.array([1.0, -1.0]) if paired else np.ones(1)


def predictor(block: OrderBlock | GradeBlock, utilities: Doubles, people: People) -> Doubles:
    """Linear predictors: `[E, n, K]` of an order's options, `[E, n]` of grades."""
    position = people.position[block.annotator]
    raw = gathered(block, utilities) * coefficient(block, people).T
    if isinstance(block, OrderBlock):
        raw += position * np.ascontiguousarray(block.place.T)
        return np.moveaxis(raw, 1, -1)
    shifted: Doubles = raw.sum(1) + position * block.side
    if block.items.shape[1] == 1:
        shifted = shifted - people.severity[block.annotator]
    return shifted


def bounds(block: GradeBlock, people: People) -> tuple[Doubles, Doubles]:
    """Thresholds `[n]` below and above each judgement's level, its annotator's own."""
    thresholds = people.own_thresholds(block.scale)
    end = np.full((len(thresholds), 1), np.inf)
    ended = np.hstack([-end, thresholds, end])
    return ended[block.annotator, block.level], ended[block.annotator, block.level + 1]


def _order_part(block: OrderBlock, utilities: Doubles, people: People) -> Part:
    value, gradient, by_pace = orders.terms(block, predictor(block, utilities, people), people.pace)
    mixed, trust = _lapse(value, block.log_uniform, people.lapse[block.annotator])
    return Part(block, mixed, trust[..., None] * gradient, trust, by_pace=trust * by_pace)


def _grade_part(block: GradeBlock, utilities: Doubles, people: People) -> Part:
    lower, upper = bounds(block, people)
    value, by_predictor, by_lower, by_upper = grades.terms(
        predictor(block, utilities, people), lower, upper
    )
    uniform = -np.log(people.scales[block.scale].levels)
    mixed, trust = _lapse(value, uniform, people.lapse[block.annotator])
    return Part(block, mixed, trust * by_predictor, trust, trust * by_lower, trust * by_upper)


def _lapse(value: Doubles, uniform: float, lapse: Doubles) -> tuple[Doubles, Doubles]:
    """The mixed log-probability, and the posterior probability that it was no lapse."""
    looked = np.exp(value) * (1 - lapse)
    mixed = looked + lapse * np.exp(uniform)
    return np.log(mixed), looked / mixed


class _Totals:
    """Adds up the gradients by people over the blocks."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._columns = np.zeros((4, len(people.sensitivity)))
        self._stretch = np.zeros_like(people.stretch)
        self._own = [np.zeros((len(people.lapse), len(t))) for t in people.thresholds]
        self._temperature = np.zeros_like(people.temperature)
        self._pace = np.zeros_like(people.pace)

    def add(self, part: Part, utilities: Doubles, share: Doubles) -> None:
        """Add a block; share: `[E, n]` weights."""
        block, people = part.block, self._people
        order = isinstance(block, OrderBlock)
        channel = 0 if isinstance(block, OrderBlock) else 1 + block.scale
        sign = signs(block)[:, None, None] / people.temperature[channel]
        raised = np.moveaxis(gathered(block, utilities), 1, 0) * sign  # [K, E, n]
        if isinstance(block, OrderBlock):
            by_option = np.moveaxis(part.by_predictor, -1, 0)
            by_slope = (by_option * raised).sum(0)
            by_place = (by_option * block.place.T[:, None]).sum(0)
        else:
            by_slope = part.by_predictor * raised.sum(0)
            by_place = part.by_predictor * block.side
        single = not order and block.items.shape[1] == 1
        by_lapse = 1 - part.trust - people.lapse[block.annotator]
        columns = [by_slope, by_place, by_lapse] + ([-part.by_predictor] if single else [])
        for total, column in zip(self._columns, columns, strict=False):
            total += self._by_annotator(block, share * column)
        slopes = share * by_slope * people.sensitivity[block.annotator]
        self._temperature[channel] -= slopes.sum()
        if isinstance(block, GradeBlock):
            self._add_thresholds(block, part, share)
        elif part.by_pace is not None:
            self._pace += (share * part.by_pace).sum((1, 2))

    def gradient(self) -> PeopleGradient:
        """The sums so far."""
        sensitivity, position, lapse, severity = self._columns
        people, crowd, apart = self._people, [], []
        for scale, by in enumerate(self._own):
            settings = people.thresholds[scale], people.scales[scale], people.stretch[:, scale]
            found = own_gradient(*settings, people.apart[scale], by)
            crowd.append(found[0])
            self._stretch[:, scale] = found[1]
            apart.append(found[2])
        return PeopleGradient(
            sensitivity,
            position,
            severity,
            lapse,
            self._stretch,
            tuple(apart),
            tuple(crowd),
            self._temperature,
            self._pace,
        )

    def _by_annotator(self, block: GradeBlock | OrderBlock, values: Doubles) -> Doubles:
        count = self._columns.shape[1]
        total = np.zeros(count)
        total += np.bincount(block.annotator, values.sum(0), count)
        return total

    def _add_thresholds(self, block: GradeBlock, part: Part, share: Doubles) -> None:
        assert part.by_lower is not None
        assert part.by_upper is not None
        # Both ends of the scale stand still: the first and the last column collect nothing.
        shape = len(self._own[block.scale]), self._people.scales[block.scale].levels + 1
        cell = block.annotator * shape[1] + block.level
        lower, upper = (share * part.by_lower).sum(0), (share * part.by_upper).sum(0)
        size = shape[0] * shape[1]
        edges = np.bincount(cell, lower, size) + np.bincount(cell + 1, upper, size)
        self._own[block.scale] += edges.reshape(shape)[:, 1:-1]
