"""The owner's charts as SVG. matplotlib is only imported when the first one is asked for.

Every chart is read without colour, by shapes and words, and its numbers stand beside it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from assent.web.disputes import WindowOut
from assent.web.overview import Interval, RoundOut
from assent.web.people import PersonOut

CHARTS = ("return", "agreement", "course", "people")
MOST_PLACED = 40  # people in a chart; more cover one another
_EDGE = -1.0  # where those stand of whom an axis is not known
# A shape for what somebody is likeliest; who is none of these is a ring.
_SHAPES = {"expert": "o", "dissenter": "D", "inverted": "v", "careless": "s", "random": "X"}

# matplotlib's settings belong to the whole process; charts are drawn one at a time.
_ONE_AT_A_TIME = threading.Lock()


def series(name: str, rounds: Sequence[RoundOut]) -> list[tuple[int, Interval]]:
    """The points of a chart: round and value."""
    if name == "return":
        return [(row.round, row.true_return) for row in rounds if row.true_return is not None]
    return [
        (row.round, Interval(value=row.held_out_agreement))
        for row in rounds
        if row.held_out_agreement is not None
    ]


def draw(name: str, rounds: Sequence[RoundOut], label: str, dark: bool) -> bytes:
    """A chart with a point and its interval per round. label: of the upright axis."""

    def fill(axes: Any, ink: str, accent: str) -> None:
        points = series(name, rounds)
        numbers = [number for number, _ in points]
        values = [value.value for _, value in points]
        lows = [value.low if value.low is not None else value.value for _, value in points]
        highs = [value.high if value.high is not None else value.value for _, value in points]
        axes.vlines(numbers, lows, highs, color=accent, alpha=0.45, linewidth=4)
        axes.plot(numbers, values, color=accent, marker="o", linewidth=1.8)
        for number, value in zip(numbers, values, strict=True):
            axes.annotate(
                f"{value:.4g}", (number, value), (7, 5), textcoords="offset points", color=ink,
                size=9,
            )  # fmt: skip
        axes.set_xticks(numbers)
        axes.set_xlim(min(numbers, default=0) - 0.3, max(numbers, default=0) + 0.6)
        axes.set_xlabel("round", color=ink, size=9)
        axes.set_ylabel(label, color=ink, size=9)

    return _svg((5.6, 2.5), fill, dark)


def course(windows: Sequence[WindowOut], across: str, up: str, dark: bool) -> bytes:
    """Agreement in the course of time, with its intervals. across, up: labels of the axes."""

    def fill(axes: Any, ink: str, accent: str) -> None:
        places = list(range(1, len(windows) + 1))
        values = [each.value for each in windows]
        away = [
            [each.value - each.low for each in windows],
            [each.high - each.value for each in windows],
        ]
        axes.errorbar(places, values, yerr=away, color=accent, marker="o", linewidth=1.8, capsize=4)
        axes.set_xticks(places, [_day(each.stop) for each in windows], rotation=30, ha="right")
        axes.set_ylim(0, 1.03)
        axes.set_xlabel(across, color=ink, size=9)
        axes.set_ylabel(up, color=ink, size=9)

    return _svg((5.6, 2.7), fill, dark)


def people(everybody: Sequence[PersonOut], across: str, up: str, dark: bool) -> bytes:
    """People by both axes, with the 95 % interval of each; named by their numbers.

    Whoever has one axis alone stands on it at the edge, with an arrow that says so.
    """

    def fill(axes: Any, ink: str, accent: str) -> None:
        axes.axhline(0, color=ink, alpha=0.35, linewidth=0.8)
        axes.axvline(0, color=ink, alpha=0.35, linewidth=0.8)
        for person in placed(everybody):
            own, group = person.self_consistency, person.agreement
            x, y = (each.value if each is not None else _EDGE for each in (own, group))
            if own is not None:
                axes.hlines(y, own.low, own.high, color=accent, alpha=0.5, linewidth=1.6)
            if group is not None:
                axes.vlines(x, group.low, group.high, color=accent, alpha=0.5, linewidth=1.6)
            shape = _SHAPES.get(person.standing, "o")
            known = own is not None and group is not None and person.standing in _SHAPES
            axes.plot(
                [x], [y], marker=shape, markersize=8, color=accent, linestyle="",
                markerfacecolor=accent if known else "none",
            )  # fmt: skip
            axes.annotate(
                str(person.number), (x, y), (7, 6), textcoords="offset points", color=ink, size=10
            )
        axes.set_xlim(_EDGE - 0.08, 1.05)
        axes.set_ylim(_EDGE - 0.08, 1.05)
        axes.set_xlabel(across, color=ink, size=9)
        axes.set_ylabel(up, color=ink, size=9)

    return _svg((5.6, 4.6), fill, dark)


def placed(everybody: Sequence[PersonOut]) -> list[PersonOut]:
    """Those who are in the chart of people: with an axis, those with most answers."""
    known = [each for each in everybody if each.agreement or each.self_consistency]
    return sorted(known, key=lambda each: -each.answers)[:MOST_PLACED]


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%m-%d %H:%M")


def _svg(size: tuple[float, float], fill: Callable[[Any, str, str], None], dark: bool) -> bytes:
    """A figure of one pair of axes, in the page's colours, as SVG."""
    import matplotlib
    from matplotlib.figure import Figure

    ink = "#e8e8e3" if dark else "#1d2326"
    accent = "#6fc3b8" if dark else "#0f766e"
    with _ONE_AT_A_TIME, matplotlib.rc_context({"svg.hashsalt": "assent", "svg.fonttype": "path"}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        fill(axes, ink, accent)
        axes.tick_params(colors=ink, labelsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(ink)
        file = io.BytesIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()
