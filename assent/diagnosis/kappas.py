"""Agreement beyond chance, of many annotators at once: 1 is perfect, 0 what chance gives.

Every pair of answers has a distance from 0 (the same) to 1 (as far apart as can be) and a
distance that chance would give; one less the ratio of their means is Cohen's weighted
kappa (1968) with squared distances. For two-sided choices that are turned round with
chance e it is (1 - 2 e)^2, whatever e is due to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv

from assent.likelihood.evidence import Doubles, Integers

_SHRUNK = 2.0  # pairs whose spread counts as that of a coin, before anything is known of it
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Kappas:
    """A annotators' agreement beyond chance, with a Beta posterior of the share that agrees.

    value: `[A]`, NaN without evidence. pairs: `[A]` of answers that were compared. chance: `[A]`
    mean distance that chance gives. agreed, differed: `[A]` of the Beta; the prior is worth one
    pair at chance, which is Jeffreys' where chance is a coin.
    """

    value: Doubles
    pairs: Integers
    chance: Doubles
    agreed: Doubles
    differed: Doubles

    def known(self) -> npt.NDArray[np.bool_]:
        """`[A]` whether there is any evidence."""
        return np.isfinite(self.value)

    def interval(self) -> tuple[Doubles, Doubles]:
        """`[A]` lower and `[A]` upper end of 95 %, the estimate inside; NaN without evidence."""
        low, high = (
            self._beyond(betaincinv(self.agreed, self.differed, q)) for q in (0.025, 0.975)
        )
        return np.fmin(low, self.value), np.fmax(high, self.value)

    def below(self, limit: float) -> Doubles:
        """`[A]` probability that the agreement is less than `limit`."""
        share = np.clip(1 - (1 - limit) * self.chance, 0, 1)
        found: Doubles = betainc(self.agreed, self.differed, share)
        return found

    def draws(self, count: int, rng: np.random.Generator) -> Doubles:
        """`[count, A]` from the posterior."""
        return self._beyond(rng.beta(self.agreed, self.differed, (count, len(self.value))))

    def _beyond(self, share: Doubles) -> Doubles:
        return np.where(self.known(), 1 - (1 - share) / self.chance, np.nan)


@dataclass(frozen=True, slots=True)
class Distances:
    """n pairs of answers: whose, how far apart `[n]`, how far by chance `[n]`, and weights."""

    annotator: Integers
    distance: Doubles
    chance: Doubles
    weight: Doubles

    def where(self, kept: npt.NDArray[np.bool_]) -> Distances:
        """Some of them."""
        return Distances(
            self.annotator[kept], self.distance[kept], self.chance[kept], self.weight[kept]
        )


def together(parts: Sequence[Distances]) -> Distances:
    """Distances of several kinds of answers as one."""
    none = Distances(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    every = [none, *parts]
    return Distances(
        np.concatenate([part.annotator for part in every]),
        np.concatenate([part.distance for part in every]),
        np.concatenate([part.chance for part in every]),
        np.concatenate([part.weight for part in every]),
    )


def kappas(found: Distances, people: int) -> Kappas:
    """Agreement beyond chance from distances; weights count answers, effects of spread follow."""
    who, weight = found.annotator, found.weight
    total = np.bincount(who, weight, people)
    mean, chance = (
        np.bincount(who, weight * each, people) / np.maximum(total, _LEAST_CHANCE)
        for each in (found.distance, found.chance)
    )
    spread = np.bincount(who, weight * (found.distance - mean[who]) ** 2, people)
    coin = mean * (1 - mean)
    # Distances that vary less than a coin's say more than as many coins: as many as would
    # vary like them. Of two pairs nobody knows how they vary.
    varied = (spread + _SHRUNK * coin) / (total + _SHRUNK)
    like = np.where(varied > 0, coin / np.where(varied > 0, varied, 1.0), 1.0)
    effective = np.asarray(total * like, np.float64)
    return counted(mean, chance, effective, np.bincount(who, minlength=people))


def counted(mean: Doubles, chance: Doubles, effective: Doubles, pairs: Integers) -> Kappas:
    """Agreement beyond chance from mean distances `[A]` that count as so many coins each."""
    known = (effective > 0) & (chance > _LEAST_CHANCE)
    usual = np.where(known, chance, 0.5)
    return Kappas(
        np.where(known, 1 - mean / usual, np.nan),
        np.where(known, pairs, 0),
        usual,
        np.where(known, effective * (1 - mean), 0.0) + 1 - usual,
        np.where(known, effective * mean, 0.0) + usual,
    )
