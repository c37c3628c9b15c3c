"""What the crowd says about each item, in plain units in place of logits.

`expected` is what somebody new would answer, who is like those of the crowd in so far as they
are sensitive (`likelihood/draws.py`). `consensus` counts each draw of somebody new by its
sensitivity once more, and leaves lapses little weight: by the information that such an answer
has about the item (of a logistic answer near even: sensitivity squared).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assent.answers.fit import Fitted
from assent.interop.collection import ANONYMOUS, level_values
from assent.likelihood.draws import draw_numbers, draw_people, enough
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, Integers, Scale, compile
from assent.likelihood.prediction import predict
from assent.likelihood.scales import titles
from assent.records import Grade, Json, Judgement, Segment

KINDS = ("rating", "approval")


@dataclass(frozen=True, slots=True)
class Said:
    """Of one thing, from a scale's name to a mean answer.

    Of an approval the probability that it is given, of a rating its mean in the file's units.
    """

    expected: dict[str, float]
    consensus: dict[str, float]


UNSAID = Said({}, {})  # of a thing that nobody judged


def said(
    fitted: Fitted, scales: Sequence[tuple[str, Json]], rng: np.random.Generator
) -> list[Said]:
    """What is said of each thing of the fit, on every scale of its dimension.

    scales: kinds of question with their options, as `collection.scales_of` gives them.
    Where nobody has a name, the crowd without names answers.
    """
    found = [Said({}, {}) for _ in fitted.things]
    dimensions = np.array([thing.dimension or "" for thing in fitted.things])
    used = fitted.fit.people.scales
    for kind, options in scales:
        if kind not in KINDS:
            continue
        values = level_values(options) if kind == "rating" else [0.0, 1.0]
        scale = Scale(str(options.get("scale", kind)), 1, len(values))
        rows = np.flatnonzero(dimensions == (options.get("dimension") or ""))
        if scale not in used or not len(rows):
            continue
        title = titles(used)[used.index(scale)]
        means = _means(fitted, _asked(fitted, scale, rows), np.array(values), rng)
        for row, new, believed in zip(rows, *means, strict=True):
            found[row].expected[title] = float(new)
            found[row].consensus[title] = float(believed)
    return found


def _means(
    fitted: Fitted, evidence: Evidence, values: Doubles, rng: np.random.Generator
) -> tuple[Doubles, Doubles]:
    """`[n]` mean answers of somebody new, and of those who can be believed."""
    fit = fitted.fit
    mapping = Mapping(fit.effects, evidence, len(fit.utilities), len(fit.utilities))
    draws = enough(mapping.size + evidence.count)
    utilities = [mapping.pull(row) for row in draw_numbers(fit, mapping, rng, draws)]
    people = draw_people(fit, evidence, rng, draws)
    answers = np.stack(
        [
            predict(mapping.evidence, seen[None], [who])[0].probability @ values
            for seen, who in zip(utilities, people, strict=True)
        ]
    )
    looks = np.array([(1 - p.lapse[-1]) * max(p.sensitivity[-1], 0.0) for p in people])
    trust = looks + 1e-12  # where nobody can be believed, all count alike
    return answers.mean(0), trust @ answers / trust.sum()


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
