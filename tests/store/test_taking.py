"""Many answers in one transaction: each as if it had come alone; on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from assent.errors import AssentError
from assent.records import Feedback, new_id
from assent.store import taking
from assent.store.answers import Given, Receipt
from assent.store.leases import Slot
from assent.store.store import Store
from tests.store.made import NOW, claim, people, query, said


@pytest.fixture
def asked(store: Store) -> Store:
    """Ada and Bo, and four questions that want one answer each."""
    people(store, "ada", "bo")
    store.questions.add([query(f"q{n}") for n in range(4)], {})
    return store


def given(slot: Slot, annotator: str, key: str, choice: str = "first") -> Given:
    return Given(said(slot, annotator, choice), slot.id, slot.lease_token, key)


def kept(results: list[Receipt | AssentError]) -> list[Feedback]:
    return [each.feedback for each in results if isinstance(each, Receipt)]


def test_answers_of_many_are_numbered_in_their_order(asked: Store) -> None:
    ada, bo = claim(asked, "ada", limit=2), claim(asked, "bo", limit=2)
    batch = [given(ada[0], "ada", "a"), given(bo[0], "bo", "b"), given(ada[1], "ada", "c")]

    results = asked.answers.add_all(batch, NOW)

    assert asked.answers.all() == kept(results)
    assert (asked.answers.last_event(), asked.counts().answered, asked.counts().answers) == (
        3,
        3,
        3,
    )


def test_one_that_is_refused_does_not_touch_the_others(asked: Store) -> None:
    ada = claim(asked, "ada", limit=2)
    stranger = Given(said("q3", "nobody"), None, None, "x")
    nowhere = Given(said("nothing", "ada"), None, None, "y")

    results = asked.answers.add_all(
        [given(ada[0], "ada", "a"), stranger, nowhere, given(ada[1], "ada", "b")], NOW
    )

    assert [isinstance(each, Receipt) for each in results] == [True, False, False, True]
    assert asked.answers.last_event() == 2


def test_a_retry_in_the_same_batch_is_one_answer(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    one = given(slot, "ada", "a")

    first, again = asked.answers.add_all([one, one], NOW)

    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.duplicate, again.duplicate, again.feedback) == (False, True, first.feedback)


def test_a_second_answer_in_the_same_batch_corrects_the_first(asked: Store) -> None:
    [slot] = claim(asked, "ada")

    results = asked.answers.add_all(
        [given(slot, "ada", "a"), given(slot, "ada", "b", "second")], NOW
    )

    first, second = kept(results)
    assert second.replaces == first.id
    assert (asked.answers.current(), asked.counts().answered) == ([second], 1)


def test_an_answer_taken_back_in_the_same_batch_frees_its_slot(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    event = said(slot, "ada")
    back = Feedback(new_id(), slot.query.id, "ada", None, (), NOW, replaces=event.id)

    asked.answers.add_all(
        [Given(event, slot.id, slot.lease_token, "a"), Given(back, None, None, "b")], NOW
    )

    assert (asked.answers.current(), asked.counts().answered) == ([], 0)
    assert asked.answers.counts() == {}


def test_of_two_that_answer_one_free_slot_the_second_is_late(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    asked.questions.release(slot.id, slot.lease_token)
    claim(asked, "bo")  # what expired is put back; the first in the queue is another question
    batch = [given(slot, "ada", "a"), given(slot, "bo", "b")]

    results = asked.answers.add_all(batch, NOW)

    assert [each.late for each in kept(results)] == [False, True]
    assert asked.counts().answered == 1


def test_the_number_of_somebodys_answers_is_kept(asked: Store) -> None:
    for slot in claim(asked, "ada", limit=3):
        asked.answers.add_all([given(slot, "ada", slot.id)], NOW)
    asked.answers.take_in([said("q3", "bo")], NOW)

    assert asked.answers.counts() == {"ada": 3, "bo": 1}
    assert (asked.answers.count("ada"), asked.answers.count("nobody")) == (3, 0)


def test_nothing_is_looked_up_by_reading_a_whole_table(sqlite_store: Store) -> None:
    who, asked = ["ada", "bo"], ["q0", "q1"]
    looked = (
        (taking._TWINS, {"who": who, "keys": ["a", "b"]}),
        (taking._STANDING, {"queries": asked, "who": who}),
        (taking._OWN, {"queries": asked, "who": who}),
    )
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)
        plans.extend(str(row[3]) for row in rows)

    event.listen(sqlite_store._database.engine, "before_cursor_execute", explain)
    with sqlite_store._database.read() as connection:
        for statement, given in looked:
            connection.execute(statement, given)

    assert len(plans) >= 3
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
