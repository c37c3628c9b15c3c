"""The document of the API against the API: what it lets somebody send is never a fault.

Schemathesis makes requests from the document alone, right ones and wrong ones. Each is sent as
nobody, as an annotator and as an owner, and again with names that are known in place of its own;
the answer has to be one that the document tells of. To look longer:

    ASSENT_API_EXAMPLES=400 ASSENT_API_DATABASE=postgresql pytest tests/web/test_document.py
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis import Case, Config, checks, openapi
from schemathesis.core import NotSet
from starlette.testclient import TestClient

from assent.store.store import Store, open_store
from assent.web import exchange, limits
from assent.web.app import create_app
from assent.web.site import Site
from tests.conftest import empty
from tests.web import content
from tests.web.conftest import ORIGIN, WRITE, Visitor, visitor

EXAMPLES = int(os.environ.get("ASSENT_API_EXAMPLES", "8"))
DATABASE = os.environ.get("ASSENT_API_DATABASE", "sqlite")
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

checks.load_all_checks()
_BY_NAME: dict[str, Any] = {each.__name__: each for each in checks.CHECKS.get_all()}
SOUND = tuple(
    _BY_NAME[name]
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    )
)
# Of a request that the document forbids. What it allows may be refused all the same: whether an
# answer fits depends on its question.
REFUSED = (_BY_NAME["negative_data_rejection"], _BY_NAME["unsupported_method"])


def _document() -> dict[str, Any]:
    """The document needs no store: nothing is asked of it before the first request."""
    site = Site("replies", cast(Store, None), content.settings("replies"))
    return create_app([site]).openapi()


DOCUMENT = openapi.from_dict(
    _document(),
    config=Config.from_dict(
        {
            # Who asks is set by the test, not made up.
            "generation": {"with-security-parameters": False},
            # Too large is a refusal, too.
            "checks": {
                "negative_data_rejection": {
                    "expected-statuses": [400, 403, 404, 405, 409, 413, 422],
                }
            },
        }
    ),
)


@dataclass(frozen=True)
class Everybody:
    """Nobody, an annotator and an owner before one application, and names that are known to it."""

    app: FastAPI
    cookies: Mapping[str, Mapping[str, str]]
    known: Mapping[str, list[Any]]
    leaver: Mapping[str, str]

    def of(self, case: Case[Any]) -> Mapping[str, str]:
        """The cookies of whoever is let in by this operation."""
        owned = "/owner/" in case.path or case.path.endswith("/media")
        return self.cookies["owner" if owned else "annotator"]


@pytest.fixture
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store that waits for answers, in the database that was named."""
    if DATABASE == "sqlite":
        yield request.getfixturevalue("site").store
        return
    url = request.getfixturevalue("postgresql_project")
    empty(url)
    with open_store(tmp_path, url) as store:
        store.people.set_guideline(content.GUIDELINE)
        content.finish_baseline(store)
        yield store


@pytest.fixture
def everybody(asked: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Everybody]:
    # Hundreds of refusals from one address are the point here, and streams shall end.
    monkeypatch.setattr(limits, "REFUSALS", 1e9)
    monkeypatch.setattr(exchange, "_LONGEST_SECONDS", 0.02)
    monkeypatch.setattr(exchange, "_POLL_SECONDS", 0.01)
    content.ask(asked, dict.fromkeys(content.OPTIONS, 2), wanted=2)
    site = Site("replies", asked, content.settings("replies", requests_per_second=1e6))
    person, other = visitor([site], site).join("one"), visitor([site], site).join("two")
    owner = visitor([site], site).join(role="owner")
    yield Everybody(
        create_app([site]),
        {
            "nobody": {},
            "annotator": dict(person.client.cookies),
            "owner": dict(owner.client.cookies),
        },
        _known(site, person, other, owner),
        dict(other.client.cookies),
    )
    # Whatever was let in can be given out again.
    theirs = ("next?limit=16", "history", "practice", "messages", "guideline")
    found = {path: person.get(f"api/{path}").status_code for path in theirs}
    owned = ("overview", "export", "export/answers", "export/questions", "events", "flags")
    found |= {path: owner.get(f"api/owner/{path}").status_code for path in owned}
    found |= {path: owner.get(path).status_code for path in ("owner", "owner/live")}
    assert set(found.values()) == {200}, found


def _known(site: Site, person: Visitor, other: Visitor, owner: Visitor) -> dict[str, list[Any]]:
    """Values that mean something, by the names of fields and parameters."""
    questions = other.take(4) + person.take(8)
    given = person.answer(questions[4], {"skip": "other"}, "key-0001").json()
    exercise = {"kind": "approval", "replies": ["No."], "answer": {"level": 0}}
    owner.send("api/owner/practice", {"exercises": [exercise]}, "PUT")
    [task] = person.get("api/practice").json()["tasks"]
    person.send(f"api/practice/{task['id']}", {"answer": {"level": 0}})
    other.send("api/flags", {"key": "key-0002", "query": questions[0]["query"], "text": "x"})
    return {
        "slot": [each["slot"] for each in questions],
        "lease_token": [each["lease_token"] for each in questions],
        "query": [each["query"] for each in questions],
        "hash": [option["scene"] for each in questions for option in each["options"]],
        "answer": [{"level": 1}, {"skip": "other"}, {"choice": "tie"}, {"text": "x"}],
        "feedback": [given["feedback"]],
        "replaces": [given["feedback"], None],
        # Of somebody else, so that nobody who asks is switched off meanwhile.
        "annotator": [each.id for each in site.store.people.list() if each.name == "two"],
        "exercise": [task["id"]],
        "flag": [each.id for each in site.store.flags.list()],
        "name": ["two", "return", "agreement"],
        "table": ["answers", "questions"],
        "format": ["jsonl"],
        "theme": ["dark", "light"],
        "kind": list(content.OPTIONS),
        "invite": [each.id for each in site.store.people.invites()],
        "token": [site.store.people.invite("annotator", content.NOW * 2, 1.0, None)],
    }


def _filled(value: Any, known: Mapping[str, list[Any]], rng: random.Random) -> Any:
    """The same with known values in place of most that have a name of which there are some."""
    if isinstance(value, list):
        return [_filled(each, known, rng) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: rng.choice(known[name])
        if name in known and rng.random() < 0.8
        else _filled(each, known, rng)
        for name, each in value.items()
    }


ODD = ("\ud800", "\0", "\u202e\u200b", "", " ", "9" * 400, "%00", "../..", "🙂" * 64)


def _spoilt(value: Any, rng: random.Random) -> Any:
    """The same with an odd text in place of some."""
    if isinstance(value, dict):
        return {name: _spoilt(each, rng) for name, each in value.items()}
    if isinstance(value, list):
        return [_spoilt(each, rng) for each in value]
    return rng.choice(ODD) if isinstance(value, str) and rng.random() < 0.3 else value


def send_as_made(case: Case[Any], everybody: Everybody) -> None:
    """As nobody, as an annotator and as an owner, and never as if it were right when it is not."""
    for cookies in everybody.cookies.values():
        if not case.path.endswith("/leave"):  # or nobody would be signed in from here on
            response = case.call(base_url=ORIGIN, app=everybody.app, cookies=dict(cookies))
            case.validate_response(response, checks=[*SOUND, *REFUSED])


def send_filled(case: Case[Any], everybody: Everybody, rng: random.Random) -> None:
    """As somebody who is let in, about what there is."""
    filled = _filled(case.path_parameters, everybody.known, rng)
    case.path_parameters = {**filled, "project": "replies"}
    case.query = _filled(case.query, everybody.known, rng)
    case.body = _filled(case.body, everybody.known, rng)
    cookies = dict(everybody.leaver if case.path.endswith("/leave") else everybody.of(case))
    response = case.call(
        base_url=ORIGIN, app=everybody.app, cookies=cookies, headers={"X-Assent": "1"}
    )
    case.validate_response(response, checks=list(SOUND))


def send_spoilt(case: Case[Any], everybody: Everybody, rng: random.Random) -> None:
    """The same with texts in it that nothing is prepared for."""
    path = "/".join(quote(part.format(**case.path_parameters)) for part in case.path.split("/"))
    if isinstance(case.body, NotSet | bytes) or case.path.endswith("/leave"):
        return
    body = json.dumps(_spoilt(case.body, rng))
    client = TestClient(everybody.app, base_url=ORIGIN, cookies=dict(everybody.of(case)))
    headers = {**WRITE, "Content-Type": "application/json"}
    response = client.request(case.method, path, content=body, params=case.query, headers=headers)
    operation = DOCUMENT.raw_schema["paths"][case.operation.path].get(case.method.lower(), {})
    told = {int(status) for status in operation.get("responses", {405: ""})}
    assert response.status_code in told - {503}, (case.method, path, body, response.text)


@pytest.mark.slow
@DOCUMENT.parametrize()
@SETTINGS
def test_nothing_that_can_be_sent_is_a_fault_or_answered_in_an_untold_way(
    case: Case[Any], everybody: Everybody
) -> None:
    rng = random.Random(repr((case.method, case.path, case.query, case.body)))
    case.path_parameters["project"] = rng.choice(["replies"] * 9 + ["elsewhere"])
    send_as_made(case, everybody)
    send_filled(case, everybody, rng)
    send_spoilt(case, everybody, rng)
