"""Episodes played in a browser: held keys and fingers steer, the server steps, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]
ITEMS = 40
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
KEYS = {"ArrowLeft": [2.0], "ArrowRight": [-2.0]}


def ready(screen: Screen) -> None:
    screen.page.wait_for_selector(".plays .main:not([disabled])")
    screen.page.wait_for_timeout(110)


def wait_for_the_end(screen: Screen) -> None:
    screen.page.wait_for_selector(".ranked:has-text('The episode is over')")


def exported(server: Server) -> list[Any]:
    return [line["answer"] for line in server.export() if line["type"] == "feedback"]


def steps_shown(screen: Screen) -> int:
    return int(screen.page.evaluate("document.querySelector('.played progress').value"))


def test_forty_episodes_are_played_by_keyboard_alone(server: Server, join: Join) -> None:
    content.play(server.store, ITEMS + 1, steps=6)
    server.start()
    screen = join()
    rng = random.Random(1)
    chosen = []
    for _ in range(ITEMS):
        ready(screen)
        key = rng.choice(list(KEYS))
        screen.page.keyboard.down(key)
        wait_for_the_end(screen)
        screen.page.keyboard.up(key)
        chosen.append({"actions": [[KEYS[key], steps_shown(screen)]]})
        screen.press(["Enter"])
    screen.wait_until_saved()
    assert exported(server) == chosen
    assert all(each["actions"][0][1] == 6 for each in chosen)


def test_who_is_slow_near_the_end_is_asked_for_no_more_steps_than_there_are(
    server: Server, join: Join
) -> None:
    content.play(server.store, 1, steps=6)
    server.start()
    screen = join()
    ready(screen)

    def late(route: Any) -> None:
        screen.page.wait_for_timeout(1500)
        route.continue_()

    screen.page.route("**/play/steps", late, times=1)
    screen.page.keyboard.down("ArrowLeft")
    wait_for_the_end(screen)
    assert steps_shown(screen) == 6


def test_forty_episodes_are_played_by_touch(server: Server, join: Join) -> None:
    content.play(server.store, ITEMS + 1, steps=6)
    server.start()
    screen = join(**PHONE)
    session = screen.page.context.new_cdp_session(screen.page)
    rng = random.Random(2)
    chosen = []

    def finger(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    for _ in range(ITEMS):
        ready(screen)
        place = rng.randrange(2)
        box = screen.page.locator(".hold").nth(place).bounding_box()
        finger("touchStart", {"x": box["x"] + 20, "y": box["y"] + 20})
        wait_for_the_end(screen)
        finger("touchEnd")
        chosen.append({"actions": [[list(KEYS.values())[place], 6]]})
        screen.tap([".plays button[aria-keyshortcuts=Enter]"])
    screen.wait_until_saved()
    assert exported(server) == chosen


def test_keys_held_one_after_the_other_are_runs_of_their_actions(
    server: Server, join: Join
) -> None:
    content.play(server.store, 1, steps=400, horizon_steps=400)
    server.start()
    screen = join()
    ready(screen)
    for key in KEYS:
        screen.page.keyboard.down(key)
        screen.page.wait_for_timeout(400)
        screen.page.keyboard.up(key)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_selector(".ranked:has-text('Paused')")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.wait_until_saved()
    [answer] = exported(server)
    order = [run[0] for run in answer["actions"] if run[0] != [0.0]]
    assert order == [[2.0], [-2.0]]


def test_letters_of_the_page_work_again_once_nothing_is_played(server: Server, join: Join) -> None:
    content.play(server.store, 1, steps=400, horizon_steps=400)
    server.start()
    screen = join()
    ready(screen)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_timeout(200)
    screen.page.keyboard.press(" ")
    screen.page.keyboard.press("g")
    assert screen.page.is_visible("#guideline")


def test_a_server_killed_while_somebody_plays_loses_nothing(server: Server, join: Join) -> None:
    content.play(server.store, 1, steps=400, horizon_steps=400)
    server.start()
    screen = join()
    ready(screen)
    screen.page.keyboard.down("ArrowLeft")
    screen.page.wait_for_timeout(400)
    server.kill()
    screen.page.wait_for_selector(".ranked:has-text('The server was lost')")
    before = steps_shown(screen)
    screen.page.keyboard.up("ArrowLeft")
    server.start()
    screen.page.wait_for_timeout(300)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_selector(".ranked:has-text('Playing')")
    screen.page.wait_for_timeout(300)
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.wait_until_saved()
    [answer] = exported(server)
    assert sum(run[1] for run in answer["actions"]) > before >= 4
    assert answer["actions"][0][0] == [2.0]


def test_what_was_played_outlives_a_reload_and_can_be_begun_anew(
    server: Server, join: Join
) -> None:
    content.play(server.store, 1, steps=400, horizon_steps=400)
    server.start()
    screen = join()
    ready(screen)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_timeout(400)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_selector(".ranked:has-text('Paused')")
    before = steps_shown(screen)
    screen.page.reload()
    screen.page.wait_for_selector(".ranked:has-text('Go on, or send')")
    after = steps_shown(screen)
    screen.page.keyboard.press("Backspace")
    screen.page.wait_for_selector(".ranked:has-text('Hold one of these')")
    assert (before > 3, after, steps_shown(screen)) == (True, before, 0)


def test_an_answer_that_is_taken_back_begins_where_it_ended(server: Server, join: Join) -> None:
    content.play(server.store, 1, steps=6)
    server.start()
    screen = join()
    ready(screen)
    screen.page.keyboard.down("ArrowLeft")
    wait_for_the_end(screen)
    screen.page.keyboard.up("ArrowLeft")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.page.keyboard.press("z")
    wait_for_the_end(screen)
    assert steps_shown(screen) == 6


@pytest.mark.parametrize("width", [320, 390])
def test_a_steered_body_fits_a_phone(server: Server, join: Join, width: int) -> None:
    controls = [
        {"key": key, "label": f"front thigh {sign}", "action": [force] * 3}
        for key, sign, force in [
            ("ArrowLeft", "-", -1.0), ("ArrowRight", "+", 1.0), ("a", "-", -1.0),
            ("d", "+", 1.0), ("s", "-", -1.0), ("w", "+", 1.0),
        ]
    ]  # fmt: skip
    content.play(
        server.store, 1, environment="Hopper-v5", controls=controls, rest=[0.0] * 3,
        low=[-1.0] * 3, high=[1.0] * 3, horizon_steps=100, steps=100, fps=125.0, speed=0.1,
    )  # fmt: skip
    server.start()
    screen = join(viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    ready(screen)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= width
