"""Fits what items are worth and who can be believed, from nothing but answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assent.answers.agreement import Agreed, agreements
from assent.answers.judged import Judged, Thing, judged
from assent.answers.predict import Summary, Units, exact_of, rows, summarise, values_of
from assent.errors import DataError
from assent.interop.collection import ANONYMOUS, Collection
from assent.records import Json
from assent.reward.diagnosis import Diagnosis, diagnose
from assent.reward.effects import Mapping
from assent.reward.evidence import Doubles
from assent.reward.flags import described
from assent.reward.items import Fit, fit_items
from assent.reward.prediction import predict_items

_LEAST = 40  # answers, below which none are kept aside to measure on


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
    foretold those that were kept aside; None when none were. diagnosis: of the people, None
    where they were pooled. agreements: between them. The last three are not kept with the fit.
    """

    fit: Fit
    things: tuple[Thing, ...]
    annotators: tuple[str, ...]
    counts: Doubles
    answers: Doubles
    pooled: bool = False
    held_out: Summary | None = None
    diagnosis: Diagnosis | None = None
    agreements: tuple[Agreed, ...] = ()

    def scores(self, collection: Collection) -> list[Score]:
        """Every item's worth, the best first within its dimension."""
        found = []
        for row, thing in enumerate(self.things):
            item = collection.items.get(thing.item)
            name = item.name if item is not None else thing.item
            mean, sd = float(self.fit.utilities[row]), float(self.fit.errors[row])
            answers = int(self.counts[row])
            found.append(Score(thing.item, name, thing.dimension, mean, sd, answers))
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
        predicted = predict_items(self.fit, evidence, rng)
        utilities = np.zeros(evidence.items)
        utilities[: len(self.fit.utilities)] = self.fit.utilities
        units = Units(values_of(collection), exact_of(found, collection))
        strangers = _strangers(found)
        summary = summarise(predicted, evidence, utilities, units, strangers=strangers)
        return summary, rows(predicted, found, collection)

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
    read: Judged | None = None,
) -> Fitted:
    """What every item is worth in every dimension, and how far each annotator can be believed.

    held_out: share of the answers that the model is first measured on; then it is fitted to
    all of them. pooled: everybody is believed alike. read: the evidence of the collection's
    answers, where they were read as columns.
    Raises DataError without any answer.
    """
    found = judged(collection) if read is None else read
    evidence = found.evidence
    if evidence.count == 0:
        raise DataError("there are no answers to learn from; `assent import PATH` brings some")
    rng = np.random.default_rng(seed)
    aside = int(held_out * evidence.count) if evidence.count >= _LEAST else 0
    order = rng.permutation(evidence.count)
    summary, start = None, None
    if aside:
        rest = evidence.take(np.sort(order[aside:]))
        start = fit_items(rest, n_items=evidence.items, pooled=pooled)
        unseen = evidence.take(np.sort(order[:aside]))
        predicted = predict_items(start, unseen, rng)
        units, utilities = Units(values_of(collection)), start.utilities
        summary = summarise(predicted, unseen, utilities, units, evidence, _strangers(found))
    whole = fit_items(evidence, start=start, pooled=pooled)
    return Fitted(
        whole,
        found.things,
        found.annotators,
        _counts(found),
        evidence.answers(),
        pooled,
        summary,
        None if pooled else _diagnosis(found, collection, whole),
        tuple(agreements(found, seed)),
    )


def _diagnosis(found: Judged, collection: Collection, whole: Fit) -> Diagnosis:
    """Everybody's, in the order of time; in that of the file where no times are known."""
    times = np.array([collection.answers[number].created_at for number in found.feedback])
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


def _counts(found: Judged) -> Doubles:
    """`[N]` answers about each thing."""
    total = np.zeros(len(found.things))
    for block in found.evidence.blocks():
        total += np.bincount(block.items.ravel(), minlength=len(total))
    return total
