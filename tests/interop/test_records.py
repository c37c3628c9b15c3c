from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.answers.judged import judged
from assent.errors import DataError
from assent.interop import files
from assent.interop.collection import ANONYMOUS, UNKNOWN, Collection, known_of, level_values
from assent.interop.records import MAX_LEVELS
from assent.records import Grade, Order
from tests.interop.written import ITEMS, read, row, write


def refusals(collection: Collection) -> list[str]:
    return [f"{refusal.place} {refusal.why}" for refusal in collection.refused]


def test_the_same_response_under_the_same_prompt_is_one_item(tmp_path: Path) -> None:
    read_ = read(tmp_path)
    assert read_.entries["q1"][1] == read_.entries["q2"][0]
    assert len(read_.items) == 5


def test_packed_and_plain_files_say_the_same(tmp_path: Path) -> None:
    labels = [row("q1", "ann", "pair", 0)]
    plain = files.read(write(tmp_path / "plain", labels))
    packed = files.read(write(tmp_path / "packed", labels, packed=True))
    assert (plain.answers, plain.queries) == (packed.answers, packed.queries)


@pytest.mark.parametrize(
    ("value", "more", "level", "levels"),
    [
        (0, {}, 2, 3),
        (1, {}, 0, 3),
        ("tie", {}, 1, 3),
        (0, {"strength": 1}, 3, 5),
        (1, {"strength": 2}, 0, 5),
        ("tie", {"strength": 0}, 2, 5),
        (1, {"ties": False}, 0, 2),
    ],
)
def test_a_pair_is_a_level_of_the_first_above_the_second(
    tmp_path: Path, value: Any, more: dict[str, Any], level: int, levels: int
) -> None:
    found = judged(read(tmp_path, row("q1", "ann", "pair", value, **more))).evidence
    (block,) = found.grades
    assert (int(block.level[0]), found.scales[0].levels) == (level, levels)


def test_a_ranking_may_tie_and_may_leave_responses_to_others(tmp_path: Path) -> None:
    from assent.feedback import kind as kinds

    read_ = read(tmp_path, row("q2", "ann", "ranking", [2, 1, 1]))
    (query,) = read_.queries.values()
    (event,) = read_.answers
    assert event.answer is not None
    (target,) = kinds.find("ranking").targets(query, event.answer)
    assert isinstance(target, Order)
    assert target.ranks == (1, 0, 0)


def test_magnitudes_are_read_as_a_ranking(tmp_path: Path) -> None:
    same = [
        read(tmp_path, row("q2", "ann", kind, value)).answers[0].answer
        for kind, value in (("magnitudes", [10, 200.5, 30]), ("ranking", [3, 1, 2]))
    ]
    assert same[0] == {**(same[1] or {}), "given": [10, 200.5, 30]}


def test_a_rating_is_a_step_of_its_scale(tmp_path: Path) -> None:
    read_ = read(tmp_path, row("q3", "ann", "rating", 4.0, scale=[1, 5], dimension="tone"))
    (query,) = read_.queries.values()
    assert read_.answers[0].answer == {"level": 3}
    assert level_values(query.options) == [1, 2, 3, 4, 5]


def test_an_open_scale_is_cut_at_the_quantiles_of_its_file(tmp_path: Path) -> None:
    rows = [row("q3", f"w{n}", "rating", n, scale=[0, None]) for n in range(100)]
    read_ = read(tmp_path, *rows)
    assert {query.options["levels"] for query in read_.queries.values()} == {10}
    later = read_items_again(
        tmp_path / "later", read_, row("q3", "new", "rating", 50, scale=[0, None])
    )
    assert later.answers[0].answer == {"level": 5, "given": 50.0}


def rated(folder: Path, values: dict[str, float], known: Collection | None = None) -> Collection:
    """Ratings of one item by people on an open scale, after those of an earlier collection."""
    rows = [row("q3", who, "rating", value, scale=[0, None]) for who, value in values.items()]
    before = UNKNOWN if known is None else known_of(known)
    return files.read(write(folder, rows), known=before)


FIRST = {f"w{n}": float(n) for n in range(10)}


def test_what_lies_beyond_an_open_scale_gets_levels_of_its_own(tmp_path: Path) -> None:
    first = rated(tmp_path / "one", FIRST)
    later = rated(tmp_path / "two", {"x": 9.0, "y": 10.0, "z": 400.0}, first)
    levels = {each.annotator: (each.answer or {})["level"] for each in later.answers}
    top = (first.answers[-1].answer or {})["level"]
    assert levels["x"] == top
    assert top < levels["y"] < levels["z"]


def test_what_was_said_before_stays_as_it_was_when_a_scale_widens(tmp_path: Path) -> None:
    first = rated(tmp_path / "one", FIRST)
    grown = rated(tmp_path / "two", {**FIRST, "z": 400.0}, first)
    again = files.read(tmp_path / "two", known=known_of(merged(first, grown)))
    assert (grown.known, [each.annotator for each in grown.answers]) == (10, ["z"])
    assert (again.known, again.answers) == (11, ())


def merged(one: Collection, other: Collection) -> Collection:
    """Two imports together, as a project has them."""
    queries = {**one.queries, **other.queries}
    return replace(
        one, queries=queries, answers=(*one.answers, *other.answers), entries=one.entries
    )


def test_answers_of_every_width_are_read_on_the_widest(tmp_path: Path) -> None:
    first = rated(tmp_path / "one", FIRST)
    both = merged(first, rated(tmp_path / "two", {"y": 10.0, "z": 400.0}, first))
    third = merged(both, rated(tmp_path / "three", {"v": 5.0, "u": 1000.0}, both))
    found = judged(third)
    [scale], [block] = found.evidence.scales, found.evidence.grades
    said = dict(zip(found.annotators, block.level[np.argsort(block.annotator)], strict=True))
    assert scale.levels == 13
    assert [said[who] for who in ("w0", "w5", "w9", "v", "y", "z", "u")] == [0, 5, 9, 5, 10, 11, 12]


def test_a_scale_that_is_to_stay_as_it_is_counts_what_lies_beyond_as_its_highest(
    tmp_path: Path,
) -> None:
    known = replace(known_of(rated(tmp_path / "one", FIRST)), fixed=True)
    label = row("q3", "z", "rating", 400, scale=[0, None])
    later = files.read(write(tmp_path / "two", [label]), known=known)
    [query] = later.queries.values()
    assert (query.options["levels"], later.answers[0].answer) == (10, {"level": 9, "given": 400.0})


def test_a_scale_of_as_many_levels_as_there_may_be_refuses_what_lies_beyond(
    tmp_path: Path,
) -> None:
    known = known_of(rated(tmp_path / "one", FIRST))
    [(kind, options)] = known.scales
    many = [float(n) for n in range(MAX_LEVELS)]
    full = {**options, "levels": MAX_LEVELS, "edges": many[1:], "values": many, "most": many[-1]}
    label = row("q3", "z", "rating", 400, scale=[0, None])
    later = files.read(
        write(tmp_path / "two", [label]), known=replace(known, scales=((kind, full),))
    )
    [refusal] = later.refused
    assert "value 400 is beyond 200, the most that was met before" in refusal.why


def read_items_again(folder: Path, known: Collection, label: dict[str, Any]) -> Collection:
    return files.read(write(folder, [label]), known=known_of(known))


def test_dimensions_are_worths_of_their_own(tmp_path: Path) -> None:
    rows = [row("q3", "ann", "binary", 1, dimension=d) for d in ("short", "kind")]
    found = judged(read(tmp_path, *rows, row("q3", "ann", "binary", 1)))
    assert [thing.dimension for thing in found.things] == ["short", "kind", None]
    assert {thing.item for thing in found.things} == {found.things[0].item}
    assert [scale.name for scale in found.evidence.scales] == [
        "approval",
        "approval of kind",
        "approval of short",
    ]


def test_the_same_row_again_is_no_second_answer(tmp_path: Path) -> None:
    label = row("q1", "ann", "pair", 0)
    first = read(tmp_path, label, label)
    assert (len(first.answers), first.duplicates) == (1, ("labels.jsonl:2",))
    again = files.read(tmp_path, known=known_of(first))
    assert (again.answers, again.known) == ((), 1)


def test_people_without_a_name_are_many(tmp_path: Path) -> None:
    label = row("q1", None, "pair", 0)
    first = read(tmp_path, label, label, row("q1", None, "pair", 1))
    assert [answer.annotator for answer in first.answers] == [ANONYMOUS] * 3
    grown = write(tmp_path, [label, label, label, row("q1", None, "pair", 1)])
    again = files.read(grown, known=known_of(first))
    assert (len(again.answers), again.known) == (1, 3)


def test_rows_in_another_order_are_the_same_answers(tmp_path: Path) -> None:
    rows = [row("q1", None, "pair", v) for v in (0, 1, 0, "tie")]
    one, other = read(tmp_path, *rows), read(tmp_path, *rows[::-1])
    assert {a.id for a in one.answers} == {a.id for a in other.answers}


def test_another_answer_by_the_same_annotator_is_refused(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", 0), row("q1", "ann", "pair", 1)]
    (told,) = refusals(read(tmp_path, *rows))
    assert told.startswith("labels.jsonl:2 annotator 'ann' already gave another answer")
    assert "labels.jsonl:1" in told


def test_answers_about_a_name_that_stands_for_two_things_are_refused(tmp_path: Path) -> None:
    items = [*ITEMS, {"item_id": "q1", "prompt": "another", "responses": ["a", "b"]}]
    labels = [row("q1", "ann", "pair", 1), row("q2", "ann", "ranking", [1, 2, 3])]
    read_ = files.read(write(tmp_path, labels, items))
    assert [refusal.place for refusal in read_.refused] == ["items.jsonl:4", "labels.jsonl:1"]
    assert len(read_.answers) == 1


def test_a_name_that_an_earlier_import_knows_otherwise_takes_no_answers(tmp_path: Path) -> None:
    before = known_of(read(tmp_path / "before", row("q1", "ann", "pair", 1)))
    other = [{"item_id": "q1", "prompt": "another", "responses": ["a", "b"]}]
    folder = write(tmp_path / "later", [row("q1", "bea", "pair", 1)], other)
    found = files.read(folder, known=before)
    assert (len(found.refused), found.answers) == (2, ())


def test_the_same_answer_at_another_time_is_another_answer_in_any_file(tmp_path: Path) -> None:
    def told(time: float) -> Any:
        return row("q1", "ann", "pair", 1, time=time)

    first = read(tmp_path / "1", told(10.0), repeats=True)
    both = write(tmp_path / "2", [told(20.0), told(10.0), told(10.0)])
    again = files.read(both, repeats=True, known=known_of(first))
    plain = files.read(write(tmp_path / "3", [told(10.0)]), known=known_of(first))
    assert (len(again.answers), again.known) == (1, 2)
    assert (len(plain.answers), plain.known, plain.refused) == (0, 1, ())


def test_repeats_are_kept_when_they_are_meant(tmp_path: Path) -> None:
    rows = [row("q1", "ann", "pair", v) for v in (0, 1, 0)]
    read_ = read(tmp_path, *rows, repeats=True)
    assert len({answer.query for answer in read_.answers}) == 3
    assert [q.purpose for q in read_.queries.values()] == ["normal", "repeat", "repeat"]


def test_the_same_content_under_another_name_is_another_question(tmp_path: Path) -> None:
    items = [ITEMS[0], {**ITEMS[0], "item_id": "copy"}]
    rows = [row("q1", "ann", "pair", 0), row("copy", "ann", "pair", 1)]
    read_ = files.read(write(tmp_path, rows, items))
    assert (len(read_.answers), read_.refused, len(read_.items)) == (2, (), 2)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("{not json", "not JSON"),
        ("[1]", "a JSON object is expected"),
        (row("q9", "ann", "pair", 0), "no item 'q9'"),
        (row("q1", "ann", "pair", 2), '0 (the first), 1 or "tie"'),
        (row("q1", "ann", "pair", True), '0 (the first), 1 or "tie"'),
        (row("q1", "ann", "pair", "tie", strength=2), "contradicts"),
        (row("q1", "ann", "pair", 0, strength=0), "contradicts"),
        (row("q2", "ann", "pair", 0), "compares 2 responses, found 3"),
        (row("q2", "ann", "pair", 0, responses=[0, 3]), "from 0 to 2"),
        (row("q2", "ann", "pair", 0, responses=[1, 1]), "name one twice"),
        (row("q2", "ann", "ranking", [1, 2]), "2 values for 3 options"),
        (row("q2", "ann", "ranking", [1, 2, None]), "finite number"),
        (row("q2", "ann", "ranking", [2, 3, 4]), "whole numbers from 1"),
        (row("q2", "ann", "ranking", [1, 2, 2.5]), "whole numbers from 1"),
        (row("q2", "ann", "magnitudes", [1, 2, float("nan")]), "finite number"),
        (row("q3", "ann", "rating", 6, scale=[1, 5]), "outside the scale from 1 to 5"),
        (row("q3", "ann", "rating", 0, scale=[1, 5]), "outside the scale from 1 to 5"),
        (row("q3", "ann", "rating", 2.5, scale=[1, 5]), "between two of the 5 levels"),
        (row("q3", "ann", "rating", float("nan"), scale=[1, 5]), "finite number"),
        (row("q3", "ann", "rating", 3), "[lowest, highest]"),
        (row("q3", "ann", "rating", 3, scale=[1, 5000]), "2 to 201"),
        (row("q3", "ann", "binary", 2), "0 or 1"),
        (row("q1", "ann", "binary", 1), "one in `response`"),
        (row("q1", "ann", "stars", 1), "one of pair"),
        (row("q1", ["ann"], "pair", 1), "annotator_id"),
        (row("q1", " ", "pair", 1), "printable"),
        (row("q1", "ann", "pair", 1, shown_order=[0, 0]), "shown_order"),
        (row("q1", "ann", "pair", 1, dimension=3), "dimension"),
        ({"feedback": "pair", "value": 0}, "item_id"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_by_its_line(
    tmp_path: Path, label: Any, told: str
) -> None:
    good = row("q1", "bea", "pair", 0)
    read_ = read(tmp_path, good, label, good)
    (refused,) = read_.refused
    assert refused.place == "labels.jsonl:2"
    assert told in refused.why
    assert len(read_.answers) == 1


def test_a_name_cannot_stand_for_two_contents(tmp_path: Path) -> None:
    items = [ITEMS[0], {"item_id": "q1", "prompt": "another", "responses": ["a", "b"]}]
    read_ = files.read(write(tmp_path, [], items))
    [told] = refusals(read_)
    assert told.startswith("items.jsonl:2 item 'q1' is there already, with another content")


def test_identical_options_and_spans_are_counted_and_not_used(tmp_path: Path) -> None:
    items = [{"item_id": "q", "prompt": "p", "responses": ["x", "x"]}]
    rows = [row("q", "ann", "pair", 0), row("q", "ann", "spans", {})]
    read_ = files.read(write(tmp_path, rows, items))
    assert (read_.answers, sum(read_.skipped.values())) == ((), 2)


def test_a_pair_is_shown_as_listed_unless_the_row_says_otherwise(tmp_path: Path) -> None:
    rows = [row("q1", "a", "pair", 0), row("q1", "b", "pair", 0, shown_order=[1, 0])]
    assert [a.shown_order for a in read(tmp_path, *rows).answers] == [(0, 1), (1, 0)]


def test_labels_alone_find_their_items_in_an_earlier_import(tmp_path: Path) -> None:
    known = read(tmp_path)
    alone = tmp_path / "alone"
    alone.mkdir()
    write(alone, [row("q1", "ann", "pair", 0)])
    (alone / "items.jsonl").unlink()
    read_ = files.read(alone / "labels.jsonl", known=known_of(known))
    assert (len(read_.answers), read_.refused) == (1, ())


def test_a_path_that_holds_nothing_is_an_error_that_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no items\.jsonl"):
        files.read(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        files.read(tmp_path / "nothing.jsonl")


def test_a_torn_gzip_file_is_an_error(tmp_path: Path) -> None:
    folder = write(tmp_path, [row("q1", "ann", "pair", 0)], packed=True)
    torn = folder / "labels.jsonl.gz"
    torn.write_bytes(torn.read_bytes()[:-12])
    with pytest.raises(DataError, match="cannot read"):
        files.read(folder)


def test_a_grade_of_a_rating_names_its_scale(tmp_path: Path) -> None:
    from assent.feedback import kind as kinds

    read_ = read(tmp_path, row("q3", "ann", "rating", 2, scale=[1, 3], dimension="tone"))
    (query,) = read_.queries.values()
    (target,) = kinds.find("rating").targets(query, {"level": 1})
    assert isinstance(target, Grade)
    assert target.scale == "rating 1 to 3 of tone"
