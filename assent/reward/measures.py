"""What a reward is measured at on answers that it has not seen. NumPy only.

An answer is taken apart into decisions: which of two is better, or whether a grade
reaches a level. Each has a predicted probability and an outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit, logsumexp

from assent.diagnosis.choices import choices
from assent.likelihood import grades
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock
from assent.likelihood.joint import bounds, log_likelihood, predictor
from assent.likelihood.people import People

BINS = 15  # of equal mass (science of calibration: Naeini et al. 2015, with quantile bins)


@dataclass(frozen=True, slots=True)
class Decisions:
    """n decisions. probability, outcome: `[n]` in 0 to 1; an outcome of 1/2 is a tie."""

    probability: Doubles
    outcome: Doubles


def held_out(
    evidence: Evidence, utilities: Doubles, people: People
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Metrics of the ensemble `[E, N]` on evidence that it has not seen, and calibration rows.

    Log-loss is of the members' mean probability, in nats an answer. Empty without answers.
    """
    if evidence.count == 0:
        return {}, []
    values = log_likelihood(evidence, utilities, people)
    mixed = logsumexp(values, axis=0) - np.log(len(values))
    metrics = {
        "reward/held_out": float(evidence.count),
        "reward/log_loss": -float(np.average(mixed, weights=_weights(evidence))),
        **agreement("reward/agreement", evidence, utilities),
    }
    found = decisions(evidence, utilities, people)
    sharp = found.outcome != 0.5
    rows: list[dict[str, float]] = []
    if sharp.any():
        known = Decisions(found.probability[sharp], found.outcome[sharp])
        right = np.where(known.probability == 0.5, 0.5, (known.probability > 0.5) == known.outcome)
        metrics["reward/accuracy_by_annotator"] = float(right.mean())
        rows = calibration(known)
        metrics["reward/calibration_error"] = sum(
            r["count"] * abs(r["predicted"] - r["observed"]) for r in rows
        ) / sum(r["count"] for r in rows)
    return metrics, rows


def agreement(name: str, evidence: Evidence, utilities: Doubles) -> dict[str, float]:
    """`{name: share}` of the decisions that the mean utility orders as people did, ties half.

    Whoever answered, the reward is asked alone. Grades of single segments are compared
    with the same annotator's others on the same scale. Empty without any decision.
    """
    mean = np.atleast_2d(utilities).mean(0)
    first, second, outcome = (np.concatenate(c) for c in zip(*_contrasts(evidence), strict=True))
    if not len(first):
        return {}
    predicted = 0.5 + 0.5 * np.sign(mean[first] - mean[second])
    half = (outcome == 0.5) | (predicted == 0.5)
    return {name: float(np.where(half, 0.5, predicted == outcome).mean())}


def noise_ceiling(
    evidence: Evidence, least: int = 20, strangers: Sequence[int] = ()
) -> dict[str, float]:
    """`reward/noise_ceiling`: how often the truth itself would agree with one answer.

    From the share a of the others that agree with somebody about the same two segments, on
    average: `ceiling(a, 2)`, for annotators who err alike and independently. Empty with fewer than
    `least` pairs of opinions about the same two. strangers: annotators' rows that stand for
    many people, each of whose answers is somebody else's.
    """
    chosen = choices(evidence)
    strict = np.flatnonzero(chosen.outcome != 0)
    outcome, pair, who = chosen.outcome[strict], chosen.pair[strict], chosen.annotator[strict]
    who = np.where(np.isin(who, strangers), evidence.annotators + np.arange(len(who)), who)
    _, own = np.unique(who * (pair.max(initial=0) + 1) + pair, return_inverse=True)
    own = own.reshape(-1)
    others, agreeing = (
        np.bincount(pair, each)[pair] - np.bincount(own, each)[own]
        for each in (np.ones(len(pair)), outcome)
    )
    if others.sum() / 2 < max(least, 1):  # each pair of opinions is met from both of its sides
        return {}
    # Every opinion counts alike, as it does in an accuracy, however many others there are.
    met = others > 0
    share = float((0.5 + 0.5 * outcome[met] * agreeing[met] / others[met]).mean())
    return {"reward/annotator_agreement": share, "reward/noise_ceiling": ceiling(share, 2)}


def ceiling(agreement: float, levels: int) -> float:
    """How often the best guess is somebody's answer, where two people agree so often.

    Of `levels` answers one has probability p and the others share the rest evenly: two answers
    agree with probability p^2 + (1 - p)^2 / (levels - 1). With 2 it is (1 + sqrt(2 a - 1)) / 2.
    """
    beyond = max((levels - 1) * (levels * agreement - 1), 0.0)
    return float(1 + beyond**0.5) / levels


def undecided(evidence: Evidence) -> bool:
    """Whether every answer is a tie, or the same level of its scale."""
    for block in evidence.orders:
        if len(np.unique(block.group)) > 1:
            return False
    for grade in evidence.grades:
        middle = (evidence.scales[grade.scale].levels - 1) / 2
        same = middle if grade.items.shape[1] == 2 else grade.level[0]
        if (grade.level != same).any():
            return False
    return True


def decisions(evidence: Evidence, utilities: Doubles, people: People) -> Decisions:
    """Every decision in the evidence, as its annotator was expected to make it.

    utilities: `[E, N]`, the members' probabilities are averaged.
    """
    probability, outcome = [np.empty(0)], [np.empty(0)]
    for block in evidence.orders:
        at, lapse = predictor(block, utilities, people), people.lapse[block.annotator]
        for a, b, result in _order_pairs(block):
            better = (1 - lapse) * expit(at[..., a] - at[..., b]).mean(0) + lapse / 2
            # Seen from the item with the lower number: an order is stored best first, and
            # "the first is better" would always come true.
            turned = block.items[:, a] > block.items[:, b]
            probability.append(np.where(turned, 1 - better, better))
            outcome.append(np.where(turned, 1 - result, result))
    for grade in evidence.grades:
        levels = _levels(grade, utilities, people)
        if grade.items.shape[1] == 2:
            middle = (levels.shape[1] - 1) / 2
            above = np.arange(levels.shape[1]) - middle
            up, down = levels[:, above > 0].sum(1), levels[:, above < 0].sum(1)
            probability.append(up / (up + down))
            outcome.append(0.5 + 0.5 * np.sign(grade.level - middle))
        else:
            for level in range(1, levels.shape[1]):
                probability.append(levels[:, level:].sum(1))
                outcome.append((grade.level >= level).astype(np.float64))
    return Decisions(np.concatenate(probability), np.concatenate(outcome))


def calibration(found: Decisions) -> list[dict[str, float]]:
    """Predicted and observed shares in bins of equal mass, lowest first."""
    order = np.argsort(found.probability, kind="stable")
    return [
        {
            "predicted": float(found.probability[bin].mean()),
            "observed": float(found.outcome[bin].mean()),
            "count": float(len(bin)),
        }
        for bin in np.array_split(order, min(BINS, len(order)))
    ]


def _levels(block: GradeBlock, utilities: Doubles, people: People) -> Doubles:
    """`[n, levels]` probability of every level by the block's annotators."""
    count = people.scales[block.scale].levels
    at = predictor(block, utilities, people)
    lapse = people.lapse[block.annotator][:, None]
    edges = [bounds(_with_level(block, level), people)[1] for level in range(count - 1)]
    thresholds = np.stack(edges, 1)
    looked = np.mean([grades.probabilities(row, thresholds) for row in at], 0)
    mixed: Doubles = (1 - lapse) * looked + lapse / count
    return mixed


def _with_level(block: GradeBlock, level: int) -> GradeBlock:
    return GradeBlock(
        block.scale,
        block.items,
        block.side,
        np.full_like(block.level, level),
        block.annotator,
        block.judgement,
    )


def _order_pairs(block: OrderBlock) -> list[tuple[int, int, float]]:
    """Columns of the pairs that an order decided, and 1 or, for a tie, 1/2."""
    pairs = []
    for a, b in combinations(range(block.items.shape[1]), 2):
        if block.group[a] != block.group[b]:
            pairs.append((a, b, 1.0))
        elif block.chosen[a]:
            pairs.append((a, b, 0.5))
    return pairs


def _contrasts(evidence: Evidence) -> list[tuple[Integers, Integers, Doubles]]:
    """First item, second item and outcome of everything that compares two."""
    none = np.empty(0, np.int64)
    found: list[tuple[Integers, Integers, Doubles]] = [(none, none, np.empty(0))]
    for block in evidence.orders:
        for a, b, result in _order_pairs(block):
            found.append((block.items[:, a], block.items[:, b], np.full(len(block.items), result)))
    for grade in evidence.grades:
        if grade.items.shape[1] == 2:
            middle = (evidence.scales[grade.scale].levels - 1) / 2
            outcome = 0.5 + 0.5 * np.sign(grade.level - middle)
            found.append((grade.items[:, 0], grade.items[:, 1], outcome))
        else:
            found.append(_graded_apart(grade))
    return found


def _graded_apart(block: GradeBlock) -> tuple[Integers, Integers, Doubles]:
    """Neighbours among each annotator's grades, in the order in which they stand."""
    order = np.argsort(block.annotator, kind="stable")
    first, second = order[:-1], order[1:]
    apart = block.level[first] != block.level[second]
    kept = (block.annotator[first] == block.annotator[second]) & apart
    first, second = first[kept], second[kept]
    higher = (block.level[first] > block.level[second]).astype(np.float64)
    return block.items[first, 0], block.items[second, 0], higher


def _weights(evidence: Evidence) -> Doubles:
    return evidence.weight if evidence.weight.sum() > 0 else np.ones(evidence.count)
