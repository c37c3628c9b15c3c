"""People, what they agreed to, and how they come in; on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assent.errors import AccessError, AssentError, RecordError
from assent.records import Annotator
from assent.store.access import SESSION_DAYS
from assent.store.flags import Flag
from assent.store.practice import Attempt
from assent.store.store import Store
from tests.store.made import NOW, answer, claim, people, query, said
from tests.store.test_promises import together

DAY_SECONDS = 86400.0


def test_an_annotator_reads_back(store: Store) -> None:
    given = Annotator("a", "M\u00fcller", "simulated", ("x",), 1.5, False, {"sensitivity": 2.0})
    store.people.add(given)
    assert store.people.get("a") == given


def test_annotators_are_listed_by_species(store: Store) -> None:
    person, model = Annotator("a", "a"), Annotator("b", "b", "model")
    store.people.add(person)
    store.people.add(model)
    assert store.people.list() == [person, model]
    assert store.people.list("model") == [model]


def test_one_id_is_one_annotator(store: Store) -> None:
    people(store, "ada")
    with pytest.raises(RecordError, match="already"):
        people(store, "ada")


def test_consent_is_recorded_with_its_version(store: Store) -> None:
    people(store, "ada")
    assert store.people.consent_version("ada") is None
    store.people.consent("ada", 2, NOW)
    assert store.people.get("ada").consented_at == NOW
    assert store.people.consent_version("ada") == 2


def test_what_is_done_to_nobody_is_an_error(store: Store) -> None:
    with pytest.raises(AccessError, match="no annotator 'eve'"):
        store.people.set_active("eve", True)


def test_a_guideline_gets_a_new_version_only_when_it_differs(store: Store) -> None:
    versions = [store.people.guideline().version]
    for text in ("be kind", "be kind", "be exact"):
        versions.append(store.people.set_guideline(text).version)
    assert (versions, store.people.guideline().markdown) == ([0, 1, 1, 2], "be exact")


def test_an_invite_makes_an_annotator_with_a_session(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30)
    session = store.people.redeem(token, "  Ada \u200b Byron ", NOW)
    assert session.annotator is not None
    assert session.annotator == store.people.get(session.annotator.id)
    assert (session.annotator.name, session.role) == ("Ada Byron", "annotator")
    assert store.people.session(session.token, NOW) == session


def test_an_owner_may_come_in_without_a_name(store: Store) -> None:
    session = store.people.redeem(store.people.invite("owner", NOW, 1), "", NOW)
    assert (session.annotator, session.role, store.people.list()) == (None, "owner", [])


def test_an_annotator_needs_a_name(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30)
    with pytest.raises(AccessError, match="needs a name"):
        store.people.redeem(token, " \x00\u200b", NOW)


def test_a_taken_name_is_refused_without_its_session(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30)
    store.people.redeem(token, "Ada", NOW)
    with pytest.raises(AccessError, match="'ADA' is taken"):
        store.people.redeem(token, "ADA", NOW)


def test_the_session_that_somebody_has_is_given_again(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30, uses=1)
    first = store.people.redeem(token, "Ada", NOW)
    assert store.people.redeem(token, "Ada", NOW + 31 * DAY_SECONDS, first.token) == first


def test_a_session_of_another_invite_does_not_stand_for_this_one(store: Store) -> None:
    old, new = (store.people.invite("annotator", NOW, 30) for _ in range(2))
    first = store.people.redeem(old, "Ada", NOW)
    second = store.people.redeem(new, "Bo", NOW, first.token)
    assert second.annotator is not None
    assert second.annotator.name == "Bo"


def test_a_personal_link_resumes_one_annotator(store: Store) -> None:
    people(store, "ada")
    token = store.people.invite("annotator", NOW, 30, uses=1, annotator="ada")
    session = store.people.redeem(token, "whatever", NOW)
    assert session.annotator == store.people.get("ada")


@pytest.mark.parametrize(
    ("uses", "later_days", "message"),
    [(None, 30, "expired.*ask"), (1, 1, "used up.*ask")],
)
def test_an_invite_that_is_over_says_why(
    store: Store, uses: int | None, later_days: float, message: str
) -> None:
    token = store.people.invite("annotator", NOW, 30, uses)
    store.people.redeem(token, "Ada", NOW)
    with pytest.raises(AccessError, match=message):
        store.people.redeem(token, "Bo", NOW + later_days * DAY_SECONDS)


def test_an_unknown_invite_says_so(store: Store) -> None:
    with pytest.raises(AccessError, match="unknown"):
        store.people.redeem("guess", "Ada", NOW)


def test_a_revoked_invite_ends_and_its_sessions_go_on(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30)
    session = store.people.redeem(token, "Ada", NOW)
    [invite] = store.people.invites()
    store.people.revoke(invite.id, NOW)
    with pytest.raises(AccessError, match="expired"):
        store.people.redeem(token, "Bo", NOW)
    assert store.people.session(session.token, NOW) == session


def test_the_last_use_of_an_invite_is_spent_once(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30, uses=3)

    def work(number: int) -> bool:
        try:
            store.people.redeem(token, f"p{number}", NOW)
        except AccessError:
            return False
        return True

    assert sum(map(bool, together(work))) == len(store.people.list()) == 3


def test_a_session_ends_by_itself_by_hand_and_when_switched_off(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 30)
    ada, bo = (store.people.redeem(token, name, NOW) for name in ("ada", "bo"))
    assert store.people.session(ada.token, NOW + SESSION_DAYS * DAY_SECONDS) is None
    store.people.end_session(ada.token)
    assert bo.annotator is not None
    store.people.set_active(bo.annotator.id, False)
    assert [store.people.session(s.token, NOW) for s in (ada, bo)] == [None, None]


def test_no_token_is_on_disk(sqlite_store: Store, tmp_path: Path) -> None:
    invite = sqlite_store.people.invite("annotator", NOW, 30)
    session = sqlite_store.people.redeem(invite, "Ada", NOW)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Ada" in written
    assert invite.encode() not in written
    assert session.token.encode() not in written


def test_what_the_owner_writes_waits_until_it_was_read(store: Store) -> None:
    people(store, "ada", "bo")
    store.people.send("ada", "Take your time.", NOW)
    store.people.mark_read("bo", NOW + 1)
    before = [(each.text, each.read_at) for each in store.people.messages("ada")]

    store.people.mark_read("ada", NOW + 2)

    assert before == [("Take your time.", None)]
    assert [each.read_at for each in store.people.messages("ada")] == [NOW + 2]


def test_an_erased_person_is_nobody_and_what_they_said_stays(store: Store) -> None:
    token = store.people.invite("annotator", NOW, 1.0, None)
    session = store.people.redeem(token, "Ada Lovelace", NOW)
    assert session.annotator is not None
    who = session.annotator.id
    store.questions.add([query("q")], {})
    [slot] = claim(store, who)
    event = replace(said(slot, who), note="I am Ada Lovelace")
    store.answers.add(event, slot.id, slot.lease_token, "k", NOW)
    store.people.send(who, "Dear Ada", NOW)
    store.flags.add(Flag("q", who, "Ada saw a typing error", NOW, "f"))
    store.practice.set([{"kind": "approval"}], NOW)
    [exercise] = store.practice.exercises()
    store.practice.add(Attempt(exercise.id, who, {"level": 1}, 1.0, NOW))

    store.people.erase(who, NOW)

    kept = store.people.get(who)
    assert (kept.name, kept.active, kept.settings) == ("erased 1", False, {"erased": True})
    assert store.people.session(session.token, NOW) is None
    assert store.people.shut_out(session.token, NOW) == "erased"
    assert (store.people.messages(who), store.flags.list(), store.practice.attempts()) == (
        [],
        [],
        [],
    )
    assert store.answers.current() == [replace(event, note="")]
    # The name is free again, and whoever takes it is somebody else.
    again = store.people.redeem(token, "Ada Lovelace", NOW).annotator
    assert again is not None
    assert again.id != who


@pytest.mark.parametrize("change", ["answer = NULL", "note = '\"x\"'", "late = NOT late"])
def test_nothing_but_emptying_a_note_changes_the_log(store: Store, change: str) -> None:
    people(store, "ada")
    store.questions.add([query("q")], {})
    answer(store, claim(store, "ada")[0], "ada")

    with pytest.raises(AssentError, match="append-only"), store._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE feedback SET {change}")


def test_the_guideline_that_somebody_was_shown_never_goes_back(store: Store) -> None:
    store.people.add(Annotator("ada", "Ada"))
    seen = [store.people.guideline_seen("ada")]
    for version in (2, 1, 3):
        store.people.see_guideline("ada", version)
        seen.append(store.people.guideline_seen("ada"))
    assert seen == [0, 2, 2, 3]
