from __future__ import annotations

import base64
import random
from collections.abc import Callable

import numpy as np
import pytest

from assent.config import AskSection
from assent.feedback import kind as kinds
from assent.records import Json, Query, Segment, new_id
from assent.store.store import Store
from tests.browser.conftest import Screen, Server
from tests.browser.plans import plan
from tests.web import cases, content

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INK = """() => [...document.querySelectorAll('.stage canvas:first-child')].map((canvas) => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += pixels[i] * (i % 9973);
  return sum;
})"""


@pytest.fixture
def screen(server: Server, join: Callable[..., Screen]) -> Screen:
    content.ask(server.store, {"comparison": 3}, world="control")
    server.start()
    made = join()
    made.wait_for_question()
    return made


def test_clips_move_while_they_play_and_stand_while_they_do_not(screen: Screen) -> None:
    first = screen.page.evaluate(INK)
    screen.page.wait_for_timeout(200)
    moved = screen.page.evaluate(INK)
    screen.page.keyboard.press(" ")
    screen.page.wait_for_timeout(100)
    stopped = screen.page.evaluate(INK)
    screen.page.wait_for_timeout(200)
    assert (first != moved, screen.page.evaluate(INK) == stopped) == (True, True)


def test_a_frame_on_and_a_frame_back_is_where_it_was(screen: Screen) -> None:
    screen.page.keyboard.press(" ")
    screen.page.keyboard.press(".")
    before = screen.page.inner_text(".time")
    screen.page.keyboard.press(".")
    on = screen.page.inner_text(".time")
    screen.page.keyboard.press(",")
    assert (on != before, screen.page.inner_text(".time")) == (True, before)


def test_without_wish_for_motion_clips_wait_to_be_played(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"approval": 1}, world="control")
    server.start()
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    assert screen.page.inner_text(".play-button").startswith("Play")


COLOURS = """() => {
  const style = getComputedStyle(document.body);
  const palette = [0, 1, 2, 3, 4, 5].map((n) => style.getPropertyValue(`--clip-${n}`).trim());
  return [...document.querySelectorAll('.stage canvas:first-child')].map((canvas) => {
    const middle = [canvas.width / 2, canvas.height / 2, 1, 1];
    const pixel = canvas.getContext('2d').getImageData(...middle).data;
    const name = '#' + [...pixel.slice(0, 3)].map((n) => n.toString(16).padStart(2, '0')).join('');
    return palette.indexOf(name);
  });
}"""


def disc(colour: int) -> Json:
    """A clip of a ball of that colour that hangs in the middle."""
    scene = content.clip_scene(0)
    frames = np.zeros((31, 1, 7), np.float32)
    frames[..., 3] = 1.0
    return {
        **scene,
        "shapes": [{"shape": "sphere", "size": [0.5], "color": colour}],
        "frames": base64.b64encode(frames.tobytes()).decode("ascii"),
        "view": {**scene["view"], "centre": [0.0, 0.0, 0.0], "ground": None},
        "signals": {},
    }


def ask_about_colours(store: Store, kind: str, count: int, rng: random.Random) -> None:
    """Questions about clips that differ in nothing but their colours, drawn from six."""
    queries, scenes = [], {}
    for number in range(count):
        colours = rng.sample(range(6), content.OPTIONS[kind])
        segments = tuple(Segment(f"{kind}-{number}-{colour}", 0, 1) for colour in colours)
        for segment, colour in zip(segments, colours, strict=True):
            scenes[segment.key] = store.blobs.put_json(disc(colour))
        options = kinds.find(kind).options(AskSection())
        queries.append(
            Query(new_id(), kind, segments, "Which?", "uniform", 1.0, round=1, options=options)
        )
    store.questions.add(queries, scenes)


@pytest.mark.parametrize("kind", content.IN_CLIPS)
def test_clips_are_exported_in_the_places_where_they_were_seen_and_chosen(
    server: Server, join: Callable[..., Screen], kind: str
) -> None:
    rng = random.Random(f"colours {kind}")
    ask_about_colours(server.store, kind, 7, rng)
    server.start()
    screen = join()
    chosen = []
    for _ in range(6):
        screen.wait_for_question()
        screen.page.wait_for_timeout(100)
        seen = [str(colour) for colour in screen.page.evaluate(COLOURS)]
        keys, meant = plan(kind, rng, seen)
        screen.press(keys)
        chosen.append((seen, meant))
    screen.wait_until_saved()

    lines = server.export()
    colours = {
        line["segment"]: str(line["scene"]["shapes"][0]["color"])
        for line in lines
        if line["type"] == "scene"
    }
    said = [
        ([colours[key] for key in line["shown"]], cases.readable(line["answer"], colours))
        for line in lines
        if line["type"] == "feedback"
    ]
    assert said == chosen
