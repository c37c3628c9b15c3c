"""Small interchange files for tests."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from assent.interop import files
from assent.interop.collection import Collection

ITEMS: list[dict[str, Any]] = [
    {"item_id": "q1", "prompt": "p", "responses": ["a", "b"]},
    {"item_id": "q2", "prompt": "p", "responses": ["b", "c", "d"]},
    {"item_id": "q3", "prompt": "alone", "responses": []},
]


def row(item: str, who: object, feedback: str, value: Any, **more: Any) -> dict[str, Any]:
    """One label."""
    return {
        "item_id": item,
        "annotator_id": who,
        "feedback": feedback,
        "value": value,
        **more,
    }


def write(folder: Path, labels: list[Any], items: list[Any] = ITEMS, packed: bool = False) -> Path:
    """The two files of the format, in a folder."""
    folder.mkdir(exist_ok=True)
    for name, rows in (("items", items), ("labels", labels)):
        text = "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows)
        if packed:
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode("utf-8")))
        else:
            (folder / f"{name}.jsonl").write_text(text, "utf-8")
    return folder


def read(folder: Path, *labels: Any, repeats: bool = False) -> Collection:
    """What is read of these labels."""
    return files.read(write(folder, list(labels)), repeats=repeats)


def film(content: bytes) -> bytes:
    """What begins like an MP4, and is told from others by what follows."""
    return b"\0\0\0\x18ftypmp42" + content.ljust(20, b"\0")
