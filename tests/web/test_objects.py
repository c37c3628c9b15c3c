"""Other people's ids, on every route that takes an id: what is somebody else's stays as it was.

Which routes take ids is read from the document of the API; one that is missing here fails.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assent.store.store import open_store
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import fitting

KEY = "0123456789abcdef"
MINE = "fedcba9876543210"  # not theirs, or their answer would come back as a double
ID_FIELDS = {"slot", "lease_token", "query", "feedback", "replaces", "scenes"}
# Parameters of a path that name no object of anybody: the project itself, charts, tables.
NO_IDS = {"project", "name", "table"}


@dataclass(frozen=True)
class Belongings:
    """What somebody has: ids that others may have got to know."""

    site: Site
    visitor: Visitor
    annotator: str
    held: dict[str, Any]  # a question under lease
    answered: dict[str, Any]
    feedback: str
    flag: str
    exercise: str
    invite: str
    scene: str

    def state(self) -> tuple[Any, ...]:
        """Everything that nobody else may change."""
        store = self.site.store
        lease = {name: self.held[name] for name in ("slot", "lease_token")}
        return (
            store.people.get(self.annotator),
            [(m.text, m.read_at) for m in store.people.messages(self.annotator)],
            [(f.id, f.answer) for f in store.answers.history(self.annotator, 50)],
            [(a.exercise, a.answer) for a in store.practice.attempts(self.annotator)],
            [each for each in store.people.invites() if each.id == self.invite],
            [each.id for each in store.practice.exercises()],
            [each for each in store.flags.list() if each.id == self.flag],
            [store.decisions.list(each) for each in (self.annotator, self.flag)],
            self.visitor.send("api/heartbeat", {"leases": [lease]}).json()["lost"],
        )


def belongings(sites: list[Site], site: Site, name: str) -> Belongings:
    """Somebody of a project who has answered one question and holds another."""
    person = visitor(sites, site).join(name)
    [task] = person.get("api/practice").json()["tasks"]
    person.send(f"api/practice/{task['id']}", {"answer": {"level": 0}})
    first, second = person.take(2)
    receipt = person.answer(first, fitting(first), KEY).json()
    report = {"key": KEY, "query": second["query"], "text": "It is odd."}
    person.send("api/flags", report)
    annotator = next(each.id for each in site.store.people.list() if each.name == name)
    site.store.people.send(annotator, f"for {name}", time.time())
    return Belongings(
        site,
        person,
        annotator,
        second,
        first,
        receipt["feedback"],
        site.store.flags.list()[-1].id,
        task["id"],
        site.store.people.invites()[-1].id,
        second["options"][0]["scene"],
    )


@pytest.fixture
def sites(furnished: Path, tmp_path: Path) -> Iterator[list[Site]]:
    """Two projects on one server, each with exercises and questions of its own."""
    made = []
    for name in ("mine", "other"):
        shutil.copytree(furnished, tmp_path / name)
        site = Site(name, open_store(tmp_path / name), content.settings(name))
        shown = {"type": "text", "prompt": "", "reply": f"Only in {name}."}
        content.ask(site.store, {"approval": 4}, wanted=1, shown=shown)
        owner = visitor([site], site).join(role="owner")
        exercise = {"kind": "approval", "replies": [f"{name}?"], "answer": {"level": 0}}
        owner.send("api/owner/practice", {"exercises": [exercise]}, "PUT")
        made.append(site)
    yield made
    for site in made:
        site.store.close()


Call = Callable[[Visitor, Belongings], Any]


def answer(them: Belongings, **more: Any) -> dict[str, Any]:
    """An answer to what they hold, as they would send it."""
    lease = {name: them.held[name] for name in ("slot", "lease_token", "query")}
    return {"key": MINE, "answer": {"level": 1}, **lease, **more}


def exercise(them: Belongings) -> dict[str, Any]:
    """An exercise that shows what they hold."""
    return {"kind": "approval", "scenes": [them.scene], "answer": {"level": 1}}


# (method, path) -> who tries it, and how with the ids of somebody else.
OTHERS: dict[tuple[str, str], tuple[str, Call]] = {
    ("POST", "api/answers"): (
        "annotator",
        lambda me, them: me.send("api/answers", answer(them, lease_token="0" * 32)),
    ),
    ("POST", "api/answers/many"): (
        "annotator",
        lambda me, them: me.send(
            "api/answers/many",
            {"answers": [answer(them, query=them.answered["query"], replaces=them.feedback)]},
        ),
    ),
    ("POST", "api/undo"): (
        "annotator",
        lambda me, them: me.send("api/undo", {"feedback": them.feedback, "key": MINE}),
    ),
    ("GET", "api/history/{feedback}"): (
        "annotator",
        lambda me, them: me.get(f"api/history/{them.feedback}"),
    ),
    ("POST", "api/heartbeat"): (
        "annotator",
        lambda me, them: me.send(
            "api/heartbeat", {"leases": [{"slot": them.held["slot"], "lease_token": "0" * 32}]}
        ),
    ),
    ("POST", "api/flags"): (
        "annotator",
        lambda me, them: me.send(
            "api/flags", {"key": MINE, "query": them.held["query"], "text": "x"}
        ),
    ),
    ("POST", "api/play"): (
        "annotator",
        lambda me, them: me.send("api/play", {"query": them.held["query"]}),
    ),
    ("POST", "api/play/steps"): (
        "annotator",
        lambda me, them: me.send(
            "api/play/steps", {"query": them.held["query"], "at": 0, "actions": [[1, 1]]}
        ),
    ),
    ("POST", "api/practice/{exercise}"): (
        "annotator",
        lambda me, them: me.send(f"api/practice/{them.exercise}", {"answer": {"level": 1}}),
    ),
    ("GET", "api/scenes/{hash}"): (
        "annotator",
        lambda me, them: me.get(f"api/scenes/{them.scene}"),
    ),
    ("GET", "api/media/{hash}"): (
        "annotator",
        lambda me, them: me.get(f"api/media/{them.scene}"),
    ),
    ("PUT", "api/owner/annotators/{annotator}/active"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/annotators/{them.annotator}/active", {"active": False}, "PUT"
        ),
    ),
    ("GET", "api/owner/annotators/{annotator}/messages"): (
        "owner",
        lambda me, them: me.get(f"api/owner/annotators/{them.annotator}/messages"),
    ),
    ("POST", "api/owner/annotators/{annotator}/messages"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/annotators/{them.annotator}/messages", {"text": "from afar"}
        ),
    ),
    ("POST", "api/owner/annotators/{annotator}/erase"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/annotators/{them.annotator}/erase", {"name": "somebody else"}
        ),
    ),
    ("PUT", "api/owner/annotators/{annotator}/weight"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/annotators/{them.annotator}/weight", {"weight": 0.0}, "PUT"
        ),
    ),
    ("POST", "api/owner/annotators/{annotator}/retrain"): (
        "owner",
        lambda me, them: me.send(f"api/owner/annotators/{them.annotator}/retrain", {}),
    ),
    ("GET", "api/owner/annotators/{annotator}/decisions"): (
        "owner",
        lambda me, them: me.get(f"api/owner/annotators/{them.annotator}/decisions"),
    ),
    ("PUT", "api/owner/flags/{flag}"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/flags/{them.flag}", {"settled": True, "reply": "from afar"}, "PUT"
        ),
    ),
    ("GET", "api/owner/questions/{query}"): (
        "owner",
        lambda me, them: me.get(f"api/owner/questions/{them.held['query']}"),
    ),
    ("POST", "api/owner/questions/{query}/verdict"): (
        "owner",
        lambda me, them: me.send(
            f"api/owner/questions/{them.held['query']}/verdict", {"answer": {"level": 1}}
        ),
    ),
    ("DELETE", "api/owner/invites/{invite}"): (
        "owner",
        lambda me, them: me.send(f"api/owner/invites/{them.invite}", None, "DELETE"),
    ),
    ("PUT", "api/owner/practice"): (
        "owner",
        lambda me, them: me.send("api/owner/practice", {"exercises": [exercise(them)]}, "PUT"),
    ),
    ("POST", "api/owner/practice/try"): (
        "owner",
        lambda me, them: me.send("api/owner/practice/try", exercise(them)),
    ),
    ("GET", "api/owner/practice/from/{query}"): (
        "owner",
        lambda me, them: me.get(f"api/owner/practice/from/{them.answered['query']}"),
    ),
}
EVERY = pytest.mark.parametrize(("method", "path"), OTHERS, ids=[" ".join(each) for each in OTHERS])


@EVERY
def test_ids_of_another_project_lead_nowhere(sites: list[Site], method: str, path: str) -> None:
    mine, other = sites
    them = belongings(sites, other, "somebody else")
    role, call = OTHERS[method, path]
    before = them.state()
    me = visitor(sites, mine).join(role="owner") if role == "owner" else ready(sites, mine)

    response = call(me, them)

    assert them.state() == before
    assert "Only in other" not in response.text
    assert "for somebody else" not in response.text
    if response.status_code == 200:
        # Nothing was done: what was named is told to be lost, refused, or not there.
        assert told_nothing(response.json()), response.text


@EVERY
def test_ids_of_another_person_of_the_project_change_nothing_of_theirs(
    sites: list[Site], method: str, path: str
) -> None:
    mine = sites[0]
    them = belongings(sites, mine, "somebody else")
    me = ready(sites, mine)
    role, call = OTHERS[method, path]
    before = them.state()

    response = call(me, them)

    # What an owner may do to people of their project, an annotator of it may not.
    assert role == "annotator" or response.status_code == 403
    assert them.state() == before


def ready(sites: list[Site], site: Site) -> Visitor:
    """An annotator who has practised."""
    me = visitor(sites, site).join("me")
    for task in me.get("api/practice").json()["tasks"]:
        me.send(f"api/practice/{task['id']}", {"answer": {"level": 0}})
    return me


def told_nothing(body: Any) -> bool:
    """Whether a response that says yes says of everything in it that it was not done."""
    if "results" in body:
        return all("error" in each for each in body["results"])
    if "lost" in body:
        return bool(body["lost"])
    return set(body) == {"invites"}


def test_every_route_that_takes_an_id_is_tried_with_those_of_others(sites: list[Site]) -> None:
    document = create_app(sites).openapi()
    found = {
        (method.upper(), path.removeprefix("/{project}/"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if takes_ids(operation, document["components"]["schemas"])
    }
    assert found == set(OTHERS)


def takes_ids(operation: Any, schemas: dict[str, Any]) -> bool:
    """Whether a request of this operation names something that may be somebody else's."""
    parameters = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
    return bool(parameters - NO_IDS or fields(operation.get("requestBody"), schemas) & ID_FIELDS)


def fields(schema: Any, schemas: dict[str, Any]) -> set[str]:
    """The names of all fields of a body, those of its parts too."""
    if isinstance(schema, list):
        return {name for each in schema for name in fields(each, schemas)}
    if not isinstance(schema, dict):
        return set()
    found = set(schema.get("properties", {}))
    for name, each in schema.items():
        if name == "$ref":
            found |= fields(schemas[each.rsplit("/", 1)[1]], schemas)
        else:
            found |= fields(each, schemas)
    return found
