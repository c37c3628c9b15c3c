"""What people say on the page of any project, taken into a project of answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assent.errors import DataError
from assent.feedback import kind as kinds
from assent.interop import files
from assent.interop.collection import Collection, known_of
from assent.records import Grade, Json, Segment

A, B = Segment("outside-q-a", 0, 1), Segment("outside-q-b", 0, 1)


def asked(kind: str, segments: tuple[Segment, ...] = (A, B), **options: Any) -> Json:
    return {
        "type": "query",
        "id": f"q-{kind}",
        "kind": kind,
        "segments": [segment.key for segment in segments],
        "question": "?",
        "options": options,
    }


def said(kind: str, answer: Any, who: str = "p1", **more: Any) -> Json:
    return {
        "type": "feedback",
        "id": f"{kind}-{who}",
        "query": f"q-{kind}",
        "annotator": who,
        "answer": answer,
        "shown_order": [1, 0],
        "created_at": 5.0,
        "note": "why",
        "in_force": True,
    } | more


def scene(segment: Segment, reply: str) -> Json:
    shown = {"type": "text", "prompt": "hello", "reply": reply}
    return {"type": "scene", "segment": segment.key, "hash": "x", "scene": shown}


HEAD: list[Json] = [
    {"type": "project", "name": "p", "exported_at": 1.0, "format": 1},
    {"type": "guideline", "version": 1, "markdown": "Be kind."},
    {"type": "annotator", "id": "p1", "name": "first"},
    {"type": "annotator", "id": "p2", "name": "twice"},
    {"type": "annotator", "id": "p3", "name": "twice"},
]
SCENES = [scene(A, "one"), scene(B, "two")]


def read(folder: Path, *rows: Any) -> Collection:
    path = folder / "export.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in [*HEAD, *rows]), "utf-8")
    return files.read(path)


def targets(found: Collection) -> list[Any]:
    """What is learnt, with items by their text."""
    texts = {f"{item.id}:0:1": item.response for item in found.items.values()}
    told: list[Any] = []
    for event in found.answers:
        query = found.queries[event.query]
        assert event.answer is not None
        for target in kinds.find(query.kind).targets(query, event.answer):
            names = [texts[segment.key] for segment in target.segments]
            if isinstance(target, Grade):
                told.append((names, target.level, target.levels))
            else:
                told.append((names, target.ranks))
    return told


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        (asked("comparison"), {"choice": B.key, "strength": "much"}, [(["one", "two"], 0, 5)]),
        (asked("comparison"), {"choice": "tie"}, [(["one", "two"], 2, 5)]),
        (asked("comparison", levels=2), {"choice": A.key}, [(["one", "two"], 1, 2)]),
        (asked("ranking"), {"ranking": [[B.key], [A.key]]}, [(["one", "two"], (1, 0))]),
        (asked("rating", (A,), levels=7), {"level": 4}, [(["one"], 4, 7)]),
        (asked("approval", (B,)), {"level": 1}, [(["two"], 1, 2)]),
        (
            asked("attributes", (A,), levels=5, attributes=["Kind", "True"]),
            {"levels": {"Kind": 0, "True": 4}},
            [(["one"], 0, 5), (["one"], 4, 5)],
        ),
        (
            asked("correction", (A,), original="one"),
            {"text": "one, better"},
            [(["one, better", "one"], (0, 1))],
        ),
    ],
)
def test_an_answer_teaches_the_same_as_in_the_loop(
    tmp_path: Path, question: Json, answer: Json, expected: list[Any]
) -> None:
    shown = list(range(len(question["segments"])))[::-1]
    found = read(tmp_path, question, *SCENES, said(question["kind"], answer, shown_order=shown))
    assert found.refused == ()
    assert targets(found) == expected
    assert {event.annotator for event in found.answers} == {"first"}
    assert {(event.note, event.created_at) for event in found.answers} == {("why", 5.0)}


def test_pairs_keep_the_order_on_the_screen(tmp_path: Path) -> None:
    [event] = read(
        tmp_path, asked("comparison"), *SCENES, said("comparison", {"choice": "tie"})
    ).answers
    assert event.shown_order == (1, 0)


def test_the_same_reply_is_one_thing_in_every_question(tmp_path: Path) -> None:
    again = Segment("outside-r-a", 0, 1)
    other = asked("approval", (again,))
    found = read(tmp_path, asked("comparison"), *SCENES, other, scene(again, "one"))
    assert sorted(str(item.response) for item in found.items.values()) == ["one", "two"]


def test_what_is_not_in_force_or_teaches_nothing_is_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        asked("comparison"),
        *SCENES,
        said("comparison", {"choice": A.key, "strength": "some"}, in_force=False),
        said("comparison", None, in_force=False),
        said("comparison", {"skip": "cannot_tell"}),
    )
    assert found.answers == ()
    assert sum(found.skipped.values()) == 3


def test_two_of_one_name_stay_two(tmp_path: Path) -> None:
    answers = [said("comparison", {"choice": "tie"}, who) for who in ("p2", "p3")]
    found = read(tmp_path, asked("comparison"), *SCENES, *answers)
    assert {event.annotator for event in found.answers} == {"p2", "p3"}


@pytest.mark.parametrize(
    "row",
    [
        {"type": "feedback"},
        said("ranking", {"ranking": []}),
        said("comparison", {"choice": "nobody"}),
        said("comparison", {"choice": A.key, "strength": "some"}, shown_order=["x"]),
        said("comparison", {"choice": A.key, "strength": "some"}, created_at="noon"),
        said("comparison", 7),
        {"type": "query", "id": "x", "kind": "comparison", "segments": ["a"], "options": {}},
        {"type": "query", "id": "x", "kind": "comparison", "segments": 3, "options": {}},
        {"type": "scene", "segment": None},
        {"type": "annotator", "id": ["p"]},
        asked("applause"),
    ],
)
def test_a_line_that_cannot_be_true_is_refused_by_its_number(tmp_path: Path, row: Json) -> None:
    good = said("comparison", {"choice": "tie"}, "p2")
    extra = [said("applause", {"level": 1}, "p9")] if row.get("kind") == "applause" else []
    found = read(tmp_path, asked("comparison"), *SCENES, row, *extra, good)
    assert [refusal.place for refusal in found.refused] == [f"export.jsonl:{9 + len(extra)}"]
    assert [event.annotator for event in found.answers] == ["p2"]


def test_a_later_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(json.dumps({**HEAD[0], "format": 2}) + "\n", "utf-8")
    with pytest.raises(DataError, match="format '2'"):
        files.read(path)


def test_a_second_export_brings_what_is_new(tmp_path: Path) -> None:
    first = read(tmp_path, asked("comparison"), *SCENES, said("comparison", {"choice": "tie"}))
    later = [said("comparison", {"choice": "tie"}, who) for who in ("p1", "p2")]
    read(tmp_path, asked("comparison"), *SCENES, *later)
    found = files.read(tmp_path / "export.jsonl", known=known_of(first))
    assert (found.known, [event.annotator for event in found.answers]) == (1, ["p2"])
