"""People at the page, in a real Chromium against a real server process."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.browser.conftest import Screen, Server
from tests.browser.plans import plan, said, taps
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Of each of nine kinds, in a row, by key and by eye. A thousand in all, in seven minutes:
# ASSENT_BROWSER_ITEMS=112 pytest tests/browser/test_work.py -k seen_and_chosen
ITEMS = int(os.environ.get("ASSENT_BROWSER_ITEMS", "40"))


def answer_one(screen: Screen, rng: random.Random) -> str:
    """Answer the question on the screen; remembers what was seen and chosen."""
    screen.wait_for_question()
    shown = [text.strip() for text in screen.shown()]
    keys, chosen = plan(screen.kind(), rng, shown)
    screen.press(keys)
    # What is written to no reply that can be seen is named by itself.
    name = " | ".join(shown) or chosen["text"]
    screen.chosen[name] = chosen
    return name


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_answers_by_keyboard_are_exported_as_they_were_seen_and_chosen(
    server: Server, join: Callable[..., Screen], kind: str
) -> None:
    content.ask(server.store, {kind: ITEMS + 1})
    server.start()
    screen = join()
    rng = random.Random(kind)

    for _ in range(ITEMS):
        answer_one(screen, rng)
    screen.wait_until_saved()

    assert said(server) == screen.chosen
    assert len(screen.chosen) == ITEMS


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_answers_by_touch_are_exported_as_they_were_seen_and_chosen(
    server: Server, join: Callable[..., Screen], kind: str
) -> None:
    content.ask(server.store, {kind: ITEMS + 1})
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    rng = random.Random(kind)

    for _ in range(ITEMS):
        screen.wait_for_question()
        shown = [text.strip() for text in screen.shown()]
        keys, chosen = plan(kind, rng, shown)
        screen.chosen[" | ".join(shown) or chosen["text"]] = chosen
        screen.tap(taps(kind, keys))
    screen.wait_until_saved()

    assert said(server) == screen.chosen
    assert len(screen.chosen) == ITEMS


def test_the_count_has_the_answer_that_was_just_given(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    screen = join()
    screen.wait_for_question()
    for count in (1, 2):
        screen.press(["j"])
        screen.page.wait_for_selector(f"#progress-words:text('{count} by you')")
    assert screen.page.inner_text("#progress-words") == "2 of 6 in this round, 2 by you"


def test_questions_without_a_round_are_counted_by_themselves(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 3}, round=0)
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.press(["j"])
    screen.page.wait_for_selector("#progress-words:text-is('1 of 3 answers, 1 by you')")
    assert screen.page.get_attribute("#progress", "value") == "1"


def test_undo_brings_back_question_after_question(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 5})
    server.start()
    screen = join()
    names = [answer_one(screen, random.Random(n)) for n in range(3)]

    seen = []
    for _ in range(3):
        screen.press(["z"])
        screen.wait_for_question()
        seen.append(screen.shown()[0].strip())
    screen.wait_until_saved()

    assert (seen, said(server)) == (names[::-1], {})


def test_an_answer_after_an_undo_is_the_one_that_counts(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 3})
    server.start()
    screen = join()
    screen.wait_for_question()
    name = screen.shown()[0].strip()
    screen.press(["f"])
    screen.press(["z"])
    screen.press(["j"])
    screen.wait_until_saved()
    assert said(server) == {name: {"level": 1}}


def test_undo_reaches_behind_a_reload(server: Server, join: Callable[..., Screen]) -> None:
    content.ask(server.store, {"approval": 3})
    server.start()
    screen = join()
    name = answer_one(screen, random.Random(1))
    screen.wait_until_saved()

    screen.page.reload()
    screen.wait_for_question()
    screen.press(["z"])
    screen.wait_for_question()

    assert screen.shown()[0].strip() == name


def test_a_reload_in_the_middle_neither_loses_nor_repeats(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"comparison": 8})
    server.start()
    screen = join()
    rng = random.Random(2)
    for number in range(7):
        answer_one(screen, rng)
        if number % 2:
            screen.page.reload()
    screen.wait_until_saved()
    assert said(server) == screen.chosen


def test_without_a_network_answers_wait_and_leave_when_it_is_back(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    screen = join()
    answer_one(screen, random.Random(3))
    screen.wait_until_saved()
    screen.page.wait_for_timeout(1000)
    screen.page.context.set_offline(True)

    for number in range(3):
        answer_one(screen, random.Random(number))
    waiting = screen.page.inner_text("#saved")
    kept = len(said(server))
    screen.page.context.set_offline(False)
    screen.wait_until_saved()

    assert (waiting, kept, said(server)) == ("3 waiting", 1, screen.chosen)


def test_a_server_killed_between_key_and_acknowledgement_loses_nothing(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 8})
    server.start()
    screen = join()
    rng = random.Random(4)
    for number in range(3):
        screen.wait_for_question()
        if number:
            # Between the key and the acknowledgement: the request is on its way, or just committed.
            threading.Timer(0.002 * number, server.kill).start()
        answer_one(screen, rng)
        if number:
            time.sleep(0.2)
            server.start()
        screen.wait_until_saved()
    assert (said(server), len(server.store.answers.all())) == (screen.chosen, 3)


def test_two_tabs_of_one_person_answer_each_question_once(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    first = join()
    first.wait_for_question()
    second = Screen(first.page.context.new_page(), server)
    second.page.goto(f"{server.root}/work")
    for screen in (first, second, first, second):
        answer_one(screen, random.Random(5))
    first.wait_until_saved()
    second.wait_until_saved()
    current = server.store.answers.current()
    assert len({feedback.query for feedback in current}) == len(current)


def test_new_questions_appear_by_themselves(server: Server, join: Callable[..., Screen]) -> None:
    server.start()
    screen = join()
    screen.page.wait_for_selector("#resting:not([hidden])")
    content.ask(server.store, {"approval": 1})
    screen.wait_for_question()
    assert screen.kind() == "approval"


def test_everything_can_be_answered_by_touch_at_phone_size(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, dict.fromkeys(content.OPTIONS, 1))
    server.start()
    screen = join(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    taps = {
        "comparison": [".pair .side:last-child .much"],
        "ranking": [f".item:nth-child({n}) .rank" for n in (2, 1, 4, 3)],
        "rating": [".list button:nth-child(4)"],
        "approval": [".list button:nth-child(2)"],
        "attributes": [
            *(f".row-of-levels:nth-child({n}) button:nth-child({n + 1})" for n in (1, 2, 3)),
            ".done",
        ],
        "rate_then_rank": [
            *(f".group .scale button:nth-child({n})" for n in (3, 4, 3, 1)),
            ".pairs button:last-child",
        ],
        "correction": [".writes .other", "type:Ja. ", ".writes .main"],
        "demonstration": [".writes .other", "type:Gut", ".writes .main"],
        "spans": [".word >> nth=2", ".word >> nth=4", ".marking .other", ".reason button", ".main"],
    }
    for _ in content.OPTIONS:
        screen.wait_for_question()
        kind = screen.kind()
        screen.page.wait_for_timeout(120)
        for target in taps[kind]:
            if target.startswith("type:"):
                screen.page.keyboard.press("Control+Home")
                screen.page.keyboard.type(target.removeprefix("type:"))
            else:
                screen.page.tap(target)
        screen.page.wait_for_timeout(300)
    screen.wait_until_saved()
    words = [entry["words"] for entry in server.export() if entry["type"] == "feedback"]
    assert sorted(words) == sorted(
        [
            "2 > 1 > 4 > 3",
            "4, good",
            "B, much better",
            "Good",
            "Helpful 2, Correct 3, Clear 4",
            "1: 3, 2: 4, 3: 3, 4: 1 (2 > 3 > 1 > 4)",
            f"\u201c{_corrected(server)[:60]}\u2026\u201d",
            "\u201cGut\u201d",
            "Good: \u201cI am *sorry*\u201d",
        ]
    )


def _corrected(server: Server) -> str:
    """What the only correction became."""
    query = server.store.questions.list(kind="correction")[0]
    return f"Ja. {query.options['original']}"


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_no_screen_is_wider_than_a_phone(
    server: Server, join: Callable[..., Screen], kind: str
) -> None:
    content.ask(server.store, {kind: 1})
    server.start()
    screen = join(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    screen.wait_for_question()
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_held_key_answers_one_question(server: Server, join: Callable[..., Screen]) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.wait_for_timeout(150)
    for _ in range(10):
        screen.page.keyboard.down("j")
    screen.page.keyboard.up("j")
    screen.page.wait_for_timeout(300)
    screen.wait_until_saved()
    assert len(server.store.answers.all()) == 1


def test_a_skip_is_two_keys_and_keeps_its_reason(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"comparison": 2})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.press(["s", "1"])
    screen.wait_until_saved()
    assert [feedback.answer for feedback in server.store.answers.current()] == [
        {"skip": "cannot_tell"}
    ]


def test_times_count_only_while_the_question_was_seen(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.wait_for_timeout(400)
    screen.page.keyboard.press("g")
    screen.page.wait_for_timeout(800)
    screen.page.keyboard.press("Escape")
    screen.press(["j"])
    screen.wait_until_saved()
    times = server.store.answers.current()[0].timings
    assert (
        times["hidden"] >= 700,
        300 <= times["read"] + times["decide"] <= times["total"] - 700,
    ) == (True, True)


SLOW = """
const ask = window.fetch;
let asked = 0;
window.fetch = async (...request) => {
  const response = await ask(...request);
  if (String(request[0]).includes("/api/next") && (asked += 1) === 2) {
    const once = { once: true };
    await new Promise((done) => addEventListener("keydown", () => setTimeout(done, 150), once));
  }
  return response;
};
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (...values) {
  const until = performance.now() + 400;
  const request = add.apply(this, values);
  // The transaction stays open for a while, as on a disk that takes its time.
  const wait = () => performance.now() < until && (this.count().onsuccess = wait);
  wait();
  return request;
};
"""


def test_a_question_that_is_answered_while_more_are_fetched_is_not_asked_again(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 3})
    server.start()
    screen = join()
    page = screen.page
    page.add_init_script(SLOW)
    page.reload()
    screen.wait_for_question()
    page.wait_for_timeout(120)
    page.keyboard.press("j")
    for _ in range(8):
        if page.is_visible("#resting"):
            break
        page.wait_for_timeout(700)
        page.keyboard.press("j")
    screen.wait_until_saved()
    assert len(server.store.answers.all()) == 3
