from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_owners_page_follows_the_answers_by_itself(
    server: Server, owner: Callable[[], Any], join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    page = owner()
    before = page.inner_text("#figures .value >> nth=0")
    screen = join()
    screen.wait_for_question()
    screen.press(["j"])
    screen.wait_until_saved()
    page.wait_for_selector("#figures .value >> nth=0 >> text=/^1/", timeout=15_000)
    assert before.startswith("0")


PICTURE = """() => {
  const canvas = document.querySelector('#samples .stage canvas');
  const pen = canvas.getContext('2d');
  return pen.getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b, i) => a + b * (i % 9973), 0);
}"""


def test_samples_move_while_they_are_in_sight(
    server: Server, owner: Callable[[], Any]
) -> None:
    content.finish_baseline(server.store, "control")
    server.start()
    page = owner()
    page.wait_for_selector("#samples .stage canvas", timeout=15_000)
    page.wait_for_timeout(300)
    resting = [page.evaluate(PICTURE) for _ in range(2) if page.wait_for_timeout(200) is None]
    page.locator("#samples .stage canvas").first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    moving = [page.evaluate(PICTURE) for _ in range(2) if page.wait_for_timeout(200) is None]
    assert (resting[0] == resting[1], moving[0] == moving[1]) == (True, False)


def test_a_guideline_is_previewed_and_saved(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    page.fill("#guideline-text", "# Other\n\n**look** here")
    page.wait_for_selector("#guideline-preview strong:text('look')", timeout=15_000)
    page.click("#save-guideline")
    page.wait_for_selector("#guideline-said:text('version 2')", timeout=15_000)
    assert server.store.people.guideline().markdown == "# Other\n\n**look** here"


def test_an_invite_link_can_be_made_and_opened(
    server: Server, owner: Callable[[], Any], chromium: Any
) -> None:
    server.start()
    page = owner()
    page.click("#invite button")
    page.wait_for_selector("#invited:not([hidden])", timeout=15_000)
    link = page.input_value("#invite-link")
    other = chromium.new_page()
    other.goto(link)
    title = other.inner_text("h1")
    other.close()
    assert title == "Welcome"


def test_no_page_breaks_its_own_policy(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    broken: list[str] = []
    page.on(
        "console", lambda message: broken.append(message.text) if message.type == "error" else None
    )
    page.reload()
    page.wait_for_timeout(1500)
    assert broken == []


def test_an_owners_page_fits_a_phone(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
