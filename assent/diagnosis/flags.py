"""What stands out about an annotator, in words and with a probability. Nobody is dropped.

Probabilities are posterior, under priors that are learnt from the whole crowd: the more
annotators are alike, the less of one's own chance deviation is believed, which is what
keeps false alarms rare however many annotators there are (Gelman, Hill and Yajima 2012).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from assent.diagnosis.crowd import Diagnosis
from assent.likelihood.annotators import Uncertainty
from assent.likelihood.evidence import Doubles
from assent.likelihood.people import People
from assent.records import Json

_BLIND = 0.4  # of a typical sensitivity: such an answer is worth a sixth of a typical one
_INVERTED = -0.2
_CLICKING = 0.7  # logits; turns an even choice into two of three
_SEVERE = 1.0  # logits; about one level of five
SURE = 0.95  # probability from which something is told
_LAPSING = 0.25
_REPEATS = 20  # pairs of own answers, from which on nobody is careless without their word
_SOME = 5  # pairs, below which they say nothing
_CARELESS = 4.0  # careless people for each whose opinion is as far from the group's
_AWAY = 1.96  # standard errors to the ends of a 95 % interval


@dataclass(frozen=True, slots=True)
class Flag:
    """name: careless, inverted, position, severe, lenient, drifting, always the same.

    words: for the owner to read.
    """

    name: str
    probability: float
    words: str


def flags(
    people: People, errors: Uncertainty, index: int, diagnosis: Diagnosis | None = None
) -> tuple[Flag, ...]:
    """What stands out about annotator `index` with a probability of 95 % or more."""
    beta, beta_error = people.sensitivity[index], errors.sensitivity[index]
    place, place_error = people.position[index], errors.position[index]
    usual = 0.0 if diagnosis is None else diagnosis.severity
    stern, stern_error = people.severity[index] - usual, errors.severity[index]
    side = "first" if place > 0 else "last"
    found = [
        _careless(people, errors, index, diagnosis),
        Flag(
            "inverted",
            _above(-beta, beta_error, -_INVERTED),
            "prefers what others reject; check that the question was understood",
        ),
        Flag(
            "position",
            _above(abs(place), place_error, _CLICKING),
            f"favours whatever is shown {side}",
        ),
        Flag("severe", _above(stern, stern_error, _SEVERE), "rates lower than the others"),
        Flag("lenient", _above(-stern, stern_error, _SEVERE), "rates higher than the others"),
    ]
    if diagnosis is not None:
        same, always = diagnosis.sameness, "always the same"
        words = f"answers {same.words[index]}, {same.share[index]:.0%} of the time"
        found += [Flag(always, float(same.probability[index]), words), _drifting(diagnosis, index)]
    return tuple(flag for flag in found if flag.probability >= SURE)


def described(
    people: People, errors: Uncertainty, answers: Doubles, diagnosis: Diagnosis | None = None
) -> list[Json]:
    """Every annotator as plain values: estimates, errors, 95 % intervals, answers and flags."""
    # A lapse near 0 has a logit that could be anything lower: its interval starts at 0.
    far = _AWAY * errors.lapse
    low, high = (expit(logit(people.lapse) + each) for each in (-far, far))
    more = diagnosis.described() if diagnosis is not None else [{} for _ in answers]
    found = []
    for k in range(len(answers)):
        row: Json = {"answers": float(answers[k])}
        for name in ("sensitivity", "position", "severity"):
            value, error = float(getattr(people, name)[k]), float(getattr(errors, name)[k])
            row |= {name: value, f"{name}_error": error}
            row |= {f"{name}_low": value - _AWAY * error, f"{name}_high": value + _AWAY * error}
        row |= {"lapse": float(people.lapse[k])}
        row |= {"lapse_low": float(low[k]), "lapse_high": float(high[k])}
        row |= more[k]
        row["flags"] = [asdict(flag) for flag in flags(people, errors, k, diagnosis)]
        found.append(row)
    return found


def _careless(people: People, errors: Uncertainty, index: int, diagnosis: Diagnosis | None) -> Flag:
    """Careless, as far as own answers to the same questions allow to say so.

    Answers that do not follow the group's worths may come from another opinion. Where somebody
    answered enough questions twice, these answers decide between the two; where a few, they
    must not speak against it.
    """
    beta, error, lapse = (c[index] for c in (people.sensitivity, errors.sensitivity, people.lapse))
    blind = _above(-beta, error, -_BLIND) - _above(-beta, error, _BLIND)
    unlooked = _above(lapse, errors.lapse[index] * lapse * (1 - lapse), _LAPSING)
    likely, words = max(blind, unlooked), "answers hardly depend on what is shown"
    if diagnosis is None:
        return Flag("careless", likely, words)
    # A lapse also takes up what a model of ratings cannot say: whoever agrees with the others
    # as much as people do is no careless one.
    if diagnosis.apart[index] < 0.5:
        return Flag("careless", 0.0, words)
    own, pairs = diagnosis.unreliable[index], diagnosis.own.pairs[index]
    if pairs < _SOME:
        more = "; without repeats or circles nothing tells this from another opinion"
        return Flag("careless", likely, words + more)
    if pairs < _REPEATS:
        few = "; too few repeats to be sure that it is no other opinion"
        return Flag("careless", likely if own > 0.5 else 0.0, words + few)
    # Two witnesses, whose odds multiply; that of the group is heard up to a limit.
    odds = min(likely / max(1 - likely, 1e-9), _CARELESS) * own / max(1 - own, 1e-9)
    both = float(odds / (1 + odds))
    if likely > 0.5 and both > own:
        return Flag("careless", both, words + ", nor on what was said before")
    return Flag("careless", float(own), "answers the same question differently each time")


def _drifting(diagnosis: Diagnosis, index: int) -> Flag:
    """The ways in which somebody changes along their answers, the surest probability."""
    ways = (
        "rates lower and lower",
        "rates higher and higher",
        "answers depend less and less on what is shown",
        "answers depend more and more on what is shown",
    )
    chances = diagnosis.drift.chances[index].tolist()
    likely = [way for way, chance in zip(ways, chances, strict=True) if chance >= SURE]
    words = "; ".join(likely)
    if not diagnosis.timed:
        words = f"{words} (along the file: no times are known)"
    return Flag("drifting", max(chances), words)


def _above(value: float, error: float, bound: float) -> float:
    """Probability that a number is above a bound, given its estimate and standard error."""
    return float(ndtr((value - bound) / np.maximum(error, 1e-9)))
