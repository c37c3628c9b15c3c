from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assent.records import Annotator
from tests.browser.conftest import Screen, Server
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_owners_page_follows_the_answers_by_itself(
    server: Server, owner: Callable[[], Any], join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    page = owner()
    before = page.inner_text("#figures .value >> nth=0")
    screen = join()
    screen.wait_for_question()
    screen.press(["j"])
    screen.wait_until_saved()
    page.wait_for_selector("#figures .value >> nth=0 >> text=/^1/")
    assert before.startswith("0")


def test_the_owners_page_follows_again_when_its_server_is_back(
    server: Server, owner: Callable[[], Any], join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    page = owner()
    screen = join()
    screen.wait_for_question()
    server.kill()
    screen.press(["j"])
    page.wait_for_timeout(1500)
    server.start()
    screen.wait_until_saved()
    page.wait_for_selector("#figures .value >> nth=0 >> text=/^1/")


def test_what_is_focused_stays_so_while_the_page_follows(
    server: Server, owner: Callable[[], Any], join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 2})
    server.start()
    screen = join()
    screen.wait_for_question()
    page = owner()
    page.focus("#people a")
    screen.press(["j"])
    screen.wait_until_saved()
    page.wait_for_selector("#people td >> nth=0 >> text=/^1/")
    assert page.evaluate("document.activeElement.closest('section')?.id") == "people"


PICTURE = """() => {
  const canvas = document.querySelector('#samples .stage canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value, i) => sum + value * (i % 9973), 0);
}"""


def test_samples_move_while_they_are_in_sight(server: Server, owner: Callable[[], Any]) -> None:
    scene = server.store.blobs.put_json(content.clip_scene(1))
    samples = [{"trajectory": "none", "true": 1.0, "predicted": None, "scene": scene}]
    server.store.runs.finish("evaluate", 1, content.NOW, content.NOW, {}, {"samples": samples})
    server.start()
    page = owner()
    page.wait_for_selector("#samples .stage canvas")
    page.wait_for_timeout(300)
    resting = _pictures(page)
    page.locator("#samples .stage canvas").first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert (len(resting), len(_pictures(page))) == (1, 2)


def _pictures(page: Any) -> set[float]:
    """What the clip shows at two moments."""
    first = page.evaluate(PICTURE)
    page.wait_for_timeout(210)
    return {first, page.evaluate(PICTURE)}


def test_a_guideline_is_previewed_and_saved(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    page.click("nav a:has-text('Guideline')")
    page.wait_for_url("**/owner/guideline")
    page.fill("#guideline-text", "![a cat](https://example.org/cat.png)")
    page.wait_for_selector("#guideline-images:has-text('Images are left out')")
    page.fill("#guideline-text", "# Other\n\n**look** here")
    page.wait_for_selector("#guideline-preview strong:text('look')")
    page.wait_for_selector("#guideline-images", state="hidden")
    page.click("#save-guideline")
    page.wait_for_selector("#guideline-said:text('version 2')")
    assert server.store.people.guideline().markdown == "# Other\n\n**look** here"


def test_an_invite_link_can_be_made_and_opened(
    server: Server, owner: Callable[[], Any], chromium: Any
) -> None:
    server.start()
    page = owner()
    page.click("a:has-text('Make an invite link')")
    page.click("#invite button")
    page.wait_for_selector("#invited:not([hidden])")
    link = page.input_value("#invite-link")
    other = chromium.new_page()
    other.goto(link)
    title = other.inner_text("h1")
    before = page.locator("#open-invites tr").count()
    page.locator("#open-invites button:has-text('Revoke')").first.click()
    page.wait_for_selector("#revoked:has-text('Revoked')")
    other.goto(link)
    late = other.inner_text("main")
    other.close()
    assert (title, page.locator("#open-invites tr").count()) == ("Welcome", before - 1)
    assert "has expired" in late


def test_open_links_are_listed_with_whom_they_are_for(
    server: Server, owner: Callable[[], Any]
) -> None:
    server.store.people.add(Annotator("p1", "Bo"))
    server.start()
    page = owner()
    page.goto(f"{server.root}/owner/people")
    page.fill("#invite [name=uses]", "3")
    page.click("#invite button")
    page.wait_for_selector("#open-invites tr")
    page.click("button[data-name='Bo']")
    page.click("#relink")
    page.wait_for_selector("#relinked:not([hidden])")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.keyboard.press("Escape")
    page.wait_for_selector("#act", state="hidden")
    page.wait_for_selector("#open-invites tr:has-text('Bo')", state="attached")
    rows = [row.split("\t")[:3] for row in page.locator("#open-invites tr").all_inner_texts()]
    assert rows[:2] == [["annotator", "Bo", "once"], ["annotator", "whoever opens it", "3 times"]]
    # Nothing is read anew: the table of people tells of no links.
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_no_page_breaks_its_own_policy(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    broken: list[str] = []
    page.on(
        "console", lambda message: broken.append(message.text) if message.type == "error" else None
    )
    page.reload()
    page.wait_for_timeout(1500)
    assert broken == []


def test_the_samples_of_a_baseline_alone_use_the_whole_width(
    server: Server, owner: Callable[[], Any]
) -> None:
    server.start()
    page = owner()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click(".contents a:has-text('Before and after')")
    page.wait_for_selector("#samples .sample .prose >> nth=2")
    boxes = [each.bounding_box() for each in page.query_selector_all("#samples .sample")]
    assert page.url.endswith("#samples")
    assert len({box["y"] for box in boxes}) == 1
    assert sum(box["width"] for box in boxes) > 950


def test_an_owners_page_fits_a_phone(server: Server, owner: Callable[[], Any]) -> None:
    server.start()
    page = owner()
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
