"""Around the questions: practice, pause, reports, views, languages, rules that change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Screen, Server
from tests.web import content, pseudo
from tests.web.conftest import ORIGIN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]


def exercises(server: Server) -> None:
    """Two exercises, as an owner would write them."""
    from starlette.testclient import TestClient

    from assent.web.app import create_app
    from assent.web.site import Site
    from tests.web.conftest import Visitor

    site = Site("project", server.store, content.settings("project"))
    owner = Visitor(TestClient(create_app([site]), base_url=ORIGIN), site).join(role="owner")
    pair = {
        "kind": "comparison",
        "prompt": "Where is it?",
        "replies": ["It is late, sorry.", "Wait."],
        "answer": {"choice": "A"},
        "because": "A says what is *wrong*.",
    }
    one = {"kind": "approval", "replies": ["Never."], "answer": {"level": 0}, "because": "Rude."}
    sent = owner.send("api/owner/practice", {"exercises": [pair, one]}, "PUT")
    assert sent.status_code == 200, sent.text


def test_practice_is_gone_through_by_keyboard_and_leads_to_the_work(
    server: Server, chromium: Any
) -> None:
    content.ask(server.store, {"approval": 1})
    exercises(server)
    server.start()
    page = _joined(server, chromium)
    page.press("a.primary", "Enter")
    page.wait_for_url("**/practice")
    told = []
    for key in ("j", "f"):
        page.wait_for_selector("#work:not([hidden]) .choices .main, .list .main")
        page.wait_for_timeout(150)
        page.keyboard.press(key)
        page.wait_for_selector(".feedback")
        told.append(" ".join(page.inner_text(".feedback").split()))
        page.keyboard.press("Enter")
    page.wait_for_selector("#resting:not([hidden])")
    words = page.inner_text("#resting-words")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work")
    page.context.close()
    assert told == [
        "The known answer is another. You said B, better The known answer A, better "
        "A says what is wrong.",
        "You agree with the known answer. You said Bad The known answer Bad Rude.",
    ]
    assert words == "You agreed with the known answers to 50 %."


def _joined(server: Server, chromium: Any, **settings: Any) -> Any:
    """A new annotator's page at the guideline."""
    page = chromium.new_context(**settings).new_page()
    page.goto(f"{server.root}/join/{server.store.people.invite('annotator', _now(), 1.0, 1)}")
    page.fill("#name", "somebody")
    page.check("input[name=consent]")
    page.press("#name", "Enter")
    page.wait_for_url("**/guideline")
    return page


def _now() -> float:
    import time

    return time.time()


def test_new_exercises_come_before_further_questions(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 1})
    server.start()
    screen = join()
    screen.wait_for_question()
    exercises(server)
    screen.press(["j"])
    screen.page.wait_for_url("**/practice")
    screen.page.wait_for_selector("#why:text('The owner added exercises')")
    assert len(server.store.answers.current()) == 1


def test_a_report_leaves_the_question_where_it_is(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    screen = join()
    screen.wait_for_question()
    for key in ("m", *"it is empty", "Enter"):
        screen.page.keyboard.press(key)
    screen.page.wait_for_selector("#told:not([hidden])")
    screen.wait_until_saved()
    screen.press(["j"])
    screen.wait_until_saved()
    assert [flag.text for flag in server.store.flags.list()] == ["it is empty"]
    assert len(server.store.answers.current()) == 1


def test_a_pause_hides_the_question_and_is_not_timed(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.keyboard.press("p")
    screen.page.wait_for_timeout(700)
    paused = screen.page.is_visible("#pause")
    screen.page.keyboard.press("Enter")
    screen.press(["j"])
    screen.wait_until_saved()
    times = server.store.answers.current()[0].timings
    assert (paused, times["hidden"] >= 600, screen.page.is_visible("#pause")) == (True, True, False)


def test_the_view_can_be_turned_and_stays_so(server: Server, join: Join) -> None:
    content.ask(server.store, {"comparison": 2})
    server.start()
    screen = join()
    screen.wait_for_question()

    def below() -> bool:
        first, second = (
            screen.page.locator(f".item:nth-child({n})").bounding_box() for n in (1, 2)
        )
        return bool(second["y"] >= first["y"] + first["height"])

    before = below()
    screen.page.keyboard.press("v")
    turned = below()
    screen.page.reload()
    screen.wait_for_question()
    assert (before, turned, below()) == (False, True, True)


def test_whoever_read_an_older_guideline_is_told(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 9})
    server.start()
    screen = join()
    screen.wait_for_question()
    server.store.people.set_guideline("Other rules.")
    for _ in range(5):
        screen.press(["j"])
        screen.wait_until_saved()
        if screen.page.is_visible("#told"):
            break
    told = screen.page.inner_text("#told")
    screen.page.keyboard.press("g")
    screen.page.wait_for_selector("#guideline-text:has-text('Other rules.')")
    assert told.startswith("The guideline has changed.")


def test_a_reload_is_no_reading_of_the_guideline(server: Server, join: Join) -> None:
    content.ask(server.store, {"approval": 9})
    server.start()
    screen = join()
    screen.wait_for_question()
    server.store.people.set_guideline("Other rules.")
    screen.page.reload()
    screen.page.wait_for_selector("#told:has-text('The guideline has changed.')")
    screen.press(["j"])
    screen.page.wait_for_selector("#told:has-text('The guideline has changed.')")
    with screen.page.expect_response("**/guideline/seen"):
        screen.page.click("#told button")
    screen.page.wait_for_selector("#guideline-text:has-text('Other rules.')")
    screen.page.keyboard.press("Escape")
    screen.press(["j"])
    screen.wait_until_saved()
    screen.page.reload()
    screen.wait_for_question()
    versions = [feedback.guideline_version for feedback in server.store.answers.current()]
    assert (versions, screen.page.is_visible("#told")) == ([1, 2], False)


def test_a_language_is_chosen_on_the_page(server: Server, join: Join) -> None:
    content.ask(server.store, {"comparison": 1})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.keyboard.press("?")
    screen.page.click("#keys a[lang=de]")
    screen.wait_for_question()
    assert (screen.page.inner_text("#question"), screen.page.get_attribute("html", "lang")) == (
        "Was ist besser?",
        "de",
    )


UNTRANSLATED = """() => [...document.querySelectorAll(
  'button, header nav span, dt, h1, #progress-words, #saved, .ranked, dd span, .feedback h2')]
  .filter((element) => !element.closest('.prose'))
  .map((element) => [...element.querySelectorAll('kbd, strong.number')].reduce(
    (text, cap) => text.replace(cap.textContent, ''), element.textContent).trim())
  .filter((text) => /[A-Za-z]{2}/.test(text) && !text.includes('⟦'))"""


def test_in_a_language_from_right_to_left_nothing_is_left_untranslated_or_too_wide(
    server: Server, join: Join
) -> None:
    content.ask(server.store, dict.fromkeys(content.OPTIONS, 1))
    server.start()
    screen = join(locale="ar-XB", viewport={"width": 360, "height": 740}, has_touch=True)
    bare: list[str] = []
    wide: list[str] = []
    assert screen.page.get_attribute("html", "lang") == pseudo.CODE
    for _ in content.OPTIONS:
        screen.wait_for_question()
        bare += screen.page.evaluate(UNTRANSLATED)
        if screen.page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(screen.kind())
        first, last = (
            screen.page.locator(f"header nav button:nth-child({n})").bounding_box()["x"]
            for n in (1, 3)
        )
        assert first > last
        screen.page.wait_for_timeout(120)
        screen.page.keyboard.press("s")
        screen.page.keyboard.press("3")
        screen.page.wait_for_timeout(300)
    assert (bare, wide) == ([], [])


def test_from_right_to_left_the_arrow_to_the_right_means_the_option_on_the_right(
    server: Server, join: Join
) -> None:
    content.ask(server.store, {"comparison": 2})
    server.start()
    screen = join(locale="ar-XB")
    screen.wait_for_question()
    first, second = (
        screen.page.locator(f".item:nth-child({n})").bounding_box()["x"] for n in (1, 2)
    )
    screen.press(["ArrowRight"])
    screen.wait_until_saved()
    feedback = server.store.answers.current()[0]
    query = server.store.questions.get(feedback.query)
    assert first > second
    assert (feedback.answer or {})["choice"] == query.segments[feedback.shown_order[0]].key


def test_the_first_load_is_small(server: Server, join: Join, chromium: Any) -> None:
    content.ask(server.store, {"comparison": 4})
    server.start()
    page = _joined(server, chromium, locale="de-DE")
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(_size(request)))
    page.press("a.primary", "Enter")
    page.wait_for_selector("#work:not([hidden]) .choices")
    page.wait_for_timeout(300)
    page.context.close()
    # With headers and the scenes of three questions, as they cross the network.
    assert 10_000 < sum(sizes) < 150_000


def _size(request: Any) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def test_what_the_owner_wrote_is_shown_until_it_was_closed(server: Server, chromium: Any) -> None:
    content.ask(server.store, {"approval": 1})
    server.start()
    page = _joined(server, chromium)
    [person] = server.store.people.list()
    server.store.people.send(person.id, "Take <b>your</b> time.", _now())
    page.goto(f"{server.root}/work")
    page.wait_for_selector("#messages[open]")
    words = page.inner_text("#messages-list div")
    with page.expect_response("**/messages/read"):
        page.keyboard.press("Escape")
    with page.expect_response("**/api/next?*"):  # which would say that there is one
        page.reload()
    page.wait_for_timeout(200)
    again = page.is_visible("#messages")
    page.context.close()
    assert (words, again) == ("Take <b>your</b> time.", False)


def test_what_the_owner_writes_meanwhile_is_shown_with_the_next_question(
    server: Server, join: Join
) -> None:
    content.ask(server.store, {"approval": 5})
    server.start()
    screen = join()
    screen.wait_for_question()
    [person] = server.store.people.list()
    server.store.people.send(person.id, "Look at **tone**.", _now())
    screen.press(["j"])
    screen.page.wait_for_selector("#progress-words:text('1 by you')")
    screen.press(["j"])
    screen.page.wait_for_selector("#messages[open] strong:text('tone')")
    server.store.people.send(person.id, "And one more.", _now())
    with screen.page.expect_response("**/messages/read"):
        screen.page.keyboard.press("Escape")
    unread = [each.text for each in server.store.people.messages(person.id) if not each.read_at]
    screen.press(["j"])
    screen.wait_until_saved()
    screen.page.wait_for_timeout(300)
    if not screen.page.is_visible("#messages"):  # it was told only with the question after
        screen.press(["j"])
    screen.page.wait_for_selector("#messages[open] :text('And one more.')")
    assert unread == ["And one more."]


def test_whoever_rests_is_shown_what_the_owner_writes(server: Server, join: Join) -> None:
    server.start()
    screen = join()
    screen.page.wait_for_selector("#resting:not([hidden])")
    [person] = server.store.people.list()
    server.store.people.send(person.id, "Thank you.", _now())
    screen.page.wait_for_selector("#messages[open] :text('Thank you.')")
