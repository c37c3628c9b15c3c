"""Whether annotators agree with themselves, and with one another. NumPy and SciPy alone.

With oneself: the same question again, the same two items in another order or in another
ranking, and circles among one's own preferences. With the group: what the others said about
the same items. All on one scale, `kappas.py`. Kendall and Babington Smith (1940), On the
method of paired comparisons: of random preferences among three items one in four is a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from assent.diagnosis.choices import Choices, Marks, choices, marks
from assent.diagnosis.kappas import Distances, Kappas, counted, kappas, together
from assent.likelihood.evidence import Doubles, Evidence, Integers

_WORTH = 5.0  # answers that the crowd's habits count as in one annotator's
_CIRCLES_BY_CHANCE = 0.25


@dataclass(frozen=True, slots=True)
class Consistency:
    """A annotators' agreement with themselves and with the others.

    repeats: of everything that somebody judged twice; mirrored: of those pairs that stood the
    other way round the second time. circles: one less four times the share of own triples that
    are circular; `pairs` counts triples. crossed: own comparisons against own ratings of the
    same two. group: with what each of the others said about the same, severity left out.
    """

    repeats: Kappas
    mirrored: Kappas
    circles: Kappas
    crossed: Kappas
    group: Kappas

    def own(self) -> Kappas:
        """Agreement with oneself: from repeats where there are any, else from circles.

        Circles flatter: where one option is much better than another, no circle shows that
        the choice between the next best two was a guess.
        """
        first, second = self.repeats, self.circles
        some = first.known()
        return Kappas(
            np.where(some, first.value, second.value),
            np.where(some, first.pairs, second.pairs),
            np.where(some, first.chance, second.chance),
            np.where(some, first.agreed, second.agreed),
            np.where(some, first.differed, second.differed),
        )


def consistency(evidence: Evidence, strangers: Sequence[int] = ()) -> Consistency:
    """Everybody's agreement with themselves and with the group.

    strangers: annotators' rows that stand for many people, of whom neither is known.
    """
    chosen, graded = choices(evidence, strangers), marks(evidence, strangers)
    people = evidence.annotators
    ties = _ties(chosen, people)
    pairs, turned = _chosen_again(chosen, ties)
    again = together([pairs, *(_graded_again(each, people) for each in graded)])
    others = [_chosen_by_others(chosen, ties), *(_graded_by_others(g, people) for g in graded)]
    crossed = together([_crossed(chosen, each) for each in graded])
    return Consistency(
        kappas(again, people),
        kappas(pairs.where(turned), people),
        _circles(chosen, people),
        kappas(crossed, people),
        kappas(together(others), people),
    )


def _ties(found: Choices, people: int) -> Doubles:
    """`[A]` share of each annotator's preferences that are ties, shrunk to the crowd's."""
    tied = found.weight * (found.outcome == 0)
    usual = tied.sum() / max(found.weight.sum(), 1e-9)
    own = np.bincount(found.annotator, tied, people) + _WORTH * usual
    share: Doubles = own / (np.bincount(found.annotator, found.weight, people) + _WORTH)
    return share


def _chosen_again(found: Choices, ties: Doubles) -> tuple[Distances, npt.NDArray[np.bool_]]:
    """Each preference against the same annotator's next one between the same two items.

    Also which of them were shown the other way round. Chance turns a preference round as
    often as not, whichever of two items an annotator has a liking for.
    """
    one, other = _next(found.annotator, found.pair, found.judgement)
    decided = np.bincount(found.annotator, found.outcome != 0, len(ties)) > 0
    kept = decided[found.annotator[one]]
    one, other = one[kept], other[kept]
    who = found.annotator[one]
    return (
        Distances(
            who,
            ((found.outcome[one] - found.outcome[other]) / 2) ** 2,
            (1 - ties[who]) / 2,
            (found.weight[one] + found.weight[other]) / 2,
        ),
        found.first[one] * found.first[other] < 0,
    )


def _graded_again(found: Marks, people: int) -> Distances:
    """Each level against the same annotator's next one of the same item.

    By chance two of the annotator's own levels would differ by twice their variance.
    """
    one, other = _next(found.annotator, found.item, found.judgement)
    spread, varied = _variance(found, people)
    kept = varied[found.annotator[one]]
    one, other = one[kept], other[kept]
    who = found.annotator[one]
    distance = (found.value[one] - found.value[other]) ** 2
    return Distances(who, distance, 2 * spread[who], np.ones(len(who)))


def _variance(found: Marks, people: int) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """`[A]` variance of each annotator's levels, shrunk to the crowd's, and where there is any."""
    who, count = found.annotator, np.bincount(found.annotator, minlength=people)
    mean = np.bincount(who, found.value, people) / np.maximum(count, 1)
    squares = np.bincount(who, (found.value - mean[who]) ** 2, people)
    usual = squares.sum() / max(float(np.maximum(count - 1, 0).sum()), 1.0)
    spread = (squares + _WORTH * usual) / (np.maximum(count - 1, 0) + _WORTH)
    return spread, squares > 1e-12


def _next(who: Integers, what: Integers, when: Integers) -> tuple[Integers, Integers]:
    """Rows of which the second is the next by the same annotator about the same."""
    order = np.lexsort((when, what, who))
    first, second = order[:-1], order[1:]
    same = (who[first] == who[second]) & (what[first] == what[second])
    return first[same], second[same]


def _chosen_by_others(found: Choices, ties: Doubles) -> Distances:
    """Each preference against those of all others between the same two items, on average."""
    count, total, squares = _of_others(found.annotator, found.pair, found.outcome)
    kept = count > 0
    count, total, squares = count[kept], total[kept], squares[kept]
    outcome, who = found.outcome[kept], found.annotator[kept]
    usual = float((found.weight * (found.outcome == 0)).sum() / max(found.weight.sum(), 1e-9))
    return Distances(
        who,
        (outcome**2 - 2 * outcome * total / count + squares / count) / 4,
        (1 - ties[who] + 1 - usual) / 4,
        found.weight[kept],
    )


def _graded_by_others(found: Marks, people: int) -> Distances:
    """Each level against those of all others of the same item, on average.

    How much lower or higher an annotator rates throughout is taken off first: severity is no
    dissent. By chance, levels that are dealt anew to the items differ by both variances.
    """
    count, total, squares = _of_others(found.annotator, found.item, found.value)
    kept = count > 0
    who, value = found.annotator[kept], found.value[kept]
    mean, square = total[kept] / count[kept], squares[kept] / count[kept]
    answers = np.bincount(who, minlength=people)
    severity = np.bincount(who, value - mean, people) / (answers + 1.0)
    moved = value - severity[who]
    spread, _ = _variance(found, people)
    level = np.bincount(who, mean, people) / np.maximum(answers, 1)
    around = np.bincount(who, square - mean**2 + (mean - level[who]) ** 2, people)
    usual = float(found.value.var()) if len(found.value) else 0.0
    theirs = (around + _WORTH * usual) / (answers + _WORTH)
    distance = np.clip(moved**2 - 2 * moved * mean + square, 0, 1)
    return Distances(who, distance, spread[who] + theirs[who], np.ones(len(who)))


def _of_others(who: Integers, what: Integers, value: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Of each row `[n]`: how many answers others gave about the same, their sum and squares."""
    kinds = int(what.max(initial=-1)) + 1
    _, own = np.unique(who * max(kinds, 1) + what, return_inverse=True)
    own = own.reshape(-1)
    none = np.zeros(len(value))
    sums = [none, none, none]
    for power in range(3):
        each = value**power
        whole, mine = np.bincount(what, each), np.bincount(own, each)
        sums[power] = none + whole[what] - mine[own]
    return np.round(sums[0]), sums[1], sums[2]


def _circles(found: Choices, people: int) -> Kappas:
    """One less four times the share of each annotator's own triples that go in a circle.

    Rankings take no part: within one there can be no circle. Triples share pairs, so that
    they count as no more coins than there are pairs.
    """
    alone = np.flatnonzero(found.alone)
    kinds = int(found.pair.max(initial=-1)) + 1
    _, which, start = np.unique(
        found.annotator[alone] * kinds + found.pair[alone], return_index=True, return_inverse=True
    )
    net = np.bincount(start.reshape(-1), found.outcome[alone], len(which))
    row, net = alone[which[net != 0]], net[net != 0]
    who, low, high = found.annotator[row], found.low[row], found.high[row]
    better, worse = np.where(net > 0, low, high), np.where(net > 0, high, low)
    items = int(max(better.max(initial=0), worse.max(initial=0))) + 1
    nodes, ends = np.unique(
        np.concatenate([who * items + better, who * items + worse]), return_inverse=True
    )
    above, below = np.split(ends.reshape(-1), 2)
    size = len(nodes)
    over = sparse.csr_array((np.ones(len(who)), (above, below)), shape=(size, size))
    two = over @ over
    owner = nodes // items
    circular = np.bincount(owner, two.multiply(over.T).sum(1), people) / 3
    straight = np.bincount(owner, two.multiply(over).sum(1), people)
    triples = circular + straight
    effective = np.minimum(triples, np.bincount(who, minlength=people))
    return counted(
        circular / np.maximum(triples, 1),
        np.full(people, _CIRCLES_BY_CHANCE),
        effective,
        np.round(triples).astype(np.int64),
    )


def _crossed(found: Choices, graded: Marks) -> Distances:
    """Each annotator's choice between two items against their own levels of the two."""
    if not len(graded.item):
        return together([])
    items = int(max(graded.item.max(), found.high.max(initial=0))) + 1
    key, place = np.unique(graded.annotator * items + graded.item, return_inverse=True)
    level = np.bincount(place.reshape(-1), graded.value) / np.bincount(place.reshape(-1))
    implied = np.zeros(len(found.low))
    there = np.ones(len(found.low), bool)
    for sign, item in ((1, found.low), (-1, found.high)):
        wanted = found.annotator * items + item
        where = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        there &= key[where] == wanted
        implied += sign * level[where]
    kept = there & (np.abs(implied) > 1e-9) & (found.outcome != 0)
    apart = (found.outcome[kept] != np.sign(implied[kept])).astype(np.float64)
    return Distances(found.annotator[kept], apart, np.full(len(apart), 0.5), found.weight[kept])
