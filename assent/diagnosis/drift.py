"""Whether somebody's way of answering changes from their first answer to their last.

At given utilities, severity and the log of sensitivity may move in a straight line along an
annotator's answers, which are numbered evenly from -1/2 to 1/2, and both as a whole besides, for
the fit took everybody to be the same throughout. The most probable moves are searched with outer
products of scores as the information (Berndt, Hall, Hall and Hausman 1974). How much people drift
at all is learnt from everybody (empirical Bayes), so that among many who do not, none seems to; by
a t-distribution (Lange, Little and Taylor 1989), so that the one who does is not made like them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from assent.likelihood.evidence import Doubles, Evidence, Integers, OrderBlock
from assent.likelihood.joint import coefficient, gathered, parts
from assent.likelihood.people import People

SEVERITY_LIMIT = 0.5  # logits from first to last answer: about half a level of five
SENSITIVITY_LIMIT = float(np.log(1.5))  # half as much again, or two thirds
LEAST = 20  # answers, below which outer products say too little
_USUAL = (0.5, 0.4)  # standard deviations over people, of severity and of log sensitivity
_WORTH = 5.0  # annotators that these count as
_STEPS = 30  # of EM
_FREEDOM = 3.0  # of the t-distribution of moves over people: most hardly move, a few do by far
_BEGUN = 6.0  # times the usual spread, in the first step
_ROUNDS, _FAR = 8, 1.0  # of the search; the most that a move changes in one of them


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
    who = np.zeros(evidence.count, np.int64)
    for block in evidence.blocks():
        who[block.judgement] = block.annotator
    place = np.arange(evidence.count)
    along = _along(who, place.astype(np.float64) if times is None else times, evidence.annotators)
    enough = np.bincount(who, minlength=evidence.annotators) >= LEAST
    moves: Doubles = np.zeros((evidence.annotators, 4))
    spread: Doubles = np.array(_USUAL)
    for _ in range(_ROUNDS):
        information, score = _curved(evidence, utilities, people, moves, along, who)
        towards = (information @ moves[..., None])[..., 0] + score
        mean, covariance, spread = _shrunk(information, towards, enough, spread)
        moves = moves + np.clip(mean - moves, -_FAR, _FAR)
    return _told(moves, covariance, enough[:, None] & _informed(information))


def _curved(
    evidence: Evidence,
    utilities: Doubles,
    people: People,
    moves: Doubles,
    along: Doubles,
    who: Integers,
) -> tuple[Doubles, Doubles]:
    """`[A, 4, 4]` information about everybody's moves, and `[A, 4]` their scores, at `moves`.

    moves: of severity and log sensitivity as a whole, and of both from first to last answer.
    """
    scores = _scores(evidence, utilities, _moved(people, moves[who], along, who))
    both = np.concatenate([scores, along * scores])
    total = np.stack([np.bincount(who, row, len(moves)) for row in both], 1)
    outer = np.empty((len(moves), 4, 4))
    for a in range(4):
        for b in range(a + 1):
            outer[:, a, b] = outer[:, b, a] = np.bincount(who, both[a] * both[b], len(moves))
    return outer, total.astype(np.float64)


def _moved(people: People, moves: Doubles, along: Doubles, who: Integers) -> People:
    """Everybody as they were at each of their answers: a person for each judgement."""
    return replace(
        people,
        sensitivity=people.sensitivity[who] * np.exp(moves[:, 1] + along * moves[:, 3]),
        severity=people.severity[who] + moves[:, 0] + along * moves[:, 2],
        position=people.position[who],
        lapse=people.lapse[who],
        stretch=people.stretch[who],
        apart=tuple(each[who] for each in people.apart),
    )


def _shrunk(
    information: Doubles, towards: Doubles, enough: npt.NDArray[np.bool_], spread: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """Posterior of the moves, `[A, 4]` and `[A, 4, 4]`, under a prior whose spread over people is
    that of everybody's; and the spread, of the last two."""
    usual = np.array(_USUAL)
    use = enough[:, None] & _informed(information)
    # A prior of one logit keeps the inverse finite where there are no ratings. Whoever moves is
    # first believed nearly as they are: from the middle they would be taken for one of the others.
    prior = np.ones_like(towards)
    prior[:, 2:] = 1 / (_BEGUN * usual) ** 2
    mean, covariance = np.zeros_like(towards), np.zeros_like(information)
    for _ in range(_STEPS):
        inverse = np.linalg.inv(information + prior[:, :, None] * np.eye(4))
        covariance = np.asarray(inverse, np.float64)
        mean = (covariance @ towards[..., None])[..., 0]
        second = mean[:, 2:] ** 2 + np.einsum("aii->ai", covariance)[:, 2:]
        trust = (_FREEDOM + 1) / (_FREEDOM + second / spread**2)
        total = np.where(use, trust * second, 0.0).sum(0) + _WORTH * usual**2
        spread = np.asarray(np.sqrt(total / (use.sum(0) + _WORTH)), np.float64)
        prior[:, 2:] = trust / spread**2
    return mean, covariance, spread


def _informed(information: Doubles) -> npt.NDArray[np.bool_]:
    """`[A, 2]` whether the answers tell of a move of severity, and of sensitivity."""
    still = np.linalg.inv(information[:, :2, :2] + np.eye(2))
    crossed = information[:, 2:, :2] @ still @ information[:, :2, 2:]
    found: npt.NDArray[np.bool_] = np.einsum("aii->ai", information[:, 2:, 2:] - crossed) > 1.0
    return found


def _told(moves: Doubles, covariance: Doubles, use: npt.NDArray[np.bool_]) -> Drift:
    error = np.sqrt(np.einsum("aii->ai", covariance)[:, 2:])
    mean, error = np.where(use, moves[:, 2:], np.nan), np.where(use, error, np.nan)
    stricter, milder = _outside(mean[:, 0], error[:, 0], SEVERITY_LIMIT)
    more, less = _outside(mean[:, 1], error[:, 1], SENSITIVITY_LIMIT)
    chances = np.stack([stricter, milder, less, more], 1)
    return Drift(mean[:, 0], error[:, 0], mean[:, 1], error[:, 1], chances)


def _scores(evidence: Evidence, utilities: Doubles, people: People) -> Doubles:
    """`[2, J]` derivatives by severity and log sensitivity of each answer; people: one for each."""
    found = np.zeros((2, evidence.count))
    alone = replace(
        evidence,
        orders=tuple(replace(b, annotator=b.judgement) for b in evidence.orders),
        grades=tuple(replace(b, annotator=b.judgement) for b in evidence.grades),
        annotators=evidence.count,
    )
    for part in parts(alone, utilities[None], people):
        block = part.block
        raised = gathered(block, utilities[None])[0].T * coefficient(block, people)
        weight = np.sqrt(evidence.weight[block.judgement])
        if isinstance(block, OrderBlock):
            found[1, block.judgement] = (part.by_predictor[0] * raised).sum(1) * weight
            continue
        found[1, block.judgement] = part.by_predictor[0] * raised.sum(1) * weight
        if block.items.shape[1] == 1:
            found[0, block.judgement] = -part.by_predictor[0] * weight
    return found


def _along(who: Integers, order: Doubles, count: int) -> Doubles:
    """`[J]` place of each answer among its annotator's, from -1/2 to 1/2."""
    sorted_rows = np.lexsort((np.arange(len(who)), order, who))
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
