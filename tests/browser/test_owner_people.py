"""The owner's further pages, used as an owner would: people, reports, practice, disputes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from assent import desk
from assent.interop import flat
from assent.store.flags import Flag
from tests.browser.conftest import Screen, Server
from tests.web import answered, content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Owner = Callable[[], Any]


@pytest.fixture
def crowd(server: Server) -> list[str]:
    """Five people who answered, one of them reported something, and a fit."""
    ids = answered.answer(server.store, {"comparison": 30, "ranking": 4})
    answered.fit(server.store)
    query = server.store.questions.list()[0].id
    server.store.flags.add(Flag(query, ids[0], "B is cut off.", time.time(), "key"))
    server.start()
    return ids


def go(page: Any, server: Server, name: str) -> None:
    page.goto(f"{server.root}/owner/{name}")


def panel(page: Any, name: str) -> None:
    page.click(f"button[data-name='{name}']")
    page.wait_for_selector("#act[open]")
    page.wait_for_selector("#decided li")


def said(page: Any, words: str) -> None:
    page.wait_for_selector(f"#act-said:text('{words}')")


def test_somebody_is_believed_less_and_fully_again(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    go(page, server, "people")
    panel(page, "Dana")
    page.focus("#weight")
    for _ in range(13):
        page.keyboard.press("ArrowLeft")
    page.fill("#weight-why", "rushes")
    page.click("#weigh button")
    said(page, "Set: the next fit")
    log = page.inner_text("#decided")
    page.keyboard.press("Escape")
    page.wait_for_selector("td:text-is('0.35')")
    kept = server.store.decisions.beliefs()
    panel(page, "Dana")
    page.focus("#weight")
    page.keyboard.press("End")
    page.click("#weigh button")
    said(page, "Set: the next fit")
    assert kept == {crowd[3]: 0.35}
    assert ("answers count 0.35 times" in log, "rushes" in log) == (True, True)
    assert server.store.decisions.beliefs() == {}


def test_somebody_is_written_to_paused_and_let_in_again(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    go(page, server, "people")
    panel(page, "Emre")
    page.fill("#message", "Did you read <b>both</b>?")
    page.click("#write button")
    said(page, "Sent.")
    states = []
    for words in ("Paused:", "They may answer again."):
        page.click("#pause")
        said(page, words)
        states.append({p.id: p.active for p in server.store.people.list()}[crowd[4]])
    assert states == [False, True]
    assert [each.text for each in server.store.people.messages(crowd[4])] == [
        "Did you read <b>both</b>?"
    ]
    assert "not read yet" in page.inner_text("#sent")


def test_somebody_is_sent_back_to_practice_and_practises_before_going_on(
    server: Server, owner: Owner, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    screen = join("Fatima")
    screen.wait_for_question()
    _put(server, {"kind": "approval", "replies": ["No."], "answer": {"level": 0}})
    _answer_until_practice(screen)
    screen.page.wait_for_selector("#work:not([hidden]) .choices")
    screen.page.wait_for_timeout(120)
    screen.page.keyboard.press("f")
    screen.page.wait_for_selector(".feedback")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/work")
    screen.wait_for_question()
    page = owner()
    go(page, server, "people")
    panel(page, "Fatima")
    page.click("#retrain")
    said(page, "They practise before")
    _answer_until_practice(screen)
    assert len(server.store.answers.current()) == 4


def _answer_until_practice(screen: Screen) -> None:
    """The page learns of it with an answer; of the questions that it has, none comes first."""
    screen.press(["j"])
    screen.wait_until_saved()
    screen.page.wait_for_timeout(500)
    screen.page.keyboard.press("j")
    screen.page.wait_for_url("**/practice")


def test_somebody_is_erased_only_when_the_name_is_typed(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    before = len(server.store.answers.current())
    page = owner()
    go(page, server, "people")
    panel(page, "Ada")
    page.fill("#forget-name", "Bo")
    page.click("#forget button")
    page.wait_for_selector("#act-said.problem:text('nobody was erased')")
    page.fill("#forget-name", "Ada")
    page.click("#forget button")
    page.wait_for_selector("th:has-text('erased 1')")
    names = [each.name for each in server.store.people.list()]
    assert ("Ada" in names, "Ada" in page.inner_text("main")) == (False, False)
    assert len(server.store.answers.current()) == before
    assert all(line.get("name") != "Ada" for line in server.export())


def test_the_chart_has_everybody_and_the_numbers_stand_beside_it(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    go(page, server, "people")
    loaded = page.evaluate("document.querySelector('.axes img').decode().then(() => true)")
    row = page.inner_text("tr:has(button[data-name='Emre'])")
    assert loaded is True
    assert "inverted" in row
    assert "prefers what others reject" in row


def test_a_report_is_looked_at_replied_to_and_settled(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    page.click("nav a:has-text('Reports')")
    page.click("summary")
    page.wait_for_selector(".report .prose.replied")
    page.fill(".report textarea", "Mended.")
    page.click(".report button.primary")
    page.wait_for_selector(".report .tag:text('settled')")
    assert [each.text for each in server.store.people.messages(crowd[0])] == ["Mended."]
    page.click("button[data-reopen]")
    page.wait_for_selector(".report button.primary")
    assert page.inner_text(".count").startswith("1")


def test_a_dispute_is_decided_by_keyboard_and_becomes_an_exercise(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    page.locator("tr:has-text('ranking') button[data-look]").first.click()
    page.wait_for_selector("#closer[open] tbody tr")
    rows = page.locator("#closer tbody tr").all_inner_texts()
    page.fill("#verdict-why", "It *answers*.")
    page.click("#closer .primary")
    page.wait_for_selector("#trial[open] .choices")
    page.wait_for_timeout(120)
    for key in "3124":
        page.keyboard.press(key)
    page.wait_for_selector("#closer tr:has-text('You')")
    assert len(rows) == len(answered.CROWD)
    [event] = server.store.answers.history(desk.ADJUDICATOR, 9)
    keys = [segment.key for segment in server.store.questions.get(event.query).segments]
    assert event.answer == {"ranking": [[keys[place]] for place in (2, 0, 1, 3)]}
    assert event.note == "It *answers*."
    page.click("#closer button:has-text('Make it an exercise')")
    page.wait_for_selector("#closer .said:text('Added to the practice.')")
    [exercise] = server.store.practice.exercises()
    assert exercise.content["answer"] == {"ranking": [["C"], ["A"], ["B"], ["D"]]}


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
    go(page, server, "practice")
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


def test_an_exercise_is_changed_and_a_changed_option_forgets_its_answer(
    server: Server, owner: Owner
) -> None:
    _put(server, {"kind": "rating", "replies": ["Yes."], "answer": {"level": 0}})
    server.start()
    page = owner()
    go(page, server, "practice")
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


def test_whoever_practises_meets_what_the_owner_wrote(
    server: Server, owner: Owner, chromium: Any
) -> None:
    from tests.browser.test_around import _joined

    content.ask(server.store, {"approval": 1})
    _put(
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


def _put(server: Server, exercise: dict[str, Any]) -> None:
    from starlette.testclient import TestClient

    from assent.web.app import create_app
    from assent.web.site import Site
    from tests.web.conftest import ORIGIN, Visitor

    site = Site("project", server.store, content.settings("project"))
    owner = Visitor(TestClient(create_app([site]), base_url=ORIGIN), site).join(role="owner")
    sent = owner.send("api/owner/practice", {"exercises": [exercise]}, "PUT")
    assert sent.status_code == 200, sent.text


def test_the_tables_of_the_page_can_be_taken_away(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    sizes: dict[str, int] = {}
    for link in page.locator(".exports a").all():
        with page.expect_download() as found:
            link.click()
        sizes[found.value.suggested_filename] = found.value.path().stat().st_size
    ends = ("jsonl", "parquet") if flat.parquet_is_there() else ("jsonl",)
    tables = {f"project-{t}.{e}" for t in ("answers", "questions", "annotators") for e in ends}
    assert set(sizes) == {"project.jsonl"} | tables
    assert min(sizes.values()) > 100


@pytest.mark.parametrize("name", ["", "people", "reports", "practice"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_owners_page_is_wider_than_the_screen(
    server: Server, owner: Owner, crowd: list[str], name: str, width: int
) -> None:
    page = owner()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{server.root}/owner/{name}".rstrip("/"))
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["people", "reports", "practice"])
def test_no_owners_page_breaks_the_policy(
    server: Server, owner: Owner, crowd: list[str], name: str
) -> None:
    page = owner()
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    go(page, server, name)
    page.wait_for_timeout(700)
    assert broken == []


def test_an_export_line_of_a_decision_can_be_read(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    go(page, server, "people")
    panel(page, "Bo")
    page.click("#pause")
    said(page, "Paused:")
    lines = [line for line in server.export() if line["type"] == "decision"]
    assert [(line["verb"], line["value"]) for line in lines] == [("pause", 1.0)]
