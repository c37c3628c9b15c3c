"""Fits what items are worth and who can be believed, from nothing but answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assent.answers.agreement import Agreed, agreements
from assent.answers.featured import Featured, describable, fit_featured
from assent.answers.judged import Judged, Thing, judged
from assent.answers.predict import Summary, Units, Unknown, rows, summarise, values_of
from assent.answers.prompts import grouped
from assent.diagnosis.crowd import Diagnosis, diagnose
from assent.diagnosis.flags import described
from assent.errors import DataError
from assent.interop.collection import ANONYMOUS, Collection, segment_of
from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.items import Fit, fit_items
from assent.likelihood.prediction import Predicted, predict_items
from assent.records import Json

_LEAST = 40  # answers, below which none are kept aside to measure on


@dataclass(frozen=True, slots=True)
class Worth:
    """What the worth of items follows from.

    utilities: `features`, `free`, or `auto`: features where everything that was judged has some.
    covariates: that are in the answers and out of the worth (`reward/covariates.py`; and
    `phase`), with features alone. Without features alone: taste, in how many dimensions people may
    differ consistently from one another; prompts, whether single items are judged by what their
    prompt makes possible (always so with features), which cancels in comparisons.
    """

    utilities: str = "auto"
    covariates: Sequence[str] = ("length",)
    taste: int = 0
    prompts: bool = False


USUAL = Worth()


@dataclass(frozen=True, slots=True)
class Score:
    """What an item is worth: mean and standard deviation in logits of a typical annotator.

    answers: that were about it. name: as the first file called it.
    """

    item: str
    name: str
    dimension: str | None
    mean: float
    sd: float
    answers: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fit, and what its rows stand for.

    counts: `[N]` answers about each thing. held_out: how well the model of the other answers
    foretold those that were kept aside; None when none were. featured: what is known of items
    by their features; None where utilities are free. diagnosis: of the people, None where they
    were pooled. agreements: between them. `held_out` and the last two are not kept with the fit.
    """

    fit: Fit
    things: tuple[Thing, ...]
    annotators: tuple[str, ...]
    counts: Doubles
    answers: Doubles
    pooled: bool = False
    held_out: Summary | None = None
    featured: Featured | None = None
    diagnosis: Diagnosis | None = None
    agreements: tuple[Agreed, ...] = ()

    def scores(self, collection: Collection) -> list[Score]:
        """Every item's worth, the best first within its dimension.

        With features, that of items which nobody judged too.
        """
        more = () if self.featured is None else self._unjudged(collection)
        means, errors, counts = self.fit.utilities, self.fit.errors, self.counts
        if self.featured is not None and more:
            drawn = self.featured.utilities(more, collection.described, np.random.default_rng(0))
            means = np.concatenate([means, drawn.mean(0)])
            errors = np.concatenate([errors, drawn.std(0, ddof=1)])
            counts = np.concatenate([counts, np.zeros(len(more))])
        found = []
        for row, thing in enumerate((*self.things, *more)):
            item = collection.items.get(thing.item)
            name = item.name if item is not None else thing.item
            mean, sd = float(means[row]), float(errors[row])
            found.append(Score(thing.item, name, thing.dimension, mean, sd, int(counts[row])))
        return sorted(found, key=lambda s: (s.dimension or "", -s.mean, s.name))

    def predict(
        self, collection: Collection, rng: np.random.Generator
    ) -> tuple[Summary, list[Json]]:
        """How well answers that were not fitted to are foretold, and each one's probabilities.

        Whoever and whatever the fit has not met is drawn from the crowd.
        Raises DataError without any answer.
        """
        found = judged(collection, self.things, self.annotators, self.fit.people.scales)
        evidence = found.evidence
        if evidence.count == 0:
            raise DataError("the file holds no answer that could be predicted")
        predicted, utilities = _foretold(self.fit, self.featured, found, collection, rng)
        units = Units(values_of(collection), found.exact)
        strangers = _strangers(found)
        summary = summarise(predicted, evidence, utilities, units, strangers=strangers)
        unknown = Unknown(
            len(found.things) - len(self.things),
            len(found.annotators) - len(self.annotators),
            len(evidence.scales) - len(self.fit.people.scales),
        )
        return replace(summary, unknown=unknown), rows(predicted, found, collection)

    def _unjudged(self, collection: Collection) -> list[Thing]:
        """Things with features that no answer was about, in every dimension."""
        met = {thing.key for thing in self.things}
        dimensions = dict.fromkeys(thing.dimension for thing in self.things)
        every = [
            Thing(segment_of(item, dimension).key, item, dimension)
            for item in collection.described
            for dimension in dimensions
        ]
        return [thing for thing in every if thing.key not in met]

    def people(self) -> list[Json]:
        """Every annotator: estimates, standard errors, and what stands out."""
        if self.pooled:
            return []
        about = described(self.fit.people, self.fit.people_errors, self.answers, self.diagnosis)
        return [
            {"annotator": name, **each} for name, each in zip(self.annotators, about, strict=False)
        ]


def fit(
    collection: Collection,
    held_out: float = 0.1,
    pooled: bool = False,
    seed: int = 0,
    worth: Worth = USUAL,
    read: Judged | None = None,
) -> Fitted:
    """What every item is worth in every dimension, and how far each annotator can be believed.

    held_out: share of the answers that the model is first measured on; then it is fitted to
    all of them. pooled: everybody is believed alike. read: the evidence of the collection's
    answers, where they were read as columns.
    Raises DataError without any answer, or without features that are asked for.
    """
    found = (judged(collection) if read is None else read).ordered()
    evidence = found.evidence
    if evidence.count == 0:
        raise DataError("there are no answers to learn from; `assent import PATH` brings some")
    rng = np.random.default_rng(seed)
    on_features, notes = _by_features(worth.utilities, found, collection)
    notes += _alone(found)
    effects = _effects(worth, found, collection, pooled)

    def learn(part: Evidence, start: Fit | None) -> tuple[Fit, Featured | None]:
        if on_features:
            return fit_featured(found, part, collection, worth.covariates, rng, pooled)
        return fit_items(part, evidence.items, start, pooled, effects), None

    aside = int(held_out * evidence.count) if evidence.count >= _LEAST else 0
    order = found.shuffled(rng)
    summary, start = None, None
    if aside:
        rest = evidence.take(np.sort(order[aside:]))
        blind = learn(rest, None)
        unseen = found.take(np.sort(order[:aside]))
        summary, start = _measured(blind, unseen, collection, evidence, rng), blind[0]
    whole, featured = learn(evidence, start)
    return Fitted(
        replace(whole, warnings=(*whole.warnings, *notes)),
        found.things,
        found.annotators,
        _counts(found),
        evidence.answers(),
        pooled,
        summary,
        featured,
        None if pooled else _diagnosis(found, whole),
        tuple(agreements(found, seed)),
    )


def _effects(worth: Worth, found: Judged, collection: Collection, pooled: bool) -> Effects:
    """What was chosen to allow for beside free utilities."""
    groups = grouped(found.things, collection)[1] if worth.prompts else None
    return Effects(groups, taste=0 if pooled else worth.taste)


def _measured(
    blind: tuple[Fit, Featured | None],
    unseen: Judged,
    collection: Collection,
    around: Evidence,
    rng: np.random.Generator,
) -> Summary:
    """How well a fit foretells answers that it has not seen; around: all answers."""
    predicted, means = _foretold(*blind, unseen, collection, rng)
    units, strangers = Units(values_of(collection), unseen.exact), _strangers(unseen)
    return summarise(predicted, unseen.evidence, means, units, around, strangers)


def _diagnosis(found: Judged, whole: Fit) -> Diagnosis:
    """Everybody's, in the order of time; in that of the file where no times are known."""
    times = np.array(found.times)
    timed = bool((times != times[0]).any())
    mapping = Mapping(whole.effects, found.evidence, len(whole.utilities))
    seen = mapping.pull(whole.numbers(mapping))
    return diagnose(
        found.evidence,
        seen,
        whole.people,
        times if timed else None,
        _strangers(found),
        mapping.evidence,
    )


def _strangers(found: Judged) -> tuple[int, ...]:
    """The rows of annotators that stand for many people."""
    return tuple(row for row, name in enumerate(found.annotators) if name == ANONYMOUS)


def _alone(found: Judged) -> list[str]:
    """What one name for all answers keeps from being known."""
    if len(found.annotators) > 1:
        return []
    if found.annotators == (ANONYMOUS,):
        return ["nobody is named: answers of many people are believed alike, as those of one crowd"]
    return ["one annotator: nothing tells taste from truth"]


def _by_features(utilities: str, found: Judged, collection: Collection) -> tuple[bool, list[str]]:
    """Whether to fit on features, and what there is to say of it."""
    described, things = describable(found, collection), len(found.things)
    if utilities == "free" or (utilities == "auto" and not described):
        return False, []
    if described == things:
        return True, []
    words = f"{things - described} of {things} things that were judged have no features"
    if utilities == "features":
        raise DataError(f"{words}; give them some, or set reward.utilities to auto or free")
    return False, [f"{words}: features are not used"]


def _foretold(
    fit: Fit,
    featured: Featured | None,
    found: Judged,
    collection: Collection,
    rng: np.random.Generator,
) -> tuple[list[Predicted], Doubles]:
    """Probabilities of answers, and the mean utility of everything that they are about."""
    if featured is not None:
        return featured.predict(fit, found, collection, rng)
    utilities = np.zeros(max(found.evidence.items, len(fit.utilities)))
    utilities[: len(fit.utilities)] = fit.utilities
    effects = fit.effects
    if effects.groups is not None:
        effects = replace(effects, groups=grouped(found.things, collection)[1])
    return predict_items(fit, found.evidence, rng, effects=effects), utilities


def _counts(found: Judged) -> Doubles:
    """`[N]` answers about each thing."""
    total = np.zeros(len(found.things))
    for block in found.evidence.blocks():
        total += np.bincount(block.items.ravel(), minlength=len(total))
    return total
