"""One writer for all requests of a process: what waits together is committed together.

Every answer and every claim needs the disk once, and the disk takes its time. So
they queue here, and one thread takes all that wait, writes them in one transaction,
and tells each only after the commit. While it waits for the disk the next ones gather.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import final

from assent import desk
from assent.desk import Submission
from assent.errors import AccessError, AssentError, StoreError
from assent.records import Annotator
from assent.sections import ServeSection
from assent.store.answers import Receipt
from assent.store.counts import Progress
from assent.store.leases import Slot
from assent.store.picking import Want
from assent.store.store import Store
from assent.web import accounts
from assent.web.accounts import Asking
from assent.web.work import practice

MOST_AT_ONCE = 200  # requests in one transaction, so that none waits for thousands


@dataclass(frozen=True, slots=True)
class Taken:
    """What somebody gets who asks for questions, and how things stand.

    scenes: from a segment's key to its scene, of all questions that were taken together.
    mine: the person's answers in force. practise: nothing is handed out before the practice.
    unread: messages of the owner to the person.
    """

    person: Annotator
    slots: tuple[Slot, ...]
    scenes: dict[str, str]
    progress: Progress
    mine: int
    guideline_version: int
    practise: bool
    unread: int


@dataclass(frozen=True, slots=True)
class _Take:
    asking: Asking
    limit: int


@dataclass(frozen=True, slots=True)
class _Answer:
    asking: Asking
    submissions: tuple[Submission, ...]


_Job = _Take | _Answer
_Result = Taken | tuple[Receipt | AssentError, ...] | Exception
_Told = tuple["asyncio.Future[_Result]", _Result]


@final
class Counter:
    """Takes and answers of one project, in one thread. Sessions are checked here too."""

    def __init__(self, store: Store, serve: ServeSection) -> None:
        self._store = store
        self._lease_seconds = serve.lease_seconds
        self._practice_agreement = serve.practice_agreement
        self._lock = threading.Lock()
        self._waiting: list[tuple[_Job, asyncio.Future[_Result]]] = []
        self._thread = ThreadPoolExecutor(1, "counter")

    async def take(self, asking: Asking, limit: int) -> Taken:
        """Up to `limit` questions for whoever has this session.

        Raises AccessError when nobody has, StoreError when the store cannot.
        """
        result = await self._do(_Take(asking, limit))
        assert isinstance(result, Taken), "a take is answered by what was taken"
        return result

    async def answer(
        self, asking: Asking, submissions: Sequence[Submission]
    ) -> tuple[Receipt | AssentError, ...]:
        """Keep answers of whoever has this session; on disk when this returns.

        For each its receipt, or why it was refused. Their `annotator` is not looked at.
        Raises as `take`.
        """
        result = await self._do(_Answer(asking, tuple(submissions)))
        assert isinstance(result, tuple), "answers get receipts"
        return result

    async def _do(self, job: _Job) -> _Result:
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((job, future))
            first = len(self._waiting) == 1
        if first:
            self._thread.submit(self._serve)
        return await future

    def _serve(self) -> None:
        """In the thread: everything that waits, in one transaction."""
        with self._lock:
            batch = self._waiting[:MOST_AT_ONCE]
            del self._waiting[:MOST_AT_ONCE]
            if self._waiting:
                self._thread.submit(self._serve)
        jobs = [job for job, _ in batch]
        try:
            results = self._together(jobs)
        except Exception as error:  # the edge of the thread: every request gets the fault
            results = [error for _ in jobs]
        told: dict[asyncio.AbstractEventLoop, list[_Told]] = {}
        for (_, future), result in zip(batch, results, strict=True):
            told.setdefault(future.get_loop(), []).append((future, result))
        for loop, some in told.items():
            # All at once: every call from a thread wakes the loop, and the two wait in turn.
            # A loop that was closed has nobody who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_tell, some)

    def _together(self, jobs: Sequence[_Job]) -> list[_Result]:
        try:
            with self._store.write():
                return self._all(jobs, time.time())
        except StoreError as error:
            return [error for _ in jobs]
        except AssentError as error:
            # One of them contradicts the store; the others must not suffer for it.
            if len(jobs) == 1:
                return [error]
            return [result for job in jobs for result in self._together([job])]

    def _all(self, jobs: Sequence[_Job], now: float) -> list[_Result]:
        """Everything that is asked for, inside the transaction; answers first."""
        people = self._people(jobs, now)
        results: dict[int, _Result] = {}
        answers: list[tuple[int, Annotator, _Answer]] = []
        takes: list[tuple[int, Annotator, _Take]] = []
        for place, job in enumerate(jobs):
            person = people[job.asking]
            if isinstance(person, AccessError):
                results[place] = person
            elif isinstance(job, _Answer):
                answers.append((place, person, job))
            else:
                takes.append((place, person, job))
        if answers and takes:
            # All locks at once and in order, or two processes could wait for each other.
            self._store.answers.hold([person.id for _, person, _ in (*answers, *takes)])
        if answers:
            results |= self._answer(answers, now)
        if takes:
            results |= self._take(takes, now)
        return [results[place] for place in range(len(jobs))]

    def _people(self, jobs: Sequence[_Job], now: float) -> dict[Asking, Annotator | AccessError]:
        """Whose each session is, or why it gives nothing."""
        sessions = self._store.people.sessions(sorted({job.asking.token for job in jobs}), now)
        found: dict[Asking, Annotator | AccessError] = {}
        for job in jobs:
            try:
                session = sessions.get(job.asking.token)
                found[job.asking] = accounts.answering(session, self._store, job.asking, now)
            except AccessError as error:
                found[job.asking] = error
        return found

    def _answer(
        self, jobs: Sequence[tuple[int, Annotator, _Answer]], now: float
    ) -> dict[int, _Result]:
        submissions = [
            replace(submission, annotator=person.id)
            for _, person, job in jobs
            for submission in job.submissions
        ]
        receipts = iter(desk.answer_all(self._store, submissions, now))
        return {place: tuple(next(receipts) for _ in job.submissions) for place, _, job in jobs}

    def _take(self, jobs: Sequence[tuple[int, Annotator, _Take]], now: float) -> dict[int, _Result]:
        store = self._store
        everybody = [person.id for _, person, _ in jobs]
        unready = practice.required(store, everybody, self._practice_agreement)
        wants = [
            Want(person.id, 0 if person.id in unready else job.limit) for _, person, job in jobs
        ]
        found = desk.claim_all(store, wants, now, self._lease_seconds)
        slots = [slot for each in found if not isinstance(each, AssentError) for slot in each]
        scenes = store.questions.scene_hashes(
            list({segment.key for slot in slots for segment in slot.query.segments})
        )
        progress, version = store.progress(), store.people.guideline().version
        mine, unread = store.answers.counts(everybody), store.people.unread(everybody)
        return {
            place: each
            if isinstance(each, AssentError)
            else Taken(
                person=person,
                slots=tuple(each),
                scenes=scenes,
                progress=progress,
                mine=mine.get(person.id, 0),
                guideline_version=version,
                practise=person.id in unready,
                unread=unread.get(person.id, 0),
            )
            for (place, person, _), each in zip(jobs, found, strict=True)
        }


def _tell(some: Sequence[_Told]) -> None:
    """In the loop: give each request its result."""
    for future, result in some:
        # A browser that hung up has cancelled its own; what it sent is kept all the same.
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
