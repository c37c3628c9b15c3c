"""Where a project stands, as plain values: for the terminal, for programs, for the page."""

from __future__ import annotations

from dataclasses import asdict

from assent import loop
from assent.project import Project
from assent.records import Json
from assent.store.store import Store

Rows = list[tuple[str, ...]]
ROUND_FIGURES = (
    ("reward/agreement", "agreement"),
    ("reward/calibration_error", "calibration error"),
    ("improve/reward", "learnt reward"),
    ("evaluate/true_return", "true return"),
    ("evaluate/true_return_low", "low"),
    ("evaluate/true_return_high", "high"),
    ("evaluate/kl_nats", "KL, nats"),
)


def of(project: Project) -> Json:
    """Counts, the next step and why, and each round's figures."""
    counts = project.store.counts()
    step = loop.next_stage(counts, project.config)
    by_round: dict[int, Json] = {}
    for run in project.store.runs.list():
        by_round.setdefault(run.round, {}).update(run.metrics)
    return {
        "project": project.config.project.name,
        "world": project.config.environment.world,
        "next": {"stage": step.word, "round": step.round, "why": step.why},
        "counts": asdict(counts),
        "rounds": [{"round": number, **by_round[number]} for number in sorted(by_round)],
    }


def rows(state: Json) -> Rows:
    """The state's counts and next step, a row each."""
    counts, step = state["counts"], state["next"]
    outside = counts["outside"]
    told = f"{outside['answered']} of {outside['slots']}"
    elsewhere = [("answers to questions from elsewhere", told)] if outside["slots"] else []
    return [
        ("next", f"{step['stage']} (round {step['round']})"),
        ("because", step["why"]),
        ("questions this round", str(counts["questions"])),
        ("answers this round", f"{counts['answered']} of {counts['slots']}"),
        *elsewhere,
        ("answers in all", str(counts["answers"])),
    ]


def rounds(state: Json) -> tuple[tuple[str, ...], Rows]:
    """Each round's figures as a heading and rows; columns without any figure are left out."""
    names = [pair for pair in ROUND_FIGURES if any(pair[0] in each for each in state["rounds"])]
    table = [
        (str(each["round"]), *(_figure(each.get(name)) for name, _ in names))
        for each in state["rounds"]
    ]
    return ("round", *(title for _, title in names)), table


def people(store: Store) -> list[Json]:
    """Annotators with their answers, and how far the newest reward believes each."""
    fitted = store.checkpoints.latest("reward")
    beliefs = {each["annotator"]: each for each in (fitted.details["people"] if fitted else [])}
    answers = store.answers.counts()
    decided = store.decisions.in_force("believe")
    return [
        {
            "annotator": person.id,
            "name": person.name,
            "species": person.species,
            "answers": answers.get(person.id, 0),
            "active": person.active,
            "weight": decided[person.id].value if person.id in decided else 1.0,
            "weight_reason": decided[person.id].reason if person.id in decided else "",
            **{k: v for k, v in beliefs.get(person.id, {}).items() if k not in ("name", "answers")},
        }
        for person in store.people.list()
    ]


def agreement(store: Store) -> list[Json]:
    """How far people agree, as the newest reward of a project of answers was told."""
    fitted = store.checkpoints.latest("reward")
    return list(fitted.details.get("agreement", [])) if fitted else []


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
