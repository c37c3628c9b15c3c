"""What is kept of the work page is forgotten in time, and is never another's or an older one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest

from assent.web.render import STATIC
from tests.browser.conftest import WAIT_MS, Screen, Server
from tests.browser.offline import (
    Join,
    begin,
    given,
    kept,
    opens,
    wait_until_kept,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_answered_is_kept_no_longer(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    first = kept(screen.page)["questions"][0]
    server.kill()
    screen.press(["j"])
    wait_until_kept(screen, 3)
    scenes = [path for path in kept(screen.page)["paths"] if "/scenes/" in path]
    assert first not in kept(screen.page)["questions"]
    assert len(scenes) == 3


def test_questions_that_were_kept_long_ago_are_with_others(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 3})
    server.kill()
    screen.page.add_init_script("const now = Date.now; Date.now = () => now() + 25 * 3600e3;")
    screen.page.reload()
    screen.page.wait_for_selector("#resting-title:text('No connection to the server')")


def sign_out(screen: Screen) -> None:
    screen.page.keyboard.press("?")
    screen.page.click("#sign-out")
    screen.page.click("#leave-now")
    screen.page.wait_for_selector("h1:text('This page needs a link')")


def test_whoever_signed_out_leaves_nothing_behind(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    sign_out(screen)
    there = kept(screen.page)
    server.kill()
    assert (there["paths"], opens(screen.page, f"{server.root}/work")) == ([], False)


def test_whoever_was_erased_finds_nothing_kept(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    [person] = server.store.people.list()
    server.store.people.erase(person.id, time.time())
    screen.page.goto(f"{server.root}/work")
    screen.page.wait_for_selector("h1:text('Your account was erased')")
    for _ in range(50):
        if not (there := kept(screen.page)["paths"]):
            break
        screen.page.wait_for_timeout(100)
    server.kill()
    assert (there, opens(screen.page, f"{server.root}/work")) == ([], False)


def come_in(page: Any, server: Server, name: str, person: str | None = None) -> None:
    """Somebody takes up a link in a browser that others used before."""
    token = server.store.people.invite("annotator", time.time(), 1.0, 1, person)
    page.goto(f"{server.root}/join/{token}")
    if person is None:
        page.fill("#name", name)
    page.check("input[name=consent]")
    page.press("#name", "Enter")
    page.wait_for_url("**/guideline")


def test_somebody_else_who_comes_in_sees_nothing_of_who_was_before(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 6})
    come_in(screen.page, server, "second")
    there = kept(screen.page)
    server.kill()
    assert (there["paths"], opens(screen.page, f"{server.root}/work")) == ([], False)


def test_an_open_page_sends_nothing_in_the_name_of_somebody_who_came_after(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 12})
    [first] = server.store.people.list()
    other = Screen(screen.page.context.new_page(), server)
    server.kill()
    screen.press(["j"])
    screen.page.wait_for_selector("#saved:text('1 waiting')")
    screen.page.route("**/api/answers", lambda route: route.abort())
    server.start()
    come_in(other.page, server, "second")
    other.page.press("a.primary", "Enter")
    other.wait_for_question()
    screen.page.unroute("**/api/answers")
    screen.page.wait_for_selector("#saved:text('1 waiting, signed out')", timeout=3 * WAIT_MS)
    other.press(["f"])
    other.wait_until_saved()
    people = [feedback.annotator for feedback in server.store.answers.all()]
    screen.page.close()
    come_in(other.page, server, "first", first.id)
    other.page.press("a.primary", "Enter")
    other.wait_for_question()
    other.wait_until_saved()

    assert first.id not in people
    assert {f.annotator == first.id: (f.answer, f.late) for f in given(server)} == {
        False: ({"level": 0}, False),
        True: ({"level": 1}, False),
    }


def test_another_version_of_a_script_is_seen_at_once_and_kept(server: Server, join: Join) -> None:
    files = server.folder / "static"
    shutil.copytree(STATIC, files)
    screen = begin(server, join, {"approval": 6})
    script = files / "words.js"
    script.write_text(script.read_text("utf-8") + "\ndocument.body.dataset.version = 'next';\n")
    versions = []
    for _ in range(2):
        screen.page.reload()
        screen.wait_for_question()
        versions.append(screen.page.get_attribute("body", "data-version"))
        screen.page.wait_for_timeout(3000)  # to be kept
        server.kill()
    assert versions == ["next", "next"]


def test_a_server_that_knows_of_no_worker_is_rid_of_it(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    server.kill()
    shutil.copytree(STATIC, server.folder / "static")
    (server.folder / "static" / "work" / "worker.js").unlink()
    server.start()
    screen.page.goto(f"{server.root}/guideline")
    screen.page.goto(f"{server.root}/work")
    screen.wait_for_question()
    for _ in range(100):
        found = screen.page.evaluate("navigator.serviceWorker.getRegistrations()")
        if not found:
            break
        screen.page.wait_for_timeout(100)
    screen.page.goto(f"{server.root}/guideline")
    server.kill()
    assert (found, opens(screen.page, f"{server.root}/work")) == ([], False)


def test_pages_of_the_owner_are_never_kept_and_need_a_server(
    server: Server, join: Join, owner: Callable[[], Any]
) -> None:
    screen = begin(server, join, {"approval": 6})
    token = server.store.people.invite("owner", time.time(), 1.0, 1)
    page = screen.page
    come_back = page.context.new_page()
    come_back.goto(f"{server.root}/join/{token}")
    come_back.press("#join button", "Enter")
    come_back.wait_for_url("**/owner")
    page.reload()
    screen.wait_for_question()
    wait_until_kept(screen, 4)
    served = come_back.evaluate("navigator.serviceWorker.controller")
    there = kept(page)["paths"]
    server.kill()
    assert served is None
    assert [path for path in there if "owner" in path] == []
    assert not opens(come_back, f"{server.root}/owner")
