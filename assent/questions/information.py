"""Ask where the ensemble's members disagree about the answer, not where it is a coin toss.

The score of a question is the information that its answer gives about which
member is right: H(mean p) - mean H(p) (Houlsby et al. 2011, arXiv 1112.5745;
for rewards Biyik et al. 2019, arXiv 1910.04365). A pair that every member calls
even is worth nothing, however uncertain its answer.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import DataError
from assent.questions import uniform
from assent.questions.pool import Members, Pool
from assent.questions.strategy import Choice, Need, Posterior

NAME = "information"

Doubles = npt.NDArray[np.float64]

_CANDIDATES_PER_QUESTION = 20
_LEAST_CANDIDATES = 200
# Of the softmax, as a share of the best score: the best is e^10 times as likely as a useless one.
_TEMPERATURE = 0.1
# A segment's worth in a further question of the batch: its answers will partly be known by then.
_AGAIN = 0.5


def choose(pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator) -> list[Choice]:
    """The control arm, drawn first so that nothing depends on the scores; then the most telling.

    With fewer than two members nobody can disagree: all questions are then drawn
    uniformly, and say so.
    """
    opinions = _opinions(posterior, len(pool.segments))
    if len(opinions) < 2:
        return uniform.choose(pool, opinions, need, rng)
    random_count = int(need.random_share * need.count + rng.random())
    chosen = uniform.choose(pool, opinions, Need(need.size, random_count), rng)
    active = need.count - len(chosen)
    if random_count >= need.count or active < 1:
        return chosen[: need.count]
    wanted = max(_CANDIDATES_PER_QUESTION * active, _LEAST_CANDIDATES) + len(chosen)
    candidates = pool.draw(need.size, wanted, rng)
    asked = {frozenset(choice.members) for choice in chosen}
    new = [
        row for row, members in enumerate(candidates.tolist()) if frozenset(members) not in asked
    ]
    candidates = candidates[new]
    gain = information(opinions, candidates)
    chosen += _greedy(candidates, gain, active, len(pool.segments), rng)
    return [chosen[place] for place in rng.permutation(len(chosen))]


def information(posterior: Posterior, candidates: Members) -> Doubles:
    """`[C]` nats that the answers to candidate questions `[C, K]` are expected to give.

    K = 1: of a Gaussian utility seen through unit noise. K = 2: of the choice.
    K > 2: summed over the pairs of the ranking, which bounds it from above.
    """
    opinions = np.asarray(posterior, dtype=np.float64)
    size = candidates.shape[1]
    if size == 1:
        # Each member counts from an origin of its own, which no answer tells.
        spread = (opinions - opinions.mean(axis=1, keepdims=True)).var(axis=0)
        single: Doubles = 0.5 * np.log1p(spread[candidates[:, 0]])
        return single
    total = np.zeros(len(candidates))
    for one, other in combinations(range(size), 2):
        total += _pair(opinions[:, candidates[:, one]] - opinions[:, candidates[:, other]])
    return total


def _pair(difference: Doubles) -> Doubles:
    """`[C]` mutual information of a choice and the member, from differences `[E, C]`."""
    chance = 0.5 * (1 + np.tanh(0.5 * difference))
    gain: Doubles = _entropy(chance.mean(axis=0)) - _entropy(chance).mean(axis=0)
    # Concavity makes it at least 0; rounding may not know.
    return np.maximum(gain, 0.0)


def _entropy(chance: Doubles) -> Doubles:
    """Of a coin, in nats."""
    inside = np.clip(chance, 1e-15, 1 - 1e-15)
    entropy: Doubles = -inside * np.log(inside) - (1 - inside) * np.log1p(-inside)
    return entropy


def _greedy(
    candidates: Members, gain: Doubles, count: int, segments: int, rng: np.random.Generator
) -> list[Choice]:
    """One after the other by softmax, each segment's worth falling with every use of it."""
    best = max(float(gain.max(initial=0.0)), 1e-12)
    worth = np.ones(segments)
    left = np.ones(len(candidates), dtype=bool)
    chosen: list[Choice] = []
    while len(chosen) < count and left.any():
        score = gain * worth[candidates].mean(axis=1) / (_TEMPERATURE * best)
        weight = np.where(left, np.exp(score - score[left].max()), 0.0)
        weight /= weight.sum()
        row = int(rng.choice(len(weight), p=weight))
        left[row] = False
        worth[candidates[row]] *= _AGAIN
        members = tuple(candidates[row].tolist())
        chosen.append(Choice(members, min(float(weight[row]), 1.0), NAME))
    return chosen


def _opinions(posterior: npt.NDArray[Any], segments: int) -> Doubles:
    """The posterior, known to be `[E, N]` and finite."""
    opinions = np.asarray(posterior, dtype=np.float64)
    if opinions.ndim != 2 or opinions.shape[1] != segments:
        raise DataError(
            f"posterior has shape {opinions.shape}; [members, {segments}] expected, one column a "
            "segment of the pool"
        )
    if not np.isfinite(opinions).all():
        raise DataError("the posterior is not finite; fit the reward again")
    return opinions
