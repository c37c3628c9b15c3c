from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assent.answers.check import check
from assent.answers.fit import fit
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
    stands_out = {f.name for f in check(said)}
    # Each said of both orders that the first is better; nobody gave a tie.
    assert stands_out == {"contradictory answers", "levels never used"}


def test_items_that_no_chain_of_comparisons_joins_are_counted(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q2", "ann", "pair", 0, responses=[1, 2])]
    assert names(tmp_path, *rows)["disconnected"] == 2


def test_features_relate_and_score_what_was_never_compared(tmp_path: Path) -> None:
    items = [
        {"item_id": name, "prompt": "p", "responses": [f"{name} 0", f"{name} 1"], **more}
        for name, more in (
            ("one", {"features": [[0, 1], [2, 3]]}),
            ("two", {"features": [[4, 4], [1, 0]]}),
            ("unasked", {"features": [[1, 1], [3, 3]]}),
            ("bare", {}),
        )
    ]
    rows = [row("one", "ann", "pair", 0), row("two", "ann", "pair", 1)]
    said = files.read(write(tmp_path, rows, items))
    found = {f.name: f for f in check(said)}
    assert "follows from their features" in found["disconnected"].words
    assert "bounded by the prior alone" not in found
    assert found["judged by features alone"].places == ("unasked/0", "unasked/1")
    assert found["never judged"].places == ("bare/0", "bare/1")
    # Who was never judged and has features is scored, whoever has none is not.
    scored = {score.name for score in fit(said).scores(said) if not score.answers}
    assert scored == {"unasked/0", "unasked/1"}


def test_many_without_names_are_not_one_annotator(tmp_path: Path) -> None:
    def warned(who: str | None) -> str:
        rows = [row(f"q{n}", who, "pair", 0, responses=[0, 1]) for n in (1, 2)]
        return " ".join(fit(read(tmp_path, *rows)).fit.warnings)

    assert "one annotator: nothing tells taste from truth" in warned("ann")
    assert "one annotator" not in warned(None)
    assert "nobody is named: answers of many people" in warned(None)


def test_ratings_join_what_was_never_compared(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q2", "ann", "pair", 0, responses=[1, 2])]
    rows += [row("q1", "ann", "binary", 1, response=0), row("q2", "ann", "binary", 1, response=2)]
    assert "disconnected" not in names(tmp_path, *rows)


def test_names_that_differ_in_case_or_blanks_alone_are_told(tmp_path: Path) -> None:
    rows = [row("q1", who, "pair", 0) for who in ("ann", "Ann", " ann", "bea", "an n")]
    found = {f.name: f.places for f in check(read(tmp_path, *rows))}
    assert found["names alike"] == ("' ann' and 'Ann' and 'ann'",)


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
    items = [{"item_id": f"i{n}", "prompt": f"p{n}"} for n in range(40)]
    rows = [row(f"i{n}", "ann", "rating", 3, scale=[1, 5]) for n in range(40)]
    rows += [
        row(f"i{n}", who, "rating", 1 + (n + k) % 5, scale=[1, 5])
        for n in range(40)
        for k, who in enumerate(("bea", "cal"))
    ]
    said = files.read(write(tmp_path, rows, items))
    found = {f.name: f.places for f in check(said)}
    told = "level 3 of 5 on the scale rating 1 to 5, 100% of the time"
    assert found["always the same"] == (f"ann ({told})",)
    # `assent annotators` says the same of the same people.
    flagged = {p["annotator"]: p["flags"] for p in fit(said).people() if p["flags"]}
    assert [f["words"] for f in flagged["ann"] if f["name"] == "always the same"] == [
        f"answers {told}"
    ]


def test_a_clip_over_the_border_of_two_episodes_is_told(tmp_path: Path) -> None:
    clips = [{"episodes": [1], "from": 0}, {"episodes": [1, 2], "from": 7}]
    items = [{"item_id": "c", "prompt": None, "responses": clips}]
    said = files.read(write(tmp_path, [row("c", "ann", "pair", 0)], items))
    found = {f.name: f.places for f in check(said)}
    assert found["clips across episodes"] == ("labels.jsonl:1",)


def votes(*said: tuple[str, str, str]) -> tuple[list[Any], list[Any]]:
    """Items and rows of who preferred which item to which, names of one letter."""
    names = sorted({letter for _, better, worse in said for letter in (better, worse)})
    items = [{"item_id": "q", "prompt": "p", "responses": names}]
    rows = [
        row("q", who, "pair", 0, responses=[names.index(a), names.index(b)]) for who, a, b in said
    ]
    return items, rows


def found_of(folder: Path, items: list[Any], rows: list[Any]) -> dict[str, tuple[str, ...]]:
    return {f.name: f.places for f in check(files.read(write(folder, rows, items)))}


def test_choices_in_a_circle_are_told_with_their_size(tmp_path: Path) -> None:
    items, rows = votes(
        *(("ann", a, b) for a, b in ("ab", "bc", "ca", "cd")),
        *(("bea", a, b) for a, b in ("ab", "bc", "ac")),
    )
    assert found_of(tmp_path, items, rows)["cycles"] == ("ann (3 items)",)


def test_a_pair_judged_both_ways_is_no_circle(tmp_path: Path) -> None:
    items, rows = votes(*(("ann", a, b) for a, b in ("ab", "ba", "bc", "cd")))
    assert "cycles" not in found_of(tmp_path, items, rows)


def test_who_shares_no_item_with_anybody_is_named(tmp_path: Path) -> None:
    items, rows = votes(("ann", "a", "b"), ("bea", "b", "c"), ("cal", "x", "y"))
    assert found_of(tmp_path, items, rows)["share nothing"] == ("cal",)


def test_one_annotator_alone_cannot_share(tmp_path: Path) -> None:
    items, rows = votes(("ann", "a", "b"), ("ann", "b", "c"))
    assert "share nothing" not in found_of(tmp_path, items, rows)


def test_levels_that_nobody_used_are_named(tmp_path: Path) -> None:
    items = [{"item_id": f"i{n}", "prompt": n} for n in range(3)]
    rows = [row(f"i{n}", "ann", "rating", n - 1, scale=[-3, 1]) for n in range(3)]
    found = found_of(tmp_path, items, rows)
    assert found["levels never used"] == ("rating -3 to 1: -3 -2",)


def test_scales_without_anything_but_ties_are_told(tmp_path: Path) -> None:
    found = found_of(
        tmp_path,
        [{"item_id": "q", "prompt": "p", "responses": ["a", "b"]}],
        [row("q", who, "pair", "tie") for who in ("ann", "bea")],
    )
    assert found["levels never used"] == ("pair: all but tie",)


def copied(questions: int, others: int) -> tuple[list[Any], list[Any]]:
    """Ann and bea give the same answers, at random; others give theirs."""
    rng = np.random.default_rng(0)
    items = [{"item_id": f"i{n}", "prompt": n} for n in range(questions)]
    rows = []
    for n in range(questions):
        rows += [row(f"i{n}", who, "binary", n * n % 3 % 2) for who in ("ann", "bea")]
        for k in range(others):
            rows.append(row(f"i{n}", f"w{k}", "binary", int(rng.integers(2))))
    return items, rows


def test_two_who_always_agree_where_others_do_not_are_told(tmp_path: Path) -> None:
    found = found_of(tmp_path, *copied(30, 3))
    assert found["identical annotators"] == ("ann and bea (30 questions)",)


def test_two_who_agree_on_few_questions_are_not_told(tmp_path: Path) -> None:
    assert "identical annotators" not in found_of(tmp_path, *copied(20, 3))


def test_two_who_agree_where_everybody_does_are_not_told(tmp_path: Path) -> None:
    items = [{"item_id": f"i{n}", "prompt": n} for n in range(60)]
    rows = [
        row(f"i{n}", f"w{k}", "binary", int(n % 4 == 0 or (n == k + 1)))
        for n in range(60)
        for k in range(8)
    ]
    # The same answers as w0, but on questions where nearly all say the same.
    rows += [row(f"i{n}", "ann", "binary", int(n % 4 == 0 or n == 1)) for n in range(60)]
    assert "identical annotators" not in found_of(tmp_path, items, rows)


def test_who_leans_to_one_side_is_named(tmp_path: Path) -> None:
    items = [{"item_id": f"i{n}", "prompt": n, "responses": ["a", "b"]} for n in range(60)]
    rows = [row(f"i{n}", "ann", "pair", 0) for n in range(60)]
    rows += [row(f"i{n}", "bea", "pair", n % 2) for n in range(60)]
    found = found_of(tmp_path, items, rows)
    assert found["leaning to a side"] == ("ann (60 of 60 on the first)",)


def test_every_finding_says_what_to_do(tmp_path: Path) -> None:
    items, rows = votes(*(("ann", a, b) for a, b in ("ab", "bc", "ca", "ac")), ("bea", "x", "y"))
    found = check(files.read(write(tmp_path, [*rows, rows[0], {"item_id": "q"}], items)))
    assert len(found) > 5
    assert all(finding.do and finding.words and finding.json() for finding in found)


def test_nothing_at_all_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    assert "refused" not in names(tmp_path)
