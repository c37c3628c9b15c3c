"""What goes wrong around a person: servers, networks, clocks, leases, tabs and buttons."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from assent import desk
from assent.desk import Submission
from assent.records import Annotator, Feedback
from tests.browser.conftest import WAIT_MS, Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]

# A clock that is years off and jumps back and forth by a day whenever it is looked at.
WRONG_CLOCK = """
const Right = Date;
let looks = 0;
const wrong = () => Right.now() - 3e11 + (++looks % 2) * 864e5;
globalThis.Date = class extends Right {
  constructor(...parts) { super(...(parts.length ? parts : [wrong()])); }
  static now() { return wrong(); }
};
"""


def begin(server: Server, join: Join, count: int, **settings: Any) -> Screen:
    """Somebody in front of the first of some questions."""
    content.ask(server.store, {"approval": count})
    server.start()
    screen = join(**settings)
    screen.wait_for_question()
    return screen


def given(server: Server) -> list[Feedback]:
    return server.store.answers.current()


@pytest.mark.parametrize("written", [False, True])
def test_a_server_killed_before_or_after_the_commit_has_the_answer_once(
    server: Server, join: Join, written: bool
) -> None:
    screen = begin(server, join, 4)
    killed: list[int] = []

    def cut(route: Any) -> None:
        if killed:
            route.continue_()
            return
        if written:
            route.fetch()  # the answer is on disk; the page never hears of it
        killed.append(len(given(server)))
        server.kill()
        route.abort()

    screen.page.route("**/api/answers", cut)
    screen.press(["j"])
    screen.page.wait_for_selector("#saved:text('1 waiting')")
    screen.press(["f"])
    server.start()
    screen.wait_until_saved()

    assert killed == [int(written)]
    assert [feedback.answer for feedback in server.store.answers.all()] == [
        {"level": 1},
        {"level": 0},
    ]


def test_a_tab_that_was_closed_with_answers_waiting_sends_them_when_it_is_opened_again(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, 6)
    screen.press(["j"])
    screen.wait_until_saved()
    # The first four came together: three of them are here.
    server.kill()
    screen.press(["f"])
    screen.press(["j"])
    screen.page.wait_for_selector("#saved:text('2 waiting')")
    context = screen.page.context
    screen.page.close()
    before = len(given(server))
    server.start()

    again = Screen(context.new_page(), server)
    again.page.goto(f"{server.root}/work")
    again.wait_for_question()
    again.wait_until_saved()

    levels = [(feedback.answer or {})["level"] for feedback in given(server)]
    assert (before, levels) == (1, [1, 0, 1])


def test_the_back_button_neither_loses_nor_repeats_an_answer(server: Server, join: Join) -> None:
    screen = begin(server, join, 5)
    page = screen.page
    screen.press(["j"])
    page.go_back()
    page.wait_for_url("**/guideline")
    page.go_forward()
    page.wait_for_url("**/work")
    screen.wait_for_question()
    screen.press(["f"])
    page.go_back()
    page.go_forward()
    screen.wait_for_question()
    screen.press(["j"])
    screen.wait_until_saved()

    levels = [(feedback.answer or {})["level"] for feedback in server.store.answers.all()]
    asked = {feedback.query for feedback in given(server)}
    assert (levels, len(asked)) == ([1, 0, 1], 3)


def test_a_clock_that_is_wrong_and_jumps_changes_neither_answers_nor_times(
    server: Server, join: Join
) -> None:
    started = time.time()
    screen = begin(server, join, 3, script=WRONG_CLOCK)
    screen.page.wait_for_timeout(400)
    screen.press(["j"])
    screen.wait_until_saved()

    [feedback] = given(server)
    year = screen.page.evaluate("new Date().getFullYear()")
    assert year < time.gmtime().tm_year - 5
    assert started <= feedback.created_at <= time.time()
    passed = 1000 * (time.time() - started)
    assert 400 <= feedback.timings["read"] + feedback.timings["decide"] <= passed
    assert all(0 <= value <= passed for value in feedback.timings.values())


def test_an_answer_after_the_lease_has_gone_to_somebody_else_is_kept_as_late(
    server: Server, join: Join
) -> None:
    server.lease_seconds = 1.0
    screen = begin(server, join, 1)
    server.store.people.add_all([Annotator("other", "other")])
    slots: list[Any] = []
    while not slots:
        slots = desk.claim(server.store, "other", 1, time.time(), 60.0)
        screen.page.wait_for_timeout(200)
    [slot] = slots
    other = Submission(slot.id, slot.lease_token, "other", slot.query.id, {"level": 0}, "other-1")
    desk.answer(server.store, other, time.time())

    screen.page.keyboard.press("j")
    screen.page.wait_for_selector("#resting:not([hidden])", timeout=WAIT_MS)
    screen.wait_until_saved()

    kept = {feedback.annotator == "other": feedback for feedback in given(server)}
    assert {mine: (each.answer, each.late) for mine, each in kept.items()} == {
        True: ({"level": 0}, False),
        False: ({"level": 1}, True),
    }
    assert server.store.counts().answered == 1


def in_sight(page: Any) -> bool:
    """Whether the count of what waits lies on the screen with nothing over it."""
    return bool(
        page.evaluate(
            """() => {
              const chip = document.querySelector('#saved');
              const { x, y, width, height } = chip.getBoundingClientRect();
              const top = document.elementFromPoint(x + width / 2, y + height / 2);
              return width > 0 && x >= 0 && x + width <= innerWidth && chip.contains(top);
            }"""
        )
    )


@pytest.mark.parametrize("width", [320, 1200])
def test_what_waits_is_always_in_sight(server: Server, join: Join, width: int) -> None:
    long = {"type": "text", "prompt": "Why?", "reply": "Because it is so.\n\n" * 200}
    content.ask(server.store, {"approval": 3}, shown=long)
    server.start()
    screen = join(viewport={"width": width, "height": 600})
    screen.wait_for_question()
    page = screen.page
    page.context.set_offline(True)
    seen = []
    for count in (1, 2, 3):
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        page.wait_for_timeout(150)  # the page lets a question stand before it takes a key
        page.keyboard.press("j")
        page.wait_for_selector(f"#saved:text('{count} waiting')")
        for part in (0, 0.5, 1):
            page.evaluate(f"scrollTo(0, document.body.scrollHeight * {part})")
            seen.append(in_sight(page))
    page.wait_for_selector("#resting:not([hidden])")
    assert [*seen, in_sight(page)] == [True] * 10


def test_an_answer_keeps_the_guideline_under_which_its_question_was_taken(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, 2)
    server.store.people.set_guideline("Other rules, which nobody has read yet.")
    screen.press(["j"])
    screen.wait_until_saved()
    assert [feedback.guideline_version for feedback in given(server)] == [1]


def test_somebody_comes_in_by_keyboard_alone(server: Server, chromium: Any) -> None:
    content.ask(server.store, {"comparison": 1})
    server.start()
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{server.root}/join/{server.store.people.invite('annotator', time.time(), 1.0, 1)}")
    keys = page.keyboard
    page.wait_for_selector("#name:focus")
    keys.type("Somebody")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Enter")
    page.wait_for_url("**/guideline")
    page.wait_for_selector("a.primary")
    keys.press("Tab")
    page.wait_for_selector("a.primary:focus")
    keys.press("Enter")
    page.wait_for_url("**/work")
    page.wait_for_selector("#work:not([hidden]) .choices")
    page.wait_for_timeout(150)
    keys.press("j")
    page.wait_for_selector("#resting:not([hidden])")
    page.wait_for_selector("#saved[data-state=saved]")
    context.close()
    assert len(given(server)) == 1


def test_whoever_finds_nothing_is_told_that_others_have_the_rest_and_gets_what_comes_free(
    server: Server, join: Join
) -> None:
    # Longer than it takes somebody to come in, and more than two heartbeats.
    server.lease_seconds = 12.0
    first = begin(server, join, 2)
    second = join("somebody else")
    second.page.wait_for_selector("#resting:not([hidden])")
    told = second.page.inner_text("#resting-words")
    first.page.close()
    second.wait_for_question()
    assert "is with others" in told


def test_a_pause_by_the_owner_is_told_and_loses_no_answer(server: Server, join: Join) -> None:
    screen = begin(server, join, 4)
    [person] = server.store.people.list()
    server.store.people.set_active(person.id, False)
    for _ in range(3):
        screen.press(["j"])
    screen.page.wait_for_timeout(150)
    screen.page.keyboard.press("j")
    screen.page.wait_for_selector("#resting-title:text('You are paused')")
    screen.page.wait_for_selector("#saved:text('waiting, paused')")
    before = len(given(server))
    server.store.people.set_active(person.id, True)
    screen.wait_until_saved()
    screen.page.wait_for_selector("#resting-title:text('No more questions right now')")
    assert (before, len(given(server))) == (0, 4)


def test_a_reload_while_paused_goes_on_by_itself_and_sends_what_waited(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, 4)
    [person] = server.store.people.list()
    server.store.people.set_active(person.id, False)
    screen.press(["j"])
    screen.page.reload()
    screen.page.wait_for_selector("h1:text('You are paused')")
    server.store.people.set_active(person.id, True)
    screen.wait_for_question()
    screen.wait_until_saved()
    assert len(given(server)) == 1


def test_whoever_was_erased_is_told_so(server: Server, join: Join) -> None:
    screen = begin(server, join, 1)
    [person] = server.store.people.list()
    server.store.people.erase(person.id, time.time())
    screen.page.wait_for_timeout(150)
    screen.page.keyboard.press("j")
    screen.page.wait_for_selector("#resting-title:text('Your account was erased')")


def test_whoever_signs_out_with_answers_waiting_is_warned_and_loses_none(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, 4)
    page = screen.page
    [person] = server.store.people.list()
    page.context.route("**/api/answers", lambda route: route.abort())
    screen.press(["j"])
    page.wait_for_selector("#saved:text('1 waiting')")
    page.keyboard.press("?")
    page.click("#sign-out")
    page.wait_for_selector("#leave-waiting:has-text('Answers that wait to be sent: 1.')")
    page.click("#leave-now")
    page.wait_for_selector("h1:text('This page needs a link')")
    page.context.unroute("**/api/answers")
    own = server.store.people.invite("annotator", time.time(), 1.0, 1, person.id)
    page.goto(f"{server.root}/join/{own}")
    page.check("input[name=consent]")
    page.press("#name", "Enter")
    page.wait_for_url("**/guideline")
    page.press("a.primary", "Enter")
    screen.wait_for_question()
    screen.wait_until_saved()
    assert len(given(server)) == 1


# A clock on which ten minutes are a second.
FAST = "const now = performance.now.bind(performance); performance.now = () => 600 * now();"


@pytest.mark.parametrize("there", [True, False])
def test_a_page_that_was_forgotten_holds_its_questions_no_longer(
    server: Server, join: Join, there: bool
) -> None:
    server.lease_seconds = 9.0
    screen = begin(server, join, 1, script=FAST)
    server.store.people.add_all([Annotator("other", "other")])
    for _ in range(26):
        if there:
            screen.page.mouse.move(5, 5)
            screen.page.mouse.move(9, 9)
        screen.page.wait_for_timeout(500)
    free = desk.claim(server.store, "other", 1, time.time(), 60.0)
    assert len(free) == (0 if there else 1)
