from __future__ import annotations

import time
from typing import Any

import pytest

from assent.feedback.written import difference
from assent.records import Json
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import WRITE, Visitor, visitor

KEY = "0123456789abcdef"


def fitting(question: dict[str, Any]) -> Json:
    """The first thing that a person could answer, by the keys as shown."""
    keys = [option["key"] for option in question["options"]]
    if question["kind"] == "comparison":
        return {"choice": keys[0], "strength": "much"}
    if question["kind"] == "ranking":
        return {"ranking": [[key] for key in keys]}
    if question["kind"] == "attributes":
        return {"levels": {row["name"]: 1 for row in question["form"]["rows"]}}
    if question["kind"] == "rate_then_rank":
        levels = {key: len(keys) - place for place, key in enumerate(keys)}
        return {"levels": levels, "ranking": [[key] for key in keys]}
    if question["kind"] == "correction":
        return {"text": "other", "difference": difference(question["form"]["text"], "other")}
    if question["kind"] == "demonstration":
        return {"text": "a reply"}
    if question["kind"] == "spans":
        mark = {"start": 0, "stop": 5, "label": "Good", "reason": "", "text": "Reply"}
        return {"marks": [mark]}
    return {"level": 1}


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_what_was_chosen_is_what_the_store_keeps(site: Site, person: Visitor, kind: str) -> None:
    content.ask(site.store, {kind: 1})
    question = person.take()[0]

    person.answer(
        question, fitting(question), KEY, timings={"read": 900.0, "decide": 300.0}, note="why"
    )

    kept = site.store.answers.current()[0]
    assert (kept.answer, kept.shown_order, dict(kept.timings), kept.note) == (
        fitting(question),
        tuple(question["shown_order"]),
        {"read": 900.0, "decide": 300.0},
        "why",
    )


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_options_stand_in_the_order_that_the_slot_records(
    site: Site, person: Visitor, kind: str
) -> None:
    query = content.ask(site.store, {kind: 1})[0]

    question = person.take()[0]

    keys = [query.segments[index].key for index in question["shown_order"]]
    assert [option["key"] for option in question["options"]] == keys


def test_a_scene_is_reached_by_its_hash_and_kept_for_ever(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    name = person.take()[0]["options"][0]["scene"]

    response = person.get(f"api/scenes/{name}")

    assert ("immutable" in response.headers["cache-control"], response.json()["reply_html"]) == (
        True,
        "<p>Reply 0: I am <em>sorry</em> to hear that.</p>\n",
    )


def test_a_clip_arrives_as_it_was_made(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1}, world="control")
    name = person.take()[0]["options"][0]["scene"]
    assert person.get(f"api/scenes/{name}").json() == content.clip_scene(0)


def test_a_video_is_sent_by_ranges_of_bytes(site: Site, person: Visitor) -> None:
    name = site.store.blobs.put(b"\0\0\0\x18ftypmp42" + bytes(100))

    response = person.get(f"api/media/{name}", headers={"Range": "bytes=4-7"})

    assert (response.status_code, response.content, response.headers["content-range"]) == (
        206,
        b"ftyp",
        "bytes 4-7/112",
    )


@pytest.mark.parametrize(
    ("start", "mime"),
    [(b"\0\0\0\x18ftypmp42", "video/mp4"), (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm")],
)
def test_a_video_is_named_by_its_first_bytes(
    site: Site, person: Visitor, start: bytes, mime: str
) -> None:
    name = site.store.blobs.put(start + bytes(100))
    assert person.get(f"api/media/{name}").headers["content-type"] == mime


def test_a_reply_that_was_cut_says_so(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1}, shown={**content.text_scene(0), "cut": True})
    name = person.take()[0]["options"][0]["scene"]
    assert person.get(f"api/scenes/{name}").json()["cut"] is True


def test_the_same_request_again_gives_the_same_receipt(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]

    first = person.answer(question, {"level": 1}, KEY).json()
    again = person.answer(question, {"level": 1}, KEY).json()

    assert (again["feedback"], again["duplicate"], len(site.store.answers.all())) == (
        first["feedback"],
        True,
        1,
    )


def test_an_answered_question_does_not_come_again(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 2})
    question = person.take(1)[0]

    person.answer(question, {"level": 1}, KEY)

    assert question["query"] not in [other["query"] for other in person.take()]


def test_questions_held_come_again_after_a_reload(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 5})
    held = [question["slot"] for question in person.take(3)]
    assert [question["slot"] for question in person.take(3)] == held


def test_two_people_never_hold_the_same_slot(site: Site) -> None:
    content.ask(site.store, {"approval": 4})
    one, two = visitor([site], site).join("one"), visitor([site], site).join("two")
    slots = [question["slot"] for who in (one, two, one) for question in who.take(2)]
    assert len(set(slots)) == 4


def test_an_undo_brings_the_question_back(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    receipt = person.answer(question, {"level": 1}, KEY).json()

    back = person.send(
        "api/undo", {"feedback": receipt["feedback"], "key": "fedcba9876543210"}
    ).json()

    assert (back["question"]["query"], site.store.answers.current()) == (question["query"], [])


def test_an_answer_after_an_undo_counts_and_the_log_keeps_all_three(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    receipt = person.answer(person.take()[0], {"level": 1}, KEY).json()
    back = person.send("api/undo", {"feedback": receipt["feedback"], "key": "undo0000"}).json()

    person.answer(back["question"], {"level": 0}, "again000")

    current = [feedback.answer for feedback in site.store.answers.current()]
    assert (current, len(site.store.answers.all())) == ([{"level": 0}], 3)


def test_an_undo_sent_twice_is_one_undo(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    receipt = person.answer(person.take()[0], {"level": 1}, KEY).json()
    body = {"feedback": receipt["feedback"], "key": "undo0000"}

    person.send("api/undo", body)
    person.send("api/undo", body)

    assert len(site.store.answers.all()) == 2


def test_history_says_what_was_answered_in_the_places_that_were_seen(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"comparison": 1})
    question = person.take()[0]
    person.answer(question, fitting(question), KEY)
    assert person.get("api/history").json()["answers"][0]["words"] == "A, much better"


def test_a_heartbeat_names_what_is_lost(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    held = {"slot": question["slot"], "lease_token": question["lease_token"]}

    response = person.send("api/heartbeat", {"leases": [held, {**held, "lease_token": "other"}]})

    assert response.json() == {"lost": [question["slot"]]}


def test_an_answer_after_the_lease_is_kept(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    other = visitor([site], site).join("other")
    later = site.store.people.list()[-1].id
    site.store.questions.claim(later, 1, time.time() + 10_000, 10_000)

    receipt = person.answer(question, {"level": 1}, KEY).json()

    assert (receipt["late"], len(site.store.answers.current()), other.site.name) == (
        True,
        1,
        "replies",
    )


def test_skipping_is_an_answer_with_a_reason(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    skip = question["form"]["skips"][0]["answer"]
    person.answer(question, skip, KEY)
    assert person.get("api/history").json()["answers"][0]["words"] == "skipped, I cannot tell"


MALFORMED: list[Any] = [
    {},
    {"level": 7},
    {"level": -1},
    {"level": "1"},
    {"level": True},
    {"level": 1.5},
    {"level": None},
    {"level": 1, "more": 1},
    {"choice": "left"},
    {"ranking": []},
    {"skip": ""},
    {"skip": "x" * 10_000},
    [],
    "1",
    None,
    1,
]


@pytest.mark.parametrize("answer", MALFORMED, ids=[f"malformed-{n}" for n in range(len(MALFORMED))])
def test_a_malformed_answer_is_refused_with_a_reason(
    site: Site, person: Visitor, answer: Any
) -> None:
    content.ask(site.store, {"approval": 1})

    response = person.answer(person.take()[0], answer, KEY)

    said = response.json()
    assert (response.status_code, bool(said["error"]), site.store.answers.all()) == (422, True, [])


@pytest.mark.parametrize(
    "change",
    [
        {"key": "short"},
        {"key": "x" * 65},
        {"key": "with space and more"},
        {"slot": "x" * 100},
        {"shown_order": [0, 0]},
        {"shown_order": [5]},
        {"shown_order": [-1]},
        {"timings": {"read": -1.0}},
        {"timings": {str(n): 1.0 for n in range(50)}},
        {"note": "x" * 3000},
        {"annotator": "somebody else"},
        {"query": "0" * 32},
    ],
)
def test_a_malformed_request_is_refused(site: Site, person: Visitor, change: Json) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    body = {
        "key": KEY,
        **{k: question[k] for k in ("slot", "lease_token", "query")},
        "answer": {"level": 1},
    }

    response = person.send("api/answers", {**body, **change})

    assert (response.status_code, site.store.answers.all()) == (422, [])


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": NaN}', "\xff", '{"key": 1e999}'])
def test_a_body_that_is_not_json_is_refused(person: Visitor, text: str) -> None:
    headers = {**WRITE, "Content-Type": "application/json"}
    response = person.client.post(
        "/replies/api/answers", content=text.encode("latin-1"), headers=headers
    )
    assert response.status_code in (400, 422)


def test_an_undo_takes_no_question_from_others(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 9})
    other = visitor([site], site).join("other")
    receipt = person.answer(person.take(1)[0], {"level": 1}, KEY).json()
    person.send("api/undo", {"feedback": receipt["feedback"], "key": "undo0000"})
    assert len(other.take(9)) == 8


def test_a_retried_undo_gives_the_same_question_back_until_it_is_answered(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    receipt = person.answer(person.take()[0], {"level": 1}, KEY).json()
    body = {"feedback": receipt["feedback"], "key": "undo0000"}
    first, again = (person.send("api/undo", body).json()["question"] for _ in range(2))
    person.answer(first, {"level": 0}, "again000")
    assert (first, person.send("api/undo", body).json()["question"]) == (again, None)


def test_what_is_still_wanted_counts_questions_of_every_round(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 2}, wanted=2)
    person.answer(person.take()[0], {"level": 1}, KEY)
    progress = person.get("api/next?limit=1").json()["progress"]
    assert (progress["round_slots"], progress["round_answered"], progress["wanted"]) == (4, 1, 3)


def test_the_guideline_page_counts_as_shown_and_nothing_newer_does(
    site: Site, person: Visitor
) -> None:
    [who] = [each.id for each in site.store.people.list()]
    before = site.store.people.guideline_seen(who)
    person.get("guideline")
    site.store.people.set_guideline("Other rules.")
    person.get("work")
    assert (before, site.store.people.guideline_seen(who)) == (0, 1)
    assert person.send("api/guideline/seen", {"version": 9}).json() == {"version": 2}
