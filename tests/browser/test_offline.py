"""The work page without a server: it opens with what was kept, and goes on."""

from __future__ import annotations

import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.browser.conftest import WAIT_MS, Screen, Server
from tests.browser.offline import (
    Join,
    begin,
    given,
    kept,
    levels,
    press_last,
    wait_until_kept,
)
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_reload_without_a_server_goes_on_and_all_is_sent_when_it_is_back(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 6})
    page = screen.page
    server.kill()
    screen.press(["j"])
    page.reload()
    screen.wait_for_question()
    page.wait_for_selector("#away:has-text('No connection to the server')")
    page.wait_for_selector("#saved:text('1 waiting')")
    screen.press(["f"])
    page.reload()
    screen.wait_for_question()
    page.wait_for_selector("#saved:text('2 waiting')")
    screen.press(["j"])
    press_last(screen, "f")
    page.wait_for_selector("#resting-title:text('No connection to the server')")
    before = levels(server)
    server.start()
    screen.wait_until_saved()
    screen.wait_for_question()
    hidden = page.is_hidden("#away")
    screen.press(["j"])
    screen.wait_until_saved()

    assert (before, levels(server), hidden) == ([], [1, 0, 1, 0, 1], True)
    assert len({feedback.query for feedback in given(server)}) == 5


def test_a_question_that_is_here_is_told_when_the_server_is_back_and_stays(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 3})
    server.kill()
    screen.page.reload()
    screen.wait_for_question()
    shown = screen.shown()
    height = screen.page.evaluate("document.querySelector('#items').getBoundingClientRect().top")
    server.start()
    screen.page.wait_for_selector("#away:text('The server is back.')", timeout=WAIT_MS)
    after = screen.page.evaluate("document.querySelector('#items').getBoundingClientRect().top")
    assert (screen.shown(), after) == (shown, height)


def test_clips_play_without_a_server(server: Server, join: Join) -> None:
    screen = begin(server, join, {"comparison": 3}, world="control")
    server.kill()
    for answer in (screen.press, screen.press, lambda keys: press_last(screen, *keys)):
        screen.page.reload()
        screen.wait_for_question()
        screen.page.wait_for_selector(".time:not(:text('0.00 of'))")
        answer(["j"])
    server.start()
    screen.wait_until_saved()
    assert len(given(server)) == 3


STILLS = """() => [...document.querySelectorAll('video')].map((one) => one.videoWidth)"""


def test_films_play_without_a_server_and_ones_too_large_are_left_out(
    server: Server, join: Join, tmp_path: Path
) -> None:
    pytest.importorskip("av")
    filmed = content.video_scene(server.store, tmp_path)
    content.ask(server.store, {"comparison": 2}, shown=filmed)
    film = server.store.blobs.get(filmed["hash"])
    # An MP4 may end in what no player looks at.
    padding = (17_000_000).to_bytes(4, "big") + b"free" + bytes(17_000_000 - 8)
    large = {**filmed, "hash": server.store.blobs.put(film + padding)}
    content.ask(server.store, {"approval": 1}, shown=large)
    server.start()
    screen = join()
    screen.wait_for_question()
    wait_until_kept(screen, 2)
    names = [path for path in kept(screen.page)["paths"] if "/media/" in path]
    server.kill()
    screen.page.reload()
    screen.wait_for_question()
    for _ in range(50):
        widths = screen.page.evaluate(STILLS)
        if all(widths):
            break
        screen.page.wait_for_timeout(100)
    page = screen.page
    part = page.evaluate(
        """async (path) => {
          const response = await fetch(path, { headers: { Range: 'bytes=4-7' } });
          return [response.status, response.headers.get('Content-Range'), await response.text()];
        }""",
        f"/project/api/media/{filmed['hash']}",
    )
    assert names == [f"/project/api/media/{filmed['hash']}"]
    assert widths == [96, 96]
    assert part == [206, f"bytes 4-7/{len(film)}", film[4:8].decode("latin-1")]


def test_a_server_that_hangs_does_not_hang_the_page(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    server.send(signal.SIGSTOP)
    screen.page.reload(timeout=2 * WAIT_MS)
    screen.wait_for_question()
    screen.page.wait_for_selector("#away:has-text('No connection to the server')")
    screen.press(["j"])
    screen.page.wait_for_selector("#saved:text('1 waiting')")
    server.send(signal.SIGCONT)
    screen.wait_until_saved()
    assert levels(server) == [1]


def test_what_was_taken_back_without_a_server_is_answered_anew_after_a_reload(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 2})
    page = screen.page
    server.kill()
    screen.press(["j"])
    screen.press(["z"])
    page.wait_for_selector("#saved:text('2 waiting')")
    wait_until_kept(screen, 2)
    page.reload()
    screen.wait_for_question()
    screen.press(["f"])
    press_last(screen, "f")
    page.wait_for_selector("#saved:text('4 waiting')")
    page.keyboard.press("z")
    screen.wait_for_question()
    server.start()
    screen.wait_until_saved()
    press_last(screen, "j")
    screen.wait_until_saved()
    assert sorted(levels(server)) == [0, 1]
    assert len({feedback.query for feedback in given(server)}) == 2


def test_history_and_earlier_undo_say_that_they_need_the_network(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, {"approval": 6})
    screen.press(["j"])
    screen.wait_until_saved()
    wait_until_kept(screen, 4)
    server.kill()
    screen.page.reload()
    screen.wait_for_question()
    screen.page.keyboard.press("z")
    screen.page.wait_for_selector("#told:has-text('needs the network')")
    screen.page.keyboard.press("h")
    screen.page.wait_for_selector("#history-list:has-text('needs the network')")
    screen.page.keyboard.press("Escape")
    screen.press(["j"])
    server.start()
    screen.wait_until_saved()
    assert levels(server) == [1, 1]


def test_two_tabs_without_a_server_answer_each_question_once(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 4})
    other = Screen(screen.page.context.new_page(), server)
    other.page.goto(f"{server.root}/work")
    other.wait_for_question()
    server.kill()
    screen.press(["j"])
    screen.press(["j"])
    screen.page.wait_for_selector("#saved:text('2 waiting')")
    other.page.reload()
    other.wait_for_question()
    other.page.wait_for_selector("#saved:text('2 waiting')")
    other.press(["f"])
    press_last(other, "f")
    screen.page.close()
    server.start()
    other.wait_until_saved()
    assert sorted(levels(server)) == [0, 0, 1, 1]
    assert len({feedback.query for feedback in server.store.answers.all()}) == 4


def test_another_guideline_is_seen_at_once(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    server.store.people.set_guideline("# Something else\n\nOther rules.")
    screen.page.reload()
    screen.wait_for_question()
    screen.page.wait_for_selector("#told:has-text('The guideline has changed.')")
    assert screen.page.get_attribute("body", "data-guideline") == "2"


def wait_for_html(page: Any, words: str) -> None:
    """Until the page that is kept has these words in it."""
    for _ in range(100):
        if words in page.evaluate(
            """async () => {
              const found = await caches.match('/project/work', { cacheName: 'assent /project' });
              return found ? found.text() : '';
            }"""
        ):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"what is kept is without {words!r}")


def test_a_guideline_that_was_read_is_read_without_a_server_too(server: Server, join: Join) -> None:
    screen = begin(server, join, {"approval": 6})
    server.store.people.set_guideline("# Something else\n\nOther rules.")
    screen.page.keyboard.press("g")
    screen.page.wait_for_selector("#guideline-text:has-text('Other rules.')")
    wait_for_html(screen.page, 'data-guideline-seen="2"')
    server.kill()
    screen.page.reload()
    screen.wait_for_question()
    screen.page.keyboard.press("g")
    screen.page.wait_for_selector("#guideline-text:has-text('Other rules.')")
    screen.page.keyboard.press("Escape")
    screen.press(["j"])
    server.start()
    screen.wait_until_saved()
    assert [feedback.guideline_version for feedback in given(server)] == [2]


class Unavailable(BaseHTTPRequestHandler):
    """A proxy whose server is away."""

    says = 502

    def do_GET(self) -> None:
        self.send_error(self.says)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


@pytest.mark.parametrize("says", [502, 404])
def test_a_proxy_whose_server_is_away_is_no_server(
    server: Server, join: Join, says: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unavailable, "says", says)
    screen = begin(server, join, {"approval": 6})
    server.kill()
    with ThreadingHTTPServer(("127.0.0.1", server.port), Unavailable) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        screen.page.reload()
        screen.wait_for_question()
        screen.press(["j"])
        screen.page.wait_for_selector("#saved:text('1 waiting')")
        proxy.shutdown()
    server.start()
    screen.wait_until_saved()
    assert levels(server) == [1]
