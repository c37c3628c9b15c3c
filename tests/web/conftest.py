from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assent.store.store import open_store
from assent.web.app import create_app
from assent.web.site import Site
from tests.web import answered, content

ORIGIN = "http://127.0.0.1:8700"
WRITE = {"X-Assent": "1"}


@dataclass
class Visitor:
    """A browser without a screen: cookies and the header that every write carries."""

    client: TestClient
    site: Site

    def get(self, path: str, **extra: Any) -> Any:
        return self.client.get(f"/{self.site.name}/{path}", **extra)

    def send(self, path: str, body: Any, method: str = "POST") -> Any:
        return self.client.request(
            method, f"/{self.site.name}/{path}", json=body, headers=WRITE, follow_redirects=False
        )

    def join(self, name: str = "somebody", role: str = "annotator") -> Visitor:
        token = self.site.store.people.invite(role, time.time(), 1.0, 1)  # type: ignore[arg-type]
        answer = self.send("api/join", {"token": token, "name": name, "consent": True})
        assert answer.status_code == 200, answer.text
        return self

    def take(self, limit: int = 4) -> list[dict[str, Any]]:
        questions: list[dict[str, Any]] = self.get(f"api/next?limit={limit}").json()["questions"]
        return questions

    def answer(self, question: dict[str, Any], answer: Any, key: str, **extra: Any) -> Any:
        body = {
            "key": key,
            "slot": question["slot"],
            "lease_token": question["lease_token"],
            "query": question["query"],
            "answer": answer,
            "shown_order": question["shown_order"],
            **extra,
        }
        return self.send("api/answers", body)


def visitor(sites: list[Site], site: Site) -> Visitor:
    return Visitor(TestClient(create_app(sites), base_url=ORIGIN), site)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that waits for answers, made once; tests work on copies."""
    return content.waiting(tmp_path_factory.mktemp("furnished") / "replies")


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> tuple[Path, list[str]]:
    """One that a crowd answered, with a fit, and the people's ids."""
    folder = tmp_path_factory.mktemp("crowded") / "replies"
    return answered.copy(furnished, folder, {"comparison": 30})


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    there = "crowd" in request.fixturenames
    made = request.getfixturevalue("crowded")[0] if there else request.getfixturevalue("furnished")
    with open_store(Path(shutil.copytree(made, tmp_path / "replies"))) as store:
        yield Site("replies", store, content.settings("replies"))


@pytest.fixture
def crowd(crowded: tuple[Path, list[str]]) -> list[str]:
    """The people who have answered what the site asked, which has a fit."""
    return crowded[1]


@pytest.fixture
def stranger(site: Site) -> Visitor:
    return visitor([site], site)


@pytest.fixture
def person(site: Site) -> Visitor:
    return visitor([site], site).join()


@pytest.fixture
def owner(site: Site) -> Visitor:
    return visitor([site], site).join(role="owner")
