"""Practice before the work, and reports to the owner, through the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assent import config
from assent.records import Json
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor

PAIR: Json = {
    "kind": "comparison",
    "prompt": "Where is it?",
    "replies": ["It is **late**, sorry.", "Wait."],
    "answer": {"choice": "A", "strength": "much"},
    "because": "A *says* what is wrong. <script>alert(1)</script>",
}
ONE: Json = {"kind": "rating", "replies": ["Yes."], "answer": {"level": 0}, "because": "Too short."}
KEY = "0123456789abcdef"


def demanding(site: Site, share: float) -> Site:
    """The same project with a line to pass."""
    tree = {**site.config.model_dump(), "serve": {"practice_agreement": share}}
    return replace(site, config=config.parse(tree))


def practise(owner: Visitor, *exercises: Json) -> Any:
    return owner.send("api/owner/practice", {"exercises": list(exercises)}, "PUT")


def attempt(person: Visitor, number: int, answer: Json) -> Any:
    task = person.get("api/practice").json()["tasks"][number]
    keys = {letter: each["key"] for letter, each in zip("AB", task["options"], strict=False)}
    given = {name: keys.get(value, value) for name, value in answer.items()}
    return person.send(f"api/practice/{task['id']}", {"answer": given}).json()


def test_an_attempt_is_told_what_the_others_said_and_why(person: Visitor, owner: Visitor) -> None:
    practise(owner, PAIR)
    told = attempt(person, 0, {"choice": "B"})
    assert {name: told[name] for name in ("right", "agreement", "given", "known")} == {
        "right": False,
        "agreement": 0.0,
        "given": "B, better",
        "known": "A, much better",
    }
    assert "<em>says</em>" in told["because_html"]
    assert "<script" not in told["because_html"]


def test_the_tasks_do_not_give_the_answers_away(person: Visitor, owner: Visitor) -> None:
    practise(owner, PAIR, ONE)
    text = person.get("api/practice").text
    assert ("because" in text, "Too short" in text, '"answer":{"choice":"A"' in text) == (
        False,
        False,
        False,
    )


def test_what_is_shown_can_be_read_like_any_scene(person: Visitor, owner: Visitor) -> None:
    practise(owner, PAIR)
    task = person.get("api/practice").json()["tasks"][0]
    scene = person.get(f"api/scenes/{task['options'][0]['scene']}").json()
    assert scene["reply_html"] == "<p>It is <strong>late</strong>, sorry.</p>\n"


def test_nobody_works_before_the_practice_is_done(
    site: Site, person: Visitor, owner: Visitor
) -> None:
    content.ask(site.store, {"approval": 2})
    practise(owner, PAIR, ONE)
    before = person.get("api/next").json()
    sent = person.client.get("/replies/work", follow_redirects=False)
    attempt(person, 0, {"choice": "B"})
    attempt(person, 1, {"level": 4})
    after = person.get("api/next").json()
    assert (before["questions"], before["practise"], sent.headers["location"]) == (
        [],
        True,
        "/replies/practice",
    )
    # There is no line to pass: having practised is enough.
    assert (len(after["questions"]), after["practise"]) == (2, False)


def test_a_line_is_passed_by_the_last_attempt_at_each(site: Site, owner: Visitor) -> None:
    strict = demanding(site, 0.8)
    content.ask(site.store, {"approval": 1})
    practise(owner, PAIR, ONE)
    person = visitor([strict], strict).join()
    attempt(person, 0, {"choice": "B"})
    failed = attempt(person, 1, {"level": 1})["standing"]
    again = attempt(person, 0, {"choice": "A"})["standing"]
    # First 0 and 3/4, then 1 and 3/4.
    assert (failed["agreement"], failed["required"]) == (0.375, True)
    assert (again["agreement"], again["required"], len(person.take())) == (0.875, False, 1)


def test_the_same_exercises_again_are_no_new_version(person: Visitor, owner: Visitor) -> None:
    versions = [practise(owner, PAIR).json()["version"] for _ in range(2)]
    attempt(person, 0, {"choice": "A"})
    changed = practise(owner, {**PAIR, "because": "Because."}).json()["version"]
    standing = person.get("api/practice").json()["standing"]
    assert (versions, changed, standing["answered"]) == ([1, 1], 2, 0)


def test_no_exercises_are_no_practice(site: Site, person: Visitor, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    practise(owner, PAIR)
    emptied = practise(owner).json()
    assert (emptied["exercises"], len(person.take())) == ([], 1)


def test_the_owner_reads_the_exercises_as_they_were_written(owner: Visitor) -> None:
    practise(owner, PAIR, ONE)
    assert owner.get("api/owner/practice").json()["exercises"] == [PAIR, ONE]


def test_an_exercise_can_show_a_clip_that_is_there(site: Site, owner: Visitor) -> None:
    name = site.store.blobs.put_json(content.clip_scene(1))
    clip = {"kind": "approval", "scenes": [name], "answer": {"level": 1}}
    assert practise(owner, clip).status_code == 200


@pytest.mark.parametrize(
    "exercise",
    [
        {**PAIR, "kind": "applause"},
        {**PAIR, "answer": {"choice": "C"}},
        {**PAIR, "answer": {}},
        {**PAIR, "replies": ["one"]},
        {**PAIR, "replies": []},
        {**PAIR, "scenes": ["0" * 64]},
        {"kind": "approval", "scenes": ["0" * 64], "answer": {"level": 1}},
        {"kind": "approval", "scenes": ["../../etc/passwd"], "answer": {"level": 1}},
        {**PAIR, "kind": "demonstration", "replies": ["x"], "answer": {"text": "y"}},
        {**ONE, "options": {"levels": "many"}},
        {**PAIR, "owner": True},
        {**PAIR, "because": "x" * 6000},
        {**PAIR, "replies": ["x"] * 7},
    ],
)
def test_an_exercise_that_cannot_be_is_refused(site: Site, owner: Visitor, exercise: Json) -> None:
    response = practise(owner, ONE, exercise)
    assert (response.status_code in (404, 422), site.store.practice.exercises()) == (True, [])


def test_the_number_of_a_wrong_exercise_is_told(owner: Visitor) -> None:
    said = practise(owner, ONE, {**PAIR, "answer": {"choice": "C"}}).json()["error"]
    assert said.startswith("exercise 2: ")


@pytest.mark.parametrize("answer", [{}, {"choice": "left"}, {"level": 1}, {"skip": ""}])
def test_a_malformed_attempt_is_refused_and_not_kept(
    site: Site, person: Visitor, owner: Visitor, answer: Json
) -> None:
    practise(owner, PAIR)
    task = person.get("api/practice").json()["tasks"][0]
    response = person.send(f"api/practice/{task['id']}", {"answer": answer})
    assert (response.status_code, site.store.practice.attempts()) == (422, [])


def test_an_exercise_that_is_not_there_cannot_be_answered(person: Visitor) -> None:
    assert person.send("api/practice/none", {"answer": {"level": 1}}).status_code == 404


def test_practice_teaches_nothing(site: Site, person: Visitor, owner: Visitor) -> None:
    practise(owner, PAIR)
    attempt(person, 0, {"choice": "A"})
    assert (site.store.answers.all(), len(site.store.practice.attempts())) == ([], 1)


def test_a_report_reaches_the_owner_once(site: Site, person: Visitor, owner: Visitor) -> None:
    query = content.ask(site.store, {"approval": 1})[0]
    body = {"key": KEY, "query": query.id, "text": "It is\u0000 empty."}
    for _ in range(2):
        assert person.send("api/flags", body).status_code == 200
    flags = owner.get("api/owner/flags").json()["flags"]
    assert [(flag["query"], flag["text"]) for flag in flags] == [(query.id, "It is empty.")]
    assert len(person.take()) == 1


@pytest.mark.parametrize(
    "change", [{"text": ""}, {"text": "x" * 3000}, {"key": "x"}, {"query": "q"}, {"annotator": "x"}]
)
def test_a_malformed_report_is_refused(site: Site, person: Visitor, change: Json) -> None:
    query = content.ask(site.store, {"approval": 1})[0]
    body = {"key": KEY, "query": query.id, "text": "why", **change}
    assert person.send("api/flags", body).status_code in (404, 422)
    assert site.store.flags.list() == []
