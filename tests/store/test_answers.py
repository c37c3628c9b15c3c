"""Answers: kept for ever, counted once, undone and corrected by new rows; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from assent.errors import AccessError, AnswerError
from assent.records import Feedback, new_id
from assent.store.store import Store
from tests.store.made import LEASE_SECONDS, NOW, answer, claim, people, query, said, take_back

AFTERWARDS = NOW + LEASE_SECONDS + 1


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with one question for one answer, and the annotators ada and bo."""
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    return store


def test_an_answer_is_in_force_as_it_was_given(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    given = replace(
        said(slot, "ada"), note="odd \x00 \ud800 note", timings={"read": 12.5}, guideline_version=3
    )
    asked.answers.add(given, slot.id, slot.lease_token, "k", NOW)
    assert asked.answers.current() == [given]


def test_an_answer_fills_its_slot(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    answer(asked, slot, "ada")
    counts = asked.counts()
    assert (counts.slots, counts.answered, counts.leased, counts.answers) == (1, 1, 0, 1)


def test_the_same_key_again_gives_the_first_receipt(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    first = answer(asked, slot, "ada", key="k")
    second = answer(asked, slot, "ada", key="k")
    assert (second.feedback, second.duplicate) == (first.feedback, True)


def test_a_retry_adds_nothing(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    answer(asked, slot, "ada", key="k")
    answer(asked, slot, "ada", key="k")
    assert (len(asked.answers.all()), asked.counts().answered) == (1, 1)


def test_a_key_is_not_taken_for_another_answer(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    answer(asked, slot, "ada", key="k")
    with pytest.raises(AnswerError, match="another answer"):
        asked.answers.add(said("q", "ada", "second"), slot.id, slot.lease_token, "k", NOW)


def test_two_annotators_may_use_one_key(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    answer(asked, slot, "ada", key="k")
    assert not answer(asked, slot, "bo", key="k").duplicate


def test_an_answer_after_the_lease_fills_the_slot_when_nobody_took_it(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    receipt = answer(asked, slot, "ada", now=AFTERWARDS)
    assert (receipt.feedback.late, asked.counts().answered) == (False, 1)


def test_an_answer_fills_a_slot_that_went_back_to_the_queue(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    people(asked, "cy")
    asked.questions.add([query("other", round=2)], {})
    claim(asked, "cy", AFTERWARDS)  # takes the newer question; ada's slot goes back to the queue
    assert not answer(asked, slot, "ada", now=AFTERWARDS).feedback.late


def test_a_late_answer_is_kept_and_marked_and_fills_nothing(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    claim(asked, "bo", AFTERWARDS)
    receipt = answer(asked, slot, "ada", now=AFTERWARDS)
    assert (receipt.feedback.late, asked.answers.current(), asked.counts().answered) == (
        True,
        [receipt.feedback],
        0,
    )


def test_a_foreign_slot_takes_no_answer_but_the_answer_is_kept(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    event = said("q", "bo")
    receipt = asked.answers.add(event, slot.id, "not the token", "k", NOW)
    assert (receipt.feedback.late, asked.counts().answered, asked.counts().answers) == (True, 0, 1)


def test_a_free_slot_is_not_filled_by_who_never_had_it(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    asked.questions.release(slot.id, slot.lease_token)
    people(asked, "cy")
    asked.questions.add([query("other", round=2)], {})
    claim(asked, "cy")  # puts ada's slot back into the queue
    receipt = asked.answers.add(said("q", "bo"), slot.id, "not the token", "k", NOW)
    assert (receipt.feedback.late, asked.counts().answered) == (True, 0)


def test_a_slot_that_another_holds_is_not_filled_even_with_its_token(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    receipt = asked.answers.add(said("q", "bo"), slot.id, slot.lease_token, "k", NOW)
    assert (receipt.feedback.late, asked.counts().answered) == (True, 0)


@pytest.mark.parametrize("slot_id", ["0", "999", "no number", "\u0663", "9" * 40, ""])
def test_an_answer_to_a_slot_that_does_not_exist_is_kept(asked: Store, slot_id: str) -> None:
    assert asked.answers.add(said("q", "ada"), slot_id, "t", "k", NOW).feedback.late


def test_an_answer_without_a_slot_is_kept_unmarked(asked: Store) -> None:
    receipt = asked.answers.add(said("q", "ada"), None, None, "k", NOW)
    assert (receipt.feedback.late, asked.counts().answered) == (False, 0)


def test_a_correction_replaces_and_keeps_the_slot(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    first = answer(asked, slot, "ada").feedback
    changed = replace(said("q", "ada", "second"), replaces=first.id)
    asked.answers.add(changed, None, None, "k", NOW)
    assert (asked.answers.current(), asked.answers.all(), asked.counts().answered) == (
        [changed],
        [first, changed],
        1,
    )


def test_a_second_answer_from_another_tab_corrects_the_first(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    first = answer(asked, slot, "ada").feedback
    second = answer(asked, slot, "ada").feedback
    assert (second.replaces, second.late, asked.counts().answers) == (first.id, False, 1)


def test_corrections_of_one_answer_from_two_tabs_form_one_line(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    first = answer(asked, slot, "ada").feedback
    receipts = [
        asked.answers.add(replace(said("q", "ada"), replaces=first.id), None, None, key, NOW)
        for key in ("k1", "k2")
    ]
    assert [r.feedback.replaces for r in receipts] == [first.id, receipts[0].feedback.id]


def test_an_undo_leases_the_slot_back_to_the_same_annotator(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    take_back(asked, answer(asked, slot, "ada").feedback)
    [again] = claim(asked, "ada")
    assert (again.id, again.lease_token == slot.lease_token, asked.counts().answered) == (
        slot.id,
        False,
        0,
    )


def test_an_undone_answer_is_in_the_log_and_not_in_force(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    take_back(asked, answer(asked, slot, "ada").feedback)
    assert (asked.answers.current(), len(asked.answers.all()), asked.counts().answers) == ([], 2, 0)


def test_an_undo_twice_is_one_undo(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    given = answer(asked, slot, "ada").feedback
    first, second = take_back(asked, given), take_back(asked, given)
    assert (second.feedback, second.duplicate) == (first.feedback, True)


def test_a_question_can_be_answered_again_after_an_undo(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    take_back(asked, answer(asked, slot, "ada").feedback)
    [again] = claim(asked, "ada")
    given = answer(asked, again, "ada").feedback
    assert (asked.answers.current(), given.replaces, asked.counts().answered) == ([given], None, 1)


def test_a_corrected_answer_is_undone_as_a_whole(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    first = answer(asked, slot, "ada").feedback
    answer(asked, slot, "ada")
    take_back(asked, first)
    assert asked.answers.current() == []


def test_nobody_undoes_the_answer_of_another(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    given = answer(asked, slot, "ada").feedback
    with pytest.raises(AccessError, match="only the annotator"):
        take_back(asked, replace(given, annotator="bo"))


def test_an_answer_to_a_question_that_does_not_exist_is_refused(asked: Store) -> None:
    with pytest.raises(AnswerError, match="no question 'nothing'"):
        asked.answers.add(said("nothing", "ada"), None, None, "k", NOW)


def test_an_answer_of_nobody_is_refused(asked: Store) -> None:
    with pytest.raises(AccessError, match="no annotator 'eve'"):
        asked.answers.add(said("q", "eve"), None, None, "k", NOW)


def test_history_is_an_annotators_own_answers_newest_first(asked: Store) -> None:
    asked.questions.add([query("r")], {})
    first, second = (answer(asked, claim(asked, "ada")[0], "ada").feedback for _ in "qr")
    assert asked.answers.history("ada", 5) == [second, first]
    assert asked.answers.history("bo", 5) == []


def test_the_newest_answers_are_told_by_person_kind_and_question(asked: Store) -> None:
    asked.questions.add([query("r"), query("s")], {})
    one, two, three = (
        answer(asked, claim(asked, who)[0], who).feedback for who in ("ada", "ada", "bo")
    )

    def told(limit: int = 9, **wanted: Any) -> list[Feedback]:
        return [event for _, event in asked.answers.newest(limit, **wanted)]

    [(number, _)] = asked.answers.newest(1, annotator="bo")
    assert told() == [three, two, one]
    assert told(2) == [three, two]
    assert told(before=number) == [two, one]
    assert told(annotator="ada") == [two, one]
    assert told(queries=[one.query], annotator="ada") == [one]
    assert (told(kind="comparison"), told(kind="rating")) == ([three, two, one], [])
    take_back(asked, two)
    assert told() == [three, one]


def test_current_can_be_cut_by_round_and_by_event(asked: Store) -> None:
    asked.questions.add([query("r", round=2)], {})
    newer, older = (answer(asked, claim(asked, "ada")[0], "ada").feedback for _ in "rq")
    assert asked.answers.current(round=2) == [newer]
    assert asked.answers.current(after=newer.id) == [older]


def test_a_version_of_the_answers_stays_what_it_was(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    given = answer(asked, slot, "ada").feedback
    version = asked.answers.last_event()
    take_back(asked, given)
    assert (version, asked.answers.current(until=version)) == (1, [given])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE feedback SET note = 'changed'",
        "DELETE FROM feedback",
        "INSERT OR REPLACE INTO feedback SELECT * FROM feedback",
        "TRUNCATE feedback",
    ],
)
def test_the_database_itself_refuses_to_change_an_answer(asked: Store, statement: str) -> None:
    [slot] = claim(asked, "ada")
    given = answer(asked, slot, "ada").feedback
    with (
        pytest.raises(sa.exc.DBAPIError),
        asked._database.engine.connect() as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql(statement)
    assert asked.answers.all() == [given]


def test_event_numbers_have_no_gaps_after_a_failure(asked: Store) -> None:
    def fail() -> None:
        with asked.write():
            asked.answers.add(said("q", "ada"), None, None, "k1", NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    asked.answers.add(replace(said("q", "ada"), id=new_id()), None, None, "k2", NOW)
    assert (asked.answers.last_event(), len(asked.answers.all())) == (1, 1)
