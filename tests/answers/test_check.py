from __future__ import annotations

from pathlib import Path
from typing import Any

from assent.answers.check import check
from assent.interop import files
from tests.interop.written import read, row, write


def names(folder: Path, *labels: dict[str, Any]) -> dict[str, int]:
    return {finding.name: finding.count for finding in check(read(folder, *labels))}


def test_a_good_set_has_nothing_that_stands_out(tmp_path: Path) -> None:
    items = [{"item_id": "q", "prompt": "p", "responses": ["a", "b"]}]
    rows = [
        row("q", f"w{n % 3}", "pair", n % 2, responses=r)
        for n in range(6)
        for r in ([0, 1], [1, 0])
    ]
    said = files.read(write(tmp_path, rows, items), repeats=True)
    contradictions = [f for f in check(said) if f.name != "contradictory answers"]
    assert contradictions == []


def test_items_that_no_chain_of_comparisons_joins_are_counted(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q2", "ann", "pair", 0, responses=[1, 2])]
    assert names(tmp_path, *rows)["disconnected"] == 2


def test_ratings_join_what_was_never_compared(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q2", "ann", "pair", 0, responses=[1, 2])]
    rows += [row("q1", "ann", "binary", 1, response=0), row("q2", "ann", "binary", 1, response=2)]
    assert "disconnected" not in names(tmp_path, *rows)


def test_annotators_with_one_answer_are_named(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q2", "ann", "pair", 0, responses=[0, 1])]
    (one,) = [
        f
        for f in check(read(tmp_path, *rows, row("q1", "bea", "pair", 1)))
        if f.name == "one answer"
    ]
    assert one.places == ("bea",)


def test_a_pair_judged_both_ways_is_a_contradiction_of_rows(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q1", "ann", "pair", 0, responses=[1, 0])]
    assert names(tmp_path, *rows)["contradictory answers"] == 1


def test_refused_and_doubled_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    label = row("q1", "ann", "pair", 0)
    found = {
        f.name: f.places for f in check(read(tmp_path, label, label, row("q1", "ann", "pair", 5)))
    }
    assert found["duplicated rows"] == ("labels.jsonl:2",)
    assert found["refused"][0].startswith("labels.jsonl:3 (value is 5")


def test_identical_options_are_named(tmp_path: Path) -> None:
    items = [{"item_id": "twins", "prompt": "p", "responses": ["x", "x"]}]
    found = {f.name: f.places for f in check(files.read(write(tmp_path, [], items)))}
    assert found["identical options"] == ("twins",)


def test_a_lean_to_the_option_shown_first_is_told(tmp_path: Path) -> None:
    rows = [row("q1", f"w{n}", "pair", 0) for n in range(40)]
    assert names(tmp_path, *rows)["side imbalance"] == 40
    even = [row("q1", f"w{n}", "pair", n % 2) for n in range(40)]
    assert "side imbalance" not in names(tmp_path, *even)


def test_somebody_who_always_says_the_same_is_named(tmp_path: Path) -> None:
    items = [{"item_id": f"i{n}", "prompt": f"p{n}"} for n in range(12)]
    rows = [row(f"i{n}", "ann", "rating", 3, scale=[1, 5]) for n in range(12)]
    found = {f.name: f.places for f in check(files.read(write(tmp_path, rows, items)))}
    assert found["always the same"] == ("ann",)


def test_a_clip_over_the_border_of_two_episodes_is_told(tmp_path: Path) -> None:
    clips = [{"episodes": [1], "from": 0}, {"episodes": [1, 2], "from": 7}]
    items = [{"item_id": "c", "prompt": None, "responses": clips}]
    said = files.read(write(tmp_path, [row("c", "ann", "pair", 0)], items))
    found = {f.name: f.places for f in check(said)}
    assert found["clips across episodes"] == ("labels.jsonl:1",)


def test_nothing_at_all_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    assert "refused" not in names(tmp_path)
