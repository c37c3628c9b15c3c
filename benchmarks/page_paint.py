"""In a real browser: from key to paint, frames a second of clips, bytes of a first load.

A server process (`assent serve`) serves made-up projects of comparisons: of texts, and of pairs of
Hopper clips that are drawn from simulator states. Chromium, without a screen and so with its
software renderer, opens the work screen as an annotator and

1. loads it for the first time: bytes over the network with headers, scenes of the first questions
   apart;
2. answers question after question by key: milliseconds from the key event's own time to the first
   moment after the next question was painted; every answer is on the disk of the browser by then;
3. lets two clips play: frames a second, and the longest waits between two of them.

    python benchmarks/page_paint.py --answers 60 --seconds 5

What it must reach: 150 KB, 100 ms as 95th percentile, 60 frames a second.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, Request, sync_playwright
from servers import Server, serving

from assent.environments.control import ControlEnvironment
from assent.environments.scenes import clip_scene
from assent.records import Json, Query, Segment, new_id
from assent.store.store import open_store

WORLDS = {
    "text": 'world = "text"\nprompts = "prompts.jsonl"',
    "hopper": 'world = "control"\nid = "Hopper-v5"',
}
CLIP_SECONDS = 2.0
BETWEEN_MS = 150  # the page lets a question stand for a moment before it takes a key

# Paint follows the frame's callbacks; a message posted in one of them comes right after it.
WATCH = """
const found = (globalThis.keyToPaint = []);
let pressed = 0;
addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
const painted = () => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { if (pressed) found.push(performance.now() - pressed); pressed = 0; };
  requestAnimationFrame(() => port2.postMessage(0));
};
addEventListener("DOMContentLoaded", () => {
  const choices = document.getElementById("choices");
  if (choices) new MutationObserver(painted).observe(choices, { childList: true });
});
"""
FRAMES = """(milliseconds) => new Promise((resolve) => {
  const gaps = [];
  let before = performance.now();
  const end = before + milliseconds;
  const frame = (now) => {
    gaps.push(now - before);
    before = now;
    if (now < end) requestAnimationFrame(frame); else resolve(gaps.slice(1));
  };
  requestAnimationFrame(frame);
})"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=60, help="keys pressed in each world")
    parser.add_argument("--seconds", type=float, default=5.0, help="of watching clips play")
    given = parser.parse_args()
    for world in WORLDS:
        with tempfile.TemporaryDirectory(prefix="assent-paint-") as name:
            folder = Path(name)
            token = fill(folder, world, given.answers + 8)
            with serving(folder, 1) as [server], work_screen(server, world, token) as (page, load):
                print(f"{world}: first load {load['page'] / 1000:.1f} KB of page, "
                      f"{load['scenes'] / 1000:.1f} KB of scenes")  # fmt: skip
                if world == "hopper":
                    frames(page, given.seconds)
                keys(page, world, given.answers)


def fill(folder: Path, world: str, count: int) -> str:
    """A project with that many comparisons; the token of an invite."""
    settings = f'[project]\nname = "{world}"\n[environment]\n{WORLDS[world]}\n'
    (folder / "assent.toml").write_text(settings, "utf-8")
    store = open_store(folder)
    queries, scenes = [], {}
    for number in range(count):
        pair = tuple(Segment(f"made-up-{number}-{side}", 0, 1) for side in "ab")
        for place, segment in enumerate(pair):
            scene = text(number, place) if world == "text" else hopper(2 * number + place)
            scenes[segment.key] = store.blobs.put_json(scene)
        queries.append(
            Query(new_id(), "comparison", pair, "Which is better?", "uniform", 1.0, round=1)
        )
    store.questions.add(queries, scenes)
    token = store.people.invite("annotator", time.time(), 1.0, None)
    store.close()
    return token


def text(number: int, place: int) -> Json:
    """A reply of two hundred words."""
    reply = f"Reply {number} {place}. " + "Some words that somebody reads. " * 40
    return {"type": "text", "prompt": f"Prompt {number}", "reply": reply}


def hopper(seed: int) -> Json:
    """A clip of Hopper under random actions."""
    environment = ControlEnvironment("Hopper-v5")
    rng = np.random.default_rng(seed)
    environment.reset(seed=seed)
    states, actions = [_state(environment)], []
    for _ in range(round(CLIP_SECONDS * environment.fps)):
        actions.append(rng.uniform(-1, 1, 3).astype(np.float32))
        environment.step(actions[-1])
        states.append(_state(environment))
    return clip_scene("Hopper-v5", np.stack(states), np.stack(actions), environment.fps)


def _state(environment: ControlEnvironment) -> npt.NDArray[np.float32]:
    """Of a world that can be drawn."""
    found = environment.state()
    assert found is not None
    return found


@contextmanager
def work_screen(server: Server, world: str, token: str) -> Iterator[tuple[Page, Mapping[str, int]]]:
    """Somebody in front of the first question, and the bytes that brought them there."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("there is no Chromium on PATH; install Debian's package `chromium`")
    root = f"http://127.0.0.1:{server.port}/{world}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.add_init_script(WATCH)
        page.goto(f"{root}/join/{token}")
        page.fill("#name", "somebody")
        page.check("input[name=consent]")
        page.press("#name", "Enter")
        page.wait_for_url("**/guideline")
        sizes = {"page": 0, "scenes": 0}

        def finished(request: Request) -> None:
            told = request.sizes()
            part = "scenes" if "/api/scenes/" in request.url else "page"
            sizes[part] += told["responseBodySize"] + told["responseHeadersSize"]

        page.on("requestfinished", finished)
        page.press("a.primary", "Enter")
        page.wait_for_selector("#work:not([hidden]) .choices")
        page.wait_for_timeout(500)
        yield page, sizes
        browser.close()


def frames(page: Page, seconds: float) -> None:
    """Watch both clips of the question that is there."""
    gaps = np.array(page.evaluate(FRAMES, 1000 * seconds))
    playing: Any = page.evaluate("document.querySelectorAll('.stage canvas').length")
    assert playing, "there are no clips on the screen"
    print(
        f"hopper: {1000 / gaps.mean():.1f} frames a second while two clips play; "
        f"between two frames p95 {np.percentile(gaps, 95):.1f} ms, longest {gaps.max():.1f} ms"
    )


def keys(page: Page, world: str, answers: int) -> None:
    """Prefer the right one again and again."""
    for _ in range(answers):
        page.wait_for_timeout(BETWEEN_MS)
        page.keyboard.press("j")
    page.wait_for_timeout(500)
    times = np.array(page.evaluate("keyToPaint"))
    shown = ", ".join(f"p{p} {np.percentile(times, p):.1f}" for p in (50, 95, 99))
    print(f"{world}: key to next paint {shown}, longest {times.max():.1f} ms, {len(times)} answers")


if __name__ == "__main__":
    main()
