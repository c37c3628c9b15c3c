"""How far servers like this one could be made to reach: addresses they opened, files they read.

See test_advisories.py, which begins the list. Each test does what its advisory did, as far as
there is something here to do it to, and watches the network and the disk meanwhile.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.errors import StoreError
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import WRITE, Visitor, visitor
from tests.web.test_advisories import pushed
from tests.web.test_injection import dangers

METADATA = "http://169.254.169.254/latest/meta-data"
PASSWORDS = "/etc/passwd"


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every address that is looked up or connected to during a test; there must be none."""
    found: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        found.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield found
    assert found == []


def folder(site: Site) -> Path:
    """Where the project lives."""
    return site.store.blobs.path("0" * 64).parents[2]


def files(site: Site) -> dict[str, int]:
    """Every file of the project but its database, with its size."""
    return {
        str(path): path.stat().st_size
        for path in folder(site).parent.rglob("*")
        if path.is_file() and not path.name.startswith("assent.db")
    }


# --- addresses ----------------------------------------------------------------------------------


def test_cve_2022_36551_an_item_is_a_text_and_no_address_to_take_it_from(owner: Visitor) -> None:
    item = {"id": "a", "url": METADATA}
    assert pushed(owner, items=[item]).status_code == 422
    assert pushed(owner, items=[{**item, "reply": "x"}]).status_code == 422


def test_cve_2025_25297_no_request_can_name_an_endpoint(site: Site) -> None:
    document = create_app([site]).openapi()
    names = {
        name
        for schema in document["components"]["schemas"].values()
        for name in schema.get("properties", {})
    } | {
        parameter["name"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    }
    words = ("url", "uri", "endpoint", "host", "bucket", "hook", "callback", "proxy", "storage")
    assert {"markdown", "limit", "project"} <= names  # it looked at the right place
    assert not {name for name in names if any(word in name.lower() for word in words)}


def test_cve_2024_40441_what_a_kind_is_told_is_no_template_and_no_address(owner: Visitor) -> None:
    told = {"url": METADATA, "template": "{{ 7 * 191 }}", "levels": 5}
    pushed(owner, kind="rating", question="{{ 7 * 191 }}", options=told)
    assert "1337" not in owner.get("owner").text
    assert "1337" not in owner.get("api/owner/export").text


def test_cve_2024_47167_a_scene_is_named_by_its_hash_and_not_by_an_address(owner: Visitor) -> None:
    exercise = {"kind": "approval", "answer": {"level": 1}}
    found = [
        owner.send("api/owner/practice", {"exercises": [{**exercise, "scenes": [each]}]}, "PUT")
        for each in ("http://127.0.0.1:22/", "file:///etc/passwd", "../../assent.toml")
    ]
    assert [response.status_code for response in found] == [422, 422, 422]


def test_cve_2024_48052_an_export_goes_to_whoever_asked_and_nowhere_else(owner: Visitor) -> None:
    found = [
        owner.get(f"api/owner/export/{where}").status_code
        for where in (f"answers?format={METADATA}", "http:%2F%2F169.254.169.254", "answers?to=x")
    ]
    assert found == [422, 404, 200]


def test_cve_2026_28416_no_path_is_passed_on_to_another_server(owner: Visitor) -> None:
    found = [
        owner.client.get(path).status_code
        for path in (
            f"/replies/api/proxy={METADATA}",
            f"/proxy={METADATA}",
            f"/replies/api/media/{METADATA}",
            "//169.254.169.254/latest/meta-data",
        )
    ]
    assert found == [404, 404, 404, 404]


def test_cve_2024_11603_a_picture_in_a_reply_is_loaded_by_nobody(
    site: Site, person: Visitor
) -> None:
    reply = f"![x]({METADATA}) <img src='{METADATA}'> <video src='{METADATA}'></video>"
    shown = {"type": "text", "prompt": reply, "reply": reply}
    content.ask(site.store, {"approval": 1}, shown=shown)
    [question] = person.take(1)
    scene = person.get(f"api/scenes/{question['options'][0]['scene']}").json()
    html = scene["reply_html"] + scene["prompt_html"]
    assert ("169.254" in html, "<img" in html, dangers(html)) == (True, False, [])


# --- files --------------------------------------------------------------------------------------


def test_cve_2025_25295_a_path_in_an_item_is_exported_as_its_letters(
    owner: Visitor, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret itself", "utf-8")
    pushed(owner, items=[{"id": "a", "reply": str(secret), "prompt": f"file://{secret}"}])
    told = "".join(
        owner.get(f"api/owner/export{table}").text for table in ("", "/answers", "/questions")
    )
    assert (str(secret) in told, "the secret itself" in told) == (True, False)


@pytest.mark.parametrize("path", ["/static../app.py", "/static..%2fapp.py", "/static%2e%2e/app.py"])
def test_ghsa_cpmr_mw4j_99r7_what_begins_like_the_static_folder_is_not_in_it(
    stranger: Visitor, path: str
) -> None:
    assert stranger.client.get(path).status_code == 404


def test_ghsa_q9m2_fhv9_3jcf_a_sibling_of_the_blobs_is_no_blob(site: Site, owner: Visitor) -> None:
    blobs = site.store.blobs.path("0" * 64).parents[1]
    sibling = blobs.with_name(f"{blobs.name}-secret")
    sibling.mkdir()
    (sibling / "x").write_text('{"type": "text", "reply": "secret"}', "utf-8")
    for name in (f"../{sibling.name}/x", f"..%2f{sibling.name}%2fx", str(sibling / "x")):
        assert owner.get(f"api/scenes/{name}").status_code == 404
        with pytest.raises(StoreError, match="not a blob"):
            site.store.blobs.get(name)


def test_ghsa_q9m2_fhv9_3jcf_a_link_that_leads_out_of_the_static_folder_is_not_followed(
    stranger: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assent.web import app

    inside = tmp_path / "static"
    inside.mkdir()
    (inside / "here.css").write_text("a {}", "utf-8")
    (tmp_path / "secret.css").write_text("b {}", "utf-8")
    os.symlink(tmp_path / "secret.css", inside / "there.css")
    monkeypatch.setattr(app, "STATIC", inside)
    client = visitor([stranger.site], stranger.site).client
    found = [client.get(f"/static/{name}.css").status_code for name in ("here", "there")]
    assert found == [200, 404]


def test_cve_2024_10648_no_request_deletes_a_file(site: Site, owner: Visitor) -> None:
    pushed(owner)
    before = files(site)
    for path in ("invites/..%2f..%2fassent.db", "invites/%2e%2e", "questions/x", "export"):
        owner.client.delete(f"/replies/api/owner/{path}", headers=WRITE)
    assert len(before) > 2
    assert files(site) == before


def test_cve_2024_4941_a_path_in_an_answer_is_no_file(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"demonstration": 1})
    [question] = person.take(1)
    file = {"path": PASSWORDS, "meta": {"_type": "gradio.FileData"}}
    refused = person.answer(question, {"text": file}, "0123456789abcdef")
    assert refused.status_code == 422
    kept = person.answer(question, {"text": f"file:{PASSWORDS}"}, "0123456789abcdeg")
    assert (kept.status_code, "root:" in person.get("api/history").text) == (200, False)


@pytest.mark.parametrize(
    "path",
    [
        f"/file={PASSWORDS}",
        f"/replies/file={PASSWORDS}",
        f"/replies/api/file={PASSWORDS}",
        f"/replies/api/media/{PASSWORDS}",
    ],
)
def test_cve_2023_51449_no_route_takes_a_path(owner: Visitor, path: str) -> None:
    response = owner.client.get(path)
    assert (response.status_code, "root:" in response.text) == (404, False)


def test_cve_2024_1561_no_request_names_a_function_to_call(owner: Visitor) -> None:
    body = {"component_id": "1", "data": PASSWORDS, "fn_name": "move_resource_to_block_cache"}
    found = [
        owner.client.post(path, json=body, headers=WRITE).status_code
        for path in ("/component_server", "/replies/component_server", "/replies/api/run/predict")
    ]
    assert found == [405, 404, 404]


def test_cve_2025_48889_a_flag_keeps_its_words_and_no_file(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    [question] = person.take(1)
    before = files(site)
    body = {"key": "0123456789abcdef", "query": question["query"], "text": PASSWORDS}
    assert person.send("api/flags", body).status_code == 200
    assert person.send("api/flags", {**body, "text": {"path": PASSWORDS}}).status_code == 422
    assert files(site) == before


# --- data that runs -----------------------------------------------------------------------------


def trap(sprung: Path) -> bytes:
    """A pickle that makes a folder when it is loaded, written by hand."""
    return b"cos\nmkdir\n(V" + str(sprung).encode() + b"\ntR."


def packed(pickled: bytes) -> bytes:
    """An NPZ file with one array of objects, which is that pickle."""
    array, archive = io.BytesIO(), io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
    np.lib.format.write_array_header_1_0(array, header)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("weights.npy", array.getvalue() + pickled)
    return archive.getvalue()


def test_cve_2025_5173_arrays_that_hold_a_program_are_refused_and_it_does_not_run(
    site: Site, tmp_path: Path
) -> None:
    sprung = tmp_path / "sprung"
    for bytes_ in (trap(sprung), packed(trap(sprung))):
        name = site.store.blobs.put(bytes_)
        with pytest.raises(StoreError, match="does not hold arrays"):
            site.store.blobs.get_arrays(name)
    assert not sprung.exists()
    loads = "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", loads], input=trap(sprung), check=True)
    assert sprung.exists()  # it was a trap


# --- preferences --------------------------------------------------------------------------------


def test_cve_2026_22033_a_language_is_one_that_there_is_or_is_not_kept(person: Visitor) -> None:
    script = '"><script>alert(1)</script>'
    response = person.get("guideline", params={"language": script})
    kept = person.client.cookies.get("assent-language")
    chosen = person.get("guideline", params={"language": "de"})
    assert (script in response.text, kept) == (False, None)
    assert 'lang="de"' in chosen.text
    person.client.cookies.set("assent-language", "x-evil")
    assert 'lang="en"' in person.get("guideline").text
