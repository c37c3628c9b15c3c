"""How long a person waits for the page: at its start, and while training runs beside it.

A real server process (`assent serve`) serves a made-up text project with a few
hundred questions. One client does what the work screen does: it asks for the next questions and
sends an answer, over one kept connection. This is done twice: with the machine idle, and with a
process of lower priority that trains a transformer without pause, as `improve` does.

    python benchmarks/page_latency.py --answers 200 --threads 2

Printed are the seconds from starting the process to its first answered request, and
the 50th, 95th and 99th percentile of each call in milliseconds. What it must reach: 2 s to the
first request, and a 95th percentile below 100 ms for the next question while training runs.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np

from assent.records import Query, Segment, Trajectory, new_id
from assent.store.store import open_store

SETTINGS = """
[project]
name = "made-up"
[environment]
world = "text"
prompts = "prompts.jsonl"
"""
NICENESS = 10  # of training, as `assent run` sets it
# A transformer of the demonstration's size, on batches of its size.
TRAINING = """
import sys, torch
torch.set_num_threads(int(sys.argv[1]))
layer = torch.nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
model = torch.nn.TransformerEncoder(layer, 4)
optimiser = torch.optim.Adam(model.parameters(), 1e-4)
print("training", flush=True)
while True:
    loss = model(torch.randn(64, 96, 128)).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
"""


@dataclass
class Client:
    """One person's browser, as far as requests go."""

    port: int
    cookie: str = ""
    times: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        """A new line to the server."""
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a response; its time in milliseconds is kept under `name`."""
        headers = {"X-Assent": "1", "Content-Type": "application/json", "Cookie": self.cookie}
        sent = None if body is None else json.dumps(body)
        started = time.perf_counter()
        self._line.request(method, f"/made-up/api/{path}", sent, headers)
        response = self._line.getresponse()
        content = response.read()
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - started))
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {content.decode()}")
        self.cookie = (response.headers["set-cookie"] or self.cookie).split(";")[0]
        return json.loads(content)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--answers", type=int, default=150, help="timed, with and without training")
    parser.add_argument("--threads", type=int, default=2, help="of the training process")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two answers")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assent-latency-") as name:
        folder = Path(name)
        token = make(folder, given.questions)
        for number in range(2):  # the second start finds the files in memory
            with server(folder) as (port, seconds):
                print(f"first request {'(cold)' if number == 0 else '(warm)'}: {seconds:.2f} s")
        with server(folder) as (port, _):
            client = Client(port)
            body = {"token": token, "name": "somebody", "consent": True}
            client.call("join", "POST", "join", body)
            table("alone", measure(client, given.answers, given.pause))
            with training(given.threads):
                table("beside training", measure(client, given.answers, given.pause))


def make(folder: Path, count: int) -> str:
    """A project with that many comparisons of replies; the token of an invite."""
    (folder / "assent.toml").write_text(SETTINGS, "utf-8")
    store = open_store(folder)
    queries, scenes = [], {}
    for number in range(count):
        acted = [_trajectory(number), _trajectory(number)]
        store.trajectories.add(acted)
        pair = tuple(Segment(each.id, 0, 8) for each in acted)
        for place, segment in enumerate(pair):
            reply = f"Reply {number} {place}. " + "Some words that somebody reads. " * 12
            scene = {"type": "text", "prompt": f"Prompt {number}", "reply": reply}
            scenes[segment.key] = store.blobs.put_json(scene)
        queries.append(
            Query(
                id=new_id(),
                kind="comparison",
                segments=pair,
                question="Which is better?",
                strategy="uniform",
                selection_probability=1.0,
                answers_wanted=1,
                round=1,
            )
        )
    store.questions.add(queries, scenes)
    token = store.people.invite("annotator", time.time(), 1.0, None)
    store.close()
    return token


def _trajectory(number: int) -> Trajectory:
    return Trajectory(
        id=new_id(),
        observations=np.zeros((9, 2), np.float32),
        actions=np.zeros((8, 1), np.float32),
        logprobs=np.zeros(8, np.float32),
        mask=np.ones(8, np.bool_),
        terminated=True,
        truncated=False,
        group=str(number),
        seed=number,
        round=1,
    )


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, float]]:
    """A server process; its port, and the seconds from its start to the first response."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assent", "serve", str(folder), "--port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None:
                raise SystemExit("the server ended before it answered")
            time.sleep(0.01)
        yield port, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", "/")
        return line.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        line.close()


@contextmanager
def training(threads: int) -> Iterator[None]:
    """A process of low priority that trains until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(threads)],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.nice(NICENESS),
    )
    assert process.stdout is not None
    process.stdout.readline()  # it trains from now on
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measure(client: Client, answers: int, pause: float) -> dict[str, list[float]]:
    """Take and answer so many questions; milliseconds by call."""
    client.times.clear()
    client.connect()  # the server has closed a line that rested
    for _ in range(answers):
        question = client.call("next", "GET", "next?limit=4")["questions"][0]
        body = {
            "key": new_id(),
            "slot": question["slot"],
            "lease_token": question["lease_token"],
            "query": question["query"],
            "answer": {"choice": question["options"][0]["key"], "strength": "some"},
            "shown_order": question["shown_order"],
        }
        client.call("answer", "POST", "answers", body)
        time.sleep(pause)
    return dict(client.times)


def table(title: str, times: dict[str, list[float]]) -> None:
    """One line per call."""
    for name, values in times.items():
        shown = " ".join(f"p{p} {np.percentile(values, p):6.1f}" for p in (50, 95, 99))
        print(f"{title}: {name:7} {shown} ms, {len(values)} calls")


if __name__ == "__main__":
    main()
