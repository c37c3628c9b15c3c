"""Findings made by hand, for the tests of the report."""

from __future__ import annotations

import base64

import numpy as np

from assent import config as settings
from assent.feedback.quality import Estimate
from assent.records import Checkpoint, Json
from assent.report.findings import Agreement, Findings, Sample
from assent.store.runs import Run

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def clip(steps: int = 30) -> Json:
    """A rod that turns around the origin once, seen from the side."""
    angles = np.linspace(0, 2 * np.pi, steps + 1)
    frames = np.zeros((steps + 1, 2, 7), dtype="<f4")
    frames[:, 0, 0], frames[:, 0, 2] = 0.5 * np.sin(angles), 0.5 * np.cos(angles)
    frames[:, 0, 3], frames[:, 0, 5] = np.cos(angles / 2), np.sin(angles / 2)
    frames[:, 1, 3] = 1.0
    return {
        "type": "clip",
        "fps": 20.0,
        "shapes": [
            {"shape": "capsule", "size": [0.08, 0.5], "color": 0},
            {"shape": "sphere", "size": [0.06], "color": 1},
        ],
        "frames": base64.b64encode(frames.tobytes()).decode("ascii"),
        "view": {
            "plane": "xz",
            "track": None,
            "centre": [0, 0, 0],
            "extent": [2.6, 2.6],
            "ground": None,
        },
    }


def text(reply: str) -> Json:
    """A prompt and its reply."""
    return {"type": "text", "prompt": "Where is order 7?", "reply": reply}


def findings(name: str = "made-up", said: str = "It is on its way.") -> Findings:
    """Two rounds of a small control project; `said` stands wherever a stranger's words may."""
    tree = {
        "project": {"name": name},
        "environment": {"world": "control", "id": "Pendulum-v1"},
    }
    runs = [_evaluate(0, -1200.0, None), _imitate()]
    for number in (1, 2):
        runs += [_reward(number, said), _improve(number), _evaluate(number, -400.0 / number, 4.0)]
    checkpoint = Checkpoint("c1", "policy", 0, "ab" * 32, {}, {}, None)
    return Findings(
        config=settings.parse(tree),
        runs=tuple(runs),
        checkpoints=(checkpoint,),
        answers={"comparison": 120, "rating": 30},
        annotators=3,
        agreements=(
            Agreement("comparison", "alpha, ordinal", Estimate(0.61, 0.5, 0.7, 40)),
            Agreement("rating", "alpha, ordinal", Estimate(None, None, None, 0, said)),
        ),
        samples=(
            Sample(0, "best", -900.0, None, clip()),
            Sample(2, "best", -150.0, 3.2, clip()),
            Sample(2, "worst", -320.0, -1.4, text(said)),
            Sample(2, said, None, None, None),
        ),
    )


def _imitate() -> Run:
    curve = [{"imitate/loss_nats": 2.0 / (epoch + 1)} for epoch in range(4)]
    return Run("imitate", 0, 0.0, 4.0, {"imitate/loss_nats": 0.5}, {"curve": curve})


def _reward(number: int, said: str) -> Run:
    people = [
        {"annotator": "a", "name": "first", "sensitivity": 1.2, "low": 0.9, "high": 1.5}
        | {"lapse": 0.02, "position": 0.1, "severity": 0.0, "answers": 60, "flag": ""},
        {"annotator": "b", "name": said, "sensitivity": -0.7, "low": -1.0, "high": -0.4}
        | {"lapse": 0.05, "position": 0.0, "severity": 0.3, "answers": 50, "flag": said},
    ]
    metrics = {
        "reward/agreement": 0.7 + 0.05 * number,
        "reward/held_out": 20.0,
        "reward/noise_ceiling": 0.9,
        "reward/log_loss": 0.55,
        "reward/calibration_error": 0.04,
        "reward/spread": 0.3,
    }
    bins = [(0.1, 0.15, 12.0), (0.5, 0.45, 20.0), (0.9, 0.85, 16.0)]
    calibration = [dict(zip(("predicted", "observed", "count"), row, strict=True)) for row in bins]
    details: Json = {"people": people, "calibration": calibration, "warnings": [said]}
    return Run("reward", number, 10.0, 12.0, metrics, details)


def _improve(number: int) -> Run:
    curve = [
        {"improve/reward": number + update / 10, "improve/kl_nats_per_sequence": update / 20}
        for update in range(40)
    ]
    return Run("improve", number, 12.0, 60.0, {"improve/reward": 5.0}, {"curve": curve})


def _evaluate(number: int, mean: float, kl: float | None) -> Run:
    rng = np.random.default_rng(number)
    true = mean + 60 * rng.standard_normal(24)
    pairs = [[float(t / 100 + rng.standard_normal()), float(t)] for t in true]
    metrics = {
        "evaluate/true_return": mean,
        "evaluate/true_return_low": mean - 40,
        "evaluate/true_return_high": mean + 40,
    }
    if kl is not None:
        metrics |= {
            "evaluate/kl_nats": kl,
            "evaluate/kl_nats_low": 3.0,
            "evaluate/kl_nats_high": 5.0,
        }
    details: Json = {
        "returns": [float(t) for t in true],
        "reward_vs_truth": pairs if number else [],
    }
    return Run("evaluate", number, 60.0, 70.0, metrics, details)
