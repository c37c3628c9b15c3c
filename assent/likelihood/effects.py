"""What stands between an item's utility and the number that the likelihood sees.

    seen(k, i) = u_i + z_i . g + t_k . w_i           in comparisons and rankings
               + m_group(i)                          in grades of a single item

u is the reward. z are nuisance covariates (a reply's length, the phase of an episode): they
enter what people answer and stay out of the reward. m is the offset of the prompt or scene
that an item belongs to; it cancels in comparisons within it. t . w is taste: annotators
who differ from one another consistently. The likelihood meets `seen` as the utilities
of rows of its own; here is the map from one to the other, and its transpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from assent.errors import RecordError
from assent.likelihood.evidence import Doubles, Evidence, Integers
from assent.likelihood.priors import Priors

_NUISANCE_SD = 1.0  # logits for a standard deviation of a covariate
_START = 0.1  # of tastes: at exactly 0 neither people nor items have a direction to go


@dataclass(frozen=True, slots=True)
class Effects:
    """What else to allow for, of N items; nothing by default.

    groups: `[N]` the prompt or scene of each item, -1 for none. nuisance: `[N, C]`
    covariates, finite. taste: dimensions in which annotators may differ; 0: none.
    """

    groups: Integers | None = None
    nuisance: Doubles | None = None
    taste: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """The effects' estimates.

    nuisance: `[C]` logits for a standard deviation of a covariate. offsets: `[G]`.
    tastes: `[A, r]` of annotators, loadings: `[N, r]` of items. Errors of all but the last.
    """

    nuisance: Doubles
    offsets: Doubles
    tastes: Doubles
    loadings: Doubles
    nuisance_errors: Doubles = field(default_factory=lambda: np.empty(0))
    offset_errors: Doubles = field(default_factory=lambda: np.empty(0))
    taste_errors: Doubles = field(default_factory=lambda: np.empty(0))


class Mapping:
    """From the numbers `[u | g | m | t | w]` to the rows that the likelihood sees, and back.

    evidence: the same judgements about rows in place of items. items: N.
    """

    def __init__(
        self, effects: Effects, evidence: Evidence, items: int, fitted: int | None = None
    ) -> None:
        """fitted: how many of the items were fitted to, for the covariates' unit; all if absent."""
        self.items = items
        self._effects = effects
        self._people = evidence.annotators
        self._covariates = _standardised(effects.nuisance, items, fitted or items)
        groups = np.full(items, -1) if effects.groups is None else np.asarray(effects.groups)
        if len(groups) < items:
            raise RecordError(f"{len(groups)} groups for {items} items; give one for each")
        self._groups = groups
        self.sizes = (
            items,
            self._covariates.shape[1],
            int(groups.max(initial=-1)) + 1,
            evidence.annotators * effects.taste,
            items * effects.taste,
        )
        self.size = sum(self.sizes)
        self.plain = effects.groups is None and effects.nuisance is None and not effects.taste
        self.evidence, self._item, self._who, absolute = _rows(evidence, effects, items)
        self._fixed = self._matrix(absolute)

    def split(self, numbers: Doubles) -> list[Doubles]:
        """The five parts of a vector."""
        return np.split(numbers, np.cumsum(self.sizes)[:-1])

    def start(self, rng: np.random.Generator) -> Doubles:
        """Where to begin: at 0, but for tastes."""
        numbers = np.zeros(self.size)
        tastes = sum(self.sizes[3:])
        if tastes:
            numbers[-tastes:] = _START * rng.standard_normal(tastes)
        return numbers

    def precision(self, priors: Priors) -> Doubles:
        """Of the normal priors around 0, `[size]`."""
        deviations = (priors.utility_sd, _NUISANCE_SD, priors.offset_sd, 1.0, priors.taste_sd)
        return np.repeat(np.array(deviations) ** -2.0, self.sizes)

    def pull(self, numbers: Doubles) -> Doubles:
        """Utilities `[R]` of the rows."""
        if self.plain:
            return numbers[: self.items]
        seen: Doubles = np.asarray(self._fixed @ numbers[: sum(self.sizes[:3])])
        if self._effects.taste:
            tastes, loadings = self._tastes(numbers)
            seen = seen + (tastes[self._who] * loadings[self._item]).sum(1)
        return seen

    def push(self, numbers: Doubles, by_row: Doubles) -> Doubles:
        """The derivative by the numbers from the one by the rows."""
        if self.plain:
            return by_row
        gradient = np.zeros(self.size)
        linear: Doubles = np.asarray(self._fixed.T @ by_row)
        gradient[: len(linear)] = linear
        if self._effects.taste:
            tastes, loadings = self._tastes(numbers)
            by_taste, by_loading = np.zeros_like(tastes), np.zeros_like(loadings)
            np.add.at(by_taste, self._who, by_row[:, None] * loadings[self._item])
            np.add.at(by_loading, self._item, by_row[:, None] * tastes[self._who])
            gradient[len(linear) :] = np.concatenate([by_taste.ravel(), by_loading.ravel()])
        return gradient

    def scaled(self, numbers: Doubles, factor: float) -> Doubles:
        """The same with rows that are `factor` times as large; tastes `t` keep their unit."""
        parts = self.split(numbers)
        return np.concatenate([p if i == 3 else p * factor for i, p in enumerate(parts)])

    def judged(self) -> Integers:
        """The items that some judgement is about."""
        return self.evidence.used() if self.plain else np.unique(self._item)

    def item_of_rows(self) -> Integers:
        """`[R]` the item of each row."""
        return self._item

    def answers(self) -> Doubles:
        """`[size]` about how many answers, weighted, each number enters."""
        count = np.zeros(self._fixed.shape[0])
        for block in self.evidence.blocks():
            weight = self.evidence.weight[block.judgement]
            for column in block.items.T:
                count += np.bincount(column, weight, len(count))
        linear = self._fixed.power(2).T @ count
        return np.concatenate([linear, np.full(self.size - len(linear), count.mean())])

    def linear(self) -> sparse.csr_array:
        """`[R, N + C + G]` the derivative of the rows by all but tastes."""
        return self._fixed

    def taste_errors(self, numbers: Doubles, curved: Doubles) -> Doubles:
        """`[A, r]` of tastes, given the loadings and the information `[R]` about each row."""
        tastes, loadings = self._tastes(numbers)
        known = np.ones_like(tastes)
        if tastes.size:
            np.add.at(known, self._who, curved[:, None] * loadings[self._item] ** 2)
        errors: Doubles = known**-0.5
        return errors

    def fitted(self, numbers: Doubles) -> Fitted:
        """The effects without the utilities."""
        _, nuisance, offsets, _, _ = self.split(numbers)
        return Fitted(nuisance, offsets, *self._tastes(numbers))

    def _tastes(self, numbers: Doubles) -> tuple[Doubles, Doubles]:
        _, _, _, tastes, loadings = self.split(numbers)
        rank = self._effects.taste
        return tastes.reshape(self._people, rank), loadings.reshape(self.items, rank)

    def _matrix(self, absolute: npt.NDArray[np.bool_]) -> sparse.csr_array:
        items, covariates, groups = self.sizes[:3]
        item = self._item
        rows = np.arange(len(item))
        offset = absolute & (self._groups[item] >= 0)
        dense = np.repeat(rows, covariates)
        where = (
            np.concatenate([rows, dense, rows[offset]]),
            np.concatenate(
                [
                    item,
                    items + np.tile(np.arange(covariates), len(item)),
                    items + covariates + self._groups[item][offset],
                ]
            ),
        )
        values = np.concatenate(
            [np.ones(len(item)), self._covariates[item].ravel(), np.ones(int(offset.sum()))]
        )
        shape = (len(item), items + covariates + groups)
        return sparse.coo_array((values, where), shape=shape).tocsr()


def _standardised(nuisance: Doubles | None, items: int, fitted: int) -> Doubles:
    if nuisance is None:
        return np.empty((items, 0))
    columns = np.asarray(nuisance, np.float64).reshape(len(nuisance), -1)
    if len(columns) < items or not np.isfinite(columns).all():
        raise RecordError("nuisance covariates must be finite, with a row for every item")
    spread, centre = columns[:fitted].std(0), columns[:fitted].mean(0)
    standard: Doubles = (columns - centre) / np.where(spread > 1e-9, spread, 1.0)
    return standard


def _rows(
    evidence: Evidence, effects: Effects, items: int
) -> tuple[Evidence, Integers, Integers, npt.NDArray[np.bool_]]:
    """The evidence about rows, and each row's item, annotator and whether it stands alone.

    A row is an item, alone or not, as one annotator sees it; the items themselves where
    nothing but their utility counts.
    """
    if effects.groups is None and effects.nuisance is None and not effects.taste:
        return evidence, np.arange(items), np.zeros(items, np.int64), np.zeros(items, bool)
    split, own = effects.groups is not None, effects.taste > 0
    codes = []
    for block in evidence.blocks():
        code = block.items * 2 + int(split and block.items.shape[1] == 1)
        codes.append(code + 2 * items * block.annotator[:, None] * own)
    kinds, row = np.unique(np.concatenate([c.ravel() for c in codes]), return_inverse=True)
    starts = np.cumsum([0, *[code.size for code in codes]])
    moved = [row[a:b].reshape(c.shape) for a, b, c in zip(starts, starts[1:], codes, strict=False)]
    orders, count = evidence.orders, len(evidence.orders)
    rewritten = replace(
        evidence,
        orders=tuple(replace(b, items=i) for b, i in zip(orders, moved[:count], strict=True)),
        grades=tuple(
            replace(b, items=i) for b, i in zip(evidence.grades, moved[count:], strict=True)
        ),
        items=len(kinds),
    )
    who, rest = np.divmod(kinds, 2 * items)
    return rewritten, rest // 2, who, (rest % 2).astype(bool)
