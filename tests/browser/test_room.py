"""What stands around a question has room and names: on a phone, in German, in the help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assent.records import Json
from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]
CUT = """() => [...document.querySelectorAll('.dock button .words')]
  .filter((words) => words.clientWidth < words.scrollWidth || words.getClientRects()[0].width === 0)
  .map((words) => words.textContent)"""


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_on_a_phone_every_button_says_its_whole_name(
    server: Server, join: Join, locale: str
) -> None:
    content.ask(server.store, {"approval": 1, "ranking": 1})
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, locale=locale)
    screen.wait_for_question()
    screen.press(["j"] if screen.kind() == "approval" else ["1", "2", "3", "4"])
    screen.wait_for_question()
    wide = screen.page.evaluate("document.documentElement.scrollWidth")
    assert (screen.page.evaluate(CUT), wide <= 390) == ([], True)


def test_in_german_undo_and_back_have_names_of_their_own(server: Server, join: Join) -> None:
    content.ask(server.store, {"ranking": 1})
    server.start()
    screen = join(locale="de-DE")
    screen.wait_for_question()
    names = screen.page.locator(".dock button .words").all_inner_texts()
    assert (len(names), len(set(names))) == (7, 7)


def test_the_help_begins_with_the_keys_of_the_question(server: Server, join: Join) -> None:
    content.ask(server.store, {"comparison": 1}, world="control")
    content.ask(server.store, {"ranking": 1})
    server.start()
    screen = join()
    heads = {}
    for _ in range(2):
        screen.wait_for_question()
        kind = screen.kind()
        screen.page.wait_for_timeout(120)
        screen.page.keyboard.press("?")
        heads[kind] = screen.page.locator("#keys dt:visible").all_inner_texts()
        screen.page.keyboard.press("Escape")
        if len(heads) == 1:
            screen.press(["t"] if kind == "comparison" else ["1", "2", "3", "4"])
    assert heads == {
        "comparison": ["Two options", "Clips", "Always"],
        "ranking": ["Ranking", "Always"],
    }


def test_on_a_phone_nothing_speaks_of_keys(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 1})
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, has_touch=True)
    screen.wait_for_question()
    screen.page.tap("#open-keys")
    assert screen.page.locator("kbd:visible").count() == 0
    assert screen.page.inner_text("#keys h2") == "More"


def test_a_phones_header_has_two_rows_however_long_the_chip(server: Server, join: Join) -> None:
    content.ask(server.store, {"ranking": 1})
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, locale="de-DE")
    screen.wait_for_question()
    page = screen.page
    words = "3 warten, abgemeldet, lass diese Seite offen"
    page.evaluate(f"document.getElementById('saved').textContent = '{words}'")
    chip = page.locator("#saved").bounding_box()
    nav = page.locator(".bar nav").bounding_box()
    beside = chip["x"] + chip["width"] <= nav["x"], nav["y"] < chip["y"] + chip["height"]
    assert beside == (True, True)


def test_the_buttons_of_a_ranking_are_of_one_height(server: Server, join: Join) -> None:
    content.ask(server.store, {"ranking": 1})
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, locale="de-DE")
    screen.wait_for_question()
    buttons = screen.page.locator(".choices.ranking button").all()
    assert len({button.bounding_box()["height"] for button in buttons}) == 1


def test_a_long_prompt_shows_that_there_is_more_of_it(server: Server, join: Join) -> None:
    shown = {**content.text_scene(0), "prompt": "It goes on and on. " * 200}
    content.ask(server.store, {"rating": 1}, shown=shown)
    server.start()
    screen = join(viewport={"width": 390, "height": 844})
    screen.wait_for_question()
    edge = screen.page.locator("#prompt").bounding_box()
    foot = {"x": edge["x"] + 10, "y": edge["y"] + edge["height"] - 4, "width": 1, "height": 1}
    more = screen.page.screenshot(clip=foot)
    screen.page.evaluate("document.getElementById('prompt').scrollTo(0, 1e6)")
    assert screen.page.screenshot(clip=foot) != more


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_text_keeps_its_name_in_sight_while_it_is_read(
    server: Server, join: Join, width: int
) -> None:
    shown = {**content.text_scene(0), "reply": "It goes on and on.\n\n" * 200}
    content.ask(server.store, {"ranking": 1}, shown=shown)
    server.start()
    screen = join(viewport={"width": width, "height": 844})
    screen.wait_for_question()
    page = screen.page
    item = page.locator(".item").first.bounding_box()
    page.evaluate("(to) => scrollTo(0, to)", item["y"] + item["height"] / 2)
    bar = page.locator(".bar").bounding_box()
    head = page.locator(".item > header").first.bounding_box()
    assert round(head["y"]) == round(bar["y"] + bar["height"])
    page.wait_for_timeout(110)
    page.locator(".item .rank").first.click()
    assert page.inner_text(".ranked").startswith("1")


COVERED = """() => {
  const over = (box) => document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return [...document.querySelectorAll('.dock button')]
    .filter((button) => !button.contains(over(button.getBoundingClientRect())))
    .map((button) => button.innerText);
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_no_part_of_a_long_text_lies_over_the_buttons(
    server: Server, join: Join, width: int
) -> None:
    reply = "One line of a reply.\n\n" * 60
    shown: Json = {"type": "text", "prompt": "Say much.", "reply": reply}
    content.ask(server.store, {"comparison": 1}, shown=shown)
    server.start()
    screen = join(viewport={"width": width, "height": 844})
    screen.wait_for_question()
    covered = {}
    for offset in range(0, 3000, 60):
        screen.page.evaluate(f"scrollTo(0, {offset})")
        covered[offset] = screen.page.evaluate(COVERED)
    assert {offset: names for offset, names in covered.items() if names} == {}


def test_a_long_guideline_and_new_terms_are_read_from_their_beginning(
    server: Server, join: Join
) -> None:
    content.ask(server.store, {"approval": 1})
    server.store.people.set_guideline("Look closely.\n\n" * 200)
    server.start()
    screen = join(viewport={"width": 390, "height": 844}, has_touch=True)
    screen.wait_for_question()
    page = screen.page
    page.goto(f"{server.root}/guideline")
    page.wait_for_timeout(200)
    places = [page.evaluate("scrollY")]
    keys = page.locator("kbd:visible").count()
    server.store.terms.change("You are paid.\n\n" * 200)
    page.goto(f"{server.root}/work")
    page.wait_for_timeout(200)
    places.append(page.evaluate("scrollY"))
    page.check("input[name=consent]")
    page.press("button.primary", "Enter")
    screen.wait_for_question()
    assert (places, keys) == ([0, 0], 0)
