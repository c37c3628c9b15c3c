"""Questions from elsewhere: what their sender calls them, and what annotators get to see of it."""

from __future__ import annotations

from typing import Any

from assent.interop import flat
from assent.web.site import Site
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import KEY

ITEMS = [
    {"id": f"{model}/7", "reply": f"Reply {place}", "meta": {"model": model}}
    for place, model in enumerate(("large", "small"))
]
QUESTION = {"id": "set 1/conversation 7", "kind": "comparison", "items": ITEMS}


def push(owner: Visitor, **more: Any) -> Any:
    return owner.send("api/owner/questions", {"questions": [{**QUESTION, **more}]})


def test_any_id_comes_back_as_its_sender_spelled_it(site: Site, owner: Visitor) -> None:
    long = "x" * 200
    assert push(owner).json()["added"] + push(owner, id=long).json()["added"] == 2
    person = visitor([site], site).join("one")
    for number, question in enumerate(person.take()):
        key = question["options"][0]["key"]
        said = person.answer(question, {"choice": key, "strength": "some"}, f"{KEY}{number}")
        assert said.status_code == 200
    events = owner.get("api/owner/events").json()["events"]
    assert sorted(event["query"] for event in events) == [QUESTION["id"], long]
    assert {event["answer"]["choice"] for event in events} <= {"large/7", "small/7"}


def test_what_was_given_with_a_question_comes_back_with_its_answers(
    site: Site, owner: Visitor
) -> None:
    push(owner, meta={"language": "en"})
    person = visitor([site], site).join("one")
    person.answer(person.take()[0], {"choice": "tie"}, KEY)
    [event] = owner.get("api/owner/events").json()["events"]
    [row] = flat.answers(site.store)
    assert (event["meta"], event["item_meta"]) == (
        {"language": "en"},
        [{"model": "large"}, {"model": "small"}],
    )
    assert (row["asked_as"], row["items"]) == (QUESTION["id"], '["large/7", "small/7"]')
    assert '"language": "en"' in row["meta"]


def test_annotators_are_sent_neither_names_of_items_nor_what_is_known_of_them(
    site: Site, owner: Visitor
) -> None:
    push(owner, meta={"secret": "small"})
    person = visitor([site], site).join("one")
    sent = person.get("api/next").text
    [question] = person.take()
    sent += "".join(person.get(f"api/scenes/{o['scene']}").text for o in question["options"])
    person.answer(question, {"choice": "tie"}, KEY)
    sent += person.get("api/history").text
    assert "Reply 0" in sent
    assert [word for word in ("large", "small", "secret") if word in sent] == []


def test_an_option_that_nothing_reads_is_refused(owner: Visitor) -> None:
    refused = push(owner, options={"lvels": 7})
    assert refused.status_code == 400
    assert "'lvels', which nothing reads" in refused.json()["error"]


def test_a_prompt_beside_messages_is_refused(owner: Visitor) -> None:
    items = [
        {**item, "prompt": "x", "messages": [{"role": "user", "content": "y"}]} for item in ITEMS
    ]
    assert "has a prompt and messages" in push(owner, items=items).json()["error"]


def test_a_dialogue_is_shown_message_by_message(site: Site, owner: Visitor) -> None:
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "**And?**"},
    ]
    push(owner, items=[{**item, "messages": messages} for item in ITEMS])
    person = visitor([site], site).join("one")
    [question] = person.take()
    scene = person.get(f"api/scenes/{question['options'][0]['scene']}").json()
    assert [each["role"] for each in scene["messages"]] == ["user", "assistant", "user"]
    assert scene["messages"][2]["html"] == "<p><strong>And?</strong></p>\n"


def test_more_answers_are_asked_of_others_and_none_beyond_those_that_were_given(
    site: Site, owner: Visitor
) -> None:
    push(owner)
    for number, name in enumerate(("one", "two")):
        person = visitor([site], site).join(name)
        [question] = person.take()
        person.answer(question, {"choice": "tie"}, f"{KEY}{number}")
        more = {"answers": 3} if name == "one" else {"answers": 0}
        wanted = owner.send(f"api/owner/questions/wanted?id={QUESTION['id']}", more, "PUT")
    third = visitor([site], site).join("three")
    outside = owner.get("api/owner/overview").json()["outside"]
    assert (wanted.json(), third.take()) == ({"answers": 2}, [])
    assert (outside["slots"], outside["answered"]) == (2, 2)
