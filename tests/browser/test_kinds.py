"""What is particular to a kind of question: guards, drafts, handles, going back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assent.records import Query, Segment, new_id
from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]


def open_one(server: Server, join: Join, kind: str, count: int = 2, **settings: Any) -> Screen:
    """Somebody in front of the first of some questions."""
    content.ask(server.store, {kind: count})
    server.start()
    screen = join(**settings)
    screen.wait_for_question()
    screen.page.wait_for_timeout(120)
    return screen


def answers(server: Server) -> list[Any]:
    return [feedback.answer for feedback in server.store.answers.current()]


def keys_in_places(server: Server) -> list[str]:
    """Keys of the answered question's segments, as they stood."""
    feedback = server.store.answers.current()[0]
    query = server.store.questions.get(feedback.query)
    return [query.segments[index].key for index in feedback.shown_order]


def test_an_untouched_ranking_needs_enter_twice(server: Server, join: Join) -> None:
    screen = open_one(server, join, "ranking")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_timeout(300)
    warned = screen.page.inner_text(".ranked")
    before = answers(server)
    screen.press(["Enter"])
    screen.wait_until_saved()
    expected = {"ranking": [[key] for key in keys_in_places(server)]}
    assert (before, warned.startswith("This is the order"), answers(server)) == (
        [],
        True,
        [expected],
    )


def test_a_card_is_dragged_by_its_handle_and_nothing_else(server: Server, join: Join) -> None:
    screen = open_one(server, join, "ranking")
    page = screen.page

    def drag(selector: str) -> None:
        start = page.locator(selector).bounding_box()
        stop = page.locator(".item:nth-child(1)").bounding_box()
        page.mouse.move(start["x"] + 8, start["y"] + 8)
        page.mouse.down()
        page.mouse.move(stop["x"] + 60, stop["y"] + 20, steps=8)
        page.mouse.up()

    drag(".item:nth-child(3) .reply")
    untouched = page.locator(".item .number").all_inner_texts()
    drag(".item:nth-child(3) .handle")
    moved = page.locator(".item .number").all_inner_texts()
    screen.page.mouse.click(5, 300)
    screen.press(["Enter"])
    screen.wait_until_saved()
    shown = keys_in_places(server)
    assert (untouched, moved) == (["1", "2", "3", "4"], ["3", "1", "2", "4"])
    assert answers(server) == [{"ranking": [[shown[i]] for i in (2, 0, 1, 3)]}]


def test_a_card_is_moved_by_arrows_on_its_handle(server: Server, join: Join) -> None:
    screen = open_one(server, join, "ranking")
    screen.page.focus(".item:nth-child(4) .handle")
    screen.page.keyboard.press("ArrowUp")
    screen.page.keyboard.press("ArrowUp")
    focused = screen.page.evaluate("document.activeElement.className")
    screen.page.evaluate("document.activeElement.blur()")
    screen.press(["Enter"])
    screen.wait_until_saved()
    shown = keys_in_places(server)
    assert ("handle" in focused, answers(server)) == (
        True,
        [{"ranking": [[shown[i]] for i in (0, 3, 1, 2)]}],
    )


def test_a_finger_that_scrolls_over_a_ranking_moves_nothing(server: Server, join: Join) -> None:
    screen = open_one(
        server, join, "ranking", viewport={"width": 360, "height": 500}, has_touch=True
    )
    session = screen.page.context.new_cdp_session(screen.page)
    for kind, y in (
        ("touchStart", 300),
        ("touchMove", 200),
        ("touchMove", 100),
        ("touchEnd", None),
    ):
        points = [] if y is None else [{"x": 120, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    numbers = screen.page.locator(".item .number").all_inner_texts()
    assert numbers == ["1", "2", "3", "4"]


def test_attributes_are_sent_only_when_each_is_rated(server: Server, join: Join) -> None:
    screen = open_one(server, join, "attributes")
    for key in ("3", "Enter", "4", "Enter"):
        screen.page.keyboard.press(key)
    screen.page.wait_for_timeout(200)
    before = answers(server)
    # Back to the first with the arrow, and rated anew.
    for key in ("5", "ArrowUp", "ArrowUp", "1"):
        screen.page.keyboard.press(key)
    screen.press(["Enter"])
    screen.wait_until_saved()
    assert (before, answers(server)) == (
        [],
        [{"levels": {"Helpful": 0, "Correct": 3, "Clear": 4}}],
    )


def test_backspace_goes_back_through_pairs_and_ratings(server: Server, join: Join) -> None:
    screen = open_one(server, join, "rate_then_rank")
    # Three of one level: two pairs at least. One is said, taken back, and said otherwise.
    for key in ("2", "2", "2", "5", "1", "Backspace", "Backspace", "4", "2"):
        screen.page.keyboard.press(key)
    screen.press(["1"])
    screen.wait_until_saved()
    shown = keys_in_places(server)
    [answer] = answers(server)
    assert answer["levels"] == dict(zip(shown, (1, 1, 1, 3), strict=True))
    # 1 and 2: 2 is better. Then 3 against the first of those, 1: 1 is better.
    assert answer["ranking"][0] == [shown[3]]


def test_a_draft_outlives_a_reload(server: Server, join: Join) -> None:
    screen = open_one(server, join, "correction")
    for key in ("e", "Control+Home", *"Dear Ada. "):
        screen.page.keyboard.press(key)
    screen.page.reload()
    screen.wait_for_question()
    screen.page.wait_for_timeout(120)
    screen.press(["Control+Enter"])
    screen.wait_until_saved()
    [answer] = answers(server)
    assert answer["text"].startswith("Dear Ada. Reply ")


def test_an_unchanged_text_is_saved_only_when_said_twice(server: Server, join: Join) -> None:
    screen = open_one(server, join, "correction")
    screen.page.keyboard.press("Control+Enter")
    screen.page.wait_for_timeout(200)
    before, told = answers(server), screen.page.inner_text(".ranked")
    screen.press(["Control+Enter"])
    screen.wait_until_saved()
    [answer] = answers(server)
    assert (before, told.startswith("Nothing is changed"), answer["difference"]) == (
        [],
        True,
        [["=", answer["text"]]],
    )


def test_a_correction_that_is_taken_back_begins_with_ones_own_text(
    server: Server, join: Join
) -> None:
    screen = open_one(server, join, "correction")
    screen.press(["e", "Control+End", *" Bye.", "Control+Enter"])
    screen.press(["z"])
    screen.wait_for_question()
    assert screen.page.input_value("textarea").endswith(" Bye.")


def test_letters_in_a_text_are_no_keys_and_escape_makes_them_keys_again(
    server: Server, join: Join
) -> None:
    screen = open_one(server, join, "demonstration")
    for key in ("e", *"skip zoo?", "Escape", "?"):
        screen.page.keyboard.press(key)
    assert screen.page.input_value("textarea") == "skip zoo?"
    assert screen.page.is_visible("#keys")


def test_the_policys_reply_is_not_shown_where_one_is_to_be_written(
    server: Server, join: Join
) -> None:
    screen = open_one(server, join, "demonstration")
    assert "Reply 0" not in screen.page.inner_text("body")


def test_marks_count_whole_characters(server: Server, join: Join) -> None:
    text = "Good 👩‍🚀 morning, 🙂 all"
    acted = content.trajectory(0, round=1)
    server.store.trajectories.add([acted])
    segment = Segment(acted.id, 0, 8)
    scene = server.store.blobs.put_json({"type": "text", "prompt": "", "reply": text})
    query = Query(
        new_id(), "spans", (segment,), "Which?", "uniform", 1.0, round=1,
        options={"labels": ["Good", "Bad"], "original": text},
    )  # fmt: skip
    server.store.questions.add([query], {segment.key: scene})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.wait_for_timeout(120)
    for key in (*["ArrowRight"] * 3, "Shift+ArrowRight", "1", "Enter", "Enter"):
        screen.page.keyboard.press(key)
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.wait_until_saved()
    mark = answers(server)[0]["marks"][0]
    assert mark["text"] == "morning, 🙂" == text[mark["start"] : mark["stop"]]


def test_a_mark_can_be_taken_back(server: Server, join: Join) -> None:
    screen = open_one(server, join, "spans")
    for key in ("ArrowRight", "1", "Enter", "ArrowRight", "2", "Enter", "Backspace"):
        screen.page.keyboard.press(key)
    screen.press(["Enter"])
    screen.wait_until_saved()
    assert [mark["label"] for mark in answers(server)[0]["marks"]] == ["Good"]


def test_a_reload_in_the_middle_of_every_kind_loses_nothing(server: Server, join: Join) -> None:
    content.ask(server.store, dict.fromkeys(content.OPTIONS, 1))
    server.start()
    screen = join()
    for _ in content.OPTIONS:
        screen.wait_for_question()
        first = screen.page.inner_text("#question")
        screen.page.keyboard.press("2")
        screen.page.wait_for_timeout(150)
        if screen.page.inner_text("#question") == first and screen.page.is_visible("#work"):
            screen.page.reload()
            screen.wait_for_question()
            assert screen.page.inner_text("#question") == first
            screen.page.wait_for_timeout(120)
            screen.page.keyboard.press("s")
            screen.page.keyboard.press("3")
            screen.page.wait_for_timeout(400)
    screen.wait_until_saved()
    screen.page.wait_for_timeout(300)
    assert len(answers(server)) == len(content.OPTIONS)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (1280, ["Very bad", "Bad", "Middling", "Good", "Very good"]),
        (390, ["Very bad", "Very good"]),
    ],
)
def test_what_the_levels_of_attributes_mean_stands_above_them(
    server: Server, join: Join, width: int, expected: list[str]
) -> None:
    screen = open_one(server, join, "attributes", viewport={"width": width, "height": 844})
    heads = screen.page.locator(".heads small:visible").all_inner_texts()
    assert heads == expected


def mark_words(server: Server, join: Join, text: str) -> Any:
    """Somebody's page in front of a text whose words are to be marked."""
    acted = content.trajectory(0, round=1)
    server.store.trajectories.add([acted])
    segment = Segment(acted.id, 0, 8)
    scene = server.store.blobs.put_json({"type": "text", "prompt": "", "reply": text})
    options = {"labels": ["Good", "Bad"], "original": text}
    query = Query(new_id(), "spans", (segment,), "Which?", "uniform", 1.0, round=1, options=options)
    server.store.questions.add([query], {segment.key: scene})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.wait_for_timeout(120)
    return screen.page


LINES = """() => [...document.querySelectorAll('.plain.reply > span')]
  .filter((one) => one.textContent)
  .map((one) => [...one.querySelectorAll('.under')].map((line) => line.dataset.label).join(''))"""


def test_marks_that_overlap_are_all_seen_and_have_no_gaps(server: Server, join: Join) -> None:
    page = mark_words(server, join, "One two three four")
    for key in ("ArrowRight", "Shift+ArrowRight", "1", "Enter"):
        page.keyboard.press(key)
    for key in (*["ArrowRight"] * 2, "Shift+ArrowRight", "2"):
        page.keyboard.press(key)
    label = page.inner_text(".ranked")
    # Words and what is between two of them; the outer line is that of the later mark.
    lines = page.evaluate(LINES)
    assert (lines, label) == (["0", "0", "10", "1", "1", "", ""], "Bad: “two three”")
    button = "document.querySelector('.marking .under[data-label=\"1\"]')"
    style = page.evaluate(f"getComputedStyle({button}).textDecorationStyle")
    assert style == "dashed"


def test_each_paragraph_of_a_text_to_mark_has_its_own_direction(server: Server, join: Join) -> None:
    page = mark_words(server, join, "שלום לך\ndef f(x):")
    places = [page.locator(".word").nth(n).bounding_box()["x"] for n in range(4)]
    assert (places[0] > places[1], places[2] < places[3]) == (True, True)


def test_while_a_text_is_corrected_the_original_and_what_changed_are_seen(
    server: Server, join: Join
) -> None:
    screen = open_one(server, join, "correction")
    page = screen.page
    look = "document.querySelector('.writes button:last-child').classList.contains('main')"
    before = page.evaluate(look)
    for key in ("e", "Control+Home", "Control+Delete", *"Answer"):
        page.keyboard.press(key)
    parts = page.evaluate(
        "[...document.querySelector('.changes').childNodes]"
        ".slice(0, 3).map((one) => [one.nodeName, one.textContent.slice(0, 7)])"
    )
    assert (before, page.evaluate(look)) == (False, True)
    assert parts == [["DEL", "Reply"], ["INS", "Answer"], ["#text", " 0: I a"]]


CLEAR = """() => {
  const bar = document.querySelector('.bar').getBoundingClientRect().bottom;
  const dock = document.querySelector('.dock').getBoundingClientRect().top;
  return [...document.querySelectorAll('.item[data-current]')].map((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return [card.getAttribute('aria-label'), top >= bar - 1 && bottom <= dock + 1,
      getComputedStyle(card).outlineStyle];
  });
}"""


def test_what_is_asked_about_in_a_group_is_in_sight_and_ringed(server: Server, join: Join) -> None:
    content.ask(server.store, {"rate_then_rank": 2}, world="control")
    server.start()
    screen = join(viewport={"width": 390, "height": 640}, has_touch=True)
    screen.wait_for_question()
    page = screen.page
    page.wait_for_timeout(200)
    seen = []
    for key in "1231":
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        seen += page.evaluate(CLEAR)
    alone = page.locator(".item:visible").count()
    page.keyboard.press("s")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    # The next question has all of its own again.
    assert (alone, page.locator(".item:visible").count()) == (2, 4)
    names = ["option 2", "option 3", "option 4", "option 1", "option 4"]
    assert seen == [[name, True, "solid"] for name in names]
