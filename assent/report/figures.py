"""Figures as SVG text, from plain numbers: curves, reliability, scatter and bars, with intervals.

Nothing here knows of stores or pages. The same numbers always give the same
text. Lines differ by marker and dash as well as by colour (Okabe and Ito 2008), so
that they can be told apart in grey. matplotlib is imported when the first figure is
drawn, and never touches a display.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, the readable ones first, each with a dash and a marker of its own.
LOOKS = (
    ("#0072B2", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#009E73", "-.", "^"),
    ("#CC79A7", ":", "D"),
    ("#56B4E9", (0, (5, 1)), "v"),
    ("#E69F00", (0, (1, 1)), "P"),
)
MOST_MARKERS = 40  # points of a line beyond which its markers would hide it

_STYLE: dict[str, Any] = {
    "axes.edgecolor": "#5b6470",
    "axes.grid": True,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.figsize": (6.4, 3.4),
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": "#dfe3e8",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "svg.fonttype": "none",
    "text.parse_math": False,  # names come from outside; a dollar sign is a dollar sign
    "xtick.color": "#5b6470",
    "ytick.color": "#5b6470",
}
_FONTS = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
# matplotlib's settings belong to the whole process; figures are drawn one at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around a figure. x and y name the quantity and its unit."""

    title: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure. low and high: its 95 % band, as long as `y`, or empty."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a figure, with its 95 % interval where there is one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


def curves(lines: Sequence[Line], words: Words) -> str:
    """SVG of lines with their bands, such as a learning curve."""
    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        for number, line in enumerate(lines):
            colour, dash, marker = LOOKS[number % len(LOOKS)]
            shown = marker if len(line.x) <= MOST_MARKERS else None
            axes.plot(line.x, line.y, color=colour, ls=dash, marker=shown, label=line.name)
            if line.low and line.high:
                axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, lw=0)
        if all(float(x).is_integer() for line in lines for x in line.x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(lines) > 1:
            axes.legend()

    return _svg(draw, words)


def reliability(points: Sequence[tuple[float, float, float]], words: Words) -> str:
    """SVG of predicted against observed shares; the diagonal is perfect calibration.

    points: (predicted, observed, answers) of each bin; the area of a point is its answers.
    """

    def draw(axes: Axes) -> None:
        most = max((count for _, _, count in points), default=1.0) or 1.0
        colour, _, marker = LOOKS[0]
        axes.plot([0, 1], [0, 1], color="#5b6470", ls=":", lw=1, label="perfect")
        axes.scatter(
            [predicted for predicted, _, _ in points],
            [observed for _, observed, _ in points],
            s=[20 + 160 * count / most for _, _, count in points],
            color=colour,
            marker=marker,
            alpha=0.8,
            label="held-out answers",
        )
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.legend(loc="upper left")

    return _svg(draw, words, size=(4.4, 4.2))


def scatter(points: Sequence[tuple[float, float]], words: Words) -> str:
    """SVG of one quantity against another, one point an item."""

    def draw(axes: Axes) -> None:
        colour, _, _ = LOOKS[0]
        axes.scatter([x for x, _ in points], [y for _, y in points], s=22, alpha=0.7, color=colour)

    return _svg(draw, words, size=(4.8, 4.0))


def bars(rows: Sequence[Bar], words: Words, reference: float | None = None) -> str:
    """SVG of values with their intervals, one row each, the first on top.

    reference: a value that deserves a line, such as 0 or the crowd's.
    """

    def draw(axes: Axes) -> None:
        colour, _, _ = LOOKS[0]
        places = range(len(rows))
        axes.barh(places, [row.value for row in rows], color=colour, alpha=0.45, height=0.62)
        for place, row in zip(places, rows, strict=True):
            if row.low is not None and row.high is not None:
                axes.plot([row.low, row.high], [place, place], color="#1c2430", lw=1.4, marker="|")
        if reference is not None:
            axes.axvline(reference, color="#5b6470", ls=":", lw=1.2)
        axes.set_yticks(list(places), [_short(row.name) for row in rows])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")

    return _svg(draw, words, size=(6.4, 1.2 + 0.32 * max(1, len(rows))))


def _svg(
    draw: Callable[[Axes], None], words: Words, size: tuple[float, float] | None = None
) -> str:
    """What `draw` draws, as one `<svg>` element without anything that names a time or a place."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _ONE_AT_A_TIME, matplotlib.rc_context(), io.StringIO() as text:
        matplotlib.rcdefaults()
        # Ids within the element come from its contents and this salt: never from chance.
        matplotlib.rcParams.update({**_STYLE, "svg.hashsalt": words.title})
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.set_axisbelow(True)
        draw(axes)
        axes.set(title=words.title, xlabel=words.x, ylabel=words.y)
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
        return _trim(text.getvalue(), words.title)


def _trim(text: str, title: str) -> str:
    """Only the `<svg>` element, with a title for those who cannot see it."""
    element = text[text.index("<svg") :]
    # A style element would reach every other drawing on the page; it becomes an attribute.
    for unwanted in ("metadata", "style"):
        pattern = rf"\s*<{unwanted}\b.*?</{unwanted}>"
        element = re.sub(pattern, "", element, flags=re.DOTALL)
    element = re.sub(r'<g id="[^"]*">', "<g>", element)  # would repeat from figure to figure
    element = element.replace("'DejaVu Sans'", _FONTS)
    head, rest = element.split(">", 1)
    head = re.sub(r'\s(?:width|height|version)="[^"]*"', "", head)
    points = float(re.search(r'viewBox="0 0 ([\d.]+)', head).group(1))  # type: ignore[union-attr]
    head += f' style="stroke-linejoin: round; width: 100%; max-width: {points:.0f}pt" role="img"'
    return f"{head}><title>{escape(title)}</title>{rest.strip()}"


def _short(name: str) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= 36 else f"{name[:35]}…"
