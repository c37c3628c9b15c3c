"""What the owner sees of the loop, read from the store: numbers with intervals, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from assent import hearing, loop
from assent.config import AnswersConfig
from assent.interop import flat
from assent.loop import Step
from assent.store.counts import Counts
from assent.store.runs import Run
from assent.store.store import Store
from assent.web import excerpts
from assent.web.excerpts import ExcerptOut
from assent.web.owner import cost, people, tallies
from assent.web.owner.agreement import AgreementOut
from assent.web.owner.cost import CostOut
from assent.web.owner.disputes import DisputeOut, WindowOut
from assent.web.owner.people import PersonOut
from assent.web.site import Site

_MOST_DISPUTED = 12
_LEAST_TIMED = 20  # answers, before it is said how long the others will take
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


class WorthOut(BaseModel):
    """What an item is worth: mean and standard deviation in logits of a typical person.

    text: how it begins. dimension: empty where there is one only.
    """

    name: str
    dimension: str
    text: str
    mean: float
    sd: float
    answers: int


class AskedOut(BaseModel):
    """Questions, the answers that they want, how many of these were given, or are worked on."""

    questions: int
    slots: int
    answered: int
    leased: int


class LeftOut(BaseModel):
    """Answers that are still wanted; what they will take, by what answers took until now.

    None: not enough of them were timed, or there is no price.
    """

    answers: int
    hours: float | None
    money: float | None


class Overview(BaseModel):
    """The state of a project.

    counted_at: the last event that agreement, cost and what follows from answers know of;
    with many answers they are counted beside the page and may be a minute old.
    excerpts: of what the disputed questions showed. worth: of the best and the worst items, in
        a project of items and answers.
    missing: answers without which the loop does not go on. outside: what came from elsewhere,
    of no round; labelling: nothing else was ever asked, and no stage was begun. decided: those
    of the disputed questions about which the owner gave a verdict. parquet: whether tables come
    as such, too.
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
    outside: AskedOut
    labelling: bool
    left: LeftOut
    warnings: list[str]
    by_round: list[RoundOut]
    agreement: list[AgreementOut]
    counted_at: int
    cost: CostOut
    over_time: list[WindowOut]
    disputed: list[DisputeOut]
    decided: list[str]
    excerpts: dict[str, ExcerptOut]
    people: list[PersonOut]
    worth: list[WorthOut]
    before: list[SampleOut]
    after: list[SampleOut]
    after_round: int
    parquet: bool
    version: str


def of(site: Site, now: float) -> Overview:
    """Everything on the owner's page."""
    store, serve = site.store, site.config.serve
    counts = store.counts()
    step, rounds, stages = _standing(site, counts)
    event = store.answers.last_event()
    counted = tallies.of(store).counted()
    rewards, evaluations = store.runs.list("reward"), store.runs.list("evaluate")
    last = evaluations[-1] if evaluations else None
    finished = len(store.runs.list())
    everybody = people.of(store, counted.golds)
    disputed = list(counted.disputed[:_MOST_DISPUTED])
    costs = cost.of(counted.work, serve.pay_per_hour, everybody, serve.currency)
    return Overview(
        project=site.name,
        world=site.config.environment.world,
        round=min(counts.round, rounds),
        rounds=rounds,
        next=step.word,
        why=step.why,
        missing=max(0, loop.wanted(counts, site.config) - counts.answered),
        stages=stages,
        questions=counts.questions,
        slots=counts.slots,
        answered=counts.answered,
        leased=counts.leased,
        answers=counts.answers,
        outside=AskedOut(**asdict(counts.outside)),
        labelling=counts.outside.slots > 0 and not (finished or counts.slots),
        left=_left(counts, costs),
        warnings=[str(text) for text in _newest(rewards, "warnings")],
        by_round=_rounds(store, counted.by_round),
        agreement=list(counted.agreement),
        counted_at=counted.event,
        cost=costs,
        over_time=list(counted.over_time),
        disputed=disputed,
        decided=_decided(store, [each.query for each in disputed]),
        excerpts=excerpts.of(site, store.questions.many(d.query for d in disputed).values()),
        people=everybody,
        worth=[WorthOut.model_validate(each) for each in _newest(rewards, "worth")],
        before=_samples(evaluations[0].details) if evaluations else [],
        after=_samples(last.details) if last is not None and last.round > 0 else [],
        after_round=last.round if last is not None else 0,
        parquet=flat.parquet_is_there(),
        version=f"{event}-{finished}",
    )


def _newest(runs: Sequence[Run], name: str) -> list[Any]:
    """A list that the newest of some runs left; empty where there is none."""
    return list(runs[-1].details.get(name, ())) if runs else []


def _left(counts: Counts, costs: CostOut) -> LeftOut:
    """What is still wanted of people, of the round and of questions from elsewhere."""
    asked = (counts, counts.outside)
    answers = sum(each.slots - each.answered for each in asked)
    timed = costs.answers >= _LEAST_TIMED
    hours = costs.mean_seconds * answers / 3600 if timed and costs.mean_seconds else None
    money = costs.per_answer * answers if timed and costs.per_answer is not None else None
    return LeftOut(answers=answers, hours=hours, money=money)


def _decided(store: Store, queries: list[str]) -> list[str]:
    """Those of some questions about which the owner gave a verdict."""
    return [each for each in queries if store.answers.standing(each, hearing.ADJUDICATOR)]


def _standing(site: Site, counts: Counts) -> tuple[Step, int, list[StageOut]]:
    """What comes next, how many rounds there are, and which stages of this one are over.

    Without a policy there is one round, and it does not end.
    """
    config = site.config
    if isinstance(config, AnswersConfig):
        step = loop.next_question(counts, config, hearing.unlearnt(site.store))
        return step, 1, _asking(counts, step.word)
    # A round that was begun is under way, also beyond the number of rounds in the settings.
    step = loop.next_stage(counts, config, endless=counts.rollout)
    return step, config.project.rounds, _stages(counts, step.word)


def _asking(counts: Counts, next_word: str) -> list[StageOut]:
    done = {"ask": counts.slots > 0, "answers": counts.answered > 0, "reward": counts.reward}
    next_name = "answers" if next_word == "wait" else next_word
    return [
        StageOut(word=word, done=over and word != next_name, next=word == next_name)
        for word, over in done.items()
    ]


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
            held_out_agreement=metrics.get("reward/agreement", metrics.get("reward/accuracy")),
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
