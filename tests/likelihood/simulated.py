"""Answers of the simulated people that ship, and what a fit says of those people."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from assent.diagnosis.crowd import Diagnosis, diagnose
from assent.diagnosis.flags import described
from assent.feedback.simulated import SimulatedAnnotator, crowd, draw_level, perceived
from assent.likelihood.evidence import Doubles, Evidence, compile
from assent.likelihood.items import fit_items
from assent.records import Grade, Json, Judgement
from tests.likelihood.crowd import segment

ITEMS, FEATURES = 60, 4


@dataclass(frozen=True)
class Study:
    """kind: comparison or rating. again: one of how many answers is to an earlier question,
    which is then shown the other way round; 0: none. taste: length of minority tastes."""

    crowd: str
    kind: str
    answers: int = 400
    again: int = 5
    taste: float = 2.0


def told(study: Study, seed: int) -> tuple[list[str], list[Json], Diagnosis]:
    """Everybody's preset, and what is said of them."""
    rng = np.random.default_rng(seed)
    members = crowd(study.crowd, rng, FEATURES)
    members = [replace(m, taste=tuple(study.taste * t for t in m.taste)) for m in members]
    truth, features = rng.normal(size=ITEMS), rng.normal(size=(ITEMS, FEATURES))
    judgements = []
    for member in members:
        judgements += _answers(member, perceived(member, truth, features), study, rng)
    evidence = _compiled(judgements, [m.name for m in members])
    fit = fit_items(evidence)
    found = diagnose(evidence, fit.utilities, fit.people)
    rows = described(fit.people, fit.people_errors, evidence.answers(), found)
    return [m.name.rsplit("-", 1)[0] for m in members], rows, found


def _answers(
    member: SimulatedAnnotator, worth: Doubles, study: Study, rng: np.random.Generator
) -> list[Judgement]:
    asked: list[list[int]] = []
    made = []
    size = 2 if study.kind == "comparison" else 1
    for number in range(study.answers):
        now = member.at(number)
        if study.again and asked and number % study.again == 0:
            items = asked[int(rng.integers(len(asked)))][::-1]
        else:
            items = rng.choice(ITEMS, size, replace=False).tolist()
            asked.append(items)
        if size == 2:
            logit = now.sensitivity * (worth[items[0]] - worth[items[1]]) + now.position
            level = draw_level(logit, now.comparison_thresholds(), now.lapse, rng)
        else:
            logit = now.sensitivity * worth[items[0]] - now.severity
            level = draw_level(logit, now.rating_thresholds(5), now.lapse, rng)
        target = Grade(tuple(segment(i) for i in items), level, 5, study.kind)
        made.append(Judgement(target, member.name, tuple(range(size)), study.kind, "f"))
    return made


def _compiled(judgements: list[Judgement], names: list[str]) -> Evidence:
    rows = {segment(i).key: i for i in range(ITEMS)}
    return compile(judgements, rows, {name: k for k, name in enumerate(names)})
