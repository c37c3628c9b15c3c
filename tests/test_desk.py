"""The counter: only answers that fit are taken in, and what was taken in teaches."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from assent import desk, hearing
from assent.desk import Submission
from assent.errors import AccessError, AnswerError
from assent.records import Grade, Judgement
from assent.store.leases import Slot
from assent.store.store import Store
from tests.store.made import LEASE_SECONDS, NOW, people, query


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with two comparisons and the annotators ada and bo."""
    people(store, "ada", "bo")
    store.questions.add([query("q"), query("r", round=2)], {})
    return store


def claim(store: Store, annotator: str = "ada", limit: int = 1) -> list[Slot]:
    return desk.claim(store, annotator, limit, NOW, LEASE_SECONDS)


def submission(slot: Slot, **changes: Any) -> Submission:
    """The answer that the first segment is better."""
    given = Submission(
        slot_id=slot.id,
        lease_token=slot.lease_token,
        annotator=slot.annotator,
        query_id=slot.query.id,
        answer={"choice": slot.query.segments[0].key},
        idempotency_key=f"key of {slot.id}".replace(" ", "-"),
    )
    return replace(given, **changes)


def test_an_answer_is_kept_with_the_order_that_was_shown(asked: Store) -> None:
    [slot] = claim(asked)
    desk.answer(asked, submission(slot), NOW)
    [event] = asked.answers.current()
    assert (event.query, event.annotator, event.shown_order, event.created_at) == (
        slot.query.id,
        "ada",
        slot.shown_order,
        NOW,
    )


def test_an_answer_names_the_guideline_in_force(asked: Store) -> None:
    asked.people.set_guideline("be exact")
    receipt = desk.answer(asked, submission(claim(asked)[0]), NOW)
    assert receipt.feedback.guideline_version == 1


def test_an_answer_sent_again_is_the_same_receipt(asked: Store) -> None:
    given = submission(claim(asked)[0])
    first, second = (desk.answer(asked, given, NOW + later) for later in (0, 5))
    assert (second.feedback, second.duplicate) == (first.feedback, True)


@pytest.mark.parametrize("answer", [None, [], {"choice": "nothing"}, {"ranking": 3}, "x"])
def test_an_answer_that_does_not_fit_is_not_written(asked: Store, answer: object) -> None:
    [slot] = claim(asked)
    with pytest.raises(AnswerError):
        desk.answer(asked, submission(slot, answer=answer), NOW)
    assert asked.answers.all() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query_id": "\x00"}, "no question"),
        ({"idempotency_key": ""}, "idempotency key"),
        ({"idempotency_key": "k\x00"}, "idempotency key"),
        ({"slot_id": None}, "claim a question first"),
        ({"shown_order": (0, 0)}, "each of the 2 segments once"),
        ({"note": "n" * 10_001}, "shorten it"),
        ({"replaces": "nothing"}, "no answer 'nothing'"),
    ],
)
def test_a_submission_that_contradicts_itself_is_refused(
    asked: Store, changes: dict[str, Any], message: str
) -> None:
    [slot] = claim(asked)
    with pytest.raises(AnswerError, match=message):
        desk.answer(asked, submission(slot, **changes), NOW)
    assert asked.answers.all() == []


def test_a_broken_clock_does_not_refuse_an_answer(asked: Store) -> None:
    timings = {"read": 1.5, "decide": float("nan"), "odd": "x", "flag": True}
    receipt = desk.answer(asked, submission(claim(asked)[0], timings=timings), NOW)
    assert receipt.feedback.timings == {"read": 1.5}


def test_a_correction_needs_no_slot_and_keeps_the_order_shown(asked: Store) -> None:
    [slot] = claim(asked)
    first = desk.answer(asked, submission(slot), NOW).feedback
    changed = submission(
        slot,
        slot_id=None,
        lease_token=None,
        answer={"choice": slot.query.segments[1].key},
        idempotency_key="other",
        replaces=first.id,
    )
    receipt = desk.answer(asked, changed, NOW)
    assert asked.answers.current() == [receipt.feedback]
    assert receipt.feedback.shown_order == slot.shown_order


def test_an_undone_question_is_handed_out_again(asked: Store) -> None:
    [slot] = claim(asked)
    given = desk.answer(asked, submission(slot), NOW).feedback
    desk.undo(asked, "ada", given.id, "undo", NOW)
    assert claim(asked)[0].id == slot.id
    assert hearing.judgements(asked) == []


def test_nobody_undoes_the_answer_of_another(asked: Store) -> None:
    given = desk.answer(asked, submission(claim(asked)[0]), NOW).feedback
    with pytest.raises(AccessError, match="only the annotator"):
        desk.undo(asked, "bo", given.id, "undo", NOW)


def test_an_answer_becomes_a_judgement_of_who_gave_it(asked: Store) -> None:
    [slot] = claim(asked)
    given = desk.answer(asked, submission(slot), NOW).feedback
    grade = Grade(slot.query.segments, 3, 5, "comparison")  # better, of five levels
    assert hearing.judgements(asked) == [
        Judgement(grade, "ada", slot.shown_order, "comparison", given.id)
    ]


def test_judgements_can_be_of_one_round(asked: Store) -> None:
    for slot in claim(asked, limit=2):
        desk.answer(asked, submission(slot), NOW)
    rounds = [len(hearing.judgements(asked, round=number)) for number in (1, 2, 3)]
    assert (rounds, len(hearing.judgements(asked))) == ([1, 1, 0], 2)


def test_a_skipped_question_teaches_nothing_and_is_not_asked_again(asked: Store) -> None:
    [slot] = claim(asked)
    desk.answer(asked, submission(slot, answer={"skip": "cannot_tell"}), NOW)
    assert hearing.judgements(asked) == []
    assert [s.query.id for s in claim(asked, limit=9)] == ["q"]


def test_the_desk_runs_where_torch_is_not_installed() -> None:
    code = "import sys, assent.desk; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
