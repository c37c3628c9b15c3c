"""What the owner sees of the loop, read from the store: numbers with intervals, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from assent import desk, loop
from assent.interop import flat
from assent.store.counts import Counts
from assent.store.store import Store
from assent.web import cost, people, tallies
from assent.web.agreement import AgreementOut
from assent.web.cost import CostOut
from assent.web.disputes import DisputeOut, WindowOut
from assent.web.people import PersonOut
from assent.web.site import Site

_MOST_DISPUTED = 12
_STAGES = ("imitate", "rollout", "ask", "reward", "improve", "evaluate")


class StageOut(BaseModel):
    """One stage of the round and whether it is over."""

    word: str
    done: bool
    next: bool


class Interval(BaseModel):
    """A number with its 95 % interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


class RoundOut(BaseModel):
    """What one round reached; None where it was not measured."""

    round: int
    true_return: Interval | None
    kl_nats: Interval | None
    held_out_agreement: float | None
    held_out_answers: float | None
    calibration_error: float | None
    answers: int


class SampleOut(BaseModel):
    """One piece of behaviour to look at."""

    scene: str
    true: float | None
    predicted: float | None


class Overview(BaseModel):
    """The state of a project.

    counted_at: the last event that agreement, cost and what follows from answers know of;
    with many answers they are counted beside the page and may be a minute old.
    missing: answers without which the loop does not go on. decided: those of the disputed
    questions about which the owner gave a verdict. parquet: whether tables come as such, too.
    """

    project: str
    world: str
    round: int
    rounds: int
    next: str
    why: str
    missing: int
    stages: list[StageOut]
    questions: int
    slots: int
    answered: int
    leased: int
    answers: int
    warnings: list[str]
    by_round: list[RoundOut]
    agreement: list[AgreementOut]
    counted_at: int
    cost: CostOut
    over_time: list[WindowOut]
    disputed: list[DisputeOut]
    decided: list[str]
    people: list[PersonOut]
    before: list[SampleOut]
    after: list[SampleOut]
    after_round: int
    parquet: bool
    version: str


def of(site: Site, now: float) -> Overview:
    """Everything on the owner's page."""
    store = site.store
    counts = store.counts()
    # A round that was begun is under way, also beyond the number of rounds in the settings.
    step = loop.next_stage(counts, site.config, endless=counts.rollout)
    event = store.answers.last_event()
    counted = tallies.of(store).counted()
    rewards = [run for run in store.runs.list("reward")]
    evaluations = [run for run in store.runs.list("evaluate")]
    last = evaluations[-1] if evaluations else None
    finished = len(store.runs.list())
    everybody = people.of(store, counted.golds)
    return Overview(
        project=site.name,
        world=site.config.environment.world,
        round=min(counts.round, site.config.project.rounds),
        rounds=site.config.project.rounds,
        next=step.word,
        why=step.why,
        missing=max(0, loop.wanted(counts, site.config) - counts.answered),
        stages=_stages(counts, step.word),
        questions=counts.questions,
        slots=counts.slots,
        answered=counts.answered,
        leased=counts.leased,
        answers=counts.answers,
        warnings=[
            str(text) for text in (rewards[-1].details.get("warnings", []) if rewards else [])
        ],
        by_round=_rounds(store, counted.by_round),
        agreement=list(counted.agreement),
        counted_at=counted.event,
        cost=cost.of(counted.work, site.config.serve.pay_per_hour, everybody),
        over_time=list(counted.over_time),
        disputed=list(counted.disputed[:_MOST_DISPUTED]),
        decided=_decided(store, [each.query for each in counted.disputed[:_MOST_DISPUTED]]),
        people=everybody,
        before=_samples(evaluations[0].details) if evaluations else [],
        after=_samples(last.details) if last is not None and last.round > 0 else [],
        after_round=last.round if last is not None else 0,
        parquet=flat.parquet_is_there(),
        version=f"{event}-{finished}",
    )


def _decided(store: Store, queries: list[str]) -> list[str]:
    """Those of some questions about which the owner gave a verdict."""
    return [each for each in queries if store.answers.standing(each, desk.ADJUDICATOR)]


def _stages(counts: Counts, next_word: str) -> list[StageOut]:
    done = {
        "imitate": counts.imitated,
        "rollout": counts.rollout,
        "ask": counts.ask,
        "reward": counts.reward,
        "improve": counts.improve,
        "evaluate": counts.evaluate,
    }
    if next_word == "done":
        done = dict.fromkeys(done, True)
    steps = [StageOut(word=w, done=done[w], next=w == next_word) for w in _STAGES]
    waiting = StageOut(word="answers", done=done["reward"], next=next_word == "wait")
    return [*steps[:3], waiting, *steps[3:]]


def _rounds(store: Store, answers: Mapping[int, int]) -> list[RoundOut]:
    """One line per round that was measured, the baseline first."""
    rows: dict[int, dict[str, float]] = {}
    for run in store.runs.list():
        rows.setdefault(run.round, {}).update(run.metrics)
    return [
        RoundOut(
            round=number,
            true_return=_interval(metrics, "evaluate/true_return"),
            kl_nats=_interval(metrics, "evaluate/kl_nats"),
            held_out_agreement=metrics.get("reward/agreement"),
            held_out_answers=metrics.get("reward/held_out"),
            calibration_error=metrics.get("reward/calibration_error"),
            answers=answers.get(number, 0),
        )
        for number, metrics in sorted(rows.items())
    ]


def _interval(metrics: Mapping[str, float], name: str) -> Interval | None:
    if name not in metrics:
        return None
    return Interval(
        value=metrics[name], low=metrics.get(f"{name}_low"), high=metrics.get(f"{name}_high")
    )


def _samples(details: Mapping[str, Any]) -> list[SampleOut]:
    """Samples that the evaluation kept, best to worst."""
    return [
        SampleOut(
            scene=str(sample["scene"]), true=sample.get("true"), predicted=sample.get("predicted")
        )
        for sample in details.get("samples", [])
    ]
