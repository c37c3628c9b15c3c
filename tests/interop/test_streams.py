"""Exports are read some rows at a time, and say what they would say if read at once."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pytest

from assent.interop import flat, jsonl
from assent.store.store import Store
from tests.store.made import NOW, claim, people, query, said, take_back


@pytest.fixture
def answered(store: Store) -> Store:
    """Five questions, two answers each: some corrected, some taken back, one never answered."""
    people(store, "ada", "bo")
    store.questions.add(
        [query(f"q{n}", answers_wanted=2) for n in range(5)], {"q0-a:0:5": "0" * 64}
    )
    for who in ("ada", "bo"):
        for slot in claim(store, who, limit=4):
            event = said(slot, who, "tie")
            store.answers.add(event, slot.id, slot.lease_token, event.id, NOW)
    [first, second, *_] = store.answers.current()
    take_back(store, first)
    changed = {"choice": "both_bad"}
    event = replace(second, id="changed", answer=changed, replaces=second.id)
    store.answers.add(event, None, None, "changed", NOW)
    return store


@pytest.mark.parametrize("many", [1, 2, 3, 2000])
def test_tables_are_the_same_however_many_rows_are_read_at_once(
    answered: Store, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(flat, "TOGETHER", many)
    rows = list(flat.answers(answered))
    sums = list(flat.questions(answered))
    assert [row["feedback"] for row in rows] == [each.id for each in answered.answers.current()]
    assert {row["query"]: row["answers"] for row in sums} == {"q0": 1, "q1": 2, "q2": 2, "q3": 2}
    assert [json.loads(row["said"]) for row in sums] == [
        {"Equal": 1},
        {"Equal": 1, "Both bad": 1},
        {"Equal": 2},
        {"Equal": 2},
    ]


@pytest.mark.parametrize("many", [1, 3, 2000])
def test_everything_is_there_once_however_many_rows_are_read_at_once(
    answered: Store, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(jsonl, "_TOGETHER", many)
    monkeypatch.setattr(type(answered.blobs), "get_json", lambda *_: {"type": "text"})
    lines = [json.loads(line) for line in jsonl.lines(answered, "project", NOW)]
    told = {kind: [each for each in lines if each["type"] == kind] for kind in ("query", "scene")}
    events = [each for each in lines if each["type"] == "feedback"]
    assert [each["id"] for each in told["query"]] == [f"q{n}" for n in range(5)]
    assert [each["segment"] for each in told["scene"]] == ["q0-a:0:5"]
    assert [each["id"] for each in events] == [each.id for each in answered.answers.all()]
    standing = {each.id for each in answered.answers.current()}
    assert {each["id"] for each in events if each["in_force"]} == standing
    assert len(lines) - jsonl.count(answered) == 4  # the project, its guideline, two people


def test_a_column_that_is_empty_at_first_has_the_type_of_what_comes_later(
    answered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(flat, "TOGETHER", 2)
    rows = list(flat.answers(answered))
    rows[-1] |= {"read_ms": 5.0}
    file = BytesIO()
    flat.parquet(rows, file)
    assert files.read_table(file).to_pylist() == rows
