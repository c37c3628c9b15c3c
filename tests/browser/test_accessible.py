"""WCAG 2.2 AA by axe-core, on every page, light and dark, in each language."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assent.store.decisions import Decision
from assent.store.flags import Flag
from tests.browser.conftest import Screen, Server
from tests.browser.test_around import _joined, exercises
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}"""
LOOKS = pytest.mark.parametrize("scheme", ["light", "dark"])
LOCALES = pytest.mark.parametrize("locale", ["en-GB", "de-DE", "ar-XB"])


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, fetched once into build/."""
    folder = Path(__file__).parents[2] / "build" / "axe"
    script = folder / "package" / "axe.min.js"
    if not script.exists():
        _fetch(folder)
    if not script.exists():
        pytest.skip("axe-core cannot be had: npm is missing, or its registry does not answer")
    return script.read_text("utf-8")


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [npm, "pack", "axe-core@4", "--silent"], cwd=folder, check=False, timeout=120,
        capture_output=True,
    )  # fmt: skip
    for archive in folder.glob("axe-core-*.tgz") if done.returncode == 0 else ():
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[str] = page.evaluate(RUN, TAGS)
    return found


@LOCALES
@LOOKS
def test_no_question_of_any_kind_breaks_a_rule(
    server: Server, join: Callable[..., Screen], axe: str, scheme: str, locale: str
) -> None:
    content.ask(server.store, dict.fromkeys(content.OPTIONS, 1))
    server.start()
    screen = join(color_scheme=scheme, locale=locale, reduced_motion="reduce")
    page = screen.page
    # What is half answered looks different from what is fresh.
    half = {"ranking": ["1"], "attributes": ["3"], "rate_then_rank": ["3", "4", "3", "3"]}
    half |= {"correction": ["e"], "demonstration": ["e"], "spans": ["ArrowRight", "2"]}
    found: dict[str, list[str]] = {}
    for _ in content.OPTIONS:
        screen.wait_for_question()
        kind = screen.kind()
        found[kind] = violations(page, axe)
        page.wait_for_timeout(120)
        for key in half.get(kind, []):
            page.keyboard.press(key)
        page.wait_for_timeout(50)
        found[f"{kind}, half answered"] = violations(page, axe)
        page.keyboard.press("Escape")
        page.keyboard.press("s")
        page.keyboard.press("3")
        page.wait_for_timeout(300)
    page.wait_for_selector("#resting:not([hidden])")
    found["rest"] = violations(page, axe)
    assert {name: broken for name, broken in found.items() if broken} == {}


@LOOKS
@pytest.mark.parametrize("width", [1280, 390])
def test_no_clips_with_their_key_frames_break_a_rule(
    server: Server, join: Callable[..., Screen], axe: str, scheme: str, width: int
) -> None:
    content.ask(server.store, {"ranking": 1}, world="control")
    server.start()
    size = {"width": width, "height": 844}
    screen = join(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    screen.wait_for_question()
    screen.page.wait_for_timeout(400)
    assert violations(screen.page, axe) == []


@LOCALES
@LOOKS
def test_no_played_episode_breaks_a_rule(
    server: Server, join: Callable[..., Screen], axe: str, scheme: str, locale: str
) -> None:
    content.play(server.store, 1, steps=400, horizon_steps=400)
    server.start()
    screen = join(color_scheme=scheme, locale=locale, reduced_motion="reduce")
    page = screen.page
    page.wait_for_selector(".plays .main:not([disabled])")
    page.wait_for_timeout(120)
    found = {"ready": violations(page, axe)}
    page.keyboard.down("ArrowLeft")
    page.wait_for_timeout(150)
    found["playing"] = violations(page, axe)
    page.keyboard.up("ArrowLeft")
    page.keyboard.press(" ")
    page.wait_for_timeout(200)
    found["paused"] = violations(page, axe)
    assert {name: broken for name, broken in found.items() if broken} == {}


@LOCALES
@LOOKS
def test_no_page_or_panel_around_them_breaks_a_rule(
    server: Server, chromium: Any, axe: str, scheme: str, locale: str
) -> None:
    content.ask(server.store, {"comparison": 2})
    server.start()
    token = server.store.people.invite("annotator", content.NOW * 2, 1.0, 1)
    page = chromium.new_context(color_scheme=scheme, locale=locale).new_page()
    page.goto(f"{server.root}/join/{token}")
    found = {"join": violations(page, axe)}
    page.goto(f"{server.root}/work")
    found["refusal"] = violations(page, axe)
    page.context.close()
    page = _joined(server, chromium, color_scheme=scheme, locale=locale)
    found["guideline"] = violations(page, axe)
    page.press("a.primary", "Enter")
    page.wait_for_selector("#work:not([hidden]) .choices")
    page.wait_for_timeout(120)
    for key in ("g", "h", "?", "s", "r", "m", "p"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        found[f"panel {key}"] = violations(page, axe)
        page.keyboard.press("Escape")
    exercises(server)
    page.goto(f"{server.root}/practice")
    page.wait_for_selector("#work:not([hidden]) .choices")
    page.wait_for_timeout(120)
    page.keyboard.press("f")
    page.wait_for_selector(".feedback")
    found["feedback"] = violations(page, axe)
    page.context.close()
    assert {name: broken for name, broken in found.items() if broken} == {}


@LOCALES
@LOOKS
def test_nothing_that_looks_back_or_interrupts_breaks_a_rule(
    server: Server, join: Callable[..., Screen], axe: str, scheme: str, locale: str
) -> None:
    content.ask(server.store, {"comparison": 6})
    server.start()
    phone = {"width": 390, "height": 844}
    screen = join(color_scheme=scheme, locale=locale, reduced_motion="reduce", viewport=phone)
    screen.wait_for_question()
    screen.press(["t"])
    screen.wait_until_saved()
    page, found = screen.page, {}
    page.keyboard.press("h")
    page.wait_for_selector("#history-list time")
    found["history"] = violations(page, axe)
    page.click("#history-list li:first-child button")
    page.wait_for_selector("#told:not([hidden])")
    found["change"] = violations(page, axe)
    page.keyboard.press("?")
    page.click("#sign-out")
    found["sign out"] = violations(page, axe)
    page.keyboard.press("Escape")
    [person] = server.store.people.list()
    server.store.people.send(person.id, "Look at **tone**.", content.NOW)
    server.store.people.set_guideline("Other rules.")
    page.reload()
    page.wait_for_selector("#messages[open]")
    found["message"] = violations(page, axe)
    page.keyboard.press("Escape")
    found["another guideline"] = violations(page, axe)
    exercises(server)
    page.goto(f"{server.root}/practice")
    page.wait_for_selector("#work:not([hidden]) .choices")
    found["why there is practice"] = violations(page, axe)
    server.store.people.set_active(person.id, False)
    page.goto(f"{server.root}/work")
    found["paused"] = violations(page, axe)
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@LOOKS
def test_no_page_of_the_owner_breaks_a_rule(
    server: Server, crowd: list[str], chromium: Any, axe: str, scheme: str, locale: str
) -> None:
    query = server.store.questions.list()[-1].id
    server.store.flags.add(Flag(query, crowd[1], "It is cut off.", content.NOW, "key1"))
    server.store.decisions.add(Decision("settle", "1", 1.0, "Mended.", content.NOW))
    server.store.decisions.add(Decision("believe", crowd[3], 0.4, "rushes", content.NOW))
    server.store.people.set_active(crowd[4], False)
    server.store.people.set_guideline("# Other\n\nrules")
    exercises(server)
    page = chromium.new_context(color_scheme=scheme, locale=locale).new_page()
    page.goto(f"{server.root}/join/{server.store.people.invite('owner', content.NOW * 2, 1.0, 1)}")
    page.press("#join button", "Enter")
    page.wait_for_url("**/owner")
    page.wait_for_selector("#samples .prose")
    found = {"overview": violations(page, axe)}
    page.locator("button[data-look]").first.click()
    page.wait_for_selector("#closer[open] tbody tr")
    found["dispute"] = violations(page, axe)
    page.click("#closer .primary")
    page.wait_for_selector("#trial[open] .choices")
    found["verdict"] = violations(page, axe)
    page.goto(f"{server.root}/owner/people")
    found["people"] = violations(page, axe)
    page.locator("button[data-act]").first.click()
    page.wait_for_selector("#decided li")
    found["somebody"] = violations(page, axe)
    page.click("#relink")
    page.wait_for_selector("#relinked:not([hidden])")
    found["a new link"] = violations(page, axe)
    for name in ("answers", "guideline"):
        page.goto(f"{server.root}/owner/{name}")
        found[name] = violations(page, axe)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.root}/owner/answers")
    found["answers on a phone"] = violations(page, axe)
    page.goto(f"{server.root}/owner/people")
    found["people on a phone"] = violations(page, axe)
    page.goto(f"{server.root}/owner/reports")
    page.locator("summary").first.click()
    page.wait_for_selector(".report .prose.replied")
    found["reports"] = violations(page, axe)
    page.goto(f"{server.root}/owner/practice")
    page.wait_for_selector("#exercises li .answer:not(:empty)")
    page.locator("#exercises button").first.click()
    page.wait_for_selector("#editor:not([hidden])")
    found["practice"] = violations(page, axe)
    page.check("#from-shown")
    page.click("#shown button >> nth=0")
    page.wait_for_selector("#shown .taken .prose")
    found["practice with what was shown"] = violations(page, axe)
    page.context.close()
    assert {name: broken for name, broken in found.items() if broken} == {}


def test_a_rule_that_is_broken_is_found(
    server: Server, join: Callable[..., Screen], axe: str
) -> None:
    content.ask(server.store, {"approval": 1})
    server.start()
    screen = join()
    screen.wait_for_question()
    screen.page.evaluate("document.querySelector('#choices button').replaceChildren()")
    screen.page.evaluate("document.querySelector('#choices button').removeAttribute('aria-label')")
    assert any(broken.startswith("button-name") for broken in violations(screen.page, axe))
