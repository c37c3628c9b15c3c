"""How far people agree, per kind of question, with the interval or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel

from assent.feedback import quality, tables
from assent.feedback.quality import Estimate
from assent.records import Grade, Judgement


class AgreementOut(BaseModel):
    """One statistic of one kind. why: the reason when there is no value."""

    kind: str
    statistic: str
    value: float | None
    low: float | None
    high: float | None
    items: int
    why: str


def of(judgements: Sequence[Judgement]) -> list[AgreementOut]:
    """Agreement on all answers in force, oldest first."""
    rows: list[AgreementOut] = []
    scales = sorted({j.target.scale for j in judgements if isinstance(j.target, Grade)})
    for scale in scales:
        table = tables.grades(judgements, scale)[1]
        alpha = quality.krippendorff_alpha(table, "ordinal", np.random.default_rng(0))
        raw = quality.raw_agreement(table, np.random.default_rng(0))
        rows += [
            _row(scale, "Krippendorff's alpha", alpha),
            _row(scale, "same answer", raw),
            *_repeats(judgements, scale),
        ]
    ranks = tables.orders(judgements)[1]
    if ranks.size:
        tau = quality.ranking_agreement(ranks, np.random.default_rng(0))
        rows.append(_row("ranking", "Kendall's tau", tau))
    return rows


def _repeats(judgements: Sequence[Judgement], scale: str) -> list[AgreementOut]:
    """How often people gave the same answer when asked again, where they were."""
    first, again = tables.repeats(judgements, scale)
    if not len(first):
        return []
    same = quality.self_consistency(first, again, np.random.default_rng(0))
    return [_row(scale, "same answer when asked again", same)]


def _row(kind: str, statistic: str, estimate: Estimate) -> AgreementOut:
    return AgreementOut(
        kind=kind,
        statistic=statistic,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        items=estimate.items,
        why=estimate.why,
    )
