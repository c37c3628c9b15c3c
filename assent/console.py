"""What a person at a terminal sees: progress with time left, tables, and plain errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

_SELDOM = 1000  # lines; drawing takes longer than writing one
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Bar:
    """A progress bar that stages call as `bar(done, total, text)`."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None, text="")

    def __call__(self, done: int, total: int, text: str) -> None:
        """Show that `done` of `total` is done."""
        self._progress.update(self._task, completed=done, total=total, text=text)


@contextmanager
def bar(name: str) -> Iterator[Bar]:
    """A bar with elapsed and remaining time for as long as the block lasts."""
    columns = (
        TextColumn("  {task.description:<10}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}"),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        yield Bar(progress, name)


def followed(lines: Iterable[str], total: int, bar: Bar) -> Iterator[str]:
    """The lines, while a bar shows how far one is. total: about how many there will be."""
    for done, line in enumerate(lines, start=1):
        if done % _SELDOM == 0:
            bar(done, max(done, total), "")
        yield line


def figures(metrics: Mapping[str, float], keep: tuple[str, ...] | None = None) -> str:
    """Metrics on one line, their stage left out: `agreement 0.81, log_loss 0.52`."""
    chosen = metrics if keep is None else {k: metrics[k] for k in keep if k in metrics}
    return ", ".join(f"{name.split('/')[-1]} {value:.4g}" for name, value in chosen.items())


def table(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], cut: bool = False
) -> None:
    """A table with a heading, without columns in which nothing stands.

    Numbers are right-aligned when the first row's are, and are never cut, whatever the width.
    cut: every row is one line, its texts as long as there is space for.
    """
    drawn = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    shown = [n for n in range(len(columns)) if not rows or any(row[n] for row in rows)]
    for index in shown:
        number = bool(rows) and rows[0][index].lstrip("-+").replace(".", "", 1).isdigit()
        drawn.add_column(
            columns[index],
            justify="right" if number else "left",
            no_wrap=number or not (cut or index == shown[-1]),
            min_width=max(len(row[index]) for row in rows) if number else None,
        )
    for row in rows:
        # Cells hold what people wrote: no markup, and half a character must not stop a table.
        cells = [Text(row[n].encode("utf-8", "replace").decode()) for n in shown]
        for cell in cells:
            cell.no_wrap, cell.overflow = cut or None, "ellipsis" if cut else None
        drawn.add_row(*cells)
    out.print(drawn)
