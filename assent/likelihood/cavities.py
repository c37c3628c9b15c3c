"""What each answer says, set against what all the others say of the same items.

The cavity of an answer is the posterior of its items' utilities without it (expectation
propagation: Opper and Winther 2000, Minka 2001). Under it the answer has a probability that
no answer has a hand in foretelling itself: people who are fitted to these are not credited with
utilities that bend to their own answers, also where an item was judged once or twice.
Everything is in units of the utilities' spread, so that the prior is standard normal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import sparse
from scipy.special import logsumexp

from assent.likelihood.connected import Connected
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock
from assent.likelihood.hessian import information
from assent.likelihood.joint import Part, coefficient, parts
from assent.likelihood.noise import stratified
from assent.likelihood.people import People
from assent.likelihood.priors import Priors

_END = 4.5  # standard deviations, of a cavity
_SHARE = 0.98  # of what is known, that one answer may say
_JITTER = 1e-9
# How many even nodes are exact enough up to which slope of the predictor along them, and how
# many at most in each of so many dimensions; in more there are random points.
_COUNTS = ((1.3, 9), (3.3, 17), (6.7, 31), (13.4, 61), (27.0, 121), (np.inf, 241))
_MOST = {1: 241, 2: 21, 3: 9}
_POINTS = 256


@dataclass(frozen=True, slots=True)
class Guess:
    """All that answers depend on besides the utilities, and what it is shrunk to.

    spread: of the utilities, in logits. linear: `[C + G]` of covariates and offsets.
    """

    people: People
    priors: Priors
    spread: float
    linear: Doubles


@dataclass(frozen=True, slots=True)
class Told:
    """A block at the nodes. seen, share: `[Q, n K]` utilities and `[Q, n]` their probabilities
    given the answer; value: `[n]` log-probability of the answers, in the cavities.
    """

    seen: Doubles
    part: Part
    share: Doubles
    value: Doubles


class Factors:
    """n answers of a block, each about options of its own, and what they say: their sites.

    items: `[n, K]`. columns: `[n K, C + G]` of covariates and offsets, see `effects.py`.
    """

    def __init__(self, mapping: Mapping, block: OrderBlock | GradeBlock) -> None:
        count, options = block.items.shape
        own = replace(
            block,
            items=np.arange(count * options).reshape(count, options),
            judgement=np.arange(count),
        )
        self.weight = mapping.evidence.weight[block.judgement]
        self.evidence: Evidence = replace(
            mapping.evidence,
            orders=(own,) if isinstance(own, OrderBlock) else (),
            grades=(own,) if isinstance(own, GradeBlock) else (),
            weight=self.weight,
            question=np.arange(count),
            items=count * options,
        )
        self.items: Integers = mapping.item_of_rows()[block.items]
        self.columns: sparse.csr_array = mapping.linear()[:, mapping.items :][block.items.ravel()]
        self.precision = np.zeros((count, options, options))
        self.shift = np.zeros((count, options))
        self._mean = np.zeros((count, options))
        self._covariance = np.tile(np.eye(options), (count, 1, 1))
        # What an answer depends on: the one utility, or how far others are from the first.
        self._contrast = np.eye(1)
        if options > 1:
            self._contrast = np.hstack([np.ones((options - 1, 1)), -np.eye(options - 1)])
        self._nodes, self._log_weight = _nodes(len(self._contrast), _COUNTS[0][1])

    @property
    def options(self) -> int:
        """K."""
        count: int = self.items.shape[1]
        return count

    def leave(self, connected: Connected, mean: Doubles, covariance: Doubles) -> None:
        """Set the cavities: what is left of the posterior `[N]`, flat, without each answer."""
        known = covariance[connected.at(self.items[:, :, None], self.items[:, None, :])]
        away = np.linalg.inv(np.eye(self.options) - known @ self.precision)
        left = away @ known
        self._covariance = (left + left.transpose(0, 2, 1)) / 2
        centre = mean[self.items] - (known @ self.shift[..., None])[..., 0]
        self._mean = (away @ centre[..., None])[..., 0]

    def refine(self, guess: Guess) -> None:
        """As many nodes as the answers are steep."""
        (block,) = self.evidence.blocks()
        slope = np.broadcast_to(coefficient(block, guess.people), self.items.shape)[:, 0]
        spans = np.sqrt(np.diagonal(self._contrasted(), axis1=1, axis2=2).max(1))
        steep = float(np.quantile(np.abs(slope) * guess.spread * spans, 0.95))
        count = next(count for most, count in _COUNTS if steep < most)
        self._nodes, self._log_weight = _nodes(len(self._contrast), count)

    def at(self) -> Doubles:
        """`[Q, n K]` nodes in all directions on which the answers depend."""
        root = np.linalg.inv(np.linalg.cholesky(self._contrasted())).transpose(0, 2, 1)
        along = self._covariance @ self._contrast.T @ root
        found = self._mean + np.einsum("nkl,ql->qnk", along, self._nodes)
        flat: Doubles = found.reshape(len(found), -1)
        return flat

    def told(self, at: Doubles, guess: Guess) -> Told:
        """What the answers say at nodes `at`."""
        seen = guess.spread * at + self.columns @ guess.linear
        (part,) = parts(self.evidence, seen, guess.people)
        logs = part.value * self.weight + self._log_weight[:, None]
        value = logsumexp(logs, 0)
        return Told(seen, part, np.exp(logs - value), value)

    def update(self, guess: Guess, step: float) -> None:
        """Move the sites a step towards those that give each cavity the moments that its answer
        gives it."""
        told = self.told(self.at(), guess)
        slope = told.part.by_utility(guess.people) * (guess.spread * self.weight[:, None])
        bent = information(told.part, told.seen, guess.people)
        bent = bent * (guess.spread**2 * self.weight)[:, None, None]
        mean = np.einsum("qn,qnk->nk", told.share, slope)
        away = slope - mean
        known = np.einsum("qn,qnkl->nkl", told.share, bent)
        known -= np.einsum("qn,qnk,qnl->nkl", told.share, away, away)
        root = np.linalg.cholesky(self._covariance + _JITTER * np.eye(self.options))
        share, axes = np.linalg.eigh(root.transpose(0, 2, 1) @ known @ root)
        # An answer that looks like a lapse would take away from what is known; it says nothing.
        share = np.clip(share, 0, _SHARE)
        axes = np.linalg.inv(root).transpose(0, 2, 1) @ axes
        precision = (axes * (share / (1 - share))[:, None, :]) @ axes.transpose(0, 2, 1)
        reached = self._mean + (self._covariance @ mean[..., None])[..., 0]
        shift = mean + (precision @ reached[..., None])[..., 0]
        self.precision += step * (precision - self.precision)
        self.shift += step * (shift - self.shift)

    def _contrasted(self) -> Doubles:
        """`[n, K', K']` the cavities' covariance of the contrasts."""
        found: Doubles = self._contrast @ self._covariance @ self._contrast.T
        return found + _JITTER * np.eye(len(self._contrast))


@cache
def _nodes(dimensions: int, count: int) -> tuple[Doubles, Doubles]:
    """`[Q, K']` nodes of a standard normal and their log-weights `[Q]`.

    A grid of `count` even nodes a side, without its corners; points at random, of
    mean 0 and unit covariance, where that would be too many.
    """
    most = _MOST.get(dimensions)
    if most is None:
        half = stratified(_POINTS // 2, dimensions, np.random.default_rng(0))
        both = np.concatenate([half, -half])
        root = np.linalg.cholesky(both.T @ both / len(both))
        return np.linalg.solve(root, both.T).T, np.full(len(both), -np.log(len(both)))
    side = np.linspace(-_END, _END, min(count, most))
    grid = np.stack(np.meshgrid(*[side] * dimensions, indexing="ij"), -1).reshape(-1, dimensions)
    squares = (grid**2).sum(1)
    grid, squares = grid[squares <= _END**2], squares[squares <= _END**2]
    return grid, -squares / 2 - logsumexp(-squares / 2)
