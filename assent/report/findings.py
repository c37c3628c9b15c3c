"""What a report is about: everything read from the store once, as plain values.

What is read, and who writes it (a missing name leaves its part of the page out):

- `imitate` and `improve` runs: details `curve`, a list of {name: number}, one per
  epoch or update; of it `imitate/loss`, `imitate/held_out_loss`, `improve/reward`
  and `improve/kl_nats` are drawn.
- `reward` runs: metrics `reward/agreement` (with `_low`, `_high`), `reward/log_loss`,
  `reward/ece`, `reward/spread`; details `people`: [{annotator, name, sensitivity, low,
  high, lapse, position, severity, answers, flag}], `calibration`: [[predicted,
  observed, answers]], `warnings`: [text].
- `evaluate` runs: metrics `evaluate/true_return` and `evaluate/kl_nats` (each with
  `_low`, `_high`), `evaluate/predicted_return`; details `returns`: [number],
  `reward_vs_truth`: [[predicted, true]], `samples`: [{trajectory, true, predicted,
  scene}] from best to worst, where scene is the hash of a scene's blob.
- answers in force and what they say, for agreement.

Nothing here draws, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assent import desk
from assent.config import Config
from assent.errors import StoreError
from assent.feedback import quality, tables
from assent.feedback.quality import Estimate
from assent.records import Checkpoint, Grade, Json, Judgement, Order
from assent.report.intervals import Interval
from assent.store.store import Store

STAGES = ("imitate", "rollout", "ask", "reward", "improve", "evaluate")
_SEED = 0  # of the resamples, so that the same store gives the same page


@dataclass(frozen=True, slots=True)
class Finished:
    """One line of the journal: a stage that came to its end."""

    stage: str
    round: int
    started: float
    finished: float
    metrics: Mapping[str, float]
    details: Json

    def interval(self, name: str) -> Interval | None:
        """A metric with the interval that stands beside it; None when it was not measured."""
        if name not in self.metrics:
            return None
        low, high = self.metrics.get(f"{name}_low"), self.metrics.get(f"{name}_high")
        return Interval(self.metrics[name], low, high)


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece of behaviour worth looking at. scene: what people see of it, or None."""

    round: int
    rank: str
    true: float | None
    predicted: float | None
    scene: Json | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well people agree about one kind of thing."""

    about: str
    measure: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a page says, before it is drawn."""

    config: Config
    runs: tuple[Finished, ...]
    checkpoints: tuple[Checkpoint, ...]
    answers: Mapping[str, int]
    annotators: int
    agreements: tuple[Agreement, ...]
    samples: tuple[Sample, ...]

    def of(self, stage: str) -> tuple[Finished, ...]:
        """The finished runs of a stage, by round; the last one where a round was repeated."""
        newest = {run.round: run for run in self.runs if run.stage == stage}
        return tuple(newest[number] for number in sorted(newest))


def read(store: Store, config: Config) -> Findings:
    """Everything there is to report so far."""
    runs = tuple(
        Finished(run.stage, run.round, run.started, run.finished, run.metrics, run.details)
        for run in sorted(store.runs.list(), key=lambda run: run.finished)
    )
    judgements = desk.judgements(store)
    answers: dict[str, int] = {}
    for judgement in judgements:
        answers[judgement.kind] = answers.get(judgement.kind, 0) + 1
    checkpoints = [c for role in ("policy", "reward") for c in store.checkpoints.list(role)]
    return Findings(
        config=config,
        runs=runs,
        checkpoints=tuple(checkpoints),
        answers=dict(sorted(answers.items())),
        annotators=len({judgement.annotator for judgement in judgements}),
        agreements=agreements(judgements),
        samples=_samples(store, runs),
    )


def agreements(judgements: Sequence[Judgement]) -> tuple[Agreement, ...]:
    """How well people agree, for every scale and for rankings, as far as items were shared."""
    rng = np.random.default_rng(_SEED)
    found = []
    grades = {j.target.scale for j in judgements if isinstance(j.target, Grade)}
    for scale in sorted(grades):
        _, table = tables.grades(judgements, scale)
        level: quality.Level = "nominal" if scale == "approval" else "ordinal"
        alpha = quality.krippendorff_alpha(table, level, rng)
        found.append(Agreement(scale, f"Krippendorff's alpha, {level}", alpha))
        same = quality.raw_agreement(table, rng)
        found.append(Agreement(scale, "share of pairs of equal answers", same))
        again = quality.self_consistency(*tables.repeats(judgements, scale), rng)
        if again.items:
            found.append(Agreement(scale, "share of repeated questions answered as before", again))
    if any(isinstance(j.target, Order) for j in judgements):
        _, ranks = tables.orders(judgements)
        tau = quality.ranking_agreement(ranks, rng)
        found.append(Agreement("ranking", "Kendall's tau-b, mean over pairs of people", tau))
    return tuple(found)


def _samples(store: Store, runs: Sequence[Finished]) -> tuple[Sample, ...]:
    """What the first and the last evaluation kept to be looked at."""
    shown = {run.round: run for run in runs if run.stage == "evaluate"}
    ends = [shown[number] for number in sorted({min(shown), max(shown)})] if shown else []
    return tuple(
        Sample(run.round, rank, one.get("true"), one.get("predicted"), _scene(store, one))
        for run in ends
        for rank, one in _ranked(run.details.get("samples", []))
    )


def _ranked(samples: Sequence[Json]) -> list[tuple[str, Json]]:
    """Samples with the word for their place: they come from best to worst."""
    words = ["best", *["middle"] * (len(samples) - 2), "worst"] if len(samples) > 1 else ["only"]
    return list(zip(words, samples, strict=False))


def _scene(store: Store, sample: Json) -> Json | None:
    """What people see of a sample; None when its blob is gone, so that the rest can be read."""
    try:
        scene: Json = store.blobs.get_json(sample["scene"])
    except (KeyError, StoreError):
        return None
    return scene
