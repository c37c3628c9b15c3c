"""What people said, on the owner's pages: a dispute that is decided, answers one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assent import hearing
from tests.browser.conftest import Server
from tests.web import answered

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Owner = Callable[[], Any]


def test_a_dispute_is_decided_by_keyboard_and_becomes_an_exercise(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    page.locator("tr:has-text('ranking') button[data-look]").first.click()
    page.wait_for_selector("#closer[open] tbody tr")
    rows = page.locator("#closer tbody tr").all_inner_texts()
    asked = page.locator("#closer .asked").count()
    seen = [_moved(row.split("seen as ")[1].split("\t")[0]) for row in rows]
    page.fill("#verdict-why", "It *answers*.")
    page.click("#closer .primary")
    page.wait_for_selector("#trial[open] .choices")
    page.wait_for_timeout(120)
    for key in "3124":
        page.keyboard.press(key)
    page.wait_for_selector("#closer tr:has-text('You')")
    named = page.inner_text("#closer tbody")
    assert (len(rows), asked) == (len(answered.CROWD), 1)
    assert all(row.startswith(f"Person {n}") for n, row in enumerate(rows, start=1))
    assert all(who.name in named for who in answered.CROWD)
    assert any(seen)
    [event] = server.store.answers.history(hearing.ADJUDICATOR, 9)
    keys = [segment.key for segment in server.store.questions.get(event.query).segments]
    assert event.answer == {"ranking": [[keys[place]] for place in (2, 0, 1, 3)]}
    assert event.note == "It *answers*."
    page.click("#closer a:has-text('Make it an exercise')")
    page.wait_for_selector("#source:has-text('Your verdict')")
    assert page.input_value("#because") == "It *answers*."
    page.click("#editor .primary")
    page.click("#save:enabled")
    page.wait_for_selector("#said:has-text('In force')")
    [exercise] = server.store.practice.exercises()
    assert exercise.content["answer"] == {"ranking": [["C"], ["A"], ["B"], ["D"]]}
    assert exercise.content["because"] == "It *answers*."
    page.wait_for_selector("#exercises .what:has-text('Reply')")
    assert page.inner_text("#exercises .faint").startswith("Reply 6")


def _moved(order: str) -> bool:
    """Whether options were seen elsewhere than in the question's own order."""
    return order.split() != sorted(order.split())


def test_the_answers_of_a_person_are_listed_and_one_is_looked_at(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    page.goto(f"{server.root}/owner/people")
    page.click("tr:has(button[data-name='Dana']) a")
    page.wait_for_url(f"**/answers?person={crowd[3]}")
    who = set(page.locator("tbody th").all_inner_texts())
    page.select_option("[name=kind]", "ranking")
    page.click("form .primary")
    page.wait_for_selector("tbody .tag:text-is('ranking')")
    kinds = set(page.locator("tbody .tag").all_inner_texts())
    page.locator("button[data-look]").first.click()
    page.wait_for_selector("#closer[open] tbody tr >> nth=4")
    page.keyboard.press("Escape")
    page.wait_for_selector("#closer", state="hidden")
    assert (who, kinds) == ({"Dana"}, {"ranking"})
    assert page.evaluate("document.activeElement.dataset.look") is not None
