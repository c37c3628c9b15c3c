"""The owner's charts as SVG. matplotlib is only imported when the first one is asked for.

Every chart is read without colour, by shapes and words, and its numbers stand beside it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assent.web.owner.disputes import WindowOut
from assent.web.owner.overview import Interval, RoundOut
from assent.web.owner.people import KINDS, PersonOut, called

CHARTS = ("return", "agreement", "course", "people")
MOST_PLACED = 40  # people in a chart; more cover one another
_EDGE = -1.0  # where those stand of whom an axis is not known
# A shape for what somebody is likeliest; who is none of these is a ring.
_SHAPES = dict(zip(KINDS, "oDvsX", strict=True))
# Where a number may stand beside its point, in steps; and the steps, in points of print.
_SIDES = ((1, 0.8), (-1, 0.8), (1, -0.8), (-1, -0.8), (0, 1.2), (0, -1.2), (1.4, 0), (-1.4, 0))
_STEPS = (10.0, 19.0, 28.0, 38.0)
_UNIT = (160.0, 133.0)  # points of print that a unit of each axis of the chart of people takes

_Box = tuple[float, float, float, float]

# matplotlib's settings belong to the whole process; charts are drawn one at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands at the axes in a language, and the point of its numbers."""

    across: str
    up: str
    point: str = "."


def series(name: str, rounds: Sequence[RoundOut]) -> list[tuple[int, Interval]]:
    """The points of a chart: round and value."""
    if name == "return":
        return [(row.round, row.true_return) for row in rounds if row.true_return is not None]
    return [
        (row.round, Interval(value=row.held_out_agreement))
        for row in rounds
        if row.held_out_agreement is not None
    ]


def draw(name: str, rounds: Sequence[RoundOut], labels: Labels, dark: bool) -> bytes:
    """A chart with a point and its interval per round."""

    def fill(axes: Any, ink: str, accent: str) -> None:
        points = series(name, rounds)
        numbers = [number for number, _ in points]
        values = [value.value for _, value in points]
        lows = [value.low if value.low is not None else value.value for _, value in points]
        highs = [value.high if value.high is not None else value.value for _, value in points]
        axes.vlines(numbers, lows, highs, color=accent, alpha=0.45, linewidth=4)
        axes.plot(numbers, values, color=accent, marker="o", linewidth=1.8)
        for number, value in zip(numbers, values, strict=True):
            said = f"{value:.4g}".replace(".", labels.point)
            axes.annotate(
                said, (number, value), (7, 5), textcoords="offset points", color=ink, size=9
            )  # fmt: skip
        axes.set_xticks(numbers)
        axes.set_xlim(min(numbers, default=0) - 0.3, max(numbers, default=0) + 0.6)

    return _svg((5.6, 2.5), fill, labels, dark)


def course(windows: Sequence[WindowOut], labels: Labels, dark: bool) -> bytes:
    """Agreement in the course of time, with its intervals."""

    def fill(axes: Any, ink: str, accent: str) -> None:
        places = list(range(1, len(windows) + 1))
        values = [each.value for each in windows]
        away = [
            [each.value - each.low for each in windows],
            [each.high - each.value for each in windows],
        ]
        axes.errorbar(places, values, yerr=away, color=accent, marker="o", linewidth=1.8, capsize=4)
        axes.set_xticks(places, _moments([each.stop for each in windows]), rotation=30, ha="right")
        axes.set_ylim(0, 1.03)

    return _svg((5.6, 2.7), fill, labels, dark)


def people(everybody: Sequence[PersonOut], labels: Labels, dark: bool) -> bytes:
    """People by both axes, with the 95 % interval of each; named by their numbers.

    Whoever has one axis alone stands on it at the edge, with an arrow that says so.
    """

    def fill(axes: Any, ink: str, accent: str) -> None:
        axes.axhline(0, color=ink, alpha=0.35, linewidth=0.8)
        axes.axvline(0, color=ink, alpha=0.35, linewidth=0.8)
        shown, places = placed(everybody), []
        for person in shown:
            own, group = person.self_consistency, person.agreement
            x, y = (each.value if each is not None else _EDGE for each in (own, group))
            if own is not None:
                axes.hlines(y, own.low, own.high, color=accent, alpha=0.5, linewidth=1.6)
            if group is not None:
                axes.vlines(x, group.low, group.high, color=accent, alpha=0.5, linewidth=1.6)
            name, _ = called(person)
            shape, known = _SHAPES.get(name, "o"), name in _SHAPES
            axes.plot(
                [x], [y], marker=shape, markersize=8, color=accent, linestyle="",
                markerfacecolor=accent if known else "none",
            )  # fmt: skip
            places.append((x, y))
        names = [str(person.number) for person in shown]
        for place, name, away in zip(places, names, apart(places, names), strict=True):
            axes.annotate(
                name, place, away, textcoords="offset points", color=ink, size=10,
                ha="center", va="center",
                arrowprops={"arrowstyle": "-", "color": ink, "linewidth": 0.5, "alpha": 0.6}
                if max(map(abs, away)) > 1.5 * _STEPS[0] else None,
            )  # fmt: skip
        axes.set_xlim(_EDGE - 0.08, 1.05)
        axes.set_ylim(_EDGE - 0.08, 1.05)

    return _svg((5.6, 4.6), fill, labels, dark)


def apart(places: Sequence[tuple[float, float]], names: Sequence[str]) -> list[tuple[float, float]]:
    """How far from its place each name stands, in points of print, so that none covers another."""
    points = [(x * _UNIT[0], y * _UNIT[1]) for x, y in places]
    boxes = [(x, y, 4.0, 4.0) for x, y in points]  # middle, and half of width and height
    found = []
    for (x, y), name in zip(points, names, strict=True):
        size = 3.4 * len(name) + 1, 6.0
        ways = [(step * a, step * b) for step in _STEPS for a, b in _SIDES]
        away = min(ways, key=lambda way: _covered((x + way[0], y + way[1], *size), boxes))
        boxes.append((x + away[0], y + away[1], *size))
        found.append(away)
    return found


def _covered(box: _Box, others: Sequence[_Box]) -> int:
    """How many of some boxes one covers."""
    x, y, wide, high = box
    return sum(abs(x - a) < wide + w and abs(y - b) < high + h for a, b, w, h in others)


def placed(everybody: Sequence[PersonOut]) -> list[PersonOut]:
    """Those who are in the chart of people: with an axis, those with most answers."""
    known = [each for each in everybody if each.agreement or each.self_consistency]
    return sorted(known, key=lambda each: -each.answers)[:MOST_PLACED]


def _moments(seconds: Sequence[float]) -> list[str]:
    """Times in UTC, with the day where there are several."""
    moments = [datetime.fromtimestamp(each, UTC) for each in seconds]
    form = "%H:%M" if len({each.date() for each in moments}) == 1 else "%m-%d %H:%M"
    return [each.strftime(form) for each in moments]


def _svg(
    size: tuple[float, float], fill: Callable[[Any, str, str], None], labels: Labels, dark: bool
) -> bytes:
    """A figure of one pair of axes, in the page's colours and language, as SVG."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import ScalarFormatter

    def number(value: float, _: float) -> str:
        return f"{value:g}".replace(".", labels.point)

    ink = "#e8e8e3" if dark else "#1d2326"
    accent = "#6fc3b8" if dark else "#0f766e"
    with _ONE_AT_A_TIME, matplotlib.rc_context({"svg.hashsalt": "assent", "svg.fonttype": "path"}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        fill(axes, ink, accent)
        axes.set_xlabel(labels.across, color=ink, size=9)
        axes.set_ylabel(labels.up, color=ink, size=9)
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                axis.set_major_formatter(number)
        axes.tick_params(colors=ink, labelsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(ink)
        file = io.BytesIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()
