from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INK = """() => [...document.querySelectorAll('.stage canvas:first-child')].map((canvas) => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += pixels[i] * (i % 9973);
  return sum;
})"""


@pytest.fixture
def screen(server: Server, join: Callable[..., Screen]) -> Screen:
    content.ask(server.store, {"comparison": 3}, world="control")
    server.start()
    made = join()
    made.wait_for_question()
    return made


def test_clips_move_while_they_play_and_stand_while_they_do_not(screen: Screen) -> None:
    first = screen.page.evaluate(INK)
    screen.page.wait_for_timeout(200)
    moved = screen.page.evaluate(INK)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_timeout(100)
    stopped = screen.page.evaluate(INK)
    screen.page.wait_for_timeout(200)
    assert (first != moved, screen.page.evaluate(INK) == stopped) == (True, True)


def test_a_frame_on_and_a_frame_back_is_where_it_was(screen: Screen) -> None:
    screen.page.keyboard.press(" ")
    screen.page.keyboard.press(".")
    before = screen.page.inner_text(".time")
    screen.page.keyboard.press(".")
    on = screen.page.inner_text(".time")
    screen.page.keyboard.press(",")
    assert (on != before, screen.page.inner_text(".time")) == (True, before)


def test_without_wish_for_motion_clips_wait_to_be_played(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 1}, world="control")
    server.start()
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    assert screen.page.inner_text(".play-button").startswith("Play")
