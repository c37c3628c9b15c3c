"""A process that answers and says so, to be killed.

`python -m tests.store.writer FOLDER ANNOTATOR URL LIMIT`

It prints each answer's id only after the store has acknowledged it. With a LIMIT
above 0, no file may grow beyond so many bytes: it prints the error it met, lifts
the limit, and answers once more.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from assent.errors import StoreError
from assent.store.store import Store, open_store
from tests.store.made import answer, claim


def main() -> None:
    folder, annotator, url, limit = sys.argv[1:]
    store = open_store(Path(folder), url or None)
    _limit(int(limit))
    try:
        while _answer_one(store, annotator):
            pass
    except StoreError as error:
        print("error", error, flush=True)
        _limit(0)
        _answer_one(store, annotator)
    print("end", flush=True)


def _answer_one(store: Store, annotator: str) -> bool:
    slots = claim(store, annotator)
    for slot in slots:
        print("kept", answer(store, slot, annotator).feedback.id, flush=True)
    return bool(slots)


def _limit(size: int) -> None:
    """Let no file of this process grow beyond `size` bytes; 0: any size."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size or hard, hard))


if __name__ == "__main__":
    main()
