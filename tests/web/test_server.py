from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from assent.config import AnswersConfig
from assent.errors import AccessError, ConfigError
from assent.project import Project
from assent.records import Annotator
from assent.sections import ServeSection
from assent.web import server
from assent.web.site import Site
from tests.web.conftest import WRITE

NAMES = "import sys, assent.web.server; print([n for n in {names} if n in sys.modules])"


def project_of(site: Site, folder: Path) -> Project:
    assert not isinstance(site.config, AnswersConfig)
    return Project(folder, site.config, site.store)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_a_network_without_a_proxy_is_refused(host: str) -> None:
    with pytest.raises(AccessError, match="plain text"):
        server.check_host(host, private=False)


@pytest.mark.parametrize(
    ("host", "proxy"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)],
)
def test_loopback_and_a_stated_proxy_pass(host: str, proxy: bool) -> None:
    server.check_host(host, proxy)


def test_a_port_in_use_is_named(site: Site, tmp_path: Path) -> None:
    with server.listen("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="another port"):
        server.listen("127.0.0.1", taken.getsockname()[1])


def test_an_invite_is_a_whole_link(site: Site, tmp_path: Path) -> None:
    project = project_of(site, tmp_path)
    link = server.invite(project, "annotator", None, 0.0)
    assert link.startswith("http://127.0.0.1:8700/replies/join/")


def test_an_invite_for_somebody_works_once_by_name_or_id(site: Site, tmp_path: Path) -> None:
    project = project_of(site, tmp_path)
    site.store.people.add_all([Annotator("p1", "Bo")])
    for person in ("Bo", "p1"):
        server.invite(project, "annotator", None, 0.0, person)
    found = [(each.annotator, each.uses_left) for each in site.store.people.invites()]
    with pytest.raises(AccessError, match="nobody called 'Zoe'"):
        server.invite(project, "annotator", None, 0.0, "Zoe")
    assert found == [("p1", 1), ("p1", 1)]


def test_an_owner_link_works_once(site: Site, tmp_path: Path) -> None:
    project = project_of(site, tmp_path)
    server.invite(project, "owner", None, 0.0)
    [made] = site.store.people.invites()
    assert (made.role, made.uses_left, made.expires_at) == ("owner", 1, 86400.0)


def test_an_invite_leads_to_where_the_project_is_served_now(site: Site, tmp_path: Path) -> None:
    project = project_of(site, tmp_path)
    with server.listen("127.0.0.1", 0) as running:
        port = running.getsockname()[1]
        (tmp_path / server.PORT_FILE).write_text(f"{port}\n")
        served = server.invite(project, "annotator", None, 0.0)
    stopped = server.invite(project, "annotator", None, 0.0)
    assert served.startswith(f"http://127.0.0.1:{port}/")
    assert stopped.startswith("http://127.0.0.1:8700/")


@pytest.mark.parametrize(
    ("settings", "root"),
    [
        ({}, "http://127.0.0.1:8700"),
        ({"host": "::1"}, "http://[::1]:8700"),
        ({"names": ["ask.example.org"], "proxy": True}, "https://ask.example.org"),
        ({"host": "0.0.0.0", "names": ["ask.example.org"]}, "http://ask.example.org:8700"),
    ],
)
def test_a_link_has_the_name_that_people_reach_the_page_by(
    settings: dict[str, object], root: str
) -> None:
    assert server.address(ServeSection.model_validate(settings), 8700) == root


def test_an_unknown_role_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="annotator or owner"):
        server.invite(project_of(site, tmp_path), "admin", None, 0.0)


def test_the_server_starts_without_torch_and_without_plots() -> None:
    heavy = ["torch", "transformers", "gymnasium", "mujoco", "ray", "matplotlib", "pandas"]
    loaded = subprocess.run(
        [sys.executable, "-c", NAMES.format(names=heavy)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


def project(folder: Path, **serve: object) -> list[str]:
    """The command that serves a project with such settings."""
    told = "".join(f"{name} = {value!r}\n" for name, value in serve.items())
    folder.mkdir()
    (folder / "assent.toml").write_text(
        '[project]\nname = "p"\n[environment]\nworld = "text"\nprompts = "prompts.jsonl"\n'
        f"[serve]\nport = 0\n{told}",
        "utf-8",
    )
    return [sys.executable, "-m", "assent", "serve", str(folder)]


def test_the_command_does_not_open_a_port_to_others_in_plain_text(tmp_path: Path) -> None:
    command = project(tmp_path / "p", host="0.0.0.0")
    done = subprocess.run(command, capture_output=True, text=True)
    told = " ".join(done.stderr.split())
    assert (done.returncode, done.stdout) == (5, "")
    assert "would travel in plain text" in told
    assert "serve.certificate" in told


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_with_a_certificate_the_page_is_served_over_tls_with_secure_cookies(
    tmp_path: Path,
) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    making = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", *making.split(), *names, *files], check=True, stderr=subprocess.DEVNULL
    )
    command = project(tmp_path / "p", certificate=str(certificate), certificate_key=str(key))
    with subprocess.Popen(
        [*command, "--until-closed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        links = [served.stdout.readline().split()[-1] for _ in range(2)]
        address, token = links[1].removeprefix("https://").split("/", 1)[0], links[1][-43:]
        trusting = ssl.create_default_context(cafile=str(certificate))
        line = http.client.HTTPSConnection(address, timeout=30, context=trusting)
        body = f'{{"token": "{token}", "name": "x", "consent": true}}'
        line.request("POST", "/p/api/join", body, {**WRITE, "Content-Type": "application/json"})
        response = line.getresponse()
        response.read()
        line.close()
    assert all(link.startswith("https://127.0.0.1:") for link in links)
    cookie = response.headers["set-cookie"].lower()
    assert (response.status, "secure" in cookie, "samesite=strict" in cookie) == (200, True, True)
