"""Whether somebody's way of answering changes from their first answer to their last.

A score test (Rao 1948) from the residuals of the fitted model at given utilities: severity and
the log of sensitivity may move in a straight line along an annotator's answers, which are
numbered evenly from -1/2 to 1/2. The variance of the scores is their own (outer products),
what level and slope share with them taken out. How much people drift at all is learnt from
everybody (empirical Bayes), so that among many who do not, none seems to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from assent.reward.evidence import Doubles, Evidence, Integers, OrderBlock
from assent.reward.likelihood import coefficient, gathered, parts
from assent.reward.people import People

SEVERITY_LIMIT = 0.5  # logits from first to last answer: about half a level of five
SENSITIVITY_LIMIT = float(np.log(1.5))  # half as much again, or two thirds
LEAST = 20  # answers, below which outer products say too little
_USUAL = (0.5, 0.4)  # standard deviations over people, of severity and of log sensitivity
_WORTH = 5.0  # annotators that these count as
_STEPS = 30  # of EM


@dataclass(frozen=True, slots=True)
class Drift:
    """How A annotators change from first to last answer: posterior means and deviations.

    severity: `[A]` logits, positive where ratings fall. sensitivity: `[A]` change of its log,
    negative where answers depend less and less on what is shown. NaN where there is too little
    to tell. chances: `[A, 4]` probability that somebody grows stricter, milder, less sensitive,
    more sensitive by more than the limits; 0 where there is too little to tell.
    """

    severity: Doubles
    severity_error: Doubles
    sensitivity: Doubles
    sensitivity_error: Doubles
    chances: Doubles


def drift(
    evidence: Evidence, utilities: Doubles, people: People, times: Doubles | None = None
) -> Drift:
    """How everybody's severity and sensitivity change along their answers.

    utilities: `[N]`. people: as fitted to this evidence. times: `[J]` of the judgements; by
    their number when absent.
    """
    scores, who, judgement = _scores(evidence, utilities, people)
    count = evidence.annotators
    order = judgement.astype(np.float64) if times is None else times[judgement]
    along = _along(who, order, judgement, count)
    both = np.concatenate([scores, along * scores])  # level, slope, and how each moves
    total: Doubles = np.stack([np.bincount(who, row, count) for row in both], 1).astype(np.float64)
    outer: Doubles = np.empty((count, 4, 4))
    for a in range(4):
        for b in range(a + 1):
            outer[:, a, b] = outer[:, b, a] = np.bincount(who, both[a] * both[b], count)
    information, score = _of_moves(outer, total)
    return _shrunk(information, score, np.bincount(who, minlength=count) >= LEAST)


def _of_moves(outer: Doubles, total: Doubles) -> tuple[Doubles, Doubles]:
    """`[A, 2, 2]` information about both moves and `[A, 2]` their scores, given the rest."""
    # A prior of one logit keeps the inverse finite where there are no ratings.
    still = np.linalg.inv(outer[:, :2, :2] + np.eye(2))
    crossed = outer[:, 2:, :2] @ still
    information = outer[:, 2:, 2:] - crossed @ outer[:, :2, 2:]
    score: Doubles = total[:, 2:] - (crossed @ total[:, :2, None])[..., 0]
    return information, score


def _shrunk(information: Doubles, score: Doubles, enough: npt.NDArray[np.bool_]) -> Drift:
    """Posterior of the moves, under a prior whose spread is that of everybody's."""
    usual = np.array(_USUAL)
    spread: Doubles = usual
    informed = np.einsum("aii->ai", information) > 1.0
    use = enough[:, None] & informed
    mean, covariance = np.zeros_like(score), np.zeros_like(information)
    for _ in range(_STEPS):
        inverse = np.linalg.inv(information + np.diag(spread**-2.0))
        covariance = np.asarray(inverse, np.float64)
        mean = (covariance @ score[..., None])[..., 0]
        second = np.where(use, mean**2 + np.einsum("aii->ai", covariance), 0.0).sum(0)
        variance = (second + _WORTH * usual**2) / (use.sum(0) + _WORTH)
        spread = np.asarray(np.sqrt(variance), np.float64)
    error = np.sqrt(np.einsum("aii->ai", covariance))
    mean, error = np.where(use, mean, np.nan), np.where(use, error, np.nan)
    stricter, milder = _outside(mean[:, 0], error[:, 0], SEVERITY_LIMIT)
    more, less = _outside(mean[:, 1], error[:, 1], SENSITIVITY_LIMIT)
    chances = np.stack([stricter, milder, less, more], 1)
    return Drift(mean[:, 0], error[:, 0], mean[:, 1], error[:, 1], chances)


def _scores(
    evidence: Evidence, utilities: Doubles, people: People
) -> tuple[Doubles, Integers, Integers]:
    """`[2, n]` derivatives by severity and log sensitivity of each answer; who; which."""
    found, who, judgement = [np.empty((2, 0))], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in parts(evidence, utilities[None], people):
        block = part.block
        raised = gathered(block, utilities[None])[0].T * coefficient(block, people)
        if isinstance(block, OrderBlock):
            by_slope = (part.by_predictor[0] * raised).sum(1)
            by_severity = np.zeros(len(by_slope))
        else:
            by_slope = part.by_predictor[0] * raised.sum(1)
            alone = block.items.shape[1] == 1
            by_severity = -part.by_predictor[0] if alone else np.zeros(len(by_slope))
        weight = np.sqrt(evidence.weight[block.judgement])
        found.append(np.stack([by_severity, by_slope]) * weight)
        who.append(block.annotator)
        judgement.append(block.judgement)
    return np.concatenate(found, 1), np.concatenate(who), np.concatenate(judgement)


def _along(who: Integers, order: Doubles, judgement: Integers, count: int) -> Doubles:
    """`[n]` place of each answer among its annotator's, from -1/2 to 1/2."""
    sorted_rows = np.lexsort((judgement, order, who))
    answers = np.bincount(who, minlength=count)
    start = np.cumsum(answers) - answers
    place = np.empty(len(who))
    place[sorted_rows] = np.arange(len(who)) - start[who[sorted_rows]]
    middle: Doubles = place / np.maximum(answers[who] - 1, 1) - 0.5
    return middle


def _outside(value: Doubles, error: Doubles, limit: float) -> tuple[Doubles, Doubles]:
    """Probability of more than `limit`, and of less than minus `limit`; 0 where not known."""
    above, below = ndtr((value - limit) / error), ndtr((-value - limit) / error)
    return np.nan_to_num(above), np.nan_to_num(below)
