"""How accurate a prediction of answers can be at best: people differ, from each other and again.

Two ceilings, for two questions. Whether the reward orders two things as somebody did, whoever
that was: two annotators of the same two things tell how often people agree, and with that how
often the truth would (`measures.noise_ceiling`). Which answer this very annotator will give: only
questions that one person answered twice tell. Where there are too few of either, what the
fitted model expects of itself stands in: how often it would be right if every probability of its
own were true. That is no limit to a better model, and says so by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assent.diagnosis.choices import choices
from assent.likelihood.evidence import Doubles, Evidence, Integers
from assent.likelihood.prediction import Predicted
from assent.reward.measures import ceiling, noise_ceiling

_LEAST = 20  # pairs of answers to the same question


@dataclass(frozen=True, slots=True)
class Ceiling:
    """value: a share; by: what tells it, `annotators`, `repeats` or `model`."""

    value: float
    by: str


def of_pairs(
    predicted: Sequence[Predicted],
    evidence: Evidence,
    utilities: Doubles,
    strangers: Sequence[int] = (),
) -> Ceiling | None:
    """Of the share of pairs that a reward orders as people did, ties half.

    evidence: answers in which annotators may have met the same two things. strangers: rows of
    annotators that stand for many people. None where no pair can be told anything of.
    """
    told = noise_ceiling(evidence, _LEAST, strangers)
    if told:
        tied = _ties(evidence)
        return Ceiling((1 - tied) * told["reward/noise_ceiling"] + tied / 2, "annotators")
    expected = [_expected(part, utilities) for part in predicted if part.items.shape[1] > 1]
    every = np.concatenate([np.empty(0), *expected])
    return Ceiling(float(every.mean()), "model") if len(every) else None


def of_answers(
    predicted: Sequence[Predicted], evidence: Evidence, strangers: Sequence[int] = ()
) -> Ceiling | None:
    """Of the share of answers that were the likeliest one, knowing who answers."""
    chances = [part.probability.max(1) for part in predicted if part.answers]
    if not chances:
        return None
    agreed, pairs, best = 0, 0, 0.0
    for block in evidence.grades:
        same, count = _repeated(block.items, block.annotator, block.level, strangers)
        levels = evidence.scales[block.scale].levels
        agreed, pairs = agreed + same, pairs + count
        best += count * ceiling(same / count, levels) if count else 0.0
    if pairs >= _LEAST and not evidence.orders:
        return Ceiling(best / pairs, "repeats")
    return Ceiling(float(np.concatenate(chances).mean()), "model")


def _ties(evidence: Evidence) -> float:
    """Share of ties among all pairs that were decided; the best that a reward gets is half."""
    found = choices(evidence)
    return float((found.outcome == 0).mean())


def _expected(part: Predicted, utilities: Doubles) -> Doubles:
    """`[n P]` probability that each pair is ordered as the utilities order it, ties half."""
    if not part.answers:
        return np.empty(0)
    answers = np.array(part.answers)
    found = []
    for a, b in combinations(range(part.items.shape[1]), 2):
        if answers.shape[1] == 1:  # of a graded comparison: above the middle is for the first
            sign = np.sign(2 * answers[:, 0] - (len(answers) - 1))
        else:
            sign = np.sign(answers[:, b] - answers[:, a])
        lead = np.sign(utilities[part.items[:, a]] - utilities[part.items[:, b]])
        found.append(0.5 + 0.5 * lead * (part.probability @ sign))
    return np.concatenate(found)


def _repeated(
    items: Integers, who: Integers, level: Integers, strangers: Sequence[int]
) -> tuple[int, int]:
    """How many of one person's answers to the same question were the same again, and of how many.

    Shown the other way round it is another question: a position may be what is answered.
    """
    kept = ~np.isin(who, strangers)
    items, who, level = items[kept], who[kept], level[kept]
    order = np.lexsort((items[:, -1], items[:, 0], who))
    first, second = order[:-1], order[1:]
    same = (who[first] == who[second]) & (items[first] == items[second]).all(1)
    return int((level[first] == level[second])[same].sum()), int(same.sum())
