"""Every route, every role: a route that is missing here fails the last test."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from assent.store.store import open_store
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import ORIGIN, Visitor, visitor

OWN = "0" * 64
KEY = "0123456789abcdef"
ANSWER = {"key": KEY, "slot": "1", "lease_token": "x", "query": "q", "answer": {"level": 1}}
OUTSIDE = {"id": "q", "kind": "approval", "items": [{"id": "a", "reply": "x"}]}

# path, method, body; then who passes: anybody, annotator, owner.
ROUTES: list[tuple[str, str, Any, str]] = [
    ("api/next", "GET", None, "annotator"),
    ("api/answers", "POST", ANSWER, "annotator"),
    ("api/answers/many", "POST", {"answers": [ANSWER]}, "annotator"),
    ("api/undo", "POST", {"feedback": "x", "key": KEY}, "annotator"),
    ("api/consent", "POST", {"version": 1, "consent": True}, "annotator"),
    ("api/heartbeat", "POST", {"leases": []}, "annotator"),
    ("api/history", "GET", None, "annotator"),
    ("api/history/x", "GET", None, "annotator"),
    ("api/leave", "POST", {}, "annotator"),
    ("api/guideline/seen", "POST", {"version": 1}, "annotator"),
    ("api/practice", "GET", None, "annotator"),
    ("api/practice/x", "POST", {"answer": {"level": 1}}, "annotator"),
    ("api/flags", "POST", {"key": KEY, "query": "q", "text": "x"}, "annotator"),
    ("api/play", "POST", {"query": "q"}, "annotator"),
    ("api/play/steps", "POST", {"query": "q", "at": 0, "actions": [[1, 1]]}, "annotator"),
    ("api/owner/practice", "GET", None, "owner"),
    ("api/owner/practice", "PUT", {"exercises": []}, "owner"),
    ("api/owner/flags", "GET", None, "owner"),
    ("api/owner/flags/1", "PUT", {"settled": True}, "owner"),
    ("api/owner/practice/try", "POST", {"kind": "approval", "replies": ["x"]}, "owner"),
    ("api/owner/practice/from/x", "GET", None, "owner"),
    ("api/owner/practice/shown", "GET", None, "owner"),
    ("api/owner/annotators/x/weight", "PUT", {"weight": 0.5}, "owner"),
    ("api/owner/annotators/x/retrain", "POST", {}, "owner"),
    ("api/owner/annotators/x/decisions", "GET", None, "owner"),
    ("api/guideline", "GET", None, "both"),
    (f"api/scenes/{OWN}", "GET", None, "both"),
    (f"api/media/{OWN}", "GET", None, "both"),
    ("api/media", "POST", {}, "owner"),
    ("api/owner/overview", "GET", None, "owner"),
    ("api/owner/charts/return", "GET", None, "owner"),
    ("api/owner/preview", "POST", {"markdown": "x"}, "owner"),
    ("api/owner/guideline", "PUT", {"markdown": "x"}, "owner"),
    ("api/owner/invites", "POST", {"role": "owner"}, "owner"),
    ("api/owner/annotators/x/active", "PUT", {"active": False}, "owner"),
    ("api/owner/export", "GET", None, "owner"),
    ("api/owner/export/answers", "GET", None, "owner"),
    ("api/owner/export/annotators", "GET", None, "owner"),
    ("api/owner/disputes", "GET", None, "owner"),
    ("api/owner/questions/x", "GET", None, "owner"),
    ("api/owner/questions/x/verdict", "POST", {"answer": {"level": 1}}, "owner"),
    ("api/owner/questions", "POST", {"questions": [OUTSIDE]}, "owner"),
    ("api/owner/questions/wanted?id=x", "PUT", {"answers": 2}, "owner"),
    ("api/owner/events", "GET", None, "owner"),
    ("api/owner/live?once=true", "GET", None, "owner"),
    ("api/owner/annotators/x/messages", "GET", None, "owner"),
    ("api/owner/annotators/x/messages", "POST", {"text": "x"}, "owner"),
    ("api/owner/annotators/x/erase", "POST", {"name": "x"}, "owner"),
    ("api/owner/invites", "GET", None, "owner"),
    ("api/owner/invites/1000", "DELETE", None, "owner"),
    ("api/messages", "GET", None, "annotator"),
    ("api/messages/read", "POST", {}, "annotator"),
    ("guideline", "GET", None, "annotator"),
    ("practice", "GET", None, "annotator"),
    ("work", "GET", None, "annotator"),
    ("owner", "GET", None, "owner"),
    ("owner/live", "GET", None, "owner"),
    ("owner/people", "GET", None, "owner"),
    ("owner/answers", "GET", None, "owner"),
    ("owner/reports", "GET", None, "owner"),
    ("owner/guideline", "GET", None, "owner"),
    ("owner/practice", "GET", None, "owner"),
]
SIGNED_OUT = ("not signed in", "belongs to the project")


@pytest.fixture(scope="module")
def shared(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    """Two projects on one server, for tests that change nothing that others read."""
    folder = tmp_path_factory.mktemp("shared")
    made = []
    for name in ("replies", "other"):
        shutil.copytree(furnished, folder / name)
        made.append(Site(name, open_store(folder / name), content.settings(name)))
    yield made
    for site in made:
        site.store.close()


@pytest.fixture(scope="module")
def app(shared: list[Site]) -> FastAPI:
    return create_app(shared)


def come(app: FastAPI, site: Site) -> Visitor:
    return Visitor(TestClient(app, base_url=ORIGIN), site)


def ask(who: Visitor, path: str, method: str, body: Any) -> Any:
    return who.get(path) if method == "GET" else who.send(path, body, method)


def shut_out(response: Any) -> bool:
    return response.status_code == 403 and any(words in response.text for words in SIGNED_OUT)


MATRIX = pytest.mark.parametrize(("path", "method", "body", "allowed"), ROUTES)


@MATRIX
def test_a_stranger_is_shut_out_of_every_route(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    assert shut_out(ask(come(app, shared[0]), path, method, body))


@MATRIX
def test_an_annotator_passes_only_where_annotators_may(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    person = come(app, shared[0]).join()
    assert shut_out(ask(person, path, method, body)) == (allowed == "owner")


@MATRIX
def test_an_owner_passes_only_where_owners_may(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    owner = come(app, shared[0]).join(role="owner")
    assert shut_out(ask(owner, path, method, body)) == (allowed == "annotator")


@MATRIX
def test_another_projects_sessions_open_nothing_here(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    both = come(app, shared[1]).join().join(role="owner")
    for role in ("annotator", "owner"):
        # As somebody would who hopes that a session is a session.
        token = both.client.cookies[f"assent-{role}-other"]
        both.client.cookies.set(f"assent-{role}-replies", token)
    both.site = shared[0]
    assert shut_out(ask(both, path, method, body))


@MATRIX
def test_a_session_of_one_role_does_not_stand_for_the_other(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    person = come(app, shared[0]).join()
    token = person.client.cookies["assent-annotator-replies"]
    person.client.cookies.clear()
    person.client.cookies.set("assent-owner-replies", token)
    assert shut_out(ask(person, path, method, body))


@MATRIX
def test_no_route_answers_with_a_fault_of_the_server(
    app: FastAPI, shared: list[Site], path: str, method: str, body: Any, allowed: str
) -> None:
    everybody = come(app, shared[0]).join().join(role="owner")
    assert ask(everybody, path, method, body).status_code < 500


NAMED = {
    "?id=x": "",
    "api/history/x": "api/history/{feedback}",
    OWN: "{hash}",
    "charts/return": "charts/{name}",
    "annotators/x": "annotators/{annotator}",
    "practice/from/x": "practice/from/{query}",
    "practice/x": "practice/{exercise}",
    "flags/1": "flags/{flag}",
    "questions/x": "questions/{query}",
    "export/answers": "export/{table}",
    "export/annotators": "export/{table}",
    "invites/1000": "invites/{invite}",
    "?once=true": "",
}


def walk(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, those of included routers too, whether the document tells of them or not."""
    for route in routes:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else walk(included.routes)


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Every path of a project with every method, from the application's own table."""
    return {
        (route.path.removeprefix("/{project}").removeprefix("/"), method)
        for route in walk(app.routes)
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def test_whatever_is_no_route_of_a_project_is_known(app: FastAPI) -> None:
    others = {route.path for route in walk(app.routes) if not isinstance(route, APIRoute)}
    assert others == {"/api/openapi.json", "/static"}


def test_the_matrix_names_every_route(app: FastAPI) -> None:
    named = set()
    for path, method, _, _ in ROUTES:
        for given, name in NAMED.items():
            path = path.replace(given, name)
        named.add((path, method))
    open_to_all = {("", "GET"), ("join/{token}", "GET"), ("api/join", "POST"), ("worker.js", "GET")}
    assert routes(app) == named | open_to_all


def test_an_annotator_cannot_take_back_what_somebody_else_said(site: Site) -> None:
    content.ask(site.store, {"approval": 1}, wanted=2)
    first, second = visitor([site], site).join("one"), visitor([site], site).join("two")
    receipt = first.answer(first.take()[0], {"level": 1}, KEY).json()

    response = second.send("api/undo", {"feedback": receipt["feedback"], "key": KEY})

    assert (response.status_code in (403, 404, 409, 422), len(site.store.answers.current())) == (
        True,
        1,
    )


def test_an_annotator_cannot_correct_what_somebody_else_said(site: Site) -> None:
    content.ask(site.store, {"approval": 1}, wanted=2)
    first, second = visitor([site], site).join("one"), visitor([site], site).join("two")
    receipt = first.answer(first.take()[0], {"level": 1}, KEY).json()

    second.answer(second.take()[0], {"level": 0}, KEY, replaces=receipt["feedback"])

    levels = [f.answer["level"] for f in site.store.answers.current() if f.answer]
    assert 1 in levels


def test_the_same_key_of_two_people_is_two_answers(site: Site) -> None:
    content.ask(site.store, {"approval": 1}, wanted=2)
    first, second = visitor([site], site).join("one"), visitor([site], site).join("two")

    one = first.answer(first.take()[0], {"level": 1}, KEY).json()
    two = second.answer(second.take()[0], {"level": 0}, KEY).json()

    assert (one["duplicate"], two["duplicate"], one["feedback"] != two["feedback"]) == (
        False,
        False,
        True,
    )


def test_history_holds_only_ones_own_answers(site: Site) -> None:
    content.ask(site.store, {"approval": 1}, wanted=2)
    first, second = visitor([site], site).join("one"), visitor([site], site).join("two")
    first.answer(first.take()[0], {"level": 1}, KEY)

    assert second.get("api/history").json()["answers"] == []


def test_a_paused_annotator_cannot_take_questions(site: Site, person: Visitor) -> None:
    site.store.people.set_active(site.store.people.list()[0].id, False)

    assert person.get("api/next").status_code == 403


def test_only_scenes_and_videos_leave_the_store_by_their_hash(site: Site, person: Visitor) -> None:
    weights = site.store.blobs.put(b"not for annotators")
    table = site.store.blobs.put_json({"returns": [1.0]})

    found = [
        person.get(f"api/{kind}/{name}").status_code
        for kind in ("scenes", "media")
        for name in (weights, table)
    ]

    assert found == [404, 404, 404, 404]
