"""Habits that need no utilities: the same answer always; and people who answer alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import betainc, ndtr

from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers
from assent.likelihood.extremes import as_shown, spelled
from assent.likelihood.joint import parts
from assent.likelihood.people import People
from assent.likelihood.scales import titles

_RARE = 0.053  # share of other answers: an entropy of 0.3 bit where there are two answers
_THIRD = 1 / 3  # of the share that the others give
_HEARD = 10  # answers, from which a share of one answer says what somebody is like
_USUAL = 0.1  # of the others; what so many do stands out in nobody
_ALIKE = 0.3  # correlation of residuals
_SHARED = 30  # items that both judged, below which a correlation says nothing
_FALSE = 0.05  # chance that anybody at all is named without cause


@dataclass(frozen=True, slots=True)
class Sameness:
    """Who hardly ever gives another answer: `[A]` probability, share, and what of which scale."""

    probability: Doubles
    share: Doubles
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Two annotators' rows whose answers go together beyond what the items explain."""

    first: int
    second: int
    correlation: float
    items: int


def sameness(evidence: Evidence) -> Sameness:
    """Who gives the same answer at least 95 % of the time on a scale, unlike the others.

    The others depart from it three times as often, and hardly one of them in ten would hold to
    it so: where many do, it is the things that are alike. Answers to a comparison are read as
    shown: always the first, or always a tie. That things are alike explains no favourite side,
    whoever else has it. Rankings are not looked at.
    """
    count = evidence.annotators
    probability, share, words = np.zeros(count), np.full(count, np.nan), [""] * count
    for block in evidence.grades:
        scale, title = evidence.scales[block.scale], titles(evidence.scales)[block.scale]
        table = np.zeros((count, scale.levels))
        np.add.at(table, (block.annotator, as_shown(block, evidence)), 1.0)
        answers, most = table.sum(1), table.argmax(1)
        same = table[np.arange(count), most]
        crowd = table.sum(0)
        others = crowd[most] - same  # who gave this answer, but for the annotator
        rest = np.maximum(crowd.sum() - answers, 1.0)
        limit = np.minimum(_RARE, _THIRD * (1 - others / rest))
        chance = betainc(answers - same + 0.5, same + 0.5, np.clip(limit, 0, 1))
        sided = (block.items.shape[1] == 2) & (2 * most != scale.levels - 1)
        odd = sided | (_usual(table, most) < _USUAL)
        known = (answers > 0) & (crowd.sum() > answers) & odd
        chance = np.where(known, chance, 0.0)
        for k in np.flatnonzero(chance > probability):
            probability[k], share[k] = chance[k], same[k] / answers[k]
            words[k] = f"{spelled(block, int(most[k]), scale.levels)} on the scale {title}"
    return Sameness(probability, share, tuple(words))


def _usual(table: Doubles, most: Integers) -> Doubles:
    """`[A]` how likely one of the others is to hold to annotator k's commonest answer, too.

    How often people depart from an answer is taken to follow a beta distribution, by its
    moments, among those of the others with answers enough. table: `[A, L]` answers. most: `[A]`.
    """
    answers = table.sum(1)
    heard = (answers >= _HEARD).astype(np.float64)
    departs = 1 - table / np.maximum(answers, 1.0)[:, None]  # [A, L]
    own = departs[np.arange(len(most)), most]
    many = heard.sum() - heard
    mean = ((heard @ departs)[most] - heard * own) / np.maximum(many, 1.0)
    square = ((heard @ departs**2)[most] - heard * own**2) / np.maximum(many, 1.0)
    spread = np.maximum((square - mean**2) * many / np.maximum(many - 1, 1.0), 1e-6)
    within = np.clip(mean, 1e-6, 1 - 1e-6)
    size = np.clip(within * (1 - within) / spread - 1, 1e-3, 1e3)
    usual: Doubles = betainc(within * size, (1 - within) * size, _RARE)
    return np.where(many >= 2, usual, 0.0)


def alike(evidence: Evidence, utilities: Doubles, people: People) -> list[Alike]:
    """Pairs whose residuals correlate above .3 on 30 shared items or more: a hint, no proof.

    A shared taste or a shared source does that, one person under two names, or copying. The
    limit is passed with such certainty that 1 crowd in 20 would have a pair without cause.
    """
    who, what, value = _residuals(evidence, utilities, people)
    enough = np.bincount(who, minlength=evidence.annotators) >= _SHARED
    kept = enough[who]
    who, what, value = who[kept], what[kept], value[kept]
    if not len(who):
        return []
    shape = (evidence.annotators, int(what.max()) + 1)
    table = sparse.coo_array((value, (who, what)), shape=shape).tocsr()
    given = sparse.coo_array((np.ones(len(who)), (who, what)), shape=shape).tocsr()
    table.data /= given.data  # the mean of those who judged an item twice
    given.data[:] = 1.0
    shared = sparse.triu(given @ given.T, 1).tocoo()
    often = shared.data >= _SHARED
    first, second, items = shared.row[often], shared.col[often], shared.data[often]
    if not len(first):
        return []
    crossed = (table @ table.T).tocsr()
    squares = (table.power(2) @ given.T).tocsr()  # [A, A] of the first's, on shared items
    both = np.sqrt(_at(squares, first, second) * _at(squares, second, first))
    correlation = np.clip(_at(crossed, first, second) / np.maximum(both, 1e-12), -0.999, 0.999)
    away = (np.arctanh(correlation) - np.arctanh(_ALIKE)) * np.sqrt(items - 3)  # Fisher 1921
    sure = ndtr(-away) < _FALSE / len(first)
    return [
        Alike(int(a), int(b), float(r), int(n))
        for a, b, r, n in sorted(
            zip(first[sure], second[sure], correlation[sure], items[sure], strict=True),
            key=lambda each: -each[2],
        )
    ]


def _residuals(
    evidence: Evidence, utilities: Doubles, people: People
) -> tuple[Integers, Integers, Doubles]:
    """Who, about which question, and how far above what was expected, in standard deviations."""
    who, what, value = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for part in parts(evidence, utilities[None], people):
        block = part.block
        if not isinstance(block, GradeBlock):
            continue
        turned = (block.items.shape[1] == 2) & (block.items[:, 0] > block.items[:, -1])
        who.append(block.annotator)
        # The same two items the other way round are the same question, turned.
        what.append(block.scale * evidence.count + evidence.question[block.judgement])
        value.append(np.where(turned, -1.0, 1.0) * part.by_predictor[0])
    _, number = np.unique(np.concatenate(what), return_inverse=True)
    return np.concatenate(who), number.reshape(-1), np.concatenate(value)


def _at(matrix: sparse.csr_array, row: Integers, column: Integers) -> Doubles:
    found: Doubles = np.asarray(matrix[row, column]).reshape(-1)
    return found
