from __future__ import annotations

import base64
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assent.feedback import kind as kinds
from assent.records import Json, Query, Segment, new_id
from assent.sections import AskSection
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


HIDDEN = """() => {
  const dock = document.querySelector('.dock').getBoundingClientRect().top;
  return [...document.querySelectorAll('.item')].map((card) =>
    Math.max(0, card.getBoundingClientRect().bottom - dock));
}"""
SIZES = pytest.mark.parametrize("size", [(1280, 800), (1440, 900), (390, 844)])


@SIZES
@pytest.mark.parametrize("kind", ["comparison", "attributes", "approval"])
def test_the_dock_covers_no_part_of_one_clip_or_two(
    server: Server, join: Callable[..., Screen], kind: str, size: tuple[int, int]
) -> None:
    content.ask(server.store, {kind: 1}, world="control")
    server.start()
    screen = join(viewport={"width": size[0], "height": size[1]})
    screen.wait_for_question()
    screen.page.wait_for_timeout(100)
    heights = screen.page.evaluate("document.querySelector('.stage > canvas').clientHeight")
    hidden = screen.page.evaluate(HIDDEN)
    assert (sum(hidden), heights >= 110) == (0, True)


def test_clips_below_one_another_are_as_high_as_there_is_room(
    server: Server, join: Callable[..., Screen]
) -> None:
    angle = content.clip_scene(0)["signals"]["angle (deg)"]
    shown = {**content.clip_scene(0), "signals": {name: angle for name in ("a", "b", "c")}}
    content.ask(server.store, {"comparison": 1}, shown=shown)
    server.start()
    screen = join(viewport={"width": 1280, "height": 800})
    screen.wait_for_question()
    screen.page.keyboard.press("v")
    screen.page.wait_for_timeout(100)
    assert sum(screen.page.evaluate(HIDDEN)) == 0


DRAWN = """() => [...document.querySelectorAll('.moments canvas')].filter((canvas) =>
  canvas.width > 30
  && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)
).length"""


def test_a_key_frame_that_is_pressed_is_where_all_clips_go(screen: Screen) -> None:
    page = screen.page
    page.wait_for_timeout(400)
    each = page.locator(".item:first-child .moments button").count()
    drawn = page.evaluate(DRAWN)
    page.locator(".item:last-child .moments button").nth(each - 1).click()
    marked = [
        page.locator(f".item:nth-child({n}) .moments button[aria-current=true]").inner_text()
        for n in (1, 2)
    ]
    assert (drawn, each >= 5) == (2 * each, True)
    assert (page.inner_text(".time"), marked) == ("1.00 of 1.00 s", ["go to 1.00 s"] * 2)


TALLEST = """() => {
  const canvas = document.querySelector('.lanes');
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const inked = (x) => Array.from({ length: height }, (_, y) => pixels[4 * (y * width + x) + 3])
    .filter(Boolean).length;
  // Beyond the name, which stands at the left.
  return Math.max(...Array.from({ length: width / 2 }, (_, x) => inked(x + width / 2)));
}"""


def test_an_angle_that_goes_on_at_the_other_end_is_drawn_without_a_leap(
    server: Server, join: Callable[..., Screen]
) -> None:
    turned = {"angle (deg)": [170.0] * 24 + [-170.0] * 7}
    shown = {**content.clip_scene(0), "signals": turned}
    content.ask(server.store, {"approval": 1}, world="control", shown=shown)
    server.start()
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    screen.page.wait_for_timeout(100)
    assert screen.page.evaluate(TALLEST) < 10


def test_a_clip_is_read_once_it_was_played_to_the_end_in_sight(
    server: Server, join: Callable[..., Screen]
) -> None:
    content.ask(server.store, {"ranking": 1}, world="control")
    server.start()
    # Two of four clips are off the screen until somebody scrolls to them.
    screen = join(viewport={"width": 390, "height": 560})
    screen.wait_for_question()
    screen.page.wait_for_timeout(2400)
    screen.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    screen.page.wait_for_timeout(2400)
    for key in "1234":
        screen.page.keyboard.press(key)
    screen.page.wait_for_selector("#resting:not([hidden])")
    screen.wait_until_saved()
    times = server.store.answers.current()[0].timings
    # One run takes a second: read for both runs, then decided.
    assert (times["read"] > 3200, times["decide"] > 100) == (True, True)


PLACES = """() => [...document.querySelectorAll('.item:first-child .moments canvas')]
  .filter((canvas) => canvas.width > 30).map((canvas) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(width / 2, 0, 1, height).data;
    return Array.from({ length: height }, (_, y) => pixels[4 * y]).findIndex((red) => red > 128);
  }).filter((place) => place >= 0)"""


def test_key_frames_of_a_video_are_stills_of_it(
    server: Server, join: Callable[..., Screen], tmp_path: Path
) -> None:
    pytest.importorskip("av")
    filmed = content.video_scene(server.store, tmp_path)
    content.ask(server.store, {"comparison": 1}, shown=filmed)
    server.start()
    screen = join(reduced_motion="reduce")
    screen.wait_for_question()
    # A light bar falls: its place in each still, from the top.
    for _ in range(50):
        places = screen.page.evaluate(PLACES)
        if len(places) >= 5:
            break
        screen.page.wait_for_timeout(100)
    assert (len(places) >= 5, places) == (True, sorted(places))
