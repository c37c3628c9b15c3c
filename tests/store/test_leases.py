"""Slots: exactly as many as wanted, to the right people, in a fair order; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assent.errors import AccessError, LeaseError
from assent.store.picking import Want
from assent.store.store import Store
from tests.store.made import LEASE_SECONDS, NOW, answer, claim, people, query, said, take_back

AFTERWARDS = NOW + LEASE_SECONDS + 1


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with questions 0 to 3, two answers each, and the annotators ada, bo and cy."""
    people(store, "ada", "bo", "cy")
    store.questions.add([query(str(n), answers_wanted=2) for n in range(4)], {})
    return store


def _asked(store: Store, annotator: str, now: float = NOW, limit: int = 1) -> list[str]:
    return [slot.query.id for slot in claim(store, annotator, now, limit)]


def test_questions_come_in_the_order_they_were_asked(asked: Store) -> None:
    assert _asked(asked, "ada", limit=3) == ["0", "1", "2"]


def test_the_newest_round_comes_first(asked: Store) -> None:
    asked.questions.add([query("new", round=2)], {})
    assert _asked(asked, "ada", limit=2) == ["new", "0"]


def test_a_question_goes_to_as_many_people_as_wanted(asked: Store) -> None:
    assert [_asked(asked, name)[0] for name in ("ada", "bo", "cy")] == ["0", "0", "1"]


def test_nobody_gets_a_question_twice(asked: Store) -> None:
    assert _asked(asked, "ada", limit=99) == ["0", "1", "2", "3"]


def test_who_holds_a_slot_gets_it_again_under_the_same_token(asked: Store) -> None:
    first = claim(asked, "ada", limit=2)
    again = claim(asked, "ada", NOW + 10, limit=3)
    assert [slot.lease_token for slot in again[:2]] == [slot.lease_token for slot in first]
    assert [slot.lease_until for slot in again] == [NOW + 10 + LEASE_SECONDS] * 3


def test_a_claim_gives_no_more_than_asked_for_even_to_a_holder(asked: Store) -> None:
    claim(asked, "ada", limit=3)
    assert _asked(asked, "ada", limit=2) == ["0", "1"]


def test_a_claim_of_nothing_gives_nothing(asked: Store) -> None:
    assert claim(asked, "ada", limit=0) == []


def test_an_answered_question_does_not_come_back(asked: Store) -> None:
    answer(asked, claim(asked, "ada")[0], "ada")
    assert _asked(asked, "ada", limit=9) == ["1", "2", "3"]


def test_a_question_answered_late_does_not_come_back(store: Store) -> None:
    people(store, "ada", "bo", "cy")
    store.questions.add([query("q", answers_wanted=2)], {})
    [slot] = claim(store, "ada")
    claim(store, "bo")
    claim(store, "cy", AFTERWARDS)
    answer(store, slot, "ada", now=AFTERWARDS)
    assert _asked(store, "ada", AFTERWARDS + LEASE_SECONDS + 1) == []


def test_an_expired_lease_gives_the_question_to_somebody_else(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    claim(store, "ada")
    assert (_asked(store, "bo"), _asked(store, "bo", AFTERWARDS)) == ([], ["q"])


def test_a_slot_that_was_given_back_goes_to_somebody_else(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    [slot] = claim(store, "ada")
    store.questions.release(slot.id, slot.lease_token)
    assert _asked(store, "bo") == ["q"]


def test_a_slot_cannot_be_given_back_by_another(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    [slot] = claim(store, "ada")
    store.questions.release(slot.id, "not the token")
    assert _asked(store, "bo") == []


def test_a_slot_that_came_back_waits_behind_the_others(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    asked.questions.release(slot.id, slot.lease_token)
    assert _asked(asked, "ada", limit=9) == ["0", "1", "2", "3"]
    assert _asked(asked, "bo", limit=9)[-1] == "0"


def test_a_heartbeat_keeps_a_slot(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    [slot] = claim(store, "ada")
    store.questions.heartbeat(slot.id, slot.lease_token, NOW + 800, LEASE_SECONDS)
    assert _asked(store, "bo", AFTERWARDS) == []


def test_a_heartbeat_says_that_a_slot_is_lost(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query("q")], {})
    [slot] = claim(store, "ada")
    claim(store, "bo", AFTERWARDS)
    with pytest.raises(LeaseError, match="claim a new question"):
        store.questions.heartbeat(slot.id, slot.lease_token, AFTERWARDS, LEASE_SECONDS)


def test_an_unknown_or_inactive_annotator_gets_nothing(asked: Store) -> None:
    with pytest.raises(AccessError, match="no annotator 'eve'"):
        claim(asked, "eve")
    asked.people.set_active("ada", False)
    with pytest.raises(AccessError, match="switched off"):
        claim(asked, "ada")


def test_two_people_see_a_pair_from_both_sides(asked: Store) -> None:
    orders = {claim(asked, name)[0].shown_order for name in ("ada", "bo")}
    assert orders == {(0, 1), (1, 0)}


def test_a_repeat_shows_the_same_person_the_mirror(store: Store) -> None:
    people(store, "ada")
    original = query("original")
    repeat = replace(
        query("again", options={"mirror_of": "original"}), segments=original.segments[::-1]
    )
    store.questions.add([original], {})
    [seen] = claim(store, "ada")
    answer(store, seen, "ada")
    store.questions.add([repeat], {})
    [mirror] = claim(store, "ada")
    keys = [original.segments[index].key for index in seen.shown_order]
    assert [repeat.segments[index].key for index in mirror.shown_order] == keys[::-1]


def test_a_slot_can_be_looked_up_as_it_was_leased(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    assert asked.questions.slot(slot.id) == slot
    assert asked.questions.slot("77") is None


def test_an_undone_question_comes_back_before_anything_else(asked: Store) -> None:
    given = answer(asked, claim(asked, "ada")[0], "ada").feedback
    claim(asked, "ada", limit=3)
    take_back(asked, given)
    assert _asked(asked, "ada", limit=9) == ["0", "1", "2", "3"]


def test_a_place_passed_by_is_found_again_after_an_undo(asked: Store) -> None:
    [slot] = claim(asked, "ada")
    given = answer(asked, slot, "ada").feedback
    claim(asked, "ada")  # the bookmark moves past question 0
    take_back(asked, given)
    [again] = claim(asked, "ada")
    asked.questions.release(again.id, again.lease_token)
    assert _asked(asked, "bo", limit=9)[0] == "0"  # puts ada's slot at the end
    assert "0" in _asked(asked, "ada", limit=9)


def test_the_counts_follow_every_change(asked: Store) -> None:
    slots = claim(asked, "ada", limit=2)
    given = answer(asked, slots[0], "ada").feedback
    counts = asked.counts(NOW)
    assert (counts.questions, counts.slots, counts.answered, counts.leased) == (4, 8, 1, 1)
    take_back(asked, given)
    counts = asked.counts(NOW)
    assert (counts.answered, counts.leased, asked.counts(AFTERWARDS).leased) == (0, 2, 0)


def test_an_imported_answer_keeps_the_question_from_its_annotator(asked: Store) -> None:
    for id in ("0", "2"):
        asked.answers.add(said(id, "ada"), None, None, f"key of {id}", NOW)
    assert _asked(asked, "ada", limit=9) == ["1", "3"]


def test_somebody_who_asks_twice_at_once_gets_the_same_twice(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query(f"q{n}") for n in range(9)], {})

    found = store.questions.claim_all(
        [Want("ada", 2), Want("bo", 2), Want("ada", 3)], NOW, LEASE_SECONDS
    )

    first, other, again = [[slot.query.id for slot in each] for each in found]  # type: ignore[union-attr]
    assert (first, other, again) == (["q0", "q1"], ["q2", "q3"], ["q0", "q1", "q4"])


def test_a_stranger_among_those_who_ask_takes_nothing_from_the_others(store: Store) -> None:
    people(store, "ada")
    store.questions.add([query("q")], {})

    found = store.questions.claim_all([Want("nobody", 1), Want("ada", 1)], NOW, LEASE_SECONDS)

    assert [isinstance(each, AccessError) for each in found] == [True, False]
