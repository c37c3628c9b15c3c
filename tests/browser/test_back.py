"""Looking back: undo, change, history, reasons that were typed, and what is told of all that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from assent import desk
from assent.desk import Submission
from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]


def begin(server: Server, join: Join, kind: str = "approval", count: int = 5) -> Screen:
    """Somebody in front of the first of some questions."""
    content.ask(server.store, {kind: count})
    server.start()
    screen = join()
    screen.wait_for_question()
    return screen


def in_force(server: Server) -> list[Any]:
    return [(each.answer, each.note) for each in server.store.answers.current()]


def told(screen: Screen, words: str) -> None:
    """Wait until a line is told, for everybody to see."""
    screen.page.wait_for_selector(f"#told:not([hidden]):has-text('{words}')")


def give_reason(screen: Screen, text: str) -> None:
    screen.page.wait_for_timeout(150)
    screen.page.keyboard.press("r")
    screen.page.keyboard.type(text)
    screen.page.keyboard.press("Enter")
    told(screen, "The reason is kept")


def change_first(screen: Screen) -> None:
    """Open the newest answer from history."""
    screen.page.keyboard.press("h")
    screen.page.click("#history-list li:first-child button")
    screen.page.wait_for_selector(".stand")
    screen.page.wait_for_timeout(150)


def test_a_reason_comes_back_with_its_answer(server: Server, join: Join) -> None:
    screen = begin(server, join)
    give_reason(screen, "It is polite.")
    screen.press(["f"])
    screen.press(["z"])
    screen.page.wait_for_selector("body[data-noted]")
    screen.press(["j"])
    screen.wait_until_saved()
    assert in_force(server) == [({"level": 1}, "It is polite.")]


def test_a_reason_is_still_there_after_a_look_back(server: Server, join: Join) -> None:
    screen = begin(server, join)
    screen.press(["f"])
    give_reason(screen, "For the second.")
    screen.press(["z"])
    screen.press(["f"])
    screen.press(["f"])
    screen.wait_until_saved()
    assert [note for _, note in in_force(server)] == ["", "For the second."]


def test_undo_after_a_reload_brings_reason_and_answer_back(server: Server, join: Join) -> None:
    screen = begin(server, join)
    give_reason(screen, "Kind.")
    screen.press(["j"])
    screen.wait_until_saved()
    screen.page.reload()
    screen.wait_for_question()
    screen.press(["z"])
    told(screen, "Taken back: Good")
    pressed = screen.page.inner_text("#choices [aria-pressed=true]")
    screen.press(["f"])
    screen.wait_until_saved()
    assert ("Good" in pressed, in_force(server)) == (True, [({"level": 0}, "Kind.")])


def test_a_change_that_is_not_made_leaves_the_answer(server: Server, join: Join) -> None:
    screen = begin(server, join)
    screen.press(["j"])
    screen.wait_until_saved()
    change_first(screen)
    screen.page.keyboard.press("Escape")
    told(screen, "stays as it was")
    screen.page.wait_for_selector(".stand", state="detached")
    change_first(screen)
    screen.page.click(".stand")
    told(screen, "stays as it was")
    change_first(screen)
    screen.page.reload()
    screen.wait_for_question()
    assert in_force(server) == [({"level": 1}, "")]
    assert len(server.store.answers.all()) == 1


def test_a_change_corrects_and_can_be_undone(server: Server, join: Join) -> None:
    screen = begin(server, join)
    screen.press(["j"])
    screen.wait_until_saved()
    change_first(screen)
    screen.press(["f"])
    screen.wait_until_saved()
    changed = in_force(server)
    screen.press(["z"])
    told(screen, "counts again")
    screen.wait_until_saved()
    assert (changed, in_force(server)) == ([({"level": 0}, "")], [({"level": 1}, "")])
    assert server.store.counts().answered == 1


def test_a_change_is_kept_while_there_is_no_network(server: Server, join: Join) -> None:
    screen = begin(server, join)
    screen.press(["j"])
    screen.wait_until_saved()
    change_first(screen)
    screen.page.context.set_offline(True)
    screen.press(["f"])
    screen.page.wait_for_selector("#saved:text('1 waiting')")
    screen.page.context.set_offline(False)
    screen.wait_until_saved()
    assert in_force(server) == [({"level": 0}, "")]


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [("comparison", "t", "Equal"), ("rating", "4", "4"), ("approval", "j", "Good")],
)
def test_what_was_answered_before_is_marked(
    server: Server, join: Join, kind: str, key: str, words: str
) -> None:
    screen = begin(server, join, kind)
    screen.press([key])
    unmarked = screen.page.locator("#choices [aria-pressed]").count()
    screen.press(["z"])
    marked = screen.page.locator("#choices [aria-pressed=true]")
    sign = marked.locator(".words").evaluate("e => getComputedStyle(e, '::before').content")
    assert (unmarked, marked.count(), words in marked.inner_text(), "✓" in sign) == (
        0,
        1,
        True,
        True,
    )


def test_history_tells_answers_apart_and_goes_back_to_the_first(server: Server, join: Join) -> None:
    screen = begin(server, join, count=54)
    [person] = server.store.people.list()
    answer_all(server, person.id, 52)
    screen.page.keyboard.press("h")
    screen.page.wait_for_selector("#history-list .older button")
    newest = screen.page.inner_text("#history-list li:first-child")
    screen.page.click("#history-list .older button")
    screen.page.wait_for_selector("#history-list li:nth-child(52)")
    oldest = screen.page.inner_text("#history-list li:last-child")
    assert screen.page.locator("#history-list li").count() == 52
    assert ("52. " in newest, "My order 1042" in newest, "Reason: No. 51" in newest) == (
        True,
        True,
        True,
    )
    # What was not today has its date.
    assert ("1. " in oldest, "2023" in oldest, "2023" in newest) == (True, True, False)


def answer_all(server: Server, who: str, count: int) -> None:
    """So many answers of somebody: the first long ago, the others now."""
    for number in range(count):
        slot = desk.claim(server.store, who, 16, time.time(), 900.0)[0]
        answer = Submission(
            slot.id,
            slot.lease_token,
            who,
            slot.query.id,
            {"level": 1},
            f"key-{number}",
            note=f"No. {number}",
        )
        desk.answer(server.store, answer, time.time() if number else content.NOW)


def test_with_nothing_to_undo_it_is_said(server: Server, join: Join) -> None:
    screen = begin(server, join)
    screen.page.keyboard.press("z")
    told(screen, "There is nothing to undo.")


def test_without_a_network_nothing_wrong_is_said_of_earlier_answers(
    server: Server, join: Join
) -> None:
    screen = begin(server, join)
    screen.press(["j"])
    screen.wait_until_saved()
    screen.page.reload()
    screen.wait_for_question()
    screen.page.context.set_offline(True)
    screen.page.keyboard.press("z")
    told(screen, "needs the network")
    screen.page.keyboard.press("h")
    screen.page.wait_for_selector("#history-list li:has-text('needs the network')")
    assert len(in_force(server)) == 1


def test_what_is_told_goes_by_itself_and_never_covers_what_can_be_pressed(
    server: Server, join: Join
) -> None:
    screen = begin(server, join)
    for key in ("m", *"odd", "Enter"):
        screen.page.keyboard.press(key)
    told(screen, "The owner will see it.")
    line, dock = (screen.page.locator(name).bounding_box() for name in ("#told", ".dock"))
    assert line["y"] + line["height"] <= dock["y"]
    screen.page.wait_for_selector("#told", state="hidden")


@pytest.mark.parametrize(("key", "panel"), [("r", "#note"), ("m", "#report")])
def test_what_is_typed_in_a_panel_can_be_cancelled_by_a_button(
    server: Server, join: Join, key: str, panel: str
) -> None:
    screen = begin(server, join)
    screen.page.keyboard.press(key)
    screen.page.keyboard.type("by mistake")
    screen.page.click(f"{panel} button:has-text('Cancel')")
    screen.press(["j"])
    screen.wait_until_saved()
    assert (in_force(server), server.store.flags.list()) == ([({"level": 1}, "")], [])
