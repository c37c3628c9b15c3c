"""The owner's charts as SVG. matplotlib is only imported when the first one is asked for."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence

from assent.web.overview import Interval, RoundOut

CHARTS = ("return", "agreement")

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
    import matplotlib
    from matplotlib.figure import Figure

    ink = "#e8e8e3" if dark else "#1d2326"
    accent = "#6fc3b8" if dark else "#0f766e"
    figure = Figure(figsize=(5.6, 2.5), layout="constrained")
    axes = figure.subplots()
    points = series(name, rounds)
    numbers = [number for number, _ in points]
    values = [value.value for _, value in points]
    lows = [value.low if value.low is not None else value.value for _, value in points]
    highs = [value.high if value.high is not None else value.value for _, value in points]
    axes.vlines(numbers, lows, highs, color=accent, alpha=0.45, linewidth=4)
    axes.plot(numbers, values, color=accent, marker="o", linewidth=1.8)
    for number, value in zip(numbers, values, strict=True):
        axes.annotate(
            f"{value:.4g}", (number, value), (7, 5), textcoords="offset points", color=ink, size=9
        )
    axes.set_xticks(numbers)
    axes.set_xlim(min(numbers, default=0) - 0.3, max(numbers, default=0) + 0.6)
    axes.set_xlabel("round", color=ink, size=9)
    axes.set_ylabel(label, color=ink, size=9)
    axes.tick_params(colors=ink, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
    file = io.BytesIO()
    with _ONE_AT_A_TIME, matplotlib.rc_context({"svg.hashsalt": "assent", "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()
