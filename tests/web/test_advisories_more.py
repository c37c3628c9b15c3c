"""More things that went wrong in tools like this one: requests, paths, data, load, races.

See test_advisories.py, which begins the list.
"""

from __future__ import annotations

import ast
import json
import re
import stat
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assent.store.store import open_store
from assent.web import guard, limits
from assent.web.app import create_app
from assent.web.site import Site
from tests.house.test_code import imported
from tests.house.tree import sources
from tests.web import content
from tests.web.conftest import ORIGIN, WRITE, Visitor, visitor
from tests.web.test_advisories import pushed
from tests.web.test_answers import fitting

HASHED = re.compile(r"[0-9a-f]{2}")

KEY = "0123456789abcdef"


# --- requests that the server makes for others --------------------------------------------------

FETCHERS = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "ftplib", "smtplib"}


def test_cve_2023_47116_the_server_has_nothing_to_fetch_with() -> None:
    # That server's guard against bad addresses was got round. Here only the client of another
    # machine, which the server does not load, can open one. See also test_advisories_reach.py.
    rooms = ("assent/web", "assent/store", "assent/feedback", "assent/interop")
    found = [
        file
        for file, tree in sources(*rooms)
        for node in ast.walk(tree)
        if {name for name in _modules(node) if name in FETCHERS or name == "http.client"}
    ]
    assert found == []


def _modules(node: ast.AST) -> set[str]:
    names = imported(node)
    if isinstance(node, ast.Import):
        names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:22",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)
def test_cve_2023_47116_an_address_in_a_text_stays_text(
    owner: Visitor, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr("socket.create_connection", lambda *a, **_: opened.append(a))
    items = [{"id": "a", "reply": f"![x]({address}) <img src='{address}'>", "prompt": address}]
    assert (pushed(owner, items=items).status_code, opened) == (200, [])


# --- paths that lead out ------------------------------------------------------------------------

PATHS = [
    ("CVE-2025-25295", "../../../etc/passwd"),
    ("GHSA-cpmr-mw4j-99r7", "..%2f..%2fassent.toml"),
    ("GHSA-q9m2-fhv9-3jcf", "../blobs-secret/x"),
    ("CVE-2023-51449", "%2e%2e/%2e%2e/etc/passwd"),
    ("CVE-2024-1561", "/etc/passwd"),
    ("CVE-2024-4941", "file:///etc/passwd"),
    ("CVE-2024-10648", "....//....//etc/passwd"),
    ("CVE-2025-48889", "C:\\Windows\\win.ini"),
]


@pytest.mark.parametrize(("advisory", "path"), PATHS)
@pytest.mark.parametrize("route", ["api/media/", "api/scenes/", "api/owner/charts/"])
def test_no_path_reads_a_file(owner: Visitor, advisory: str, path: str, route: str) -> None:
    response = owner.get(route + path)
    assert response.status_code in (404, 422), advisory
    assert "root:" not in response.text


@pytest.mark.parametrize(("advisory", "path"), PATHS)
def test_no_static_path_leaves_its_folder(stranger: Visitor, advisory: str, path: str) -> None:
    assert stranger.client.get(f"/static/{path}").status_code == 404, advisory


@pytest.mark.parametrize(
    ("name", "status"),
    [("../other", 422), ("..", 422), ("a\0b", 422), ("a/b", 200), ("a\\b", 200)],
)
def test_rlhf_blender_no_name_of_a_session_or_environment_makes_a_folder(
    owner: Visitor, name: str, status: int, tmp_path: Path
) -> None:
    def folders() -> set[Path]:
        return {path for path in tmp_path.rglob("*") if path.is_dir()}

    before = folders()
    assert pushed(owner, id=name).status_code == status
    # Contents lie in folders that are called by the first digits of their hashes.
    assert {path.name for path in folders() - before if not HASHED.fullmatch(path.name)} == set()


def test_cve_2025_48889_a_report_copies_no_file(owner: Visitor, site: Site) -> None:
    items = [{"id": "a", "reply": "/etc/passwd", "prompt": {"path": "/etc/passwd"}}]
    assert pushed(owner, items=items).status_code == 422


# --- data that runs -----------------------------------------------------------------------------


def test_rlhf_blender_no_data_is_unpickled() -> None:
    unsafe = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "yaml"}
    found = [
        file
        for file, tree in sources("assent")
        for node in ast.walk(tree)
        if unsafe & {name.split(".")[0] for name in imported(node)}
    ]
    assert found == []


@pytest.mark.parametrize("kind", ["os.system", "builtins:eval", "__import__('os')", "../x"])
def test_cve_2024_40442_no_name_in_a_request_loads_code(owner: Visitor, kind: str) -> None:
    assert pushed(owner, kind=kind).status_code in (400, 422)


# --- writes from elsewhere ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("advisory", "headers"),
    [
        ("CVE-2024-1727", {"Origin": "http://evil.example"}),
        ("CVE-2024-47084", {"Origin": "http://127.0.0.1:9999"}),
        ("CVE-2024-47165", {"Origin": "null"}),
        ("CVE-2024-1727", {"Sec-Fetch-Site": "cross-site"}),
        ("CVE-2024-1727", {"Sec-Fetch-Site": "same-site"}),
        ("CVE-2024-47084", {"Host": "rebound.example", "Origin": "http://rebound.example"}),
    ],
)
def test_a_write_from_elsewhere_changes_nothing(
    owner: Visitor, site: Site, advisory: str, headers: dict[str, str]
) -> None:
    response = owner.client.put(
        "/replies/api/owner/guideline", json={"markdown": "owned"}, headers={**WRITE, **headers}
    )
    assert response.status_code == 403, advisory
    assert site.store.people.guideline().markdown == content.GUIDELINE


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ORIGIN])
def test_rlhf_blender_and_uni_rlhf_no_other_origin_is_allowed_to_read(
    owner: Visitor, origin: str
) -> None:
    headers = owner.client.options(
        "/replies/api/owner/overview",
        headers={"Origin": origin, "Access-Control-Request-Method": "GET"},
    ).headers
    assert not [name for name in headers if name.startswith("access-control")]


def test_potato_a_form_of_another_page_is_no_write(owner: Visitor, site: Site) -> None:
    response = owner.client.post(
        "/replies/api/owner/invites",
        content='{"role": "owner"}',
        headers={"Content-Type": "text/plain"},
    )
    assert response.status_code == 403


def test_potato_cookies_are_strict_and_out_of_reach(site: Site, stranger: Visitor) -> None:
    token = site.store.people.invite("annotator", time.time(), 1.0, 1)
    given = stranger.send("api/join", {"token": token, "name": "x", "consent": True})
    cookie = given.headers["set-cookie"].lower()
    assert ("samesite=strict" in cookie, "httponly" in cookie) == (True, True)


def test_potato_names_that_were_allowed_are_the_only_ones(site: Site) -> None:
    names = {"names": ("answers.example",), "proxy": True}
    config = site.config.model_copy(update={"serve": site.config.serve.model_copy(update=names)})
    client = TestClient(create_app([Site(site.name, site.store, config)]), base_url=ORIGIN)
    found = [
        client.get("/", headers={"host": name}).status_code
        for name in ("answers.example", "ANSWERS.example:443", "evil.example", "127.0.0.1")
    ]
    assert found == [200, 200, 403, 200]


# --- too much -----------------------------------------------------------------------------------


PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'


@pytest.mark.parametrize(
    ("advisory", "boundary", "body"),
    [
        ("CVE-2024-8966", "x" * 70_000, b"--" + b"x" * 70_000 + b"\r\n" + b"-" * 100_000),
        ("CVE-2024-10907", "x", PART + b"\r\nx\r\n--x--" + b"-" * 200_000),
        ("CVE-2024-10912", "x", (PART + b"\r\n1\r\n") * 4_000 + b"--x--\r\n"),
        ("CVE-2024-10912", "x", PART + b"X-Header: 1\r\n" * 15_000 + b"\r\n1\r\n--x--\r\n"),
    ],
)
def test_a_body_in_parts_is_not_parsed(
    owner: Visitor, advisory: str, boundary: str, body: bytes
) -> None:
    response = owner.client.post(
        "/replies/api/owner/preview",
        content=body,
        headers={**WRITE, "Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert response.status_code in (413, 422), advisory


def test_cve_2024_10569_a_packed_body_is_not_unpacked(owner: Visitor) -> None:
    import gzip

    response = owner.client.post(
        "/replies/api/owner/preview",
        content=gzip.compress(b'{"markdown": "' + b"x" * 50_000_000 + b'"}'),
        headers={**WRITE, "Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert response.status_code in (400, 422)


def test_cve_2024_10624_no_pattern_takes_for_ever(owner: Visitor) -> None:
    started = time.perf_counter()
    for text in ("[" * 20_000, "*" * 20_000, "`" * 20_000, "a" * 64 + "!", "<" * 20_000):
        owner.send("api/owner/preview", {"markdown": text})
        pushed(owner, id=text[:200])
    assert time.perf_counter() - started < 60


@pytest.mark.parametrize("depth", [1000, 100_000])
def test_cve_2024_8966_a_deep_body_is_refused_and_not_a_fault(owner: Visitor, depth: int) -> None:
    response = owner.client.post(
        "/replies/api/owner/preview",
        content=b'{"markdown": ' + b"[" * depth + b"]" * depth + b"}",
        headers={**WRITE, "Content-Type": "application/json"},
    )
    assert response.status_code in (400, 413, 422)


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("api/answers", {"key": "k" * 65}),
        ("api/answers/many", {"answers": [{}] * 101}),
        ("api/heartbeat", {"leases": [{"slot": "1", "lease_token": "x"}] * 33}),
        ("api/join", {"token": "x" * 201}),
    ],
)
def test_cve_2024_10907_more_than_anybody_needs_is_refused(
    person: Visitor, where: str, body: Any
) -> None:
    assert person.send(where, body).status_code == 422


def test_cve_2024_10912_a_session_that_asks_without_end_has_to_wait(site: Site) -> None:
    slow = site.config.serve.model_copy(update={"requests_per_second": 0.5})
    config = site.config.model_copy(update={"serve": slow})
    eager = visitor([Site(site.name, site.store, config)], site).join()
    other = Visitor(TestClient(eager.client.app, base_url=ORIGIN), site).join("other")
    found = [eager.get("api/next").status_code for _ in range(6)]
    assert (found, other.get("api/next").status_code) == ([200] * 5 + [429], 200)


def test_cve_2024_10912_who_has_to_wait_is_told_how_long(site: Site) -> None:
    slow = site.config.serve.model_copy(update={"requests_per_second": 0.1})
    config = site.config.model_copy(update={"serve": slow})
    eager = visitor([Site(site.name, site.store, config)], site)
    eager.get("api/next")
    response = eager.get("api/next")
    assert (response.status_code, response.headers["retry-after"]) == (429, "5")


def test_cve_2024_10912_an_address_that_is_refused_for_ever_has_to_wait() -> None:
    kept = limits.Limits(1000.0)
    for number in range(int(limits.REFUSALS)):
        assert kept.allow("a", f"made up {number}", 0.0)
        kept.refused("a", 0.0)
    assert (kept.allow("a", "one more", 0.0), kept.allow("b", "", 0.0)) == (False, True)
    assert kept.allow("a", "one more", 1.0)


# --- redirects, races, files that others can read -----------------------------------------------


@pytest.mark.parametrize("advisory", ["CVE-2024-4940", "CVE-2026-28415", "CVE-2024-10908"])
@pytest.mark.parametrize("target", ["//evil.example", "http://evil.example", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(owner: Visitor, advisory: str, target: str) -> None:
    for path in (f"/replies?next={target}", f"/{target}", f"/replies/{target}"):
        response = owner.client.get(path, follow_redirects=False)
        where = response.headers.get("location", "/")
        assert where[:1] == "/", advisory
        assert where[1:2] not in ("/", "\\"), advisory


def test_cve_2024_47870_links_come_from_the_settings_and_not_from_the_request(
    owner: Visitor,
) -> None:
    made = owner.client.post(
        "/replies/api/owner/invites",
        json={"role": "annotator"},
        headers={**WRITE, "X-Forwarded-Host": "evil.example"},
    ).json()
    assert made["path"].startswith("/replies/join/")


def test_fastchat_no_address_of_a_person_is_kept(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    person.answer(question, {"level": 1}, KEY)
    assert "testclient" not in owner.get("api/owner/export").text
    assert not [f.name for f in fields(site.store.answers.all()[0]) if "address" in f.name]


def test_rlhf_blender_a_new_session_wipes_nobodys_answers(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 2}, wanted=2)
    person.answer(person.take()[0], {"level": 1}, KEY)
    visitor([site], site).join("another").take()
    assert len(site.store.answers.current()) == 1


def test_cve_2026_6608_both_sides_of_a_pair_are_what_the_question_says(
    site: Site, person: Visitor
) -> None:
    # There the text of one side was checked twice, and that of the other never.
    queries = {query.id: query for query in content.ask(site.store, {"comparison": 8})}
    for question in person.take(8):
        query = queries[question["query"]]
        shown = [
            person.get(f"api/scenes/{option['scene']}").json()["reply_html"]
            for option in question["options"]
        ]
        hashes = [site.store.questions.scene_hash(segment.key) for segment in query.segments]
        assert len(set(shown)) == 2
        assert [option["scene"] for option in question["options"]] == [
            hashes[place] for place in question["shown_order"]
        ]


def test_cve_2023_43791_what_holds_sessions_is_for_its_owner_alone(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.people.set_guideline("x")
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("assent.db*")
        }
    assert modes == dict.fromkeys(("assent.db", "assent.db-wal", "assent.db-shm"), 0o600)


def test_gdpr_an_erased_person_is_in_no_export(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    ada = visitor([site], site).join("Ada Lovelace")
    question = ada.take()[0]
    ada.answer(question, fitting(question), KEY, note="It is I, Ada Lovelace.")
    who = next(p.id for p in site.store.people.list() if p.name == "Ada Lovelace")

    done = owner.send(f"api/owner/annotators/{who}/erase", {"name": "Ada Lovelace"})

    told = owner.get("api/owner/export").text + owner.get("api/owner/export/answers").text
    assert (done.json()["answers"], "Lovelace" in told) == (1, False)
    assert ada.get("api/next").status_code == 403


def test_every_error_of_the_api_is_json_that_says_what_to_do(stranger: Visitor) -> None:
    for path in ("api/next", "api/nowhere", "api/owner/overview", "api/scenes/x"):
        said = json.loads(stranger.get(path).text)
        assert set(said) == {"error", "what_to_do", "code"}


def test_the_headers_of_the_guard_are_those_that_are_meant() -> None:
    assert {"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} <= set(
        guard.HEADERS
    )
