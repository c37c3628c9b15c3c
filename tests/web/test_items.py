"""The page of a project that has only items and answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assent.answers import reward as learning
from assent.config import AnswersConfig, parse_answers
from assent.interop.collection import item_of, segment_of
from assent.project import AnswersProject
from assent.records import Json
from assent.store.store import open_store
from assent.web.site import Site
from tests.web.conftest import Visitor, visitor


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[Site]:
    settings = {"project": {"name": "labels"}, "environment": {"world": "answers"}}
    made = Site("labels", open_store(tmp_path), parse_answers(settings))
    yield made
    made.store.close()


def pair(name: str, first: str, second: str) -> Json:
    items = [{"id": each.split()[0], "prompt": "Hello", "reply": each} for each in (first, second)]
    return {"id": name, "kind": "comparison", "items": items}


def key(reply: str) -> str:
    """What an answer calls a reply."""
    return segment_of(item_of("Hello", reply, "").id, None).key


def push(owner: Visitor, *questions: Json) -> Json:
    answer = owner.send("api/owner/questions", {"questions": list(questions)})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def learn(site: Site, folder: Path) -> None:
    assert isinstance(site.config, AnswersConfig)
    learning.learn(AnswersProject(folder, site.config, site.store))


def test_what_is_pushed_is_an_item_and_the_same_text_one(labels: Site, tmp_path: Path) -> None:
    owner = visitor([labels], labels).join(role="owner")
    person = visitor([labels], labels).join("Bo")
    told = push(owner, pair("one", "good", "bad"), pair("two", "good", "worse"))
    assert (told["added"], told["known"]) == (2, 0)
    for number, question in enumerate(person.take()):
        said = person.answer(question, {"choice": key("good")}, f"key-of-answer-{number}")
        assert said.status_code == 200
    learn(labels, tmp_path)
    scores = learning.scores(labels.store, 0)
    events = owner.get("api/owner/events").json()["events"]
    assert scores[0]["response"] == "good"
    assert [each["answers"] for each in scores] == [2, 1, 1]
    assert [each["answer"]["choice"] for each in events] == ["good", "good"]


def test_the_owner_sees_what_is_asked_and_what_items_are_worth(
    labels: Site, tmp_path: Path
) -> None:
    owner = visitor([labels], labels).join(role="owner")
    person = visitor([labels], labels).join("Bo")
    empty = owner.get("owner").text
    push(owner, pair("one", "good reply", "bad reply"))
    asked = owner.get("api/owner/overview").json()
    [question] = person.take()
    person.answer(question, {"choice": key("good reply")}, "key-of-the-answer")
    answered = owner.get("owner").text
    learn(labels, tmp_path)
    learnt = owner.get("owner").text
    assert "Nothing is being asked" in empty
    assert "Round by round" not in empty
    assert [(each["word"], each["next"]) for each in asked["stages"]] == [
        ("ask", False),
        ("answers", True),
        ("reward", False),
    ]
    assert asked["missing"] == 1
    assert "There are new answers" in answered
    assert learnt.index("good reply") < learnt.index("bad reply")


def test_the_pages_of_people_speak_of_no_end(labels: Site) -> None:
    person = visitor([labels], labels).join("Bo")
    assert person.get("api/next").json()["progress"]["over"] is False
    assert person.get("work").status_code == 200
