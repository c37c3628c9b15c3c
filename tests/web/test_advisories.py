"""One test for each thing that went wrong in a tool like this one, named after its advisory.

The advisories are of Label Studio, Argilla, doccano, Potato, Gradio, FastChat, Uni-RLHF and
RLHF-Blender. Each test does here what was done there, and finds it refused.
"""

from __future__ import annotations

import ast
import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from assent.errors import AccessError, ConfigError
from assent.web import schema, server
from assent.web.site import Site
from tests.house.tree import sources
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_injection import dangers

SCRIPT = "<script>alert(1)</script>"
KEY = "0123456789abcdef"


def pushed(owner: Visitor, **more: Any) -> Any:
    question = {"id": "q", "kind": "approval", "items": [{"id": "a", "reply": "x"}], **more}
    return owner.send("api/owner/questions", {"questions": [question]})


# --- cross-site scripting by templates, uploads and preferences ---------------------------------


@pytest.mark.parametrize("path", ["work", "guideline", "owner"])
def test_cve_2025_25296_no_parameter_is_reflected(site: Site, path: str) -> None:
    both = visitor([site], site).join().join(role="owner")
    assert SCRIPT not in both.get(f"{path}?label_config={SCRIPT}&next={SCRIPT}").text


def test_cve_2025_25296_the_policy_is_enforced_and_not_only_reported(stranger: Visitor) -> None:
    headers = stranger.client.get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "content-security-policy-report-only" not in headers


def test_cve_2025_47783_a_posted_text_comes_back_as_json_and_clean(owner: Visitor) -> None:
    response = owner.send("api/owner/preview", {"markdown": SCRIPT})
    assert response.headers["content-type"] == "application/json"
    assert dangers(response.json()["html"]) == []


def test_cve_2025_47783_a_refusal_does_not_repeat_what_was_sent(owner: Visitor) -> None:
    response = owner.send("api/owner/preview", {"markdown": "x", SCRIPT: SCRIPT})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/json")


def test_cve_2024_26152_the_choices_of_a_question_are_no_markup(owner: Visitor) -> None:
    response = pushed(owner, kind="rating", options={"anchors": {"1": SCRIPT}, "levels": 5})
    assert response.status_code in (200, 400, 422)
    assert dangers(owner.get("owner").text) == []


def test_cve_2023_47115_no_uploaded_picture_is_served_as_a_page(site: Site, owner: Visitor) -> None:
    name = site.store.blobs.put(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    assert owner.get(f"api/media/{name}").status_code == 404


def test_cve_2024_23633_no_imported_page_is_served(site: Site, owner: Visitor) -> None:
    name = site.store.blobs.put(SCRIPT.encode())
    assert [owner.get(f"api/{kind}/{name}").status_code for kind in ("media", "scenes")] == [
        404,
        404,
    ]


def test_cve_2024_47872_a_film_is_served_as_a_film_and_never_sniffed(
    site: Site, owner: Visitor
) -> None:
    film = site.store.blobs.put(b"\0\0\0\x20ftypisom" + SCRIPT.encode())
    headers = owner.get(f"api/media/{film}").headers
    assert (headers["content-type"], headers["x-content-type-options"]) == ("video/mp4", "nosniff")


def test_cve_2026_22033_no_preference_is_stored_that_could_be_a_program() -> None:
    # There it was a keyboard shortcut; here nothing that an annotator sends is rendered but
    # names, notes and answers, which other tests cover.
    bodies = {name for name, kind in vars(schema).items() if getattr(kind, "model_config", 0)}
    assert not {name for name in bodies if "Preference" in name or "Hotkey" in name}


def test_cve_2026_22033_nobody_writes_to_another_ones_account(site: Site) -> None:
    one, two = visitor([site], site).join("one"), visitor([site], site).join("two")
    ids = {person.name: person.id for person in site.store.people.list()}
    site.store.people.send(ids["two"], "for two", time.time())

    one.send("api/messages/read", {"annotator": ids["two"]})

    assert [each["read_at"] for each in two.get("api/messages").json()["messages"]] == [None]
    assert one.get("api/messages").json()["messages"] == []


def test_ghsa_2mq9_hm29_8qch_a_name_of_an_annotator_is_text_on_the_owners_page(
    site: Site, owner: Visitor
) -> None:
    visitor([site], site).join(SCRIPT)
    assert SCRIPT not in owner.get("owner").text


def test_ghsa_2mq9_hm29_8qch_a_note_is_text_wherever_the_owner_reads_it(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    question = person.take()[0]
    person.answer(question, {"level": 1}, KEY, note=SCRIPT)
    response = owner.get(f"api/owner/questions/{question['query']}")
    assert (response.headers["content-type"], response.json()["said"][0]["note"]) == (
        "application/json",
        SCRIPT,
    )


# --- secrets, passwords, open doors -------------------------------------------------------------


def test_cve_2023_43791_no_secret_stands_in_the_code() -> None:
    # There a default signing key forged every session. Here sessions are random and looked up.
    found = [
        f"{file}:{node.lineno}"
        for file, tree in sources("assent")
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and any("secret" in ast.unparse(target).lower() for target in node.targets)
    ]
    assert found == []


def test_cve_2023_43791_the_links_of_two_installations_differ(tmp_path: Path) -> None:
    made = [content.site(tmp_path / name, name) for name in ("one", "two")]
    links = [server.links(site, "http://x", time.time()) for site in made]
    tokens = {line.rsplit("/", 1)[1] for pair in links for line in pair}
    for site in made:
        site.store.close()
    assert (len(tokens), min(map(len, tokens))) == (4, 43)  # 256 bits in base 64


def test_ghsa_f475_x83m_rx5m_a_session_cannot_be_made_from_what_the_store_holds(
    site: Site, owner: Visitor
) -> None:
    token = owner.client.cookies["assent-owner-replies"]
    kept = Path(str(site.store.blobs.path("0" * 64))).parents[2] / "assent.db"
    assert token.encode() not in kept.read_bytes() + _log(kept)
    forged = visitor([site], site)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    forged.client.cookies.set("assent-owner-replies", hashed)
    assert forged.get("api/owner/overview").status_code == 403


def _log(database: Path) -> bytes:
    log = database.with_name(database.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def test_uni_rlhf_who_somebody_is_never_stands_in_the_request(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    response = person.answer(person.take()[0], {"level": 1}, KEY, annotator="somebody else")
    assert response.status_code == 422


@pytest.mark.parametrize(
    "given", [("argilla", "12345678"), ("admin", "password"), ("admin", "admin")]
)
def test_argilla_and_doccano_there_is_no_default_password(
    stranger: Visitor, given: tuple[str, str]
) -> None:
    key = {"X-Argilla-Api-Key": "argilla.apikey"}
    tried = (
        stranger.client.get("/replies/owner", auth=given),
        stranger.client.get("/replies/owner", headers=key),
    )
    assert [response.status_code for response in tried] == [403, 403]


def test_label_studio_nobody_signs_up_without_an_invite(stranger: Visitor) -> None:
    body = {"token": "", "name": "somebody", "consent": True}
    assert stranger.send("api/join", body).status_code == 403


def test_prodigy_the_first_owner_link_works_once(site: Site, stranger: Visitor) -> None:
    line = server.links(site, "http://x", time.time())[0]
    token = line.rsplit("/", 1)[1]
    first = stranger.send("api/join", {"token": token})
    second = visitor([site], site).send("api/join", {"token": token})
    assert (first.status_code, second.status_code) == (200, 403)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
def test_prodigy_a_network_is_not_served_in_plain_text(host: str) -> None:
    with pytest.raises(AccessError, match="plain text"):
        server.check_host(host, private=False)


def test_prodigy_half_a_certificate_is_refused(site: Site) -> None:
    given = site.config.serve.model_copy(update={"certificate": "nothing.pem"})
    with pytest.raises(ConfigError, match="come together"):
        server.check_certificate(given)
    whole = given.model_copy(update={"certificate_key": "nothing.key"})
    with pytest.raises(ConfigError, match="not there"):
        server.check_certificate(whole)


def test_argilla_an_annotators_invite_makes_no_owner(site: Site, stranger: Visitor) -> None:
    token = site.store.people.invite("annotator", time.time(), 1.0, 1)
    body = {"token": token, "name": "x", "consent": True, "role": "owner"}
    refused = stranger.send("api/join", body)
    assert refused.status_code == 422
    stranger.send("api/join", {"token": token, "name": "x", "consent": True})
    assert stranger.get("api/owner/overview").status_code == 403


# --- filters that leak, other people's ids ------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    ["annotator__session=x", "filter=token", "order_by=hash", "after=0&fields=idempotency_key"],
)
def test_cve_2023_47117_no_filter_reaches_a_column_of_its_own_choice(
    owner: Visitor, given: str
) -> None:
    plain, tried = (owner.get(f"api/owner/events?{q}") for q in ("after=0", given))
    assert (tried.status_code, tried.json()) == (200, plain.json())


def test_cve_2023_47117_no_table_holds_a_password() -> None:
    from assent.store.tables import metadata

    names = {column.name for table in metadata.sorted_tables for column in table.columns}
    assert not {name for name in names if "password" in name or name == "token"}


def test_cve_2023_47117_what_the_owner_reads_of_people_holds_no_session(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    token = person.client.cookies["assent-annotator-replies"]
    hashed = hashlib.sha256(token.encode()).hexdigest()
    told = owner.get("api/owner/overview").text + owner.get("api/owner/export").text
    assert token not in told
    assert hashed not in told


@pytest.mark.parametrize("path", ["look", "verdict", "messages", "erase", "active"])
def test_cve_2026_22033_ids_of_another_project_lead_nowhere(tmp_path: Path, path: str) -> None:
    mine, other = (content.site(tmp_path / name, name) for name in ("mine", "other"))
    query = content.ask(other.store, {"approval": 1})[0].id
    visitor([other], other).join("ada")
    ada = other.store.people.list()[0].id
    owner = visitor([mine, other], mine).join(role="owner")
    calls: dict[str, tuple[str, Any, str]] = {
        "look": (f"questions/{query}", None, "GET"),
        "verdict": (f"questions/{query}/verdict", {"answer": {"level": 1}}, "POST"),
        "messages": (f"annotators/{ada}/messages", {"text": "x"}, "POST"),
        "erase": (f"annotators/{ada}/erase", {"name": "ada"}, "POST"),
        "active": (f"annotators/{ada}/active", {"active": False}, "PUT"),
    }
    where, body, method = calls[path]

    response = (
        owner.get(f"api/owner/{where}")
        if method == "GET"
        else owner.send(f"api/owner/{where}", body, method)
    )

    kept = other.store.people.get(ada)
    for site in (mine, other):
        site.store.close()
    assert response.status_code in (403, 404, 422)
    assert (kept.name, kept.active) == ("ada", True)


def test_cve_2026_22033_a_slot_of_somebody_else_is_not_filled_by_its_number(site: Site) -> None:
    content.ask(site.store, {"approval": 1})
    one, two = visitor([site], site).join("one"), visitor([site], site).join("two")
    question = one.take()[0]

    stolen = two.answer({**question, "lease_token": "0" * 32}, {"level": 0}, KEY).json()

    assert (stolen["late"], site.store.counts().answered) == (True, 0)
