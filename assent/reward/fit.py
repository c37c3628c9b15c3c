"""A reward learnt from answers: fit it, ask it, keep it and bring it back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from assent.diagnosis.crowd import diagnose
from assent.diagnosis.flags import described
from assent.errors import CheckpointError, RecordError
from assent.likelihood import annotators
from assent.likelihood.evidence import Doubles, Evidence, Scale
from assent.likelihood.people import People
from assent.options import RewardOptions
from assent.records import Json
from assent.reward import linear, measures, network
from assent.reward.described import Described
from assent.reward.head import Head
from assent.reward.learning import Lesson, Progress, Split, divide, learn, utilities_of
from assent.reward.sway import METRICS, Sway


@dataclass(frozen=True)
class FittedReward:
    """A reward that can be asked, who it was learnt from, and what it was measured at.

    mean: `[E]`, and spread: of a step's score over the trajectories that `standardise` saw.
    described: each annotator in plain values, with standard errors and flags.
    calibration: one row for each bin of equal mass: predicted, observed, count.
    """

    ensemble: Head
    people: People
    metrics: dict[str, float]
    warnings: tuple[str, ...] = ()
    calibration: list[dict[str, float]] = field(default_factory=list)
    curve: list[dict[str, float]] = field(default_factory=list)
    described: list[Json] = field(default_factory=list)
    mean: tuple[float, ...] = ()
    spread: float = 1.0

    @torch.no_grad()
    def score(self, features: Tensor, mask: Tensor) -> Tensor:
        """`[E, N, H]` reward of every step in standard deviations; 0 on padding."""
        scores = self.ensemble(features, mask)
        centre = scores.new_tensor(self.mean or [0.0] * len(scores))
        standard: Tensor = (scores - centre[:, None, None]) / self.spread * mask
        return standard

    @torch.no_grad()
    def samples(self, features: Tensor, mask: Tensor) -> Tensor:
        """`[E, N]` utilities of whole segments, in logits of a typical annotator."""
        return self.ensemble.utilities(features, mask)

    def standardise(self, features: Tensor, mask: Tensor) -> FittedReward:
        """The same reward in units of its own spread over these trajectories' steps.

        Each member is centred by itself, for a constant per step is no disagreement;
        all are divided by the spread of their mean, for the rest of it is.
        """
        if not bool(mask.any()):
            raise RecordError("no step to standardise the reward on; give valid trajectories")
        with torch.no_grad():
            rows = self.ensemble(features, mask)[:, mask].double()
        centre = rows.mean(1)
        spread = float((rows - centre[:, None]).mean(0).std(unbiased=False))
        # A reward that is the same everywhere stays so; dividing by 0 would make noise of it.
        return replace(self, mean=tuple(centre.tolist()), spread=spread if spread > 1e-8 else 1.0)

    def state(self) -> tuple[bytes, Json]:
        """Weights as safetensors, and everything else as JSON."""
        weights, details = self.ensemble.state()
        return weights, {
            **details,
            "mean": list(self.mean),
            "spread": self.spread,
            "annotators": _people_json(self.people),
            "metrics": self.metrics,
            "warnings": list(self.warnings),
            "calibration": self.calibration,
            "described": self.described,
        }

    @classmethod
    def load(cls, weights: bytes, details: Json) -> FittedReward:
        """The reward that `state` gave; CheckpointError when it is damaged."""
        linear_head = details.get("make") == linear.MAKE
        ensemble = (linear if linear_head else network).load(weights, details)
        try:
            return cls(
                ensemble,
                _people_of(details["annotators"]),
                dict(details["metrics"]),
                tuple(details["warnings"]),
                list(details["calibration"]),
                described=list(details["described"]),
                mean=tuple(float(m) for m in details["mean"]),
                spread=float(details["spread"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"reward checkpoint's details are damaged ({error!r}); run `assent reward` again"
            ) from None


def fit(
    behaviour: Described,
    evidence: Evidence,
    options: RewardOptions,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> FittedReward:
    """A head and people that explain the answers, judged on answers that they did not see.

    behaviour: the judged segments, at least one step of each valid. Its covariates are in the
    answers and out of the reward; the metrics have their effects.
    Raises RecordError without any answer, or with features that cannot be believed.
    """
    features, mask = behaviour.features, behaviour.mask
    _check(features, mask, evidence)
    sway = Sway(behaviour.covariates, evidence, len(mask))
    split = divide(evidence, options, rng)
    study = linear.learn if options.heads == "linear" else learn
    learnt = study(Lesson(features, mask, evidence, split, sway), options, rng, progress)
    opinions = learnt.opinions
    train, held_out = evidence.take(split.train), evidence.take(split.held_out)
    metrics, calibration = measures.held_out(held_out, opinions, learnt.judges)
    metrics |= {
        "reward/answers": float(evidence.count),
        "reward/epochs": float(len(learnt.curve)),
        "reward/spread": float(opinions[:, evidence.used()].std(0).mean()),
        **measures.agreement("reward/train_agreement", train, opinions),
        **measures.noise_ceiling(evidence),
    }
    if learnt.unseen is not None:
        metrics["reward/unseen_log_loss"] = learnt.unseen
    for name, effect, error in zip(sway.names, learnt.effects, learnt.errors, strict=True):
        metrics |= dict(zip(METRICS[name], (float(effect), float(error)), strict=True))
    mean = utilities_of(learnt.ensemble, features, mask).mean(0)
    seen = mean + sway.values @ learnt.effects
    return FittedReward(
        learnt.ensemble,
        learnt.people,
        metrics,
        tuple(_warnings(evidence, split, mean, metrics)),
        calibration,
        learnt.curve,
        _described(evidence, seen, learnt.people) if options.annotators else [],
    )


def _described(evidence: Evidence, seen: Doubles, people: People) -> list[Json]:
    """Everybody who answered; judgements come oldest first. seen: `[N]`, covariates included."""
    errors = annotators.uncertainty(evidence, seen, people)
    found = diagnose(evidence, seen, people, np.arange(evidence.count, dtype=np.float64))
    return described(people, errors, evidence.answers(), found)


def _check(features: Tensor, mask: Tensor, evidence: Evidence) -> None:
    if evidence.count == 0 or not float(evidence.weight.sum()) > 0:
        raise RecordError("no answer to learn a reward from; answer some questions first")
    if features.ndim != 3 or features.shape[:2] != mask.shape or len(mask) < evidence.items:
        raise RecordError(
            f"features {tuple(features.shape)} and mask {tuple(mask.shape)} do not fit "
            f"{evidence.items} items; expected [N, H, D] and [N, H]"
        )
    used = evidence.used()
    if not bool(torch.isfinite(features[mask]).all()):
        raise RecordError("a feature is NaN or infinite; leave out the broken steps by the mask")
    if not bool(mask[used].any(1).all()):
        raise RecordError("a judged segment has no valid step; its mask is False throughout")


def _warnings(
    evidence: Evidence, split: Split, mean: Doubles, metrics: dict[str, float]
) -> list[str]:
    found = []
    if not len(split.held_out):
        found.append(
            f"only {evidence.count} answers: none could be held out, so nothing says how good "
            "the reward is"
        )
    if evidence.annotators == 1:
        found.append("one annotator: nothing tells taste from truth")
    if measures.undecided(evidence):
        found.append("every answer is a tie or the same level: the reward is nearly flat")
    elif metrics.get("reward/agreement", 1.0) < 0.5:
        found.append("the reward predicts answers it has not seen no better than a coin")
    if float(mean[evidence.used()].std()) < 1e-3:
        found.append("the reward hardly differs between segments")
    return found


def _people_json(people: People) -> Json:
    return {
        "sensitivity": people.sensitivity.tolist(),
        "position": people.position.tolist(),
        "severity": people.severity.tolist(),
        "lapse": people.lapse.tolist(),
        "stretch": people.stretch.tolist(),
        "apart": [each.tolist() for each in people.apart],
        "thresholds": [t.tolist() for t in people.thresholds],
        "temperature": people.temperature.tolist(),
        "pace": people.pace.tolist(),
        "scales": [[s.name, s.segments, s.levels] for s in people.scales],
    }


def _people_of(details: Json) -> People:
    columns = ("sensitivity", "position", "severity", "lapse")
    read = {name: np.array(details[name], np.float64) for name in (*columns, "temperature", "pace")}
    count = len(read["sensitivity"])
    scales = tuple(Scale(str(n), int(s), int(levels)) for n, s, levels in details["scales"])
    people = People(
        **read,
        stretch=np.array(details["stretch"], np.float64).reshape(count, len(scales)),
        apart=tuple(np.array(each, np.float64).reshape(count, -1) for each in details["apart"]),
        thresholds=tuple(np.array(t, np.float64) for t in details["thresholds"]),
        scales=scales,
    )
    sizes = [len(t) + 1 for t in people.thresholds] == [s.levels for s in scales]
    if not sizes or any(len(read[name]) != count for name in columns):
        raise ValueError("people of different numbers")
    return people
