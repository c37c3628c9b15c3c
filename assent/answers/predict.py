"""What a fit foretells of answers that it has not seen, and how far it was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from assent.answers.ceilings import Ceiling, of_answers, of_pairs
from assent.answers.judged import Judged, on_widest
from assent.interop.collection import Collection, level_values
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.prediction import Predicted
from assent.records import Feedback, Json, Query
from assent.reward.measures import agreement

Values = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Unknown:
    """How many of each in a file the fit has not met: they are foretold as any of their kind."""

    items: int
    annotators: int
    scales: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How well answers were foretold.

    log_loss: nats an answer. accuracy: share whose likeliest answer was given, over `judged`
    answers: all but orders too long to list. pairs: share of the pairs within orders and
    comparisons that the utilities order as people did. rmse: of ratings, in the units in
    which they were given. ceiling, pair_ceiling: about how high accuracy and pairs could be,
    and what tells it: see `ceilings.py`. unknown: absent where the fit has met everything.
    """

    answers: int
    log_loss: float
    accuracy: float | None
    rmse: float | None
    pairs: float | None
    ceiling: Ceiling | None = None
    pair_ceiling: Ceiling | None = None
    unknown: Unknown | None = None

    def json(self) -> Json:
        """The figures that there are."""
        found = {
            "answers": self.answers,
            "log_loss": self.log_loss,
            "accuracy": self.accuracy,
            **_limit("accuracy", self.ceiling),
            "rmse": self.rmse,
            "pair_accuracy": self.pairs,
            **_limit("pair", self.pair_ceiling),
        }
        if self.unknown is not None:
            found |= {f"unknown_{name}": count for name, count in asdict(self.unknown).items()}
        return {name: value for name, value in found.items() if value is not None}


def _limit(name: str, ceiling: Ceiling | None) -> Json:
    """A ceiling that people's answers tell; or what the model expects, which is none."""
    if ceiling is None:
        return {}
    if ceiling.by == "model":
        return {f"{name}_expected": ceiling.value}
    return {f"{name}_ceiling": ceiling.value, f"{name}_ceiling_by": ceiling.by}


def values_of(collection: Collection) -> dict[str, list[float]]:
    """From a rating's scale to what its levels stand for."""
    return {
        str(query.options.get("scale", query.kind)): level_values(query.options)
        for query in on_widest(collection.queries).values()
        if query.kind == "rating"
    }


@dataclass(frozen=True, slots=True)
class Units:
    """In which units ratings were given.

    values: see `values_of`. exact: `[J]` the number that was given, NaN where it is what its
    level stands for.
    """

    values: Values
    exact: Doubles


def summarise(
    predicted: Sequence[Predicted],
    evidence: Evidence,
    utilities: Doubles,
    units: Units,
    around: Evidence | None = None,
    strangers: Sequence[int] = (),
) -> Summary:
    """The figures over all answers that were predicted.

    utilities: `[N]` means, of everything in the evidence. around: the answers from which
    ceilings are told; those that were predicted when absent. strangers: annotators' rows that
    stand for many people.
    """
    whole = evidence if around is None else around
    surprise = np.concatenate([-np.log(part.observed) for part in predicted])
    right = [part.right() for part in predicted if part.answers]
    wrong: list[Doubles] = []
    for part in predicted:
        scale = _scale(part, evidence, units.values)
        if scale is not None:
            said = scale[part.given]
            told = units.exact[part.judgement]
            said = np.where(np.isnan(told), said, told)
            wrong.append(part.probability @ scale - said)
    pairs = agreement("pairs", evidence, utilities)
    ranked = bool(evidence.orders) or any(block.items.shape[1] == 2 for block in evidence.grades)
    return Summary(
        len(surprise),
        float(surprise.mean()),
        float(np.concatenate(right).mean()) if right else None,
        float(np.sqrt(np.square(np.concatenate(wrong)).mean())) if wrong else None,
        pairs.get("pairs") if ranked else None,
        of_answers(predicted, whole, strangers) if right else None,
        of_pairs(predicted, whole, utilities, strangers) if ranked else None,
    )


def rows(predicted: Sequence[Predicted], found: Judged, collection: Collection) -> list[Json]:
    """One JSON object an answer, in the order of the file: every possible answer's probability.

    `probabilities` is keyed as the file spells answers: 0, 1 and tie for a pair (with
    strength `0 much`), the value of a rating, 0 or 1 of an approval, and the ranks of a
    ranking, `1 3 2`, where it has at most five options. `answer` is the key of what was given.
    """
    values = values_of(collection)
    made: list[tuple[int, Json]] = []
    for part in predicted:
        scale = _scale(part, found.evidence, values)
        for n, judgement in enumerate(part.judgement):
            number = found.feedback[judgement]
            event = collection.answers[number]
            query = collection.queries[event.query]
            names = _names(part, n, query, scale, found)
            chances = part.probability[n]
            made.append(
                (
                    number,
                    {
                        "place": collection.places.get(event.id, event.id),
                        "annotator": event.annotator,
                        "kind": query.kind,
                        "probabilities": dict(zip(names, chances.tolist(), strict=True)),
                        "given": given(query, event),
                        "answer": names[part.given[n]] if part.given[n] >= 0 else None,
                        "probability": float(part.observed[n]),
                        "log_probability": float(np.log(part.observed[n])),
                        **({} if scale is None else {"expected": float(chances @ scale)}),
                    },
                )
            )
    return [row for _, row in sorted(made, key=lambda pair: pair[0])]


def given(query: Query, event: Feedback) -> str:
    """An answer as the file spells it."""
    answer = event.answer or {}
    keys = [segment.key for segment in query.segments]
    if query.kind == "comparison":
        if answer["choice"] not in keys:
            return "tie"
        much = " much" if answer.get("strength") == "much" else ""
        return f"{keys.index(answer['choice'])}{much}"
    if query.kind == "ranking":
        rank: dict[str, int] = {}
        for group in answer["ranking"]:
            rank.update(dict.fromkeys(group, len(rank) + 1))
        return " ".join(str(rank[key]) for key in keys)
    return _number(answer.get("given", level_values(query.options)[answer["level"]]))


def _number(value: float) -> str:
    """As files spell it; with enough digits that no two levels are called alike."""
    return f"{value:.10g}"


def _names(
    part: Predicted, n: int, query: Query, scale: Doubles | None, found: Judged
) -> list[str]:
    """How the file spells each of the possible answers."""
    if scale is not None:
        return [_number(value) for value in scale]
    if query.kind == "comparison":
        kept = {2: ("1", "0"), 3: ("1", "tie", "0")}
        whole = ("1 much", "1", "tie", "0", "0 much")
        return list(kept.get(len(part.answers), whole))
    if query.kind == "ranking":
        row = {found.things[item].key: place for place, item in enumerate(part.items[n])}
        columns = [row[segment.key] for segment in query.segments]
        return [" ".join(str(ranks[c] + 1) for c in columns) for ranks in part.answers]
    return [_number(value) for value in level_values(query.options)]


def _scale(part: Predicted, evidence: Evidence, values: Values) -> Doubles | None:
    """What the levels of a block of ratings stand for; None where it has no ratings."""
    if part.items.shape[1] != 1:
        return None
    first = part.judgement[0]
    for block in evidence.grades:
        if first in block.judgement:
            found = values.get(evidence.scales[block.scale].name)
            return None if found is None else np.array(found, np.float64)
    return None
