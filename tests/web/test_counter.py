"""Requests that wait together are committed together, and none suffers for another."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from assent import desk
from assent.desk import Submission
from assent.errors import AccessError, StoreError
from assent.store.answers import Receipt
from assent.store.practice import Attempt
from assent.web.accounts import Asking
from assent.web.site import Site
from assent.web.work.counter import Counter, Taken
from tests.web import content

T = TypeVar("T")


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result, from a thread of its own: an open browser runs a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def enter(site: Site, *names: str) -> list[Asking]:
    invite = site.store.people.invite("annotator", time.time(), 1.0, None)
    return [Asking(site.store.people.redeem(invite, name, time.time()).token) for name in names]


def submission(taken: Taken, key: str) -> Submission:
    slot = taken.slots[0]
    return Submission(slot.id, slot.lease_token, "", slot.query.id, {"level": 1}, key)


def test_what_waits_together_is_one_transaction(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.ask(site.store, {"approval": 8})
    people = enter(site, *(f"person {n}" for n in range(4)))
    counter = Counter(site.store, site.config.serve)
    sizes, gate = [], threading.Event()
    real = desk.claim_all

    def counted(store: Any, wants: Sequence[Any], now: float, seconds: float) -> Any:
        sizes.append(len(wants))
        gate.wait(10)  # the first commit takes its time, and the others gather
        return real(store, wants, now, seconds)

    monkeypatch.setattr("assent.desk.claim_all", counted)

    async def ask() -> list[Taken]:
        asking = [asyncio.create_task(counter.take(people[0], 2))]
        while not sizes:
            await asyncio.sleep(0.01)
        asking += [asyncio.create_task(counter.take(each, 2)) for each in people[1:]]
        await asyncio.sleep(0)
        gate.set()
        return list(await asyncio.gather(*asking))

    taken = finished(ask())

    assert sizes == [1, 3]
    assert len({slot.id for each in taken for slot in each.slots}) == 8


def test_an_answer_is_that_of_the_session_whatever_it_says(site: Site) -> None:
    content.ask(site.store, {"approval": 1})
    [ada] = enter(site, "ada")
    counter = Counter(site.store, site.config.serve)

    async def work() -> tuple[Any, ...]:
        return await counter.answer(ada, [submission(await counter.take(ada, 1), "key")])

    [receipt] = finished(work())

    assert isinstance(receipt, Receipt)
    assert receipt.feedback.annotator == site.store.people.list()[0].id


def test_a_stranger_is_refused_and_the_others_are_served(site: Site) -> None:
    content.ask(site.store, {"approval": 1})
    [ada] = enter(site, "ada")
    counter = Counter(site.store, site.config.serve)

    async def ask() -> list[Any]:
        asking = (counter.take(each, 1) for each in (Asking("nobody's"), ada))
        return await asyncio.gather(*asking, return_exceptions=True)

    stranger, served = finished(ask())

    assert isinstance(stranger, AccessError)
    assert len(served.slots) == 1


def test_a_store_that_cannot_write_is_said_to_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ada] = enter(site, "ada")
    counter = Counter(site.store, site.config.serve)

    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("assent.desk.claim_all", fail)

    async def ask() -> list[Any]:
        asking = (counter.take(ada, 1) for _ in range(3))
        return await asyncio.gather(*asking, return_exceptions=True)

    assert [str(error) for error in finished(ask())] == ["the disk is full"] * 3


def test_who_has_not_practised_gets_nothing_and_the_others_are_served(site: Site) -> None:
    content.ask(site.store, {"approval": 2})
    people = enter(site, "ada", "bo")
    site.store.practice.set([{"kind": "approval"}], time.time())
    [exercise] = site.store.practice.exercises()
    ada = next(person for person in site.store.people.list() if person.name == "ada")
    site.store.practice.add(Attempt(exercise.id, ada.id, {"level": 1}, 1.0, time.time()))
    counter = Counter(site.store, site.config.serve)

    async def ask() -> list[Taken]:
        return list(await asyncio.gather(*(counter.take(each, 1) for each in people)))

    taken = finished(ask())

    assert [(len(each.slots), each.practise) for each in taken] == [(1, False), (0, True)]
