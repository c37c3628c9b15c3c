"""What one more person of the crowd would answer about each item: the consensus in plain units.

A posterior mean in logits orders items; whoever compares a crowd with the truth wants the
answer itself: the probability that somebody new approves, the rating that somebody
new would give. Posterior draws of items and of a new annotator are averaged, as in
`assent.reward.prediction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assent.answers.fit import Fitted
from assent.interop.collection import ANONYMOUS, level_values
from assent.records import Grade, Json, Judgement, Segment
from assent.reward.evidence import Doubles, Evidence, Integers, Scale, compile
from assent.reward.prediction import predict_items

KINDS = ("rating", "approval")


def expected(
    fitted: Fitted, scales: Sequence[tuple[str, Json]], rng: np.random.Generator
) -> list[dict[str, float]]:
    """For each thing of the fit, from a scale's name to the answer expected on it.

    scales: kinds of question with their options, as `collection.scales_of` gives them. Of an
    approval the probability that it is given, of a rating its mean in the file's units.
    Where nobody has a name, the crowd without names answers.
    """
    found: list[dict[str, float]] = [{} for _ in fitted.things]
    dimensions = np.array([thing.dimension or "" for thing in fitted.things])
    for kind, options in scales:
        values = level_values(options) if kind == "rating" else [0.0, 1.0]
        scale = Scale(str(options.get("scale", kind)), 1, len(values))
        if kind not in KINDS or scale not in fitted.fit.people.scales:
            continue
        rows = np.flatnonzero(dimensions == (options.get("dimension") or ""))
        for row, value in zip(rows, _means(fitted, scale, rows, values, rng), strict=True):
            found[row][scale.name] = float(value)
    return found


def _means(
    fitted: Fitted,
    scale: Scale,
    rows: Integers,
    values: Sequence[float],
    rng: np.random.Generator,
) -> Doubles:
    """`[n]` mean answer on the scale about the things of these rows."""
    (predicted,) = predict_items(fitted.fit, _asked(fitted, scale, rows), rng)
    mean: Doubles = predicted.probability @ np.array(values)
    return mean


def _asked(fitted: Fitted, scale: Scale, rows: Integers) -> Evidence:
    """Somebody new grades each of these things; which level it says does not matter."""
    grade = Grade((Segment("thing", 0, 1),), 0, scale.levels, scale.name)
    one = compile(
        [Judgement(grade, "", (), "rating", "expected")],
        {"thing:0:1": 0},
        {"": 0},
        known=fitted.fit.people.scales,
    )
    (block,) = one.grades
    count = len(rows)
    nameless = fitted.annotators == (ANONYMOUS,)
    who = 0 if nameless else len(fitted.annotators)
    block = replace(
        block,
        items=rows[:, None],
        side=np.zeros(count),
        level=np.zeros(count, np.int64),
        annotator=np.full(count, who),
        judgement=np.arange(count),
    )
    return replace(
        one,
        grades=(block,),
        weight=np.ones(count),
        question=np.arange(count),
        items=len(fitted.things),
        annotators=who + 1,
    )
