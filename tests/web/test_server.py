from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assent.errors import AccessError, ConfigError
from assent.project import Project
from assent.web import server
from assent.web.site import Site

NAMES = "import sys, assent.web.server; print([n for n in {names} if n in sys.modules])"


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
    project = Project(tmp_path, site.config, site.store)
    link = server.invite(project, "annotator", None, 0.0)
    assert link.startswith("http://127.0.0.1:8700/replies/join/")


def test_an_unknown_role_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="annotator or owner"):
        server.invite(Project(tmp_path, site.config, site.store), "admin", None, 0.0)


def test_the_server_starts_without_torch_and_without_plots() -> None:
    heavy = ["torch", "transformers", "gymnasium", "mujoco", "ray", "matplotlib", "pandas"]
    loaded = subprocess.run(
        [sys.executable, "-c", NAMES.format(names=heavy)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"
