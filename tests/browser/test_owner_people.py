"""The owner's further pages, used as an owner would: people, reports, disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assent.interop import flat
from tests.browser.conftest import Screen, Server
from tests.browser.test_owner_practice import put
from tests.web import answered, content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Owner = Callable[[], Any]


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


def test_a_new_link_is_made_for_somebody_who_lost_their_session(
    server: Server, owner: Owner, crowd: list[str], chromium: Any
) -> None:
    page = owner()
    go(page, server, "people")
    panel(page, "Bo")
    page.click("#relink")
    page.wait_for_selector("#relinked:not([hidden])")
    link = page.input_value("#relink-link")
    context = chromium.new_context()
    other = context.new_page()
    other.goto(link)
    other.check("input[name=consent]")
    other.click("#join button")
    other.wait_for_url("**/guideline")
    other.goto(f"{server.root}/work")
    who = other.get_attribute("body", "data-person")
    context.close()
    assert (who, len(server.store.people.list())) == (crowd[1], len(answered.CROWD))


def test_somebody_is_sent_back_to_practice_and_practises_before_going_on(
    server: Server, owner: Owner, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 6})
    server.start()
    screen = join("Fatima")
    screen.wait_for_question()
    put(server, {"kind": "approval", "replies": ["No."], "answer": {"level": 0}})
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


def test_on_a_phone_a_value_and_its_interval_stand_together_at_the_end_of_the_row(
    server: Server, owner: Owner, crowd: list[str]
) -> None:
    page = owner()
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, server, "people")
    # What stands beside a text of a cell is pushed away from it.
    torn = page.evaluate(
        """[...document.querySelectorAll('.stacks td')].filter((cell) => cell.children.length
          && [...cell.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
          .map((cell) => cell.dataset.title)"""
    )
    # A line of the legend hangs beside its sign.
    hung = page.evaluate(
        """[...document.querySelectorAll('.key li')].every((line) => {
          const [sign, words] = [...line.children].map((each) => each.getBoundingClientRect());
          return words.left > sign.left + 10;
        })"""
    )
    assert (torn, hung) == ([], True)


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


@pytest.mark.parametrize("name", ["", "answers", "people", "reports", "guideline", "practice"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_owners_page_is_wider_than_the_screen(
    server: Server, owner: Owner, crowd: list[str], name: str, width: int
) -> None:
    page = owner()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{server.root}/owner/{name}".rstrip("/"))
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["answers", "people", "reports", "guideline", "practice"])
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
