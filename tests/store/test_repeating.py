"""Repeats: only whoever answered a question is asked it again, the other way round."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assent.records import Query
from assent.store.migrate import migrate
from assent.store.picking import Want
from assent.store.store import Store
from tests.store.made import LEASE_SECONDS, NOW, answer, claim, people, query, take_back


def repeat(original: Query, wanted: int = 1) -> Query:
    again = query(f"{original.id} again", wanted, options={"mirror_of": original.id})
    return replace(again, segments=original.segments)


@pytest.fixture
def asked(store: Store) -> Store:
    """Questions 0 to 3 with one answer each, 0 and 2 of them asked again; ada, bo and cy."""
    people(store, "ada", "bo", "cy")
    first = [query(str(n)) for n in range(4)]
    store.questions.add([*first, repeat(first[0]), repeat(first[2])], {})
    return store


def names(store: Store, annotator: str, now: float = NOW, limit: int = 9) -> list[str]:
    return [slot.query.id for slot in claim(store, annotator, now, limit)]


def test_nobody_is_asked_again_what_they_never_answered(asked: Store) -> None:
    for slot in claim(asked, "ada", limit=4):
        answer(asked, slot, "ada")
    assert names(asked, "bo") == []
    assert names(asked, "cy") == []


def test_each_is_asked_again_what_they_answered_themselves(asked: Store) -> None:
    mine = claim(asked, "ada", limit=2)
    theirs = claim(asked, "bo", limit=2)
    for who, slots in (("ada", mine), ("bo", theirs)):
        for slot in slots:
            answer(asked, slot, who)
    assert (names(asked, "ada"), names(asked, "bo")) == (["0 again"], ["2 again"])


def test_a_question_that_is_held_is_not_repeated_yet(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    before = names(asked, "ada", limit=9)
    answer(asked, slot, "ada")
    after = names(asked, "ada", limit=9)
    assert ("0 again" in before, "0 again" in after) == (False, True)


def test_a_repeat_is_not_passed_over_because_its_original_came_late(asked: Store) -> None:
    held = claim(asked, "ada", limit=4)
    # Looks again while everything is held: nothing more is there, and the bookmark moves on.
    assert len(claim(asked, "ada", limit=9)) == 4
    for slot in held:
        answer(asked, slot, "ada")
    assert names(asked, "ada") == ["0 again", "2 again"]


def test_a_repeat_shows_what_was_seen_the_other_way_round(asked: Store) -> None:
    seen = {}
    for slot in claim(asked, "ada", limit=4):
        seen[slot.query.id] = slot.shown_order
        answer(asked, slot, "ada")
    again = {slot.query.id.split()[0]: slot.shown_order for slot in claim(asked, "ada", limit=9)}
    assert again == {name: seen[name][::-1] for name in ("0", "2")}


def test_a_repeat_goes_to_everybody_who_answered_and_to_nobody_twice(store: Store) -> None:
    people(store, "ada", "bo", "cy")
    original = query("q", answers_wanted=2)
    store.questions.add([original, repeat(original, wanted=2)], {})
    for who in ("ada", "bo"):
        [slot] = claim(store, who)
        answer(store, slot, who)
    given = []
    for who in ("ada", "bo", "cy"):
        slots = claim(store, who, limit=9)
        given.append(len(slots))
        for slot in slots:
            answer(store, slot, who)
    assert given == [1, 1, 0]
    assert [names(store, who) for who in ("ada", "bo", "cy")] == [[], [], []]


def test_what_was_taken_back_is_not_repeated(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    take_back(asked, answer(asked, slot, "ada").feedback)
    assert "0 again" not in names(asked, "ada", NOW + 1)


def test_a_repeat_whose_lease_is_over_comes_back_to_the_same_person_alone(asked: Store) -> None:
    for slot in claim(asked, "ada", limit=4):
        answer(asked, slot, "ada")
    assert names(asked, "ada") == ["0 again", "2 again"]
    later = NOW + LEASE_SECONDS + 1
    assert names(asked, "bo", later) == []
    assert names(asked, "ada", later) == ["0 again", "2 again"]


def test_everybody_who_asks_at_once_gets_only_their_own_repeats(asked: Store) -> None:
    mine, theirs = claim(asked, "ada", limit=2), claim(asked, "bo", limit=2)
    for who, slots in (("ada", mine), ("bo", theirs)):
        for slot in slots:
            answer(asked, slot, who)
    wants = [Want(who, 4) for who in ("cy", "bo", "ada")]
    found = asked.questions.claim_all(wants, NOW, LEASE_SECONDS)
    assert [[slot.query.id for slot in slots] for slots in found if isinstance(slots, list)] == [
        [],
        ["2 again"],
        ["0 again"],
    ]


def test_a_repeat_that_names_no_question_is_anybodys(store: Store) -> None:
    people(store, "ada")
    store.questions.add([query("old", options={"dimension": "x"})], {})
    assert names(store, "ada") == ["old"]


def test_repeats_that_were_asked_by_an_older_version_are_known_as_such(asked: Store) -> None:
    database = asked._database
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX slot_repeats")
        connection.exec_driver_sql("ALTER TABLE slot DROP COLUMN repeats")
        connection.exec_driver_sql("ALTER TABLE annotator DROP COLUMN guideline_seen")
        connection.exec_driver_sql("DROP TABLE terms")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'v0007'")
    migrate(database)
    for slot in claim(asked, "ada", limit=4):
        answer(asked, slot, "ada")
    assert (names(asked, "bo"), names(asked, "ada")) == ([], ["0 again", "2 again"])
