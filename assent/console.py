"""What a person at a terminal sees: progress with time left, tables, and plain errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def figures(metrics: Mapping[str, float], keep: tuple[str, ...] | None = None) -> str:
    """Metrics on one line, their stage left out: `agreement 0.81, log_loss 0.52`."""
    chosen = metrics if keep is None else {k: metrics[k] for k in keep if k in metrics}
    return ", ".join(f"{name.split('/')[-1]} {value:.4g}" for name, value in chosen.items())


def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table with a heading; numbers are right-aligned when the first row's are."""
    drawn = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for index, column in enumerate(columns):
        number = bool(rows) and rows[0][index].lstrip("-+").replace(".", "", 1).isdigit()
        drawn.add_column(
            column, justify="right" if number else "left", no_wrap=index < len(columns) - 1
        )
    for row in rows:
        # Cells hold what people wrote: no markup, and half a character must not stop a table.
        drawn.add_row(*(Text(cell.encode("utf-8", "replace").decode()) for cell in row))
    out.print(drawn)
