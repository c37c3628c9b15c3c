"""The heaviest requests that are allowed: others do not wait for what they take."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from assent import desk
from assent.feedback import correction, written
from assent.feedback.written import MAX_CHARACTERS
from assent.records import new_id
from assent.web.site import Site
from assent.web.work import handing
from tests.web import content
from tests.web.conftest import Visitor


def parcel(person: Visitor, count: int) -> list[dict[str, Any]]:
    """Corrections of one answer to a question, each with another long text."""
    question = person.take(1)[0]
    first = person.answer(question, {"text": "first"}, new_id()).json()["feedback"]
    return [
        {
            "key": new_id(),
            "slot": None,
            "lease_token": None,
            "query": question["query"],
            "answer": {"text": f"{number} " + "ab b " * 400},
            "replaces": first,
        }
        for number in range(count)
    ]


def test_texts_are_compared_before_others_have_to_wait(
    site: Site, person: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.ask(site.store, {"correction": 2})
    bodies = parcel(person, 40)
    question = person.take(1)[0]
    compare, where = written.difference, list[str]()

    def seen(old: str, new: str) -> Any:
        where.append(threading.current_thread().name)
        return compare(old, new)

    monkeypatch.setattr(correction, "difference", seen)
    results = person.send("api/answers/many", {"answers": bodies}).json()["results"]
    alone = person.answer(question, {"text": "ab b " * 400}, new_id())

    assert all("feedback" in each for each in results)
    assert alone.status_code == 200
    assert len(where) == 41
    assert not any(name.startswith("counter") for name in where)


def test_very_many_answers_are_written_some_at_a_time(
    site: Site, person: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.ask(site.store, {"correction": 1})
    bodies = parcel(person, 100)
    keep, together = desk.answer_all, list[int]()

    def seen(store: Any, submissions: Any, now: float) -> Any:
        together.append(len(submissions))
        return keep(store, submissions, now)

    monkeypatch.setattr(desk, "answer_all", seen)
    results = person.send("api/answers/many", {"answers": bodies}).json()["results"]

    assert [each["duplicate"] for each in results] == [False] * 100
    assert (max(together), sum(together)) == (handing.TOGETHER, 100)
    [standing] = site.store.answers.current()
    assert standing.answer is not None
    assert standing.answer["text"].startswith("99 ")


def test_an_answer_that_does_not_fit_is_refused_among_others_that_do(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"correction": 1})
    bodies = parcel(person, 3)
    bodies[1]["answer"] = {"text": "x" * (MAX_CHARACTERS + 1)}
    results = person.send("api/answers/many", {"answers": bodies}).json()["results"]
    assert ["feedback" in each for each in results] == [True, False, True]
    assert f"{MAX_CHARACTERS} characters" in results[1]["error"]


def test_strangers_cost_no_comparison(
    site: Site, person: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.ask(site.store, {"correction": 1})
    bodies = parcel(person, 2)
    monkeypatch.delattr(correction, "difference")
    assert stranger.send("api/answers/many", {"answers": bodies}).status_code == 403
