"""Somebody on the work page, with what a device keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from assent.records import Feedback
from tests.browser.conftest import Screen, Server
from tests.web import content

Join = Callable[..., Screen]
Error: Any = pytest.importorskip("playwright.sync_api").Error

# What is kept of a project: paths by their order, and the questions of the list.
KEPT = """async () => {
  if (!(await caches.has('assent /project'))) return { paths: [], questions: [] };
  const cache = await caches.open('assent /project');
  const list = await cache.match('/project/work/questions');
  const paths = (await cache.keys()).map((one) => new URL(one.url).pathname);
  return { paths, questions: list ? (await list.json()).questions.map((one) => one.query) : [] };
}"""


def kept(page: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(KEPT)
    return found


def wait_until_kept(screen: Screen, count: int) -> None:
    """The page and so many questions are on the device, and the worker stands before the page."""
    for _ in range(150):
        there = kept(screen.page)
        served = screen.page.evaluate("navigator.serviceWorker.controller !== null")
        if served and "/project/work" in there["paths"] and len(there["questions"]) == count:
            return
        screen.page.wait_for_timeout(100)
    raise AssertionError(f"not kept: {there}, served by the worker: {served}")


def begin(server: Server, join: Join, kinds: dict[str, int], **shown: Any) -> Screen:
    """Somebody in front of the first of some questions, of which four are kept."""
    content.ask(server.store, kinds, **shown)
    server.start()
    screen = join()
    screen.wait_for_question()
    wait_until_kept(screen, min(4, sum(kinds.values())))
    return screen


def press_last(screen: Screen, key: str) -> None:
    """Answer the only question that is here."""
    screen.page.wait_for_timeout(110)
    screen.page.keyboard.press(key)
    screen.page.wait_for_selector("#resting:not([hidden])")


def given(server: Server) -> list[Feedback]:
    return server.store.answers.current()


def levels(server: Server) -> list[Any]:
    return [(feedback.answer or {})["level"] for feedback in given(server)]


def opens(page: Any, url: str) -> bool:
    """Whether a page comes where no server is."""
    with suppress(Error):
        page.goto(url)
        return True
    return False
