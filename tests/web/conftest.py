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
from tests.web import content

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
    folder = tmp_path_factory.mktemp("furnished") / "replies"
    made = content.site(folder)
    content.finish_baseline(made.store)
    made.store.close()
    return folder


@pytest.fixture
def site(tmp_path: Path, furnished: Path) -> Iterator[Site]:
    shutil.copytree(furnished, tmp_path / "replies")
    store = open_store(tmp_path / "replies")
    yield Site("replies", store, content.settings("replies"))
    store.close()


@pytest.fixture
def stranger(site: Site) -> Visitor:
    return visitor([site], site)


@pytest.fixture
def person(site: Site) -> Visitor:
    return visitor([site], site).join()


@pytest.fixture
def owner(site: Site) -> Visitor:
    return visitor([site], site).join(role="owner")
