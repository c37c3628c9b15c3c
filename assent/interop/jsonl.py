"""Everything people said, as JSON lines: one `query` or `feedback` object a line.

The order is that of the store, so a file written later begins with the earlier one's
lines. Answers are as given; corrections and undone answers are there, with what
they replace.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from assent.errors import StoreError
from assent.records import Feedback, Json, Query
from assent.store.store import Store


def lines(store: Store) -> Iterator[str]:
    """One JSON object per question, annotator and answer, without line ends."""
    for query in store.questions.list():
        yield _line(of_query(query))
    for person in store.people.list():
        yield _line({"record": "annotator", **asdict(person)})
    for feedback in store.answers.all():
        yield _line(of_feedback(feedback))


def of_query(query: Query) -> Json:
    """A question as plain values; segments by the keys that answers use."""
    return {"record": "query", **asdict(query), "segments": [s.key for s in query.segments]}


def of_feedback(feedback: Feedback) -> Json:
    """An answer as plain values."""
    return {"record": "feedback", **asdict(feedback)}


def write(path: Path, texts: Iterable[str]) -> int:
    """Write lines to a file, whole or not at all; returns how many.

    Raises StoreError when the disk does not take them.
    """
    count = 0
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            for text in texts:
                file.write(text + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error}; free some space or name another file"
        ) from None
    return count


def _line(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
