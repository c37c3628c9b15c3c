"""What is no yes: others who answer in place of the server, and refusals of its own."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.conftest import WAIT_MS, Screen, Server
from tests.browser.offline import press_last
from tests.browser.test_back import change_first
from tests.browser.test_faults import begin
from tests.web import content

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Join = Callable[..., Screen]


# What others say where a server should be: its status, its body and the length that it claims.
STRANGERS = {
    "cut in the middle": ("200 OK", '{"feedback', 500),
    "a network that wants to be paid first": ("200 OK", "<title>Welcome</title>", 22),
    "a proxy with nothing behind it": ("404 Not Found", "404 page not found", 18),
    "another program": ("404 Not Found", '{"detail":"Not Found"}', 22),
    "a server without this project": (
        "404 Not Found",
        '{"error":"there is no such project here","what_to_do":"","code":"no_project"}',
        77,
    ),
}


@contextmanager
def stranger(port: int, status: str, body: str, length: int) -> Iterator[list[bytes]]:
    """Somebody else who answers at a server's address; gives the first lines of what was asked."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close"
    asked: list[bytes] = []

    class Answering(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(65536).split(b"\r\n")[0])
            self.wfile.write(f"{head}\r\n\r\n{body}".encode())

    class Listening(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Listening(("127.0.0.1", port), Answering) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield asked
        finally:
            listening.shutdown()


def wait_until_asked(screen: Screen, asked: list[bytes], path: bytes) -> None:
    for _ in range(WAIT_MS // 50):
        if any(line.startswith(path) for line in asked):
            return
        screen.page.wait_for_timeout(50)
    raise AssertionError(f"{path!r} was not asked, only {asked}")


@pytest.mark.parametrize("who", STRANGERS)
def test_whatever_is_not_the_projects_server_loses_nothing(
    server: Server, join: Join, who: str
) -> None:
    screen = begin(server, join, 8)
    server.kill()
    with stranger(server.port, *STRANGERS[who]) as asked:
        screen.press(["j"])
        screen.press(["f"])
        screen.page.wait_for_selector("#saved:text('2 waiting')")
        for path in (b"POST /project/api/answers", b"GET /project/api/next"):
            wait_until_asked(screen, asked, path)
        screen.page.wait_for_selector("#saved[data-state=problem]")
    server.start()
    screen.wait_until_saved()
    screen.press(["j"])
    screen.wait_until_saved()

    levels = [(feedback.answer or {})["level"] for feedback in server.store.answers.all()]
    assert levels == [1, 0, 1]


def refuse_once(page: Any) -> None:
    """The server's next answer to an answer is that it will never take it."""

    def refuse(route: Any) -> None:
        route.fulfill(status=422, json={"error": "not in this form", "what_to_do": "", "code": ""})

    page.route("**/api/answers", refuse, times=1)


def test_what_was_written_and_refused_comes_again_with_its_question(
    server: Server, join: Join
) -> None:
    content.ask(server.store, {"correction": 3})
    server.start()
    screen = join()
    page = screen.page
    screen.wait_for_question()
    refuse_once(page)
    screen.press(["e", "Control+End", *" Yours.", "Control+Enter"])
    page.wait_for_selector("#told:has-text('not in this form. Its question comes again')")
    chip = page.inner_text("#saved")
    for _ in range(2):
        screen.press(["e", "Control+End", *" Bye.", "Control+Enter"])
    page.wait_for_function("document.querySelector('textarea')?.value.endsWith(' Yours.')")
    press_last(screen, "Control+Enter")
    screen.wait_until_saved()

    texts = [(feedback.answer or {})["text"] for feedback in server.store.answers.current()]
    assert [text.rsplit(" ", 1)[1] for text in texts] == ["Bye.", "Bye.", "Yours."]
    assert (chip, page.inner_text("#saved")) == ("refused", "all saved")


def test_a_change_that_was_refused_leaves_the_answer_and_is_there_to_be_tried_again(
    server: Server, join: Join
) -> None:
    screen = begin(server, join, 3)
    page = screen.page
    screen.press(["j"])
    screen.wait_until_saved()
    change_first(screen)
    refuse_once(page)
    screen.press(["f"])
    page.wait_for_selector("#told:has-text('The answer stays as it was.')")
    levels = [feedback.answer for feedback in server.store.answers.current()]
    change_first(screen)
    pressed = page.inner_text("#choices [aria-pressed=true]")
    screen.press(["f"])
    screen.wait_until_saved()

    changed = [feedback.answer for feedback in server.store.answers.current()]
    assert ("Bad" in pressed, levels, changed) == (True, [{"level": 1}], [{"level": 0}])
