"""The short way and the ordinary one tell the same, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from assent.web.guard import MAX_BODY_BYTES
from assent.web.site import Site
from assent.web.work import quick
from tests.web import content
from tests.web.conftest import Visitor

JSON = {"X-Assent": "1", "Content-Type": "application/json"}


@pytest.fixture
def asked(site: Site, person: Visitor) -> Visitor:
    content.ask(site.store, {"comparison": 6})
    return person


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that went the short way to its end."""
    gone: list[str] = []
    for name in ("_next", "_answer"):
        whole = getattr(quick, name)

        async def noted(*given: Any, name: str = name, whole: Any = whole) -> Any:
            response = await whole(*given)
            if response is not None:
                gone.append(name)
            return response

        monkeypatch.setattr(quick, name, noted)
    return gone


def _body(person: Visitor, **changed: Any) -> dict[str, Any]:
    [question] = person.take(1)
    choice = question["options"][0]["key"]
    body = {
        "key": "a-key-of-mine",
        "slot": question["slot"],
        "lease_token": question["lease_token"],
        "query": question["query"],
        "answer": {"choice": choice},
        "shown_order": question["shown_order"],
    }
    return {**body, **changed}


def _both(person: Visitor, content: bytes, headers: dict[str, str] = JSON) -> list[tuple[int, Any]]:
    """What comes of a request by the short way, then by the ordinary one."""
    found = []
    for path in ("api/answers", "api/answers?"):
        url = f"/{person.site.name}/{path}"
        sent = person.client.post(
            url + ("x=1" if "?" in path else ""), content=content, headers=headers
        )
        found.append((sent.status_code, sent.json()))
    return found


def test_the_page_goes_the_short_way(asked: Visitor, short: list[str]) -> None:
    [question] = asked.take(1)
    assert asked.answer(question, {"choice": "tie"}, "key-number-1").status_code == 200
    assert short == ["_next", "_answer"]


def test_questions_are_the_same(asked: Visitor, short: list[str]) -> None:
    first, again = (asked.get(f"api/next?{query}") for query in ("limit=3", "limit=3&x=1"))
    assert short == ["_next"]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.headers == again.headers


def test_a_receipt_is_the_same(asked: Visitor, short: list[str]) -> None:
    first, again = _both(asked, json.dumps(_body(asked)).encode())
    assert short == ["_next", "_answer"]
    assert first == (200, {**again[1], "duplicate": False})
    assert again == (200, {**again[1], "duplicate": True})


@pytest.mark.parametrize(
    "changed",
    [
        {"answer": {"choice": "nothing of the kind"}},
        {"answer": {"skip": []}},
        {"query": "no question"},
        {"shown_order": [0, 0]},
        {"key": "short"},
        {"slot": 7},
        {"unknown": 1},
        {"timings": {"read": -1}},
        {"note": "n" * 2001},
    ],
)
def test_a_refusal_is_the_same(asked: Visitor, changed: dict[str, Any]) -> None:
    first, again = _both(asked, json.dumps(_body(asked, **changed)).encode())
    assert first == again
    assert first[0] in (409, 422)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"key": "\\ud800-key-key"}',
        b"x" * (MAX_BODY_BYTES + 1),
    ],
    ids=["nothing", "half", "list", "null", "bytes", "deep", "surrogate", "large"],
)
def test_what_is_no_answer_is_refused_the_same(asked: Visitor, sent: bytes) -> None:
    first, again = _both(asked, sent)
    assert first == again
    assert 400 <= first[0] < 500


def test_a_large_body_without_a_length_is_refused(asked: Visitor) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1000 + 2):
            yield b" " * 1000

    sent = asked.client.post(f"/{asked.site.name}/api/answers", content=pieces(), headers=JSON)
    assert sent.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_kind_of_content_is_judged_the_same(asked: Visitor, kind: str) -> None:
    body = json.dumps(_body(asked)).encode()
    first, again = _both(asked, body, {**JSON, "Content-Type": kind})
    assert first == again


@pytest.mark.parametrize("path", ["api/next?limit=2", "api/answers"])
def test_a_stranger_is_refused_the_same(asked: Visitor, stranger: Visitor, path: str) -> None:
    def ask(path: str) -> Any:
        if "next" in path:
            return stranger.get(path)
        return stranger.send(path, _body(asked))

    first, again = ask(path), ask(path + ("&x=1" if "?" in path else "?x=1"))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.status_code == 403


def test_a_project_that_is_not_here_is_not_found(asked: Visitor) -> None:
    assert asked.client.get("/nowhere/api/next?limit=1").status_code == 404
    sent = asked.client.post("/nowhere/api/answers", json=_body(asked), headers=JSON)
    assert sent.status_code == 404
