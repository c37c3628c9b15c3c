"""From nothing to the first label: how long `assent init` and `assent run` keep somebody waiting.

What a new owner does is done here by processes and real HTTP: make a project from a starter,
run it, open the invite link that it prints, wait for the first question, answer it. For a project
of answers alone: make it, import a thousand answers, fit them.

    python benchmarks/first_label.py                    # text, control and answers
    python benchmarks/first_label.py --world control

Printed are the seconds since the first command at which each step was over, and the processor time
that its processes took, which a busy machine changes less. What it must reach: the first label,
which for a project of answers is the first one imported, within 60 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from browser import Browser

from assent.config import FILE_NAME

WORLDS = ("text", "control", "answers")
SERVE = "\n[serve]\nport = 0\n"  # any free port: the machine may have another project running
PATIENCE_SECONDS = 600.0
ITEMS, ANSWERS, PEOPLE = 100, 1000, 10

Say = Callable[[str], None]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--world", choices=WORLDS, action="append", help="default: all three")
    given = parser.parse_args()
    for world in given.world or WORLDS:
        before = _cpu_seconds()
        with tempfile.TemporaryDirectory(prefix="assent-first-") as home:
            folder = Path(home) / "project"
            say = _teller(world)
            assent("init", world, str(folder))
            say("the project is made")
            if world == "answers":
                answers(folder, Path(home), say)
            else:
                loop(folder, say)
            say(f"{_cpu_seconds() - before:.1f} s of processor time")


def loop(folder: Path, say: Say) -> None:
    """Run a project until somebody has answered its first question."""
    with (folder / FILE_NAME).open("a", encoding="utf-8") as settings:
        settings.write(SERVE)
    command = [sys.executable, "-m", "assent", "run", str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        link = _link(running)
        say("the invite link is there")
        asyncio.run(label(link, say))
    finally:
        running.terminate()
        running.wait()


async def label(link: str, say: Say) -> None:
    """Join as an annotator, wait for a question, answer it."""
    parts = urlsplit(link)
    _, project, _, token = parts.path.split("/")
    assert parts.port is not None, "the page has a port of its own"
    browser = Browser(project, parts.port)
    await browser.join(token, "somebody")
    say("somebody has joined")
    until = time.monotonic() + PATIENCE_SECONDS
    while not (questions := (await browser.call("GET", "next?limit=4"))["questions"]):
        if time.monotonic() > until:
            raise SystemExit("no question came")
        await asyncio.sleep(0.5)
    say("the first question is there")
    question = questions[0]
    body = {
        "key": "first-label",
        "slot": question["slot"],
        "lease_token": question["lease_token"],
        "query": question["query"],
        "answer": {"skip": "cannot_tell"},
        "shown_order": question["shown_order"],
    }
    if question["kind"] == "comparison":
        body["answer"] = {"choice": question["options"][0]["key"], "strength": "some"}
    await browser.call("POST", "answers", body)
    say("the first label is on disk")


def answers(folder: Path, home: Path, say: Say) -> None:
    """Bring made-up answers into a project, and fit them."""
    rng = np.random.default_rng(0)
    worth = rng.normal(size=ITEMS)
    items = [{"item_id": f"i{n}", "responses": [f"Reply {n}."]} for n in range(ITEMS)]
    labels = []
    for number in range(ANSWERS):
        level = int(np.clip(np.round(2 + worth[number % ITEMS] + rng.normal()), 0, 4))
        labels.append(
            {
                "item_id": f"i{number % ITEMS}",
                "annotator_id": f"w{rng.integers(PEOPLE)}-{number // ITEMS}",
                "feedback": "rating",
                "scale": [0, 4],
                "value": level,
            }
        )
    for name, rows in (("items", items), ("labels", labels)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (home / f"{name}.jsonl").write_text(text, "utf-8")
    assent("import", str(home), str(folder))
    say(f"{ANSWERS} answers are imported")
    assent("reward", str(folder))
    say("they are fitted")


def assent(*words: str) -> None:
    """One verb of the command line. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", "assent", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _link(running: subprocess.Popen[str]) -> str:
    """The invite link for annotators, once it is printed."""
    assert running.stdout is not None
    for line in running.stdout:
        if "invite link" in line:
            return line.split()[-1]
    raise SystemExit("`assent run` ended without a link")


def _cpu_seconds() -> float:
    """Of all processes that have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _teller(world: str) -> Say:
    started = time.perf_counter()
    return lambda words: print(
        f"{world}: {time.perf_counter() - started:6.1f} s  {words}", flush=True
    )


if __name__ == "__main__":
    main()
