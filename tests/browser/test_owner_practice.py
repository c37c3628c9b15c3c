"""The editor of exercises, used as an owner would: of texts, and of what the loop asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Owner = Callable[[], Any]


def go(page: Any, server: Server) -> None:
    page.goto(f"{server.root}/owner/practice")


KEYS = {
    "comparison": ["Shift+J"],
    "ranking": ["2", "1"],
    "rating": ["4"],
    "approval": ["f"],
    "attributes": ["1", "2", "3", "Enter"],
    "rate_then_rank": ["3", "3", "2"],
}
WORDS = {
    "comparison": "B, much better",
    "ranking": "2 > 1",
    "rating": "4, good",
    "approval": "Bad",
    "attributes": "Helpful 1, Correct 2, Clear 3",
    "rate_then_rank": "1: 3, 2: 3 (2 > 1)",
}


def test_exercises_of_every_kind_are_written_tried_changed_and_put_in_force(
    server: Server, owner: Owner
) -> None:
    server.start()
    page = owner()
    go(page, server)
    for kind, keys in KEYS.items():
        page.click("#add")
        page.select_option("#kind", kind)
        page.fill("#prompt-text", "Where is my order?")
        for number in range(page.locator("#replies textarea").count()):
            page.locator("#replies textarea").nth(number).fill(f"Reply **{number}**.")
        page.fill("#because", "Because it *is*.")
        page.click("#answer")
        page.wait_for_selector("#trial[open] .choices")
        page.wait_for_timeout(120)
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_selector("#trial", state="hidden")
        page.wait_for_selector(f"#known:text-is('{WORDS[kind]}')")
        page.wait_for_selector("#because-preview em:text('is')")
        page.click("#editor button.primary")
        page.wait_for_selector("#editor", state="hidden")
    known = page.locator("#exercises .answer")
    page.wait_for_selector(f"#exercises li:nth-child(6) .answer:text-is('{WORDS[kind]}')")
    page.click("#exercises li:nth-child(6) button:has-text('Up')")
    page.click("#exercises li:nth-child(1) button:has-text('Remove')")
    page.click("#save")
    page.wait_for_selector("#said:text('In force')")
    kept = [each.content["kind"] for each in server.store.practice.exercises()]
    assert known.count() == 5
    assert kept == ["ranking", "rating", "approval", "rate_then_rank", "attributes"]


def test_nothing_moves_while_what_the_list_tells_is_on_its_way(
    server: Server, owner: Owner
) -> None:
    said = [{"kind": "approval", "replies": [word], "answer": {"level": 1}} for word in "abcd"]
    put(server, *said)
    server.start()
    page = owner()
    held: list[Any] = []
    page.route("**/practice/try", lambda route: held.append(route))
    go(page, server)
    page.wait_for_selector("#exercises li:nth-child(4)")
    before = page.locator("#add").bounding_box()
    for route in held:
        route.continue_()
    page.wait_for_selector("#exercises li:nth-child(4) .answer:text-is('Good')")

    assert (page.locator("#add").bounding_box(), len(held)) == (before, 4)


def test_an_exercise_is_changed_and_a_changed_option_forgets_its_answer(
    server: Server, owner: Owner
) -> None:
    put(server, {"kind": "rating", "replies": ["Yes."], "answer": {"level": 0}})
    server.start()
    page = owner()
    go(page, server)
    page.click("#exercises button:has-text('Edit')")
    page.wait_for_selector("#known:text-is('1, very bad')")
    page.fill("#levels", "3")
    page.press("#levels", "Tab")
    forgotten = page.inner_text("#known")
    page.click("#editor button.primary")
    told = page.inner_text("#problem")
    page.click("#answer")
    page.wait_for_selector("#trial[open] .choices")
    page.wait_for_timeout(120)
    page.keyboard.press("3")
    page.wait_for_selector("#known:text-is('3, very good')")
    page.click("#editor button.primary")
    page.click("#save")
    page.wait_for_selector("#said:text('In force')")
    [exercise] = server.store.practice.exercises()
    assert (forgotten, told.startswith("Answer it first")) == ("none yet", True)
    assert (exercise.content["answer"], exercise.content["options"]) == (
        {"level": 2},
        {"levels": 3},
    )


def test_an_exercise_of_clips_is_made_by_keyboard_before_anybody_answers(
    server: Server, owner: Owner
) -> None:
    content.ask(server.store, {"comparison": 7}, world="control")
    server.start()
    page = owner()
    go(page, server)
    page.wait_for_selector("#none:not([hidden])")
    page.press("#add", "Enter")
    page.focus("#from-words")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#shown .moments canvas")
    for place in (1, 0, 2):
        page.press(f"#shown li:nth-child({place + 1}) .row button", "Enter")
    letters = page.locator("#shown .letter").all_inner_texts()
    full = page.inner_text("#taken-said")
    page.press("#answer", "Enter")
    page.wait_for_selector("#trial[open] .choices")
    page.wait_for_timeout(120)
    page.keyboard.press("j")
    page.wait_for_selector("#known:text-is('B, better')")
    page.press("#because", "Enter")
    page.press("#editor .primary", "Enter")
    page.wait_for_selector("#exercises .stills canvas >> nth=1")
    page.press("#save", "Enter")
    page.wait_for_selector("#said:text('In force')")
    [exercise] = server.store.practice.exercises()
    newest = server.store.questions.list()[-1]
    hashes = server.store.questions.scene_hashes([each.key for each in newest.segments])
    assert (letters[:3], full) == (["B", "A", ""], "2 are taken; put one back first.")
    assert exercise.content["scenes"] == [hashes[each.key] for each in newest.segments[::-1]]
    assert exercise.content["answer"] == {"choice": "B", "strength": "some"}


def test_more_of_what_was_shown_is_listed_and_takes_the_focus(server: Server, owner: Owner) -> None:
    content.ask(server.store, {"approval": 8})
    server.start()
    page = owner()
    go(page, server)
    page.press("#add", "Enter")
    page.check("#from-shown")
    page.wait_for_selector("#shown li:nth-child(6)")
    page.press("#shown-older", "Enter")
    page.wait_for_selector("#shown li:nth-child(8)")
    page.wait_for_selector("#shown-older", state="hidden")
    page.wait_for_selector("#shown li:nth-child(7) button:focus")


def test_whoever_practises_meets_what_the_owner_wrote(
    server: Server, owner: Owner, chromium: Any
) -> None:
    from tests.browser.test_around import _joined

    content.ask(server.store, {"approval": 1})
    put(
        server,
        {"kind": "approval", "replies": ["No."], "answer": {"level": 0}, "because": "**Rude.**"},
    )
    server.start()
    page = _joined(server, chromium)
    page.press("a.primary", "Enter")
    page.wait_for_selector("#work:not([hidden]) .choices")
    page.wait_for_timeout(120)
    page.keyboard.press("f")
    page.wait_for_selector(".feedback strong:text('Rude.')")
    page.context.close()


def put(server: Server, *exercises: dict[str, Any]) -> None:
    from starlette.testclient import TestClient

    from assent.web.app import create_app
    from assent.web.site import Site
    from tests.web.conftest import ORIGIN, Visitor

    site = Site("project", server.store, content.settings("project"))
    owner = Visitor(TestClient(create_app([site]), base_url=ORIGIN), site).join(role="owner")
    sent = owner.send("api/owner/practice", {"exercises": exercises}, "PUT")
    assert sent.status_code == 200, sent.text
