"""From findings to exhibits: each a figure, the numbers in it as a table, and what it means.

An exhibit whose numbers were never measured is left out, not drawn empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assent.records import Json
from assent.report import figures, intervals
from assent.report.figures import Bar, Line, Words
from assent.report.findings import Agreement, Findings, measured
from assent.report.intervals import Interval, short
from assent.store.runs import Run

_SEED = 0  # of the resamples, so that the same findings give the same page
_MOST_ROWS = 10  # of a table beside a curve; longer ones are thinned evenly


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A figure, or none, with the numbers in it and what they mean. figure: trusted SVG."""

    figure: str
    table: Table
    note: str


def learning(findings: Findings) -> list[Exhibit]:
    """How behaviour changed from round to round, and within each round of learning."""
    evaluations = findings.of("evaluate")
    by_round = [
        _by_round(
            evaluations,
            "evaluate/true_return",
            Words("True return", "round", "mean true return (the environment's units)"),
            "Mean over fresh episodes that learning never saw, with a 95 % interval. The true "
            "return is only measured; nothing learns from it.",
        ),
        _by_round(
            evaluations,
            "evaluate/predicted_return",
            Words("Learnt return", "round", "mean learnt return (reward's standard deviations)"),
            "What the newest reward model of each round thinks of the same episodes.",
        ),
        _by_round(
            evaluations,
            "evaluate/kl_nats",
            Words("Distance from the baseline", "round", "KL to the baseline (nats per sequence)"),
            "How far the policy has moved from the policy it started as, with a 95 % interval.",
        ),
    ]
    within = [
        _within(
            findings.of("imitate"),
            "imitate/loss_nats",
            Words("Imitation", "epoch", "loss (nats per step)"),
        ),
        _within(
            findings.of("imitate"),
            "imitate/held_out_nats",
            Words("Imitation, held out", "epoch", "held-out loss (nats per step)"),
        ),
        _within(
            findings.of("improve"),
            "improve/reward",
            Words("Learnt reward while improving", "update", "mean learnt reward of an episode"),
        ),
        _within(
            findings.of("improve"),
            "improve/kl_nats_per_sequence",
            Words("KL while improving", "update", "KL to the baseline (nats per sequence)"),
        ),
    ]
    return [exhibit for exhibit in (*by_round, *within) if exhibit]


def reward(findings: Findings) -> list[Exhibit]:
    """How well the learnt reward predicts people, and the truth where it is known."""
    fits = findings.of("reward")
    found = [
        _by_round(
            fits,
            "reward/agreement",
            Words("Agreement with held-out answers", "round", "share predicted rightly"),
            "Of answers that the fit never saw, the share that the reward model predicts; "
            "0.5 is guessing between two. The ceiling is what the truth itself would reach, given "
            "how often people contradict each other; it is estimated where two answered the same.",
            beside=("reward/noise_ceiling", "noise ceiling"),
        ),
        _by_round(
            fits,
            "reward/log_loss",
            Words("Surprise at held-out answers", "round", "log loss (nats per answer)"),
            "Lower is better; a coin between two options has 0.693.",
        ),
        _by_round(
            fits,
            "reward/spread",
            Words("Disagreement within the ensemble", "round", "standard deviation (reward units)"),
            "How unsure the reward is of what the policy does now. When it grows, the policy has "
            "left what people have judged.",
        ),
        _calibration(fits),
        _truth(findings.of("evaluate")),
    ]
    return [exhibit for exhibit in found if exhibit]


def people(findings: Findings) -> list[Exhibit]:
    """Who answered, how far each can be believed, and how well they agree."""
    fits = findings.of("reward")
    known: list[Json] = fits[-1].details.get("people", []) if fits else []
    found = [_people(known)] if known else []
    if findings.agreements:
        found.append(_agreement(findings.agreements))
    return found


def _by_round(
    runs: Sequence[Run], name: str, words: Words, note: str, beside: tuple[str, str] | None = None
) -> Exhibit | None:
    """A metric against the round, with its interval where there is one.

    beside: another metric and what to call it, drawn as a line of its own.
    """
    lines, rows = [], []
    for metric, called in ((name, "measured"), *([beside] if beside else [])):
        points = [(run.round, value) for run in runs if (value := measured(run, metric))]
        if not points:
            continue
        lines.append(_line(called, points))
        label = () if beside is None else (called,)
        rows += [(str(number), *label, *_spelled(value)) for number, value in points]
    if not lines or name not in {metric for run in runs for metric in run.metrics}:
        return None
    head = ("round", *(() if beside is None else ("",)), "value", "95 % interval")
    return Exhibit(figures.curves(lines, words), Table(head, tuple(rows)), note)


def _line(called: str, points: Sequence[tuple[int, Interval]]) -> Line:
    """Values by round as a line, with a band where they have intervals."""
    return Line(
        called,
        tuple(float(number) for number, _ in points),
        tuple(value.value for _, value in points),
        tuple(math.nan if value.low is None else value.low for _, value in points),
        tuple(math.nan if value.high is None else value.high for _, value in points),
    )


def _within(runs: Sequence[Run], name: str, words: Words) -> Exhibit | None:
    """A curve of every run of a stage: one line a round."""
    lines = []
    for run in runs:
        steps = [
            (i, row[name]) for i, row in enumerate(run.details.get("curve", [])) if name in row
        ]
        if steps:
            x, y = zip(*steps, strict=True)
            lines.append(Line(f"round {run.round}", tuple(float(i + 1) for i in x), y))
    if not lines:
        return None
    rows = tuple(
        (line.name.removeprefix("round "), f"{line.x[i]:.0f}", short(line.y[i]))
        for line in lines
        for i in _thinned(len(line.x), max(2, _MOST_ROWS // len(lines)))
    )
    note = f"One value per {words.x}; a single run, so there is no interval."
    return Exhibit(figures.curves(lines, words), Table(("round", words.x, words.y), rows), note)


def _calibration(fits: Sequence[Run]) -> Exhibit | None:
    """Predicted against observed choices of the newest reward model."""
    bins = fits[-1].details.get("calibration", []) if fits else []
    points = [(one["predicted"], one["observed"], one["count"]) for one in bins]
    if not points:
        return None
    rows = []
    for predicted, observed, count in points:
        interval = intervals.share(observed * count, count)
        rows.append((short(predicted), *_spelled(interval), f"{count:.0f}"))
    words = Words("Calibration of the reward model", "predicted share", "observed share")
    ece = fits[-1].metrics.get("reward/calibration_error")
    stated = "" if ece is None else f" Expected calibration error: {short(ece)}."
    return Exhibit(
        figures.reliability(points, words),
        Table(("predicted", "observed", "95 % interval", "answers"), tuple(rows)),
        "Where the model says that an option is chosen seven times in ten, is it? Held-out "
        f"answers; points on the dotted line are right, large points rest on many.{stated}",
    )


def _truth(evaluations: Sequence[Run]) -> Exhibit | None:
    """The learnt return of each fresh episode against its true one, at the newest evaluation."""
    known = [run for run in evaluations if run.details.get("reward_vs_truth")]
    if not known:
        return None
    rng = np.random.default_rng(_SEED)
    rows = []
    for run in known:
        pairs = [(float(p), float(t)) for p, t in run.details["reward_vs_truth"]]
        found = intervals.rank_correlation(pairs, rng)
        cells = _spelled(found) if found else ("not defined", "")
        rows.append((str(run.round), *cells, str(len(pairs))))
    newest = [(float(p), float(t)) for p, t in known[-1].details["reward_vs_truth"]]
    words = Words(f"Reward against truth, round {known[-1].round}", "learnt return", "true return")
    return Exhibit(
        figures.scatter(newest, words),
        Table(("round", "rank correlation", "95 % interval", "episodes"), tuple(rows)),
        "Each point is one fresh episode. A rank correlation of 1 means that the learnt reward "
        "puts episodes in the true order. It falls when the policy exploits the learnt reward.",
    )


def _people(known: Sequence[Json]) -> Exhibit:
    """Each annotator's sensitivity, and the rest of what was learnt about them."""
    words = Words("How far each annotator is believed", "sensitivity (1: like the crowd)", "")
    order = sorted(known, key=lambda one: -float(one["sensitivity"]))
    rows = tuple(
        (
            str(one["name"]),
            str(one.get("answers", "")),
            *_spelled(_sensitivity(one)),
            *(_number(one.get(name)) for name in ("lapse", "position", "severity")),
            str(one.get("flag") or ""),
        )
        for one in order
    )
    bars = [
        Bar(str(o["name"]), float(o["sensitivity"]), o.get("low"), o.get("high")) for o in order
    ]
    head = (
        "annotator",
        "answers",
        "sensitivity",
        "95 % interval",
        "lapse",
        "position",
        "severity",
        "note",
    )
    return Exhibit(
        figures.bars(bars, words, reference=0.0),
        Table(head, rows),
        "Sensitivity: how strongly answers follow the shared reward; near 0 they do not, below 0 "
        "they say the opposite. Lapse: share of answers given at random. Position: pull toward "
        "the first place on the screen. Severity: how high the bar for a good rating is. Nobody "
        "is dropped; whoever follows the reward less counts for less.",
    )


def _sensitivity(one: Json) -> Interval:
    return Interval.of(float(one["sensitivity"]), one.get("low"), one.get("high"))


def _agreement(found: Sequence[Agreement]) -> Exhibit:
    """How well people agree, for each scale."""
    rows = tuple(
        (one.about, one.measure, *_estimated(one), str(one.estimate.items)) for one in found
    )
    bars = [
        Bar(f"{one.about}: {one.measure}", one.estimate.value, one.estimate.low, one.estimate.high)
        for one in found
        if one.estimate.value is not None
    ]
    words = Words("Agreement between people", "1: perfect", "")
    return Exhibit(
        figures.bars(bars, words, reference=0.0) if bars else "",
        Table(("answers", "measure", "value", "95 % interval", "items"), rows),
        "alpha is Krippendorff's, tau-b Kendall's (1: perfect, 0: chance); equal answers: the "
        "share of pairs of answers to one question that are equal; same again: the share of "
        "repeated questions that one person answered as before. Intervals by resampling "
        "questions. Active choice makes agreement look worse than it is: the closest calls are "
        "asked most.",
    )


def _estimated(one: Agreement) -> tuple[str, str]:
    """Value and interval, or the reason why there is none."""
    estimate = one.estimate
    if estimate.value is None:
        return "none", estimate.why
    return _spelled(Interval(estimate.value, estimate.low, estimate.high))


def _spelled(value: Interval) -> tuple[str, str]:
    """A value and its interval as two cells."""
    if value.low is None or value.high is None:
        return short(value.value), "none"
    return short(value.value), f"{short(value.low)} to {short(value.high)}"


def _number(value: float | None) -> str:
    return "" if value is None else short(value)


def _thinned(count: int, most: int) -> list[int]:
    """At most `most` indices below `count`, evenly spread, with the first and the last."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})
