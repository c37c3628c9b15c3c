"""What a policy and its people are measured at: numbers with intervals, and samples to show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assent.records import Annotator, Json, Trajectory

SAMPLES = 3  # best, middle and worst
_LIKELY = 0.8  # from here on a dissenter is told of; there is nothing to be done but to ask
_CERTAIN = 0.995


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean and 95 % interval of the mean (normal approximation); one value has no interval."""
    mean = float(values.mean())
    if len(values) < 2:
        return mean, mean, mean
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
    return mean, mean - half, mean + half


def outcome(
    acted: Sequence[Trajectory],
    predicted: npt.NDArray[np.float32] | None,
    reference: npt.NDArray[np.float32] | None,
) -> tuple[dict[str, float], Json]:
    """Metrics and details of an evaluation.

    predicted: `[B]` the reward model's opinion of each trajectory, where there is one.
    reference: `[B, T]` log-probabilities under the baseline, where KL is wanted.
    """
    metrics: dict[str, float] = {"evaluate/trajectories": float(len(acted))}
    lengths = np.array([float(t.mask.sum()) for t in acted])
    metrics["evaluate/length_steps"] = float(lengths.mean())
    true = true_returns(acted)
    if true is not None:
        mean, low, high = interval(true)
        metrics |= {
            "evaluate/true_return": mean,
            "evaluate/true_return_low": low,
            "evaluate/true_return_high": high,
            "evaluate/true_return_sd": float(true.std(ddof=1)) if len(true) > 1 else 0.0,
        }
    if reference is not None:
        kl = [
            float((t.logprobs - r[: t.steps])[t.mask].sum())
            for t, r in zip(acted, reference, strict=True)
        ]
        mean, low, high = interval(np.array(kl))
        metrics |= {
            "evaluate/kl_nats": mean,
            "evaluate/kl_nats_low": low,
            "evaluate/kl_nats_high": high,
        }
    if predicted is not None:
        metrics["evaluate/predicted_return"] = float(predicted.mean())
    return metrics, _details(acted, true, predicted)


def true_returns(acted: Sequence[Trajectory]) -> npt.NDArray[np.float64] | None:
    """The environment's own return of each trajectory; None where it has none."""
    totals = [float(t.environment_reward.sum()) for t in acted if t.environment_reward is not None]
    return np.array(totals) if len(totals) == len(acted) else None


def _details(
    acted: Sequence[Trajectory],
    true: npt.NDArray[np.float64] | None,
    predicted: npt.NDArray[np.float32] | None,
) -> Json:
    """Values per trajectory, and which ones to show: best, middle and worst."""
    value = true if true is not None else predicted
    order = np.arange(len(acted)) if value is None else np.argsort(-value, kind="stable")
    shown = list(dict.fromkeys([int(order[0]), int(order[len(order) // 2]), int(order[-1])]))
    samples = [
        {
            "trajectory": acted[i].id,
            "true": None if true is None else float(true[i]),
            "predicted": None if predicted is None else float(predicted[i]),
        }
        for i in shown
    ]
    pairs = (
        []
        if true is None or predicted is None
        else [[float(p), float(t)] for p, t in zip(predicted, true, strict=True)]
    )
    returns = [] if true is None else [float(v) for v in true]
    return {"shown": shown, "samples": samples, "returns": returns, "reward_vs_truth": pairs}


def people(
    everybody: Sequence[Annotator], names: Sequence[str], described: Sequence[Json]
) -> list[Json]:
    """How far each annotator can be believed, with 95 % intervals, and what stands out.

    names: annotators' ids in the order of the fit. described: see `reward.flags.described`;
    empty when everybody was pooled.
    """
    known = {person.id: person.name for person in everybody}
    found = []
    for name, each in zip(names, described, strict=False):
        others = [
            {"annotator": names[one["row"]], "name": known.get(names[one["row"]], ""), **one}
            for one in each.get("alike", [])
        ]
        row = {
            **each,
            "alike": others,
            "annotator": name,
            "name": known.get(name, name),
            "low": each["sensitivity_low"],
            "high": each["sensitivity_high"],
        }
        found.append({**row, "flag": "; ".join(_stands_out(row))})
    return found


def _stands_out(person: Json) -> list[str]:
    """What to tell of an annotator, each with its probability."""
    said = [
        f"{flag['name']} ({_sure(flag['probability'])}): {flag['words']}"
        for flag in person["flags"]
    ]
    # Whoever clicks on a place or drifts differs from the others for a reason that is known.
    other = {"careless", "position", "drifting"} & {flag["name"] for flag in person["flags"]}
    dissents = person.get("standing") == "dissenter" and not other
    if dissents and person["standing_probability"] >= _LIKELY:
        sure = _sure(person["standing_probability"])
        said.append(f"dissenter ({sure}): {person['standing_words']}")
    for one in person["alike"]:
        said.append(
            f"a hint, no proof: answers go with those of {one['name'] or one['annotator']} beyond "
            f"what the items explain (correlation {one['correlation']:.2f}, {one['items']} items)"
        )
    return said


def _sure(probability: float) -> str:
    return f"{probability:.0%}" if probability < _CERTAIN else "over 99%"
