from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assent.web import guard
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import ORIGIN, WRITE, Visitor, visitor

PAGES = (
    "",
    "work",
    "guideline",
    "owner",
    "owner/live",
    "join/nothing",
    "nowhere",
    "api/next",
    "api/nowhere",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_and_every_error_carries_the_policy(stranger: Visitor, path: str) -> None:
    assert stranger.get(path).headers["content-security-policy"] == guard.POLICY


def test_the_policy_allows_no_inline_code_and_no_foreign_origin() -> None:
    assert "unsafe" not in guard.POLICY
    assert "http" not in guard.POLICY
    assert "*" not in guard.POLICY


@pytest.mark.parametrize("name", ["/static/join.js", "/static/work.css", "/", "/static/nothing"])
def test_files_carry_the_policy_and_are_not_sniffed(stranger: Visitor, name: str) -> None:
    headers = stranger.client.get(name).headers
    assert (headers["content-security-policy"], headers["x-content-type-options"]) == (
        guard.POLICY,
        "nosniff",
    )


def test_no_template_has_inline_code_or_style() -> None:
    folder = Path(guard.__file__).parent / "templates"
    text = "".join(path.read_text("utf-8") for path in folder.iterdir())
    found = [
        bad
        for bad in ("style=", "onclick", "onload", "<style", "<script>", "javascript:")
        if bad in text
    ]
    assert found == []


def test_no_script_writes_html_that_the_server_did_not_make() -> None:
    folder = Path(guard.__file__).parent / "static"
    uses = [path.name for path in folder.rglob("*.js") if "innerHTML" in path.read_text("utf-8")]
    assert uses == ["elements.js"]


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "", "[::1"])
def test_a_foreign_name_for_this_machine_is_refused(site: Site, name: str) -> None:
    client = TestClient(create_app([site]), base_url=ORIGIN)
    assert client.get("/", headers={"host": name}).status_code == 403


@pytest.mark.parametrize("name", ["127.0.0.1:8700", "localhost:1", "[::1]:8700", "LOCALHOST"])
def test_loopback_names_pass(site: Site, name: str) -> None:
    client = TestClient(create_app([site]), base_url=ORIGIN)
    assert client.get("/", headers={"host": name}).status_code == 200


def test_behind_a_proxy_any_name_passes_and_cookies_are_secure(tmp_path: Path) -> None:
    site = content.site(tmp_path / "p", proxy=True)
    token = site.store.people.invite("annotator", content.NOW * 2, 1.0, 1)
    client = TestClient(create_app([site]), base_url="https://answers.example")

    body = {"token": token, "name": "x", "consent": True}
    response = client.post("/replies/api/join", json=body, headers=WRITE)

    site.store.close()
    assert "secure" in response.headers["set-cookie"].lower()


def test_a_write_from_another_site_is_refused(person: Visitor) -> None:
    headers = {**WRITE, "Origin": "http://evil.example"}
    response = person.client.post("/replies/api/heartbeat", json={"leases": []}, headers=headers)
    assert response.status_code == 403


def test_a_write_from_the_null_origin_is_refused(person: Visitor) -> None:
    headers = {**WRITE, "Origin": "null"}
    response = person.client.post("/replies/api/heartbeat", json={"leases": []}, headers=headers)
    assert response.status_code == 403


def test_a_write_that_the_browser_calls_cross_site_is_refused(person: Visitor) -> None:
    headers = {**WRITE, "Sec-Fetch-Site": "cross-site"}
    response = person.client.post("/replies/api/heartbeat", json={"leases": []}, headers=headers)
    assert response.status_code == 403


def test_a_write_without_the_header_is_refused(person: Visitor) -> None:
    response = person.client.post("/replies/api/heartbeat", json={"leases": []})
    assert (response.status_code, "X-Assent" in response.json()["what_to_do"]) == (403, True)


def test_a_write_from_the_own_page_passes(person: Visitor) -> None:
    headers = {**WRITE, "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    response = person.client.post("/replies/api/heartbeat", json={"leases": []}, headers=headers)
    assert response.status_code == 200


def test_a_body_over_the_limit_is_refused(owner: Visitor) -> None:
    response = owner.send("api/owner/preview", {"markdown": "x" * guard.MAX_BODY_BYTES})
    assert response.status_code == 413


def test_a_body_that_hides_its_length_is_refused_too(owner: Visitor) -> None:
    parts = (b"x" * 65536 for _ in range(8))
    response = owner.client.post(
        "/replies/api/owner/preview",
        content=parts,
        headers={**WRITE, "Content-Type": "application/json"},
    )
    assert response.status_code == 413


def test_sessions_are_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    token = site.store.people.invite("owner", content.NOW * 2, 1.0, 1)
    response = visitor([site], site).send("api/join", {"token": token})
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_an_unforeseen_fault_says_nothing_of_itself(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = visitor([site], site).join()

    def fail(*_: object) -> None:
        raise RuntimeError("the secret")

    monkeypatch.setattr("assent.desk.claim_all", fail)
    response = person.get("api/next")

    assert (response.status_code, "secret" in response.text, response.json().keys()) == (
        500,
        False,
        {"error", "what_to_do"},
    )


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"],
)
def test_no_path_leads_out_of_the_static_folder(stranger: Visitor, path: str) -> None:
    assert stranger.client.get(path).status_code == 404


@pytest.mark.parametrize("name", ["../" * 3 + "etc/passwd", "0" * 63, "0" * 63 + "G", "%00" * 10])
def test_a_scene_is_named_by_nothing_but_a_hash(person: Visitor, name: str) -> None:
    assert person.get(f"api/scenes/{name}").status_code == 404
