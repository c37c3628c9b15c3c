from __future__ import annotations

import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assent.errors import ConfigError
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import ORIGIN, Visitor, visitor


def invite(site: Site, days: float = 1.0, uses: int | None = 1, ago: float = 0.0) -> str:
    return site.store.people.invite("annotator", time.time() - ago, days, uses)


def test_an_invite_leads_to_the_guideline_and_then_to_questions(
    site: Site, stranger: Visitor
) -> None:
    token = invite(site)
    joined = stranger.send("api/join", {"token": token, "name": "somebody", "consent": True}).json()
    assert (joined["location"], stranger.get("work").status_code) == ("/replies/guideline", 200)


def test_consent_is_kept_with_its_time_and_version(site: Site, person: Visitor) -> None:
    somebody = site.store.people.list()[0]
    assert (somebody.consented_at is not None, site.store.people.consent_version(somebody.id)) == (
        True,
        1,
    )


def test_the_owners_own_terms_are_shown_before_anything_else(site: Site, stranger: Visitor) -> None:
    site.store.terms.change("You are paid **18 EUR** an hour.")
    token = invite(site)
    assert "You are paid <strong>18 EUR</strong> an hour." in stranger.get(f"join/{token}").text
    stranger.send("api/join", {"token": token, "name": "somebody", "consent": True})
    [somebody] = site.store.people.list()
    assert site.store.people.consent_version(somebody.id) == 2


def test_terms_that_have_changed_are_agreed_to_before_the_next_work(
    site: Site, person: Visitor
) -> None:
    site.store.terms.change("You are paid.")
    site.store.terms.change("You are paid more.")
    before = person.get("work").text
    refused = person.send("api/consent", {"version": 2, "consent": True})
    agreed = person.send("api/consent", {"version": 3, "consent": True})
    assert "You are paid more." in before
    assert (refused.status_code, agreed.json()) == (403, {"version": 3})
    assert 'id="choices"' in person.get("work").text


def test_an_invite_without_consent_or_name_is_not_spent(site: Site, stranger: Visitor) -> None:
    token = invite(site)
    refused = [
        stranger.send("api/join", {"token": token, "name": "somebody"}).status_code,
        stranger.send("api/join", {"token": token, "name": "  ", "consent": True}).status_code,
    ]
    taken = stranger.send("api/join", {"token": token, "name": "somebody", "consent": True})
    assert (refused, taken.status_code) == ([403, 403], 200)


def test_an_expired_invite_says_so(site: Site, stranger: Visitor) -> None:
    response = stranger.get(f"join/{invite(site, ago=2 * 86400)}")
    assert (response.status_code, "expired" in response.text) == (403, True)


def test_a_used_up_invite_says_so(site: Site, stranger: Visitor) -> None:
    token = invite(site)
    visitor([site], site).send("api/join", {"token": token, "name": "first", "consent": True})
    response = stranger.get(f"join/{token}")
    assert (response.status_code, "used up" in response.text) == (403, True)


def test_an_unknown_invite_says_so(stranger: Visitor) -> None:
    response = stranger.get("join/nothing")
    assert (response.status_code, "unknown" in response.text) == (403, True)


def test_looking_at_an_invite_spends_nothing(site: Site, stranger: Visitor) -> None:
    token = invite(site)
    stranger.get(f"join/{token}")
    assert stranger.get(f"join/{token}").status_code == 200


def test_the_owner_link_works_once(site: Site, stranger: Visitor) -> None:
    token = site.store.people.invite("owner", time.time(), 1.0, 1)
    first = stranger.send("api/join", {"token": token}).json()["location"]
    second = visitor([site], site).send("api/join", {"token": token}).status_code
    assert (first, second) == ("/replies/owner", 403)


def test_leaving_ends_the_session_on_the_server(site: Site, person: Visitor) -> None:
    kept = dict(person.client.cookies)
    person.send("api/leave", {})
    person.client.cookies.update(kept)
    assert person.get("api/next").status_code == 403


def test_two_projects_share_a_server_and_nothing_else(site: Site, tmp_path: Path) -> None:
    other = content.site(tmp_path / "other", "other")
    content.ask(site.store, {"approval": 1})
    content.ask(other.store, {"approval": 1})
    here = visitor([site, other], site).join()
    there = visitor([site, other], other).join()

    name = there.take()[0]["options"][0]["scene"]
    mine = here.take()[0]["options"][0]["scene"]
    found = (
        here.get(f"api/scenes/{mine}").status_code,
        name == mine,
        len(other.store.answers.all()),
    )

    other.store.close()
    assert found == (200, True, 0)


def test_two_projects_of_one_name_are_refused(site: Site) -> None:
    with pytest.raises(ConfigError, match="different names"):
        create_app([site, site])


def test_the_root_explains_itself_to_a_stranger(stranger: Visitor) -> None:
    page = stranger.client.get("/").text
    assert ("needs a link" in page, "replies" in page) == (True, False)


def test_the_root_lists_an_owners_projects(owner: Visitor) -> None:
    assert '/replies/owner"' in owner.client.get("/").text


def test_a_project_that_is_not_there_is_not_there(site: Site) -> None:
    client = TestClient(create_app([site]), base_url=ORIGIN)
    paths = ("/nothing/work", "/nothing/api/next")
    assert [client.get(path).status_code for path in paths] == [404, 404]
    # An answer of somebody who works elsewhere is not refused for good.
    lease = {"slot": "s", "lease_token": "t"}
    body = {"key": "k" * 8, "query": "q", "answer": {"level": 1}, **lease}
    sent = client.post("/nothing/api/answers", json=body, headers={"X-Assent": "1"})
    assert (sent.status_code, sent.json()["code"]) == (404, "no_project")


def test_why_a_browser_is_not_let_in_is_told_to_programs(site: Site, person: Visitor) -> None:
    [who] = [each.id for each in site.store.people.list()]
    codes = [visitor([site], site).get("api/next").json()["code"]]
    site.store.people.set_active(who, False)
    codes += [person.get(f"api/{path}").json()["code"] for path in ("next", "history")]
    site.store.people.erase(who, time.time())
    codes += [person.get("api/next").json()["code"]]
    assert codes == ["signed_out", "paused", "paused", "erased"]


def test_a_page_says_that_somebody_is_paused_or_erased(site: Site, person: Visitor) -> None:
    [who] = [each.id for each in site.store.people.list()]
    site.store.people.set_active(who, False)
    paused = person.get("work").text
    site.store.people.erase(who, time.time())
    assert ("You are paused" in paused, "was erased" in person.get("work").text) == (True, True)


def test_whoever_is_paused_can_leave(site: Site, person: Visitor) -> None:
    [who] = [each.id for each in site.store.people.list()]
    site.store.people.set_active(who, False)
    left = person.send("api/leave", {}).status_code
    assert (left, person.get("api/next").json()["code"]) == (200, "signed_out")


def test_whoever_is_paused_and_comes_again_by_the_link_is_told_so(
    site: Site, stranger: Visitor
) -> None:
    body = {"token": invite(site, uses=None), "name": "Ada", "consent": True}
    stranger.send("api/join", body)
    [who] = [each.id for each in site.store.people.list()]
    site.store.people.set_active(who, False)
    assert stranger.send("api/join", body).json()["code"] == "paused"
