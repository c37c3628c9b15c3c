from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from assent.store.flags import Flag
from assent.store.store import Store, open_store
from tests.browser import process
from tests.web import answered, content

# Servers are forked from a process that has imported what they need, which is most of a start.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([process.__name__])
WAIT_MS = 60_000  # how slow the machine is must not decide what a test finds


@dataclass
class Server:
    """A server process of its own, which can be killed at any moment and started again."""

    folder: Path
    port: int
    store: Store
    process: BaseProcess | None = None
    lease_seconds: float = 900.0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/project"

    def start(self) -> None:
        told = (self.folder, self.port, self.lease_seconds)
        self.process = FORKS.Process(target=process.main, args=told)
        self.process.start()
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()

    def send(self, number: signal.Signals) -> None:
        """Sends the process a signal."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def export(self) -> list[dict[str, Any]]:
        """What an owner would download."""
        from assent.interop import jsonl

        return [json.loads(line) for line in jsonl.lines(self.store, "project", 0.0)]


@dataclass
class Screen:
    """A page with somebody signed in, and what they saw and did."""

    page: Any
    server: Server
    chosen: dict[str, Any] = field(default_factory=dict)

    def kind(self) -> str:
        return str(self.page.get_attribute("#items", "class")).split()[1]

    def shown(self) -> list[str]:
        """The text of each option, in its place."""
        return [
            item.inner_text().split("Reply ")[-1].replace("*", "")
            for item in self.page.query_selector_all(".reply")
        ]

    def wait_for_question(self) -> None:
        self.page.wait_for_selector("#work:not([hidden]) .choices", timeout=WAIT_MS)

    def press(self, keys: list[str]) -> None:
        """Answer by keyboard, and wait until the question has gone."""
        self.page.evaluate("document.querySelector('#choices > *').dataset.old = 'yes'")
        # The page lets a question stand for a moment before it takes a key for it.
        self.page.wait_for_timeout(110)
        for key in keys:
            self.page.keyboard.press(key)
        self.page.wait_for_selector("#choices > [data-old]", state="detached", timeout=WAIT_MS) if (
            self.page.is_visible("#work")
        ) else None

    def tap(self, targets: list[str]) -> None:
        """Answer by finger, and wait until the question has gone. `type:` is written."""
        self.page.evaluate("document.querySelector('#choices > *').dataset.old = 'yes'")
        self.page.wait_for_timeout(110)
        for target in targets:
            if target.startswith("type:"):
                self.page.keyboard.press("Control+End")
                self.page.keyboard.type(target.removeprefix("type:"))
            else:
                self.page.tap(target)
        self.page.wait_for_selector("#choices > [data-old]", state="detached", timeout=WAIT_MS) if (
            self.page.is_visible("#work")
        ) else None

    def wait_until_saved(self) -> None:
        self.page.wait_for_selector("#saved[data-state=saved]", timeout=WAIT_MS * 2)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that waits for its first question; tests work on copies."""
    return content.waiting(tmp_path_factory.mktemp("empty") / "text", "project")


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory, empty: Path) -> tuple[Path, list[str]]:
    """One that five people answered, with a fit, and their ids."""
    folder = tmp_path_factory.mktemp("crowded") / "text"
    return answered.copy(empty, folder, {"comparison": 30, "ranking": 4})


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of a project of its own, that is not started yet."""
    there = "crowd" in request.fixturenames
    made = request.getfixturevalue("crowded")[0] if there else request.getfixturevalue("empty")
    folder = Path(shutil.copytree(made, tmp_path / "text"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open_store(folder) as store:
        running = Server(folder, port, store)
        yield running
        running.kill()


@pytest.fixture
def join(chromium: Any, server: Server) -> Iterator[Callable[..., Screen]]:
    """Signs somebody in through an invite link, as they would."""
    contexts, faults = [], []

    def sign_in(name: str = "somebody", script: str = "", **settings: Any) -> Screen:
        context = chromium.new_context(**settings)
        context.add_init_script(script)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        token = server.store.people.invite("annotator", time.time(), 1.0, 1)
        page.goto(f"{server.root}/join/{token}")
        page.fill("#name", name)
        page.check("input[name=consent]")
        page.press("#name", "Enter")
        page.wait_for_url("**/guideline")
        page.press("a.primary", "Enter")
        screen = Screen(page, server)
        page.wait_for_url("**/work")
        return screen

    yield sign_in
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def crowd(server: Server, crowded: tuple[Path, list[str]]) -> list[str]:
    """Five people who answered, one of them reported something, and a fit."""
    _, ids = crowded
    query = server.store.questions.list()[0].id
    server.store.flags.add(Flag(query, ids[0], "B is cut off.", time.time(), "key"))
    server.start()
    return ids


@pytest.fixture
def owner(chromium: Any, server: Server) -> Iterator[Callable[[], Any]]:
    """Opens the owner's page through a one-time link."""
    contexts, faults = [], []

    def open_page() -> Any:
        context = chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        token = server.store.people.invite("owner", time.time(), 1.0, 1)
        page.goto(f"{server.root}/join/{token}")
        page.press("#join button", "Enter")
        page.wait_for_url("**/owner")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
