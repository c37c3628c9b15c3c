"""What is pressed while a page's script is still on its way is done once it is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Screen, Server
from tests.browser.test_owner_practice import put
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOK = """(selector) => {
  const button = document.querySelector(selector);
  const { x, y, width, height } = button.getBoundingClientRect();
  return [x, y, width, height, getComputedStyle(button).opacity];
}"""
# From a page's path to its script, what is pressed, and what is there afterwards.
OWNERS = {
    "owner": ("owner/owner.js", "button[data-look]", "#closer[open]"),
    "owner/answers": ("owner/answers.js", "button[data-look]", "#closer[open]"),
    "owner/people": ("owner/people.js", "button[data-act]", "#act[open]"),
    "owner/people#invites": ("owner/people.js", "#invite button", "#invited:not([hidden])"),
    "owner/reports": ("owner/reports.js", "form[data-settle] button", "button[data-reopen]"),
    "owner/guideline": ("owner/guideline.js", "#save-guideline", "#guideline-said:text('saved')"),
    "owner/practice": ("owner/exercises.js", "#add", "#editor:not([hidden])"),
}
WORKERS = {
    "work": ("work/work.js", "#open-keys", "#keys[open]"),
    "practice": ("work/practice.js", "#open-guideline", "#guideline[open]"),
}


def held(page: Any, script: str) -> Callable[[], None]:
    """Lets a script wait until what comes back is called."""
    pattern = f"**/static/{script}"
    page.route(pattern, lambda route: None)

    def let_go() -> None:
        page.unroute(pattern)  # which lets go of what waits

    return let_go


def pressed_early(page: Any, address: str, script: str, button: str, after: str) -> None:
    let_go = held(page, script)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(button)
    before = page.evaluate(LOOK, button)
    page.press(button, "Enter")
    busy = page.get_attribute(button, "aria-busy")
    gone = page.locator(after).count()
    page.keyboard.press("Tab")
    let_go()
    page.wait_for_selector(after)
    assert (busy, gone, before[4]) == ("true", 0, "1")
    if page.locator(button).count() and "reports" not in address:
        assert page.evaluate(LOOK, button)[2:] == before[2:]


@pytest.mark.parametrize("path", OWNERS)
def test_an_owners_early_press_is_done_later(
    server: Server, owner: Callable[[], Any], crowd: list[str], path: str
) -> None:
    pressed_early(owner(), f"{server.root}/{path}", *OWNERS[path])


@pytest.mark.parametrize("path", WORKERS)
def test_an_annotators_early_press_is_done_later(
    server: Server, join: Callable[..., Screen], path: str
) -> None:
    content.ask(server.store, {"comparison": 2})
    server.start()
    # What the worker fetches is nothing that could be held here.
    screen = join(service_workers="block")
    put(server, {"kind": "rating", "replies": ["Yes."], "answer": {"level": 0}})
    if path == "work":
        server.store.practice.set([], time.time())
    pressed_early(screen.page, f"{server.root}/{path}", *WORKERS[path])


def test_whoever_begins_early_joins_and_sends_no_name_in_an_address(
    server: Server, chromium: Any
) -> None:
    server.start()
    page = chromium.new_context().new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    let_go = held(page, "join.js")
    token = server.store.people.invite("annotator", time.time(), 1.0, 1)
    page.goto(f"{server.root}/join/{token}", wait_until="commit")
    page.fill("#name", "an early one")
    page.check("input[name=consent]")
    page.press("#name", "Enter")
    let_go()
    page.wait_for_url("**/guideline")
    page.context.close()
    assert [person.name for person in server.store.people.list()] == ["an early one"]
    assert not [address for address in seen if "early" in address.replace("early.js", "")]


def test_only_the_last_of_two_early_presses_is_done(
    server: Server, owner: Callable[[], Any], crowd: list[str]
) -> None:
    page = owner()
    let_go = held(page, "owner/people.js")
    page.goto(f"{server.root}/owner/people", wait_until="commit")
    page.click("button[data-name='Bo']")
    page.click("button[data-name='Dana']")
    busy = page.locator("[aria-busy=true]").count()
    let_go()
    page.wait_for_selector("#act[open]")
    assert (busy, page.inner_text("#act-title")) == (1, "Dana")
    assert page.locator("[aria-busy=true]").count() == 0


def test_what_was_written_early_is_previewed(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    let_go = held(page, "owner/guideline.js")
    page.goto(f"{server.root}/owner/guideline", wait_until="commit")
    page.fill("#guideline-text", "**Early.**")
    let_go()
    page.wait_for_selector("#guideline-preview strong:text('Early.')")


def test_a_form_that_needs_no_script_does_not_wait_for_one(
    server: Server, owner: Callable[[], Any], crowd: list[str]
) -> None:
    page = owner()
    held(page, "owner/answers.js")
    page.goto(f"{server.root}/owner/answers", wait_until="commit")
    page.select_option("[name=kind]", "ranking")
    page.press("form .primary", "Enter", no_wait_after=True)
    page.wait_for_url("**/answers?*kind=ranking*", wait_until="commit")
