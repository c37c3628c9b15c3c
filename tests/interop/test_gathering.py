"""What answers and questions are called must not change: imports of old files depend on it."""

from __future__ import annotations

import json
from pathlib import Path

from assent.interop import files
from assent.interop.collection import Collection, digest
from assent.interop.gathering import BATCH
from tests.interop.written import read, row, write


def test_names_follow_from_who_said_what_where(tmp_path: Path) -> None:
    labels = [
        row("q1", "Åsa", "pair", 0),
        row("q1", "bea", "pair", 1, strength=2),
        row("q1", "cal", "pair", "tie"),
        row("q2", "ann", "ranking", [2, 1, 1], dimension='of "tone"'),
        row("q3", "ann", "rating", 4, scale=[1, 5]),
    ]
    said = read(tmp_path, *labels)
    for answer, label in zip(said.answers, labels, strict=True):
        query = said.queries[answer.query]
        keys = [segment.key for segment in query.segments]
        assert query.id == digest([query.kind, keys, query.options, label["item_id"]])
        spelled = json.dumps(answer.answer, sort_keys=True, separators=(",", ":"))
        assert answer.id == digest([answer.annotator, query.id, spelled, 0])


def test_a_sink_gets_everything_once_and_in_order(tmp_path: Path) -> None:
    items = [{"item_id": f"i{n}", "prompt": n} for n in range(100)]
    rows = [
        row(f"i{n % 100}", f"w{n // 100}", "binary", (n // 3) % 2) for n in range(2 * BATCH + 10)
    ]
    batches: list[Collection] = []
    rest = files.read(write(tmp_path, [*rows, rows[0]], items), sink=batches.append)
    assert [len(batch.answers) for batch in (*batches, rest)] == [BATCH, BATCH, 10]
    assert len(batches[0].items) == 100
    assert rest.duplicates == (f"labels.jsonl:{2 * BATCH + 11}",)
    whole = files.read(tmp_path)
    assert [a for batch in (*batches, rest) for a in batch.answers] == list(whole.answers)
