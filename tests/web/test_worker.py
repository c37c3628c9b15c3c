"""What the server says of the worker that opens the work page without a network."""

from __future__ import annotations

import re

import pytest

from assent.web import guard
from assent.web.render import STATIC
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor

WORKER = STATIC / "work" / "worker.js"


def test_the_worker_comes_from_its_projects_own_folder_as_a_script(stranger: Visitor) -> None:
    response = stranger.get("worker.js")
    assert response.text == WORKER.read_text("utf-8")
    assert response.headers["content-type"].split(";")[0] == "text/javascript"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_an_update_of_the_worker_is_asked_for_each_time(stranger: Visitor) -> None:
    assert stranger.get("worker.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/replies/worker.js", "/static/work/worker.js"])
def test_no_worker_may_stand_before_more_than_its_own_folder(stranger: Visitor, path: str) -> None:
    assert "service-worker-allowed" not in stranger.client.get(path).headers


def test_the_worker_and_the_work_page_have_the_policy_of_all_others(person: Visitor) -> None:
    pages = [person.get(path) for path in ("worker.js", "work")]
    assert [page.headers["content-security-policy"] for page in pages] == [guard.POLICY] * 2
    # Scripts are of this origin, and so are workers, for which it names nothing else.
    assert "worker-src" not in guard.POLICY
    assert "script-src 'self'" in guard.POLICY


def test_where_there_is_no_project_there_is_no_worker(stranger: Visitor) -> None:
    assert stranger.client.get("/nobody/worker.js").status_code == 404


def test_the_page_itself_is_kept_by_no_cache_of_the_browser(person: Visitor) -> None:
    assert person.get("work").headers["cache-control"] == "no-store"


def test_the_worker_names_no_page_of_the_owner_and_no_api_but_content() -> None:
    text = WORKER.read_text("utf-8")
    paths = set(re.findall(r"[`\"](?:\$\{base\})?(/[\w/]+)", text))
    assert paths == {"/work", "/static/", "/api/scenes/", "/api/media/"}


def test_only_the_pages_of_a_person_name_one_who_asks(person: Visitor, owner: Visitor) -> None:
    assert "data-person" in person.get("work").text
    assert "data-person" not in owner.get("owner").text


ASKED = ("api/next?limit=1", "api/next", "api/history", "api/messages", "api/practice")


@pytest.mark.parametrize("path", ASKED)
def test_a_page_of_somebody_else_in_the_same_browser_gets_nothing(
    person: Visitor, path: str
) -> None:
    response = person.get(path, headers={"X-Assent-Person": "somebody-before"})
    assert (response.status_code, response.json()["code"]) == (403, "signed_out")


def test_a_page_of_ones_own_gets_what_it_asks_for(person: Visitor) -> None:
    [known] = person.site.store.people.list()
    found = [person.get(path, headers={"X-Assent-Person": known.id}) for path in ASKED]
    assert [response.status_code for response in found] == [200] * len(ASKED)


def test_what_a_page_sends_that_somebody_else_left_open_is_not_ones_own(site: Site) -> None:
    content.ask(site.store, {"approval": 1})
    first = visitor([site], site).join("first")
    [question] = first.take(1)
    [earlier] = site.store.people.list()
    # The second signs in where the first one's page is open still.
    second = Visitor(first.client, site).join("second")
    second.client.headers["X-Assent-Person"] = earlier.id

    body = {"key": "another-key-of-the-first", "query": question["query"], "answer": {"level": 1}}
    body |= {"slot": question["slot"], "lease_token": question["lease_token"]}
    refused = [
        second.answer(question, {"level": 1}, "a-key-of-the-first-one"),
        second.send("api/answers/many", {"answers": [body]}),
        second.send("api/leave", {}),
    ]

    del second.client.headers["X-Assent-Person"]
    assert [response.status_code for response in refused] == [403, 403, 403]
    assert site.store.answers.all() == []
    assert second.get("api/history").status_code == 200


def test_every_project_has_a_worker_of_its_own_and_the_server_none(site: Site) -> None:
    other = Site("other", site.store, content.settings("other"))
    client = visitor([site, other], site).client
    found = [client.get(f"{path}/worker.js").status_code for path in ("/replies", "/other", "")]
    assert found == [200, 200, 404]
