"""Opens whatever holds items and answers: a folder, a JSON lines file, a CSV table, an NPZ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assent.errors import DataError
from assent.interop.clips import read_clips
from assent.interop.collection import UNKNOWN, Collection, Known
from assent.interop.exported import is_export, read_export
from assent.interop.gathering import Gathering
from assent.interop.lines import first, parsed
from assent.interop.records import read_items, read_labels
from assent.interop.tables import Table, read_table


def read(
    path: Path,
    table: Table = Table(),
    items: Path | None = None,
    repeats: bool = False,
    known: Known = UNKNOWN,
    sink: Callable[[Collection], None] | None = None,
) -> Collection:
    """What a path holds; rows that cannot be true are in `refused`, with their lines.

    path: a folder with `items.jsonl` and, where there are answers, `labels.jsonl`, plain or
        `.gz`; one labels file with its items beside it; what `assent export` wrote; a `.csv` or
        `.tsv`; an `.npz`.
    table: what a CSV cannot say itself.
    items: the items file, when it is not beside the labels. repeats: annotators who answered
        a question twice did so on purpose. known: what an earlier import brought.
    sink: takes the answers in batches as they are read; what comes back is the rest of them.
    Raises DataError when there is nothing that can be read.
    """
    gathering, name = Gathering(repeats, known, sink), path.name.removesuffix(".gz")
    if not path.exists():
        raise DataError(f"there is no file or folder {path}; check the name")
    if path.is_dir():
        _read_folder(path, items, gathering)
    elif name.endswith((".csv", ".tsv")):
        read_table(path, gathering, table)
    elif name.endswith(".npz"):
        read_clips(path, gathering)
    elif name.endswith((".jsonl", ".json")):
        found = items or _beside(path.parent, "items")
        if found is not None and found.resolve() != path.resolve():
            read_items(found, gathering)
        if is_export(path):
            read_export(path, gathering)
        elif _has_items(path):
            read_items(path, gathering)
        else:
            read_labels(path, gathering)
    else:
        raise DataError(
            f"{path}: a folder, .jsonl, .csv or .tsv (each also .gz) or .npz is expected"
        )
    return gathering.collection()


def _read_folder(path: Path, items: Path | None, gathering: Gathering) -> None:
    labels = _beside(path, "labels")
    found = items or _beside(path, "items")
    if found is None:
        raise DataError(
            f"{path} holds no items.jsonl (or .gz); name a file: "
            + ", ".join(sorted(each.name for each in path.iterdir())[:12])
        )
    read_items(found, gathering)
    if labels is not None:
        read_labels(labels, gathering)


def _has_items(path: Path) -> bool:
    """Whether the first line of a file is an item: it says what there is, and not what was said."""
    try:
        row = parsed(first(path))
    except DataError:
        return "items" in path.name  # too long a line to look at, or none: its name says
    return "feedback" not in row and any(name in row for name in ("prompt", "responses", "video"))


def _beside(folder: Path, stem: str) -> Path | None:
    for ending in (".jsonl", ".jsonl.gz"):
        if (folder / f"{stem}{ending}").is_file():
            return folder / f"{stem}{ending}"
    return None
