"""A million questions and a million answers: how long people wait, and how much one server takes.

A made-up project is filled through the store's own calls. Then, through real HTTP and as the
work screen asks (a kept connection each, gzip accepted):

1. at a person's pace: 50 clients, each a question and an answer a second;
2. at saturation, each client sends its next request when the last was answered:
   as the page does (after each answer the next questions, of which four are held); answers
   alone, all questions for them fetched before; parcels of sixteen, as an outbox sends them that
   was offline.

    python benchmarks/page_scale.py                     # SQLite
    python benchmarks/page_scale.py --postgresql        # PostgreSQL, fsync on
    python benchmarks/page_scale.py --owner             # the owner's pages at 100,000 answers

Printed are milliseconds by percentile, answers a second (each was on disk when it was
acknowledged), and the share of a processor that the server and the clients took: on a machine
that does other things too, the server's time for one answer tells more than the rate. What it must
reach: next question and answer with a 95th percentile below 50 ms, 1,000 answers a second on
SQLite, every page of the owner below 500 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
from browser import Browser, Refused
from questions import comparisons
from servers import Server, postgresql, serving

from assent.records import Annotator, Feedback, Query, new_id
from assent.store.flags import Flag
from assent.store.store import Store, open_store
from assent.web.owner.charts import CHARTS

PROJECT = "scale"
SETTINGS = """
[project]
name = "scale"
{store}
[environment]
world = "text"
prompts = "prompts.jsonl"
[serve]
requests_per_second = 10000
"""
ROWS = 50_000  # of one transaction
PARCEL = 16  # answers that are sent together
PAGES = ("", "/live", "/answers", "/people", "/reports", "/guideline", "/practice")  # of the owner
DISPUTES = f"/{PROJECT}/api/owner/disputes"
REPORTS = 1000
FORMER = 40  # annotators who gave the answers that are there already


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
        if url is not None:
            settle(url)
        filled = time.perf_counter() - started
        rows = f"{given.questions:,} questions and {given.answers:,} answers"
        print(f"{'PostgreSQL' if url else 'SQLite'}: {rows} filled in {filled:.0f} s", flush=True)
        [server] = stack.enter_context(serving(folder, 1))
        asyncio.run(measure(store, server, given))


def fill(store: Store, questions: int, answers: int) -> None:
    """Answered questions of an earlier round, then questions that wait."""
    people = [Annotator(f"former-{n}", f"former {n}") for n in range(FORMER)]
    store.people.add_all(people)
    made = comparisons(1, (answers + 1) // 2)
    while some := list(islice(made, ROWS)):
        store.questions.keep(some)
        store.answers.take_in([each for query in some for each in _answers(query)], time.time())
    waiting = comparisons(2, questions)
    while some := list(islice(waiting, ROWS)):
        store.questions.add(some, {})


def settle(url: str) -> None:
    """What a PostgreSQL that was filled over months has done long ago: tidied up and written."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


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
    until = given.seconds
    await run("at a person's pace", server, clients, until, Client.pace)
    await run("as fast as it goes, as the page does", server, clients, until, Client.rush)
    await run("as fast as it goes, answers alone", server, clients, until, Client.pour)
    await run("as fast as it goes, parcels of 16", server, clients, until, Client.parcel)


Step = Callable[["Client", float], Awaitable[None]]


async def run(
    title: str, server: Server, clients: list[Client], seconds: float, step: Step
) -> None:
    """One measurement. What is prepared before a step is not measured."""
    for client in clients:
        client.times = {}
        client.answers = 0
    spent = cpu = own = 0.0
    while spent < seconds:
        await asyncio.gather(*(client.prepare(step) for client in clients))
        before = server.cpu_seconds(), time.process_time(), time.perf_counter()
        until = before[2] + seconds - spent
        await asyncio.gather(*(step(client, until) for client in clients))
        cpu += server.cpu_seconds() - before[0]
        own += time.process_time() - before[1]
        spent += time.perf_counter() - before[2]
    answers = sum(client.answers for client in clients)
    print(f"{title}: {answers / spent:.0f} answers/s; the server took {cpu / spent:.0%} of a")
    print(f"    processor, {1000 * cpu / answers:.2f} ms an answer; the clients {own / spent:.0%};")
    print(f"    load {os.getloadavg()[0]:.1f}")
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
        self._ready: list[dict[str, Any]] = []

    async def prepare(self, step: Step) -> None:
        """Fetch the questions of a step that is about answers alone."""
        if step in (Client.pour, Client.parcel):
            got = await self.browser.call("GET", f"next?limit={PARCEL}")
            self._ready = got["questions"]
            if not self._ready:
                raise SystemExit("there are no more questions; begin with more (--questions)")

    async def pace(self, until: float) -> None:
        """A question and an answer a second, the next three questions already there."""
        await asyncio.sleep(self.number / 50 % 1)
        while (started := time.perf_counter()) < until:
            question = (await self._next())[0]
            await asyncio.sleep(0.4)
            await self._answer(question)
            await asyncio.sleep(max(0.0, started + 1 - time.perf_counter()))

    async def rush(self, until: float) -> None:
        """Question, answer, question, answer."""
        while time.perf_counter() < until:
            await self._answer((await self._next())[0])

    async def pour(self, until: float) -> None:
        """Answers one by one."""
        for question in self._ready:
            await self._answer(question)

    async def parcel(self, until: float) -> None:
        """Sixteen answers in one request."""
        bodies = [_body(question) for question in self._ready]
        await self._timed("parcel", "POST", "answers/many", {"answers": bodies})
        self.answers += len(bodies)

    async def _next(self) -> list[dict[str, Any]]:
        got = await self._timed("next", "GET", "next?limit=4")
        questions: list[dict[str, Any]] = got["questions"]
        if not questions:
            raise SystemExit("there are no more questions; begin with more (--questions)")
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
    """Every page and every call of the owner, the first time and again."""
    report(store)
    browser = Browser(PROJECT, server.port)
    await browser.join(store.people.invite("owner", time.time(), 1.0, None), "")
    for path in await _paths(browser):
        times, size = [], 0
        for _ in range(2 if "/export" in path else 5):
            started = time.perf_counter()
            size = await _size(browser, path)
            times.append(1000 * (time.perf_counter() - started))
        shown = f"first {times[0]:6.0f} ms, then {min(times[1:]):6.0f} to {max(times[1:]):6.0f} ms"
        print(f"    {path.removeprefix('/' + PROJECT)[:60]:60} {shown}, {size} bytes", flush=True)


async def _size(browser: Browser, path: str) -> int:
    """Bytes of a response; 0 of a refusal, as of what needs something that is not there."""
    try:
        return len(await browser.fetch(path))
    except Refused as refused:
        if refused.status >= 500:
            raise
        return 0


def report(store: Store) -> None:
    """Reports about questions, as annotators send them."""
    now = time.time()
    with store.write():
        for number, query in enumerate(store.questions.list(round=1)[:REPORTS]):
            flag = Flag(query.id, f"former-{number % FORMER}", "It does not play.", now, new_id())
            store.flags.add(flag)


async def _paths(browser: Browser) -> list[str]:
    """The owner's pages, and all that the document of the API says the owner can get."""
    told = json.loads(await browser.fetch("/api/openapi.json"))["paths"]
    started = time.perf_counter()
    while not (disputes := json.loads(await browser.fetch(DISPUTES))["disputes"]):
        await asyncio.sleep(0.2)
    print(
        f"    all answers were counted, beside the page, in {time.perf_counter() - started:.0f} s"
    )
    names = {
        "project": [PROJECT],
        "query": [disputes[0]["query"]],
        "annotator": ["former-1"],
        "table": ["answers", "questions"],
        "name": list(CHARTS),
    }
    found = [f"/{PROJECT}/owner{page}" for page in PAGES]
    for path, methods in told.items():
        if "/owner/" in path and "get" in methods and not path.endswith("/live"):
            wanted = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            for values in product(*(names[name] for name in wanted)):
                found.append(path.format(**dict(zip(wanted, values, strict=True))))
    return found


if __name__ == "__main__":
    main()
