"""Opens whatever holds items and answers: a folder, a JSON lines file, a CSV table, an NPZ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assent.errors import DataError
from assent.interop.clips import read_clips
from assent.interop.collection import UNKNOWN, Collection, Known
from assent.interop.gathering import Gathering
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

    path: a folder with `items.jsonl` and `labels.jsonl`, plain or `.gz`; one labels file with
        its items beside it; a `.csv`; an `.npz`. table: what a CSV cannot say itself.
    items: the items file, when it is not beside the labels. repeats: annotators who answered
        a question twice did so on purpose. known: what an earlier import brought.
    sink: takes the answers in batches as they are read; what comes back is the rest of them.
    Raises DataError when there is nothing that can be read.
    """
    gathering = Gathering(repeats, known, sink)
    name = path.name.removesuffix(".gz")
    if path.is_dir():
        labels = _beside(path, "labels")
        found = items or _beside(path, "items")
        if labels is None or found is None:
            raise DataError(
                f"{path} holds no labels.jsonl and items.jsonl (or .gz); name a file: "
                + ", ".join(sorted(each.name for each in path.iterdir())[:12])
            )
        read_items(found, gathering)
        read_labels(labels, gathering)
    elif name.endswith(".csv"):
        read_table(path, gathering, table)
    elif name.endswith(".npz"):
        read_clips(path, gathering)
    elif name.endswith((".jsonl", ".json")):
        found = items or _beside(path.parent, "items")
        if found is not None and found.resolve() != path.resolve():
            read_items(found, gathering)
        if "items" in name and "labels" not in name:
            read_items(path, gathering)
        else:
            read_labels(path, gathering)
    else:
        raise DataError(f"{path}: a folder, .jsonl, .csv (each also .gz) or .npz is expected")
    return gathering.collection()


def _beside(folder: Path, stem: str) -> Path | None:
    for ending in (".jsonl", ".jsonl.gz"):
        if (folder / f"{stem}{ending}").is_file():
            return folder / f"{stem}{ending}"
    return None
