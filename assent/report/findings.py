"""What a report is about: everything read from the store once, as plain values.

What is read, and who writes it (a missing name leaves its part of the page out):

- `imitate` and `improve` runs: details `curve`, a list of {name: number}, one per
  epoch or update; of it `imitate/loss_nats`, `imitate/held_out_nats`,
  `improve/reward` and `improve/kl_nats_per_sequence` are drawn.
- `reward` runs: metrics `reward/agreement` and `reward/held_out` (answers, from
  which the interval follows), `reward/noise_ceiling`, `reward/log_loss`,
  `reward/calibration_error`, `reward/spread`; details `people`: [{annotator, name,
  sensitivity, low, high, lapse, position, severity, answers, flag}], `calibration`:
  [{predicted, observed, count}], `warnings`: [text].
- `evaluate` runs: metrics `evaluate/true_return` and `evaluate/kl_nats` (each with
  `_low`, `_high`), `evaluate/predicted_return`; details `reward_vs_truth`:
  [[predicted, true]], `samples`: [{trajectory, true, predicted, scene}] from best to
  worst, where scene is the hash of a scene's blob.
- answers in force and what they say, for agreement.

Nothing here draws, and nothing is written.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assent import hearing
from assent.config import Config
from assent.errors import StoreError
from assent.feedback import quality, tables
from assent.feedback.quality import Estimate
from assent.records import Checkpoint, Grade, Json, Judgement, Order
from assent.report import intervals
from assent.report.intervals import Interval
from assent.store.runs import Run
from assent.store.store import Store

ENDS = ("low", "high")
_SEED = 0  # of the resamples, so that the same store gives the same page


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
    """How well people agree about one kind of thing.

    measure: Krippendorff's alpha or Kendall's tau-b; the share of equal answers of two
        people to one question; or of one person to a question asked again.
    """

    about: str
    measure: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a page says, before it is drawn."""

    config: Config
    runs: tuple[Run, ...]
    checkpoints: tuple[Checkpoint, ...]
    answers: Mapping[str, int]
    annotators: int
    agreements: tuple[Agreement, ...]
    samples: tuple[Sample, ...]

    def of(self, stage: str) -> tuple[Run, ...]:
        """The finished runs of a stage, by round; the last one where a round was repeated."""
        newest = {run.round: run for run in self.runs if run.stage == stage}
        return tuple(newest[number] for number in sorted(newest))


def measured(run: Run, name: str) -> Interval | None:
    """A metric with its interval; None when it was not measured.

    The interval stands beside the metric. Agreement comes with how many answers were
    held out instead: each counts as one trial, although a ranking decides more than once.
    """
    if name not in run.metrics:
        return None
    if name == "reward/agreement" and run.metrics.get("reward/held_out"):
        trials = run.metrics["reward/held_out"]
        return intervals.share(run.metrics[name] * trials, trials)
    return Interval.of(run.metrics[name], *(run.metrics.get(f"{name}_{end}") for end in ENDS))


def read(store: Store, config: Config) -> Findings:
    """Everything there is to report so far."""
    runs = tuple(store.runs.list())
    # An owner's verdict is given after the answers were seen: it tells nothing of agreement.
    judgements = [j for j in hearing.judgements(store) if j.annotator != hearing.ADJUDICATOR]
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
        found.append(Agreement(scale, f"alpha, {level}", alpha))
        same = quality.raw_agreement(table, rng)
        found.append(Agreement(scale, "equal answers", same))
        again = quality.self_consistency(*tables.repeats(judgements, scale), rng)
        if again.items:
            found.append(Agreement(scale, "same again", again))
    if any(isinstance(j.target, Order) for j in judgements):
        _, ranks = tables.orders(judgements)
        tau = quality.ranking_agreement(ranks, rng)
        found.append(Agreement("ranking", "tau-b", tau))
    return tuple(found)


def _samples(store: Store, runs: Sequence[Run]) -> tuple[Sample, ...]:
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
    """What people see of a sample, a video with its bytes; None when its blob is gone.

    A lost picture must not cost the reader the rest of the page.
    """
    try:
        scene: Json = store.blobs.get_json(sample["scene"])
        if scene["type"] == "video" and "hash" in scene:
            video = base64.b64encode(store.blobs.get(scene["hash"])).decode("ascii")
            return {**scene, "data": video}
    except (KeyError, StoreError):
        return None
    return scene
