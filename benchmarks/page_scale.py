"""A million questions and a million answers: how long people wait, and how much one server takes.

A made-up project is filled through the store's own calls. Then, through real HTTP:

1. at a person's pace: 50 clients, each a question and an answer a second;
2. at saturation: the same clients as fast as they can, answers alone and in parcels.

    python benchmarks/page_scale.py                     # SQLite
    python benchmarks/page_scale.py --postgresql        # PostgreSQL, fsync on
    python benchmarks/page_scale.py --owner             # the owner's pages at 100,000 answers

Printed are milliseconds by percentile, answers a second, and the processor time of the server
per request, which a busy machine changes less than the rest. What it must reach: next question
and answer with a 95th percentile below 50 ms, 1,000 answers a second on SQLite, every page of
the owner below 500 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from browser import Browser
from servers import Server, postgresql, serving

from assent.records import Annotator, Feedback, Query, Segment, new_id
from assent.store.store import Store, open_store

PROJECT = "scale"
SETTINGS = """
[project]
name = "scale"
{store}
[environment]
world = "text"
prompts = "prompts.jsonl"
"""
PARCEL = 50_000  # rows of one transaction
FORMER = 40  # annotators who gave the answers that are there already
PAGES = ("owner", "owner/live", "api/owner/overview", "api/owner/disputes")


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--questions", type=int, default=1_000_000, help="waiting for an answer")
    parser.add_argument("--answers", type=int, default=1_000_000, help="given before")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--owner", action="store_true", help="the owner's pages only")
    given = parser.parse_args()
    if given.owner:
        given.questions, given.answers = 10_000, 100_000
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="assent-scale-"))
        url = stack.enter_context(postgresql()) if given.postgresql else None
        folder = Path(name)
        line = "" if url is None else f'store = "{url}"'
        (folder / "assent.toml").write_text(SETTINGS.format(store=line), "utf-8")
        store = stack.enter_context(open_store(folder, url))
        started = time.perf_counter()
        fill(store, given.questions, given.answers)
        filled = time.perf_counter() - started
        rows = f"{given.questions:,} questions and {given.answers:,} answers"
        print(f"{'PostgreSQL' if url else 'SQLite'}: {rows} filled in {filled:.0f} s", flush=True)
        [server] = stack.enter_context(serving(folder, 1))
        asyncio.run(measure(store, server, given))


def fill(store: Store, questions: int, answers: int) -> None:
    """Answered questions of an earlier round, then questions that wait."""
    people = [Annotator(f"former-{n}", f"former {n}") for n in range(FORMER)]
    store.people.add_all(people)
    made = _queries(1, (answers + 1) // 2)
    while some := list(islice(made, PARCEL)):
        store.questions.keep(some)
        store.answers.take_in([each for query in some for each in _answers(query)], time.time())
    waiting = _queries(2, questions)
    while some := list(islice(waiting, PARCEL)):
        store.questions.add(some, {})


def _queries(round: int, count: int) -> Iterator[Query]:
    for _ in range(count):
        yield Query(
            id=new_id(),
            kind="comparison",
            segments=(Segment(new_id(), 0, 8), Segment(new_id(), 0, 8)),
            question="Which is better?",
            strategy="uniform",
            selection_probability=1.0,
            round=round,
        )


def _answers(query: Query) -> Iterator[Feedback]:
    """Two answers to one question, which agree four times in five."""
    luck = hash(query.id)
    for who in (luck % FORMER, (luck + 1) % FORMER):
        side = 0 if (luck + who) % 5 else 1
        answer = {"choice": query.segments[side].key, "strength": "some"}
        timings = {"read": 4000.0, "decide": 2000.0}
        yield Feedback(
            new_id(), query.id, f"former-{who}", answer, (0, 1), time.time(), timings, "", 1
        )


async def measure(store: Store, server: Server, given: argparse.Namespace) -> None:
    """All measurements, one after the other."""
    if given.owner:
        await owner_pages(store, server)
        return
    token = store.people.invite("annotator", time.time(), 1.0, None)
    clients = [Client(server, number) for number in range(given.clients)]
    for client in clients:
        await client.browser.join(token, f"person {client.number}")
    await run("at a person's pace", server, clients, given.seconds, Client.pace)
    await run(
        "as fast as it goes, question and answer", server, clients, given.seconds, Client.rush
    )
    await run("as fast as it goes, answers", server, clients, given.seconds, Client.pour)
    await run("as fast as it goes, parcels of 16", server, clients, given.seconds, Client.parcels)


async def run(title: str, server: Server, clients: list[Any], seconds: float, how: Any) -> None:
    """One measurement."""
    for client in clients:
        client.times = {}
        client.answers = 0
        client.spent = 0.0
    cpu, started = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(how(client, started + seconds) for client in clients))
    spent = time.perf_counter() - started
    cpu = server.cpu_seconds() - cpu
    answers = sum(client.answers for client in clients)
    # Time in which questions were fetched does not count where only answers are measured.
    rate = answers / max(1e-9, spent - max(client.spent for client in clients))
    calls = sum(len(values) for client in clients for values in client.times.values())
    print(f"{title}: {rate:.0f} answers/s, server {1000 * cpu / max(1, calls):.2f} ms of processor")
    print(f"    a request ({cpu / spent:.0%} of one), load {os.getloadavg()[0]:.1f}")
    for name in sorted({name for client in clients for name in client.times}):
        values = [value for client in clients for value in client.times.get(name, ())]
        shown = " ".join(f"p{p} {np.percentile(values, p):6.1f}" for p in (50, 95, 99))
        print(f"    {name:8} {shown} ms, {len(values)} calls", flush=True)


class Client:
    """One annotator."""

    def __init__(self, server: Server, number: int) -> None:
        self.number = number
        self.browser = Browser(PROJECT, server.port)
        self.times: dict[str, list[float]] = {}
        self.answers = 0
        self.spent = 0.0

    async def pace(self, until: float) -> None:
        """A question and an answer a second, the next three questions already there."""
        await asyncio.sleep(self.number / 50 % 1)
        while (started := time.perf_counter()) < until:
            question = (await self._next(4))[0]
            await asyncio.sleep(0.4)
            await self._answer(question)
            await asyncio.sleep(max(0.0, started + 1 - time.perf_counter()))

    async def rush(self, until: float) -> None:
        """Question, answer, question, answer."""
        while time.perf_counter() < until:
            await self._answer((await self._next(4))[0])

    async def pour(self, until: float) -> None:
        """Answers one by one; the time in which questions are fetched is not counted."""
        while time.perf_counter() < until:
            started = time.perf_counter()
            questions = await self._next(16)
            self.spent += time.perf_counter() - started
            for question in questions:
                await self._answer(question)

    async def parcels(self, until: float) -> None:
        """Sixteen answers in one request, as an outbox sends them that was offline."""
        while time.perf_counter() < until:
            bodies = [_body(question) for question in await self._next(16)]
            await self._timed("parcel", "POST", "answers/many", {"answers": bodies})
            self.answers += len(bodies)

    async def _next(self, limit: int) -> list[dict[str, Any]]:
        got = await self._timed("next", "GET", f"next?limit={limit}")
        questions: list[dict[str, Any]] = got["questions"]
        return questions

    async def _answer(self, question: dict[str, Any]) -> None:
        await self._timed("answer", "POST", "answers", _body(question))
        self.answers += 1

    async def _timed(self, name: str, method: str, path: str, body: Any = None) -> Any:
        started = time.perf_counter()
        value = await self.browser.call(method, path, body)
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - started))
        return value


def _body(question: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": new_id(),
        "slot": question["slot"],
        "lease_token": question["lease_token"],
        "query": question["query"],
        "answer": {"choice": question["options"][0]["key"], "strength": "some"},
        "shown_order": question["shown_order"],
        "timings": {"read": 4000, "decide": 900},
    }


async def owner_pages(store: Store, server: Server) -> None:
    """Every page of the owner, the first time and again."""
    browser = Browser(PROJECT, server.port)
    await browser.join(store.people.invite("owner", time.time(), 1.0, None), "")
    for page in PAGES:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            await browser.fetch(f"/{PROJECT}/{page}")
            times.append(1000 * (time.perf_counter() - started))
        print(f"    {page:24} first {times[0]:6.0f} ms, then {min(times[1:]):6.0f} ms", flush=True)


if __name__ == "__main__":
    main()
