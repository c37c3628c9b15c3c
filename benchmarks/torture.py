"""Does the store lose, double or mix up an answer? Torture it, and count.

Annotators answer through real HTTP, as the work screen does, while every few seconds a server
process is killed with -9 and started again; lines are cut before a request has arrived and after
it, at moments from before to after the commit; people vanish with questions leased to them,
answer after their lease has ended, send twice, take back and answer again. Meanwhile new
questions are queued, as the loop does. At the end everything is answered in peace, and the
store is compared with what was acknowledged.

    python benchmarks/torture.py                          # SQLite, one server, 10 minutes
    python benchmarks/torture.py --postgresql             # PostgreSQL, four servers
    python benchmarks/torture.py --minutes 1 --annotators 20

Printed are what happened and every fault. The exit code is 1 when there was one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser import Broken, Browser, Cut, Refused
from questions import comparisons
from servers import Server, postgresql, serving

from assent.records import new_id
from assent.store.store import Store, open_store

PROJECT = "torture"
SETTINGS = """
[project]
name = "torture"
{store}
[environment]
world = "text"
prompts = "prompts.jsonl"
[serve]
lease_seconds = {lease}
"""
LEASE_SECONDS = 3.0
WANTED = 2  # answers to a question
QUEUED_AT_LEAST = 60  # free slots; more questions come when there are fewer
PAUSES = (0.0, 0.6)  # seconds between two answers of one person


@dataclass
class Ledger:
    """What the annotators know: what was sent, and what was acknowledged."""

    sent: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Annotator:
    """Somebody who answers, with bad luck. Every request is repeated until it is acknowledged."""

    def __init__(self, name: str, servers: list[Server], ledger: Ledger, seed: int) -> None:
        self.name = name
        self._servers = servers
        self._ledger = ledger
        self._rng = random.Random(seed)
        self.peace = False
        self._browser = Browser(PROJECT, servers[0].port)

    async def join(self, token: str) -> None:
        """Come in."""
        await self._browser.join(token, self.name)

    async def work(self, until: float) -> None:
        """Answer until the clock says so; in peace: until there is nothing left."""
        while self.peace or time.monotonic() < until:
            self._browser.port = self._rng.choice(self._servers).port
            got = await self._insist("GET", f"next?limit={self._rng.choice((1, 4, 8))}", None)
            if not got["questions"] and self.peace:
                return
            for question in got["questions"]:
                if not self.peace and time.monotonic() >= until:
                    return
                await self._face(question)
            if not got["questions"]:
                await asyncio.sleep(0.2)

    async def _face(self, question: dict[str, Any]) -> None:
        """One question, and what people do with it."""
        fate = 1.0 if self.peace else self._rng.random()
        if fate < 0.03:
            self._ledger.happened["questions left alone"] += 1
            return
        if fate < 0.06:
            self._ledger.happened["answers after the lease"] += 1
            await asyncio.sleep(LEASE_SECONDS * 1.2)
        elif fate < 0.12:
            lease = {"slot": question["slot"], "lease_token": question["lease_token"]}
            await self._insist("POST", "heartbeat", {"leases": [lease]})
            self._ledger.happened["heartbeats"] += 1
        if not self.peace:
            await asyncio.sleep(self._rng.uniform(*PAUSES))
        feedback = await self._answer(question)
        if feedback and 0.12 < fate < 0.17:
            again = await self._undo(feedback, question)
            if again is not None and self._rng.random() < 0.8:
                await self._answer(again)

    async def _answer(self, question: dict[str, Any]) -> str:
        """Send one answer until it is acknowledged; its id, or nothing if it was given up."""
        key = new_id()
        choice = self._rng.choice([option["key"] for option in question["options"]])
        body = {
            "key": key,
            "slot": question["slot"],
            "lease_token": question["lease_token"],
            "query": question["query"],
            "answer": {"choice": choice, "strength": "some"},
            "shown_order": question["shown_order"],
            "note": key,
        }
        self._ledger.sent[key] = (self.name, question["query"], choice)
        if not self.peace and self._rng.random() < 0.005:
            await self._once("POST", "answers", body)
            self._ledger.happened["answers given up"] += 1
            return ""
        receipt = await self._insist("POST", "answers", body)
        self._ledger.acknowledged[key] = receipt["feedback"]
        if self._rng.random() < 0.03:
            twin = await self._insist("POST", "answers", body)
            self._ledger.happened["answers sent twice"] += 1
            if twin["feedback"] != receipt["feedback"] or not twin["duplicate"]:
                self._ledger.complaints.append(f"answer {key} was taken twice")
        return str(receipt["feedback"])

    async def _undo(self, feedback: str, question: dict[str, Any]) -> dict[str, Any] | None:
        key = new_id()
        self._ledger.sent[key] = (self.name, question["query"], None)
        body = {"feedback": feedback, "key": key}
        taken = await self._insist("POST", "undo", body)
        self._ledger.acknowledged[key] = taken["feedback"]
        self._ledger.happened["answers taken back"] += 1
        again: dict[str, Any] | None = taken["question"]
        return again

    async def _once(self, method: str, path: str, body: Any) -> Any:
        """One attempt, perhaps cut; None when nobody knows what became of it."""
        luck = 1.0 if self.peace else self._rng.random()
        cut: Cut | None = "before" if luck < 0.03 else "after" if luck < 0.1 else None
        delay = self._rng.choice((0.0, 0.002, 0.01, 0.05))
        started = time.perf_counter()
        try:
            value = await self._browser.call(method, path, body, cut, delay)
        except Broken:
            self._ledger.happened[f"lines cut {cut}" if cut else "lines broken by a kill"] += 1
            return None
        self._ledger.milliseconds.append(1000 * (time.perf_counter() - started))
        return value

    async def _insist(self, method: str, path: str, body: Any) -> Any:
        """Attempts until one is acknowledged, as the page's outbox makes them."""
        wait = 0.05
        while True:
            try:
                value = await self._once(method, path, body)
            except Refused as refused:
                if refused.status < 500 and refused.status != 429:
                    self._ledger.complaints.append(f"{method} {path}: {refused}")
                    raise
                self._ledger.happened[f"told to try again ({refused.status})"] += 1
                value = None
            if value is not None:
                return value
            await asyncio.sleep(wait)
            wait = min(2 * wait, 1.0)
            self._browser.port = self._rng.choice(self._servers).port


def main() -> None:
    """Torture, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kill-every", type=float, default=5.0, help="seconds")
    parser.add_argument("--servers", type=int, default=None, help="1, with PostgreSQL 4")
    parser.add_argument("--postgresql", action="store_true", help="a server of one's own")
    parser.add_argument("--url", default=None, help="an empty PostgreSQL database")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="assent-torture-"))
        url = given.url or (stack.enter_context(postgresql()) if given.postgresql else None)
        folder = Path(name)
        line = "" if url is None else f'store = "{url}"'
        text = SETTINGS.format(store=line, lease=LEASE_SECONDS)
        (folder / "assent.toml").write_text(text, "utf-8")
        store = stack.enter_context(open_store(folder, url))
        number = given.servers or (4 if url else 1)
        servers = stack.enter_context(serving(folder, number))
        print(f"{'PostgreSQL' if url else 'SQLite'}, {number} server processes, ", end="")
        print(f"{given.annotators} annotators, load {os.getloadavg()[0]:.1f}", flush=True)
        ledger = Ledger()
        asyncio.run(torture(store, servers, ledger, given))
        faults = ledger.complaints + verify(store, ledger)
    for fault in faults[:40]:
        print("FAULT", fault)
    print("faults:", len(faults))
    sys.exit(1 if faults else 0)


async def torture(
    store: Store, servers: list[Server], ledger: Ledger, given: argparse.Namespace
) -> None:
    """The bad minutes, and then the peace in which everything is answered."""
    token = store.people.invite("annotator", time.time(), 1.0, None)
    people = [
        Annotator(f"person {n}", servers, ledger, given.seed * 1000 + n)
        for n in range(given.annotators)
    ]
    queue(store)
    for person in people:
        await person.join(token)
    until = time.monotonic() + 60 * given.minutes
    others = [
        asyncio.create_task(kill(servers, ledger, given.kill_every, until)),
        asyncio.create_task(keep_asking(store)),
    ]
    await asyncio.gather(*(person.work(until) for person in people))
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    print(f"in the bad time {len(ledger.acknowledged)} events were acknowledged", flush=True)
    await asyncio.sleep(LEASE_SECONDS * 1.1)  # what was left alone comes back
    for person in people:
        person.peace = True
    await asyncio.gather(*(person.work(until) for person in people))


async def kill(servers: list[Server], ledger: Ledger, every: float, until: float) -> None:
    """Kill one server after the other until the bad time is over.

    On a machine so busy that a start takes longer than that, a server lives a second first:
    one that never answers is no test.
    """
    turn = 0
    while time.monotonic() + every < until:
        await asyncio.sleep(every)
        victim = servers[turn % len(servers)]
        if not victim.answers():
            await asyncio.to_thread(victim.wait)
            await asyncio.sleep(1)
        turn += 1
        victim.kill()
        victim.start()
        ledger.happened["servers killed"] += 1


def queue(store: Store, count: int = 200) -> None:
    """Queue so many questions."""
    store.questions.add(list(comparisons(1, count, WANTED)), {})


async def keep_asking(store: Store) -> None:
    """More questions whenever few are left, from a process that is not a server."""
    while True:
        counts = await asyncio.to_thread(store.counts)
        if counts.slots - counts.answered < QUEUED_AT_LEAST:
            await asyncio.to_thread(queue, store)
        await asyncio.sleep(0.5)


def verify(store: Store, ledger: Ledger) -> list[str]:
    """Every way in which the store differs from what was acknowledged and asked for."""
    faults = []
    events = store.answers.all()
    names = {person.id: person.name for person in store.people.list()}
    by_id = {event.id: event for event in events}
    for key, id in ledger.acknowledged.items():
        person, query, choice = ledger.sent[key]
        event = by_id.get(id)
        if event is None:
            faults.append(f"lost: {person}'s event {id} on {query} was acknowledged")
        elif (names[event.annotator], event.query) != (person, query):
            faults.append(f"mixed up: event {id} is of {names[event.annotator]} on {event.query}")
        elif (event.answer["choice"] if event.answer else None) != choice:
            faults.append(f"changed: event {id} says {event.answer}, sent was {choice}")
    keys = Counter(event.note for event in events if event.note)
    faults += [f"doubled: answer {key} is there {n} times" for key, n in keys.items() if n > 1]
    faults += [f"nobody sent answer {key}" for key in keys if key not in ledger.sent]
    current = store.answers.current()
    both = Counter((event.annotator, event.query) for event in current)
    faults += [f"two answers in force: {pair}" for pair, n in both.items() if n > 1]
    punctual = Counter(event.query for event in current if not event.late)
    asked = store.questions.list()
    for each in asked:
        if punctual[each.id] != each.answers_wanted:
            faults.append(f"{each.id} has {punctual[each.id]} of {each.answers_wanted} answers")
    counts = store.counts()
    if counts.answered != counts.slots or counts.answers != len(current):
        faults.append(f"the sums are wrong: {counts}, {len(current)} answers in force")
    if store.answers.last_event() != len(events):
        faults.append(f"{len(events)} events, the last has number {store.answers.last_event()}")
    tell(ledger, len(asked), len(events), sum(event.late for event in current))
    return faults


def tell(ledger: Ledger, questions: int, events: int, late: int) -> None:
    """What happened."""
    print(f"{questions} questions, {events} events, {late} late answers in force")
    for what, number in sorted(ledger.happened.items()):
        print(f"  {number:7} {what}")
    times = sorted(ledger.milliseconds)
    shown = [f"p{p} {times[len(times) * p // 100]:.0f}" for p in (50, 95, 99)]
    print(f"  {len(times):7} requests that were answered, ms: {', '.join(shown)}")


if __name__ == "__main__":
    main()
