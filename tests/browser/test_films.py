"""Films of one's own, from a folder of files to what was said of them, judged in a real browser."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.answers import asking
from assent.project import open_answers
from assent.records import Json
from tests.answers.test_commands import run
from tests.browser.conftest import Screen, Server
from tests.browser.plans import plan
from tests.web import cases

pytestmark = [pytest.mark.browser, pytest.mark.slow]
av = pytest.importorskip("av")

# Colour, width, height and frames at 10 a second of each.
FILMS = {
    "red": ((255, 0, 0), 96, 64, 10),
    "green": ((0, 255, 0), 64, 128, 25),
    "blue": ((0, 0, 255), 160, 90, 15),
    "white": ((255, 255, 255), 64, 64, 20),
}
COLOURS = """() => [...document.querySelectorAll('.stage > video')].map((film) => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d');
  canvas.drawImage(film, 0, 0, 1, 1);
  const seen = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((n) => n > 127);
  return { 'true,false,false': 'red', 'false,true,false': 'green', 'false,false,true': 'blue',
    'true,true,true': 'white' }[seen.join()] ?? seen.join();
})"""
TIMES = "() => [...document.querySelectorAll('.stage > video')].map((film) => film.currentTime)"
# Of each film, where it was least far in the next 400 milliseconds.
LOWEST = """async () => {
  const films = [...document.querySelectorAll('.stage > video')];
  const lowest = films.map((film) => film.currentTime);
  for (const end = performance.now() + 400; performance.now() < end;) {
    await new Promise(requestAnimationFrame);
    films.forEach((film, n) => (lowest[n] = Math.min(lowest[n], film.currentTime)));
  }
  return lowest;
}"""
MUTED = "() => [...document.querySelectorAll('video')].map((film) => film.muted)"


def wait(screen: Screen, what: str) -> None:
    """Playwright's own way needs `eval` in the page, which the page's policy forbids."""
    for _ in range(300):
        if screen.page.evaluate(what):
            return
        screen.page.wait_for_timeout(50)
    raise AssertionError(f"in vain: {what}")


def make_film(path: Path, name: str) -> None:
    from assent.environments import filming

    colour, width, height, count = FILMS[name]
    frames = [np.full((height, width, 3), colour, np.uint8) for _ in range(count)]
    filming.encode(frames, 10.0, path)


@pytest.fixture
def films(tmp_path: Path, server: Server) -> Iterator[Callable[..., Path]]:
    """A project of items in which these films were imported and are asked about."""
    opened = []

    def made(names: list[str], files: Callable[[Path, str], None] = make_film) -> Path:
        folder = tmp_path / "answers"
        run("init", "answers", folder)
        settings = (folder / "assent.toml").read_text("utf-8").split("[ask]")[0]
        settings = settings.replace('name = "answers"', 'name = "project"')
        asked = "[ask]\nquestions = 6\nanswers_wanted = 1\n[ask.kinds]\ncomparison = 1\n"
        (folder / "assent.toml").write_text(settings + asked, "utf-8")
        rows = []
        for name in names:
            files(tmp_path / name, name)
            rows.append({"item_id": name, "video": name, "fps": 10, "prompt": "Put it *away*."})
        (tmp_path / "items.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
        run("import", tmp_path / "items.jsonl", folder)
        project = open_answers(folder)
        opened.append(project.store)
        asking.ask(project)
        server.folder, server.store = folder, project.store
        server.start()
        return tmp_path

    yield made
    for store in opened:
        store.close()


def test_films_are_exported_as_they_were_seen_and_chosen(
    films: Callable[..., Path], server: Server, join: Callable[..., Screen]
) -> None:
    folder = films(list(FILMS))
    rng = random.Random("films")
    screen, chosen = join(), []
    for _ in range(5):
        screen.wait_for_question()
        wait(screen, "Number(document.querySelector('.controls input').max) > 0")
        assert screen.page.inner_html("#prompt").count("<em>away</em>") == 1
        seen = screen.page.evaluate(COLOURS)
        keys, meant = plan("comparison", rng, seen)
        screen.press(keys)
        chosen.append((seen, meant))
    screen.wait_until_saved()

    names = {hashlib.sha256((folder / name).read_bytes()).hexdigest(): name for name in FILMS}
    lines = server.export()
    shown = {row["segment"]: names[row["scene"]["hash"]] for row in lines if row["type"] == "scene"}
    said: list[tuple[list[str], Json]] = [
        ([shown[key] for key in row["shown"]], cases.readable(row["answer"], shown))
        for row in lines
        if row["type"] == "feedback"
    ]
    assert said == chosen


def test_the_shorter_of_two_films_stands_at_its_end_while_the_other_goes_on(
    films: Callable[..., Path], join: Callable[..., Screen]
) -> None:
    films(["red", "green"])  # one second, and two and a half
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    page = screen.page
    wait(screen, "Number(document.querySelector('.controls input').max) > 2")
    red = page.evaluate(COLOURS).index("red")
    page.evaluate(
        """() => {
          const bar = document.querySelector('.controls input');
          bar.value = 2;
          bar.dispatchEvent(new Event('input'));
        }"""
    )
    page.wait_for_timeout(300)
    stood = page.evaluate(TIMES)
    page.keyboard.press("l")  # no loop
    page.keyboard.press(" ")
    lowest = page.evaluate(LOWEST)
    wait(screen, "document.querySelector('.time').textContent === '2.50 of 2.50 s'")
    page.wait_for_timeout(300)
    ended, muted = page.evaluate(TIMES), page.evaluate(MUTED)
    assert (stood[red], stood[1 - red]) == pytest.approx((0.95, 2.0), abs=0.06)
    assert lowest[red] > 0.85
    assert (ended[red], ended[1 - red]) == pytest.approx((0.95, 2.45), abs=0.1)
    assert set(muted) == {True}


class Pipe:
    """A file that cannot be gone back in, as what a browser records into."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.close = self._file.close

    def write(self, piece: bytes) -> int:
        return self._file.write(piece)


def record(path: Path, name: str) -> None:
    """Eight seconds of noise, some megabytes, in a WebM that does not say how long it is."""
    pipe: Any = Pipe(path)
    container: Any = av.open(pipe, "w", format="webm", options={"live": "1"})
    stream = container.add_stream("libvpx", rate=10)
    stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
    stream.bit_rate, stream.options = 8_000_000, {"deadline": "realtime", "cpu-used": "8"}
    rng = np.random.default_rng(len(name))
    for _ in range(80):
        frame = rng.integers(0, 255, (240, 320, 3), np.uint8)
        for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
            container.mux(packet)
    for packet in stream.encode():
        container.mux(packet)
    container.close()
    pipe.close()


def test_films_that_do_not_say_how_long_they_are_have_an_end(
    films: Callable[..., Path], join: Callable[..., Screen]
) -> None:
    films(["red", "white"], record)
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    wait(screen, "Number(document.querySelector('.controls input').max) > 0")
    # The last frame lasts no longer than it is met.
    assert screen.page.inner_text(".time") == "0.00 of 7.90 s"
