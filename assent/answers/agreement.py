"""How far the people of a project of answers agree, for each kind of answer and dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from assent.answers.judged import Judged
from assent.feedback import quality
from assent.feedback.quality import Estimate
from assent.interop.collection import ANONYMOUS
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock
from assent.likelihood.scales import titles
from assent.records import Json


@dataclass(frozen=True, slots=True)
class Agreed:
    """One statistic of one kind of answer. about: its scale, or `ranking` of a dimension."""

    about: str
    statistic: str
    estimate: Estimate

    def json(self) -> Json:
        """As plain values."""
        return {"about": self.about, "statistic": self.statistic, **asdict(self.estimate)}


def agreements(found: Judged, seed: int = 0) -> list[Agreed]:
    """Everything that can be said of agreement, with 95 % intervals by resampling items.

    Each annotator's first answer to each question counts; those without a name count each.
    """
    rows: list[Agreed] = []
    evidence = found.evidence
    stranger = found.annotators.index(ANONYMOUS) if ANONYMOUS in found.annotators else -1
    for block in evidence.grades:
        rows += _of_grades(block, evidence, stranger, seed)
    orders: dict[str, list[tuple[OrderBlock, Integers]]] = {}
    for order in evidence.orders:
        about = np.array([found.things[i].dimension or "" for i in order.items[:, 0]])
        for dimension in np.unique(about):
            rankings = orders.setdefault(f"ranking of {dimension}" if dimension else "ranking", [])
            rankings.append((order, np.flatnonzero(about == dimension)))
    for name, parts in sorted(orders.items()):
        items, ranks = _rankings(parts, evidence, stranger)
        estimate = quality.tau(items, ranks, np.random.default_rng(seed))
        rows.append(Agreed(name, "Kendall's tau-b", estimate))
    return rows


def _of_grades(block: GradeBlock, evidence: Evidence, stranger: int, seed: int) -> list[Agreed]:
    """Statistics of one scale; a pair shown the other way round is the same question, turned."""
    scale = evidence.scales[block.scale]
    turned = block.items[:, 0] > block.items[:, -1]
    level = np.where(turned, scale.levels - 1 - block.level, block.level)
    question = evidence.question[block.judgement]
    first = _first(block.annotator, question, block.judgement, stranger)
    told = quality.tally_rows(question[first], level[first].astype(np.float64))
    statistics: Mapping[str, Estimate] = {
        "same answer": quality.equal(told, np.random.default_rng(seed)),
        "Fleiss' kappa": quality.kappa(told, np.random.default_rng(seed)),
    }
    levels: tuple[quality.Level, ...] = ("nominal", "ordinal", "interval")
    # Between two levels all three are the same; of five steps between two items, the last two.
    count = 1 if scale.levels == 2 else 4 - scale.segments
    for measure in levels[:count]:
        estimate = quality.alpha(told, measure, np.random.default_rng(seed))
        statistics = {**statistics, f"alpha, {measure}": estimate}
    title = titles(evidence.scales)[block.scale]
    return [Agreed(title, name, estimate) for name, estimate in statistics.items()]


def _rankings(
    parts: list[tuple[OrderBlock, Integers]], evidence: Evidence, stranger: int
) -> tuple[Integers, Doubles]:
    """The question of each ranking, and `[n, K]` ranks of its options in the order of their rows.

    What was not compared is tied: silence on which of the last is better agrees with nobody.
    """
    most = max(order.items.shape[1] for order, _ in parts)
    questions, everyone = [], []
    who, when = [], []
    for order, rows in parts:
        sorted_options = np.argsort(order.items[rows], axis=1)
        ranks = np.full((len(rows), most), np.nan)
        ranks[:, : order.items.shape[1]] = order.group[sorted_options]
        everyone.append(ranks)
        questions.append(evidence.question[order.judgement[rows]])
        who.append(order.annotator[rows])
        when.append(order.judgement[rows])
    question = np.concatenate(questions)
    first = _first(np.concatenate(who), question, np.concatenate(when), stranger)
    return question[first], np.concatenate(everyone)[first]


def _first(who: Integers, question: Integers, when: Integers, stranger: int) -> Integers:
    """The rows of each annotator's first answer to each question."""
    order = np.lexsort((when, question, who))
    again = np.zeros(len(order), bool)
    again[1:] = (who[order][1:] == who[order][:-1]) & (question[order][1:] == question[order][:-1])
    kept: Integers = order[~again | (who[order] == stranger)]
    return kept
