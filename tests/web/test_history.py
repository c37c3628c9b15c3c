"""Own answers, looked back at and corrected."""

from __future__ import annotations

from typing import Any

from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor


def answered(person: Visitor, count: int, **extra: Any) -> list[str]:
    """So many answers in a row; their ids."""
    return [
        person.answer(person.take(1)[0], {"level": 1}, f"key-{n:04d}", **extra).json()["feedback"]
        for n in range(count)
    ]


def test_an_entry_tells_what_was_shown_and_why(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    answered(person, 1, note="It helps.")
    [entry] = person.get("api/history").json()["answers"]
    told = (entry["number"], entry["prompt"], entry["replies"], entry["note"])
    assert told == (
        1,
        "My order 1042 has not arrived. What now?",
        ["Reply 0: I am sorry to hear that."],
        "It helps.",
    )


def test_what_was_shown_stands_in_the_places_that_were_seen(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"comparison": 1})
    question = person.take()[0]
    person.answer(question, {"choice": "tie"}, "key-0001")
    [entry] = person.get("api/history").json()["answers"]
    begins = [reply.split(":")[0] for reply in entry["replies"]]
    assert begins == [f"Reply {index}" for index in question["shown_order"]]


def test_clips_are_told_apart_by_the_number_of_the_answer(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 2}, world="control")
    answered(person, 2)
    found = person.get("api/history").json()["answers"]
    assert [(e["number"], e["prompt"], e["replies"]) for e in found] == [(2, "", []), (1, "", [])]


def test_history_goes_back_to_the_first_answer(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 5})
    given = answered(person, 5)
    first = person.get("api/history?limit=3").json()
    last = first["answers"][-1]["feedback"]
    rest = person.get(f"api/history?limit=3&before={last}").json()
    seen = [(e["number"], e["feedback"]) for e in (*first["answers"], *rest["answers"])]
    assert seen == list(zip(range(5, 0, -1), reversed(given), strict=True))
    assert (first["more"], rest["more"]) == (True, False)


def test_looking_at_an_answer_again_leaves_it_in_force(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"comparison": 1})
    question = person.take()[0]
    given = person.answer(question, {"choice": "tie"}, "key-0001", note="Same.").json()
    own = person.get(f"api/history/{given['feedback']}").json()
    shared = ("query", "kind", "form", "options", "shown_order")
    assert {name: own[name] for name in shared} == {name: question[name] for name in shared}
    assert (own["answer"]["choice"], own["note"]) == ("tie", "Same.")
    assert [each.id for each in site.store.answers.current()] == [given["feedback"]]


def test_a_correction_needs_no_lease_and_replaces(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    given = person.answer(question, {"level": 1}, "key-0001").json()["feedback"]
    unheld = {**question, "slot": None, "lease_token": None}
    person.answer(unheld, {"level": 0}, "key-0002", replaces=given)
    [event] = site.store.answers.current()
    assert (event.answer, event.replaces, event.late) == ({"level": 0}, given, False)
    assert site.store.counts().answered == 1


def test_an_answer_that_names_neither_slot_nor_what_it_corrects_is_refused(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    unheld = {**person.take()[0], "slot": None, "lease_token": None}
    assert person.answer(unheld, {"level": 0}, "key-0001").status_code == 422


def test_what_was_taken_back_or_is_of_others_cannot_be_opened(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 2})
    [mine] = answered(person, 1)
    [theirs] = answered(visitor([site], site).join("other"), 1)
    person.send("api/undo", {"feedback": mine, "key": "undo0000"})
    paths = (f"history/{mine}", f"history/{theirs}", f"history?before={theirs}")
    assert [person.get(f"api/{path}").status_code for path in paths] == [404, 404, 404]
