"""Two axes together: does an annotator agree with themselves, and with the group?

Low agreement with the group has two causes that only the first axis tells apart: noise and
another opinion. Noise lowers both: two people who answer alike but for noise agree to the
geometric mean of their self-consistencies (Spearman 1904, correction for attenuation). What
is missing after that is opinion. Dissenters are never called careless.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assent.diagnosis.consistency import Consistency
from assent.diagnosis.kappas import Kappas
from assent.likelihood.evidence import Doubles

_DRAWS = 400
_OF_TYPICAL = 0.5  # self-consistency below this share of the usual one is low
_SHARED = 0.8  # of the group's opinion, below which somebody is of another
_CLEARLY = 0.75  # of the usual agreement: as much as a quarter of answers without looking leaves
_TRACE = 0.2  # of the usual agreement, below which answers hold nothing of the group's opinion
_OPPOSITE = -0.3
_SPLIT = 0.1  # usual agreement below which there is no common opinion to differ from
_PAIRS = 5  # below which an annotator's kappa does not help to say what is usual
_LEAST = 10  # pairs or triples of own answers, below which nobody is put anywhere
_CROWD = 3  # annotators, below which nobody can say who differs from whom

WORDS = {
    "expert": "answers as before, and as the others do",
    "dissenter": "consistent, but of another opinion than the others: kept, and worth asking why",
    "inverted": "consistent, and the opposite of the others: was the question understood?",
    "careless": "near the others' opinion, but answers the same question differently each time",
    "random": "answers neither as before nor as the others do",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an annotator stands on both axes.

    name: one of `WORDS`, the likeliest; probability: of it. Without evidence on either axis
    the name is empty, and the words say what is missing.
    """

    name: str
    probability: float | None
    words: str


def standings(found: Consistency, rng: np.random.Generator) -> list[Standing]:
    """Where everybody stands, with probabilities from the posteriors of both axes."""
    own, group = found.own(), found.group
    usual_group = _usual(group)
    few = int((group.pairs >= _PAIRS).sum()) < _CROWD
    chances = _chances(own, group, unreliable(found), rng)
    best = chances.argmax(0)
    names = list(WORDS)
    told: list[Standing] = []
    for k, (consistent, agrees) in enumerate(zip(own.known(), group.known(), strict=True)):
        if consistent and own.pairs[k] < _LEAST:
            told.append(Standing("", None, "too few repeats to tell carelessness from dissent"))
        elif not consistent:
            told.append(Standing("", None, "no repeats or circles tell carelessness from dissent"))
        elif not agrees or few:
            told.append(Standing("", None, "too few others judged the same items"))
        elif usual_group < _SPLIT:
            told.append(Standing("", None, "the others do not agree among themselves"))
        else:
            name = names[int(best[k])]
            told.append(Standing(name, float(chances[best[k], k]), WORDS[name]))
    return told


def unreliable(found: Consistency) -> Doubles:
    """`[A]` probability that somebody's self-consistency is low; NaN without evidence.

    Low is less than half of what is usual by the same measure, so that it does no harm that
    circles flatter: repeats and circles are two witnesses, and their odds multiply.
    """
    odds = np.ones(len(found.repeats.value))
    for each in (found.repeats, found.circles):
        chance = np.clip(each.below(_OF_TYPICAL * _usual(each)), 1e-9, 1 - 1e-9)
        odds *= np.where(each.known(), chance / (1 - chance), 1.0)
    known = found.repeats.known() | found.circles.known()
    return np.where(known, odds / (1 + odds), np.nan)


def apart(group: Kappas) -> Doubles:
    """`[A]` probability that somebody agrees clearly less with the others than is usual.

    NaN without evidence.
    """
    return np.where(group.known(), group.below(_CLEARLY * _usual(group)), np.nan)


def _chances(own: Kappas, group: Kappas, low: Doubles, rng: np.random.Generator) -> Doubles:
    """`[5, A]` probability of each of `WORDS`; 0 without evidence.

    low: `[A]` see `unreliable`, which has seen more than `own`.
    """
    mine, theirs = own.draws(_DRAWS, rng), group.draws(_DRAWS, rng)
    usual_own, usual_group = _usual(own), max(_usual(group), _SPLIT)
    relative = theirs / usual_group
    opinion = relative * np.sqrt(usual_own / np.maximum(mine, 0.05))
    steady = mine > _OF_TYPICAL * usual_own
    # Comparisons with NaN are False: without evidence no name has a chance.
    restless = mine <= _OF_TYPICAL * usual_own
    inverted = steady & (relative < _OPPOSITE)
    kinds = [
        steady & (opinion >= _SHARED),
        steady & (opinion < _SHARED) & ~inverted,
        inverted,
        restless & (relative >= _TRACE),
        restless & (relative < _TRACE),
    ]
    among = np.maximum(np.stack([steady, restless]).sum(1), 1)  # [2, A]
    share = np.stack([1 - low, low])[[0, 0, 0, 1, 1]]
    chances: Doubles = share * np.stack(kinds).sum(1) / among[[0, 0, 0, 1, 1]]
    return np.nan_to_num(chances)


def _usual(found: Kappas) -> float:
    """The middle annotator's agreement, at least .05; nearly 1 where nobody's is known."""
    known = found.known()
    sure = known & (found.pairs >= _PAIRS)
    value = found.value[sure if sure.any() else known]
    return float(np.clip(np.median(value), 0.05, 1.0)) if len(value) else 1.0
