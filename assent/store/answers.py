"""What people said: an append-only log. Undo and correction are new events.

An annotator has at most one answer in force on a question. A second answer,
whatever page or retry it comes from, corrects the first; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import sqlalchemy as sa

from assent.errors import AccessError, AnswerError, RecordError
from assent.records import Feedback
from assent.store import events, leases
from assent.store.database import Database
from assent.store.events import Told
from assent.store.tables import (
    STATE_DONE,
    STATE_FREE,
    STATE_LEASED,
    query,
    queue,
    slot,
    tally,
)
from assent.store.tables import feedback as table

_later = table.alias("later")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is on disk. duplicate: it was there before this request."""

    feedback: Feedback
    duplicate: bool


@final
class Answers:
    """The log of answers, corrections and undos."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        feedback: Feedback,
        slot_id: str | None,
        lease_token: str | None,
        idempotency_key: str,
        now: float,
    ) -> Receipt:
        """Write one event; on disk when this returns. `late` and `replaces` are the store's.

        Same key again: the first receipt. A lease that is over: the answer fills the slot
        when nobody has taken it since, else it is kept with `late` and fills none. A slot
        of None: nothing is filled, as for answers from outside the queue.
        answer None with `replaces` takes an answer back, and leases its slot to the same
        annotator for as long as before. A second undo gives the first one's receipt.

        Raises AnswerError when the question does not exist, when `replaces` is not an own
        answer to it, or when the key was used for another answer; AccessError when the
        annotator is unknown.
        """
        with self._database.write() as connection:
            # One event at a time: numbers have no gaps and are committed in their order,
            # so that "all events up to n" is the same for ever.
            counted = connection.execute(sa.select(tally).with_for_update()).one()
            twin = _by_key(connection, feedback.annotator, idempotency_key)
            if twin is not None:
                return Receipt(_same(twin, feedback), True)
            leases.need_annotator(connection, feedback.annotator, active=False)
            round = _round(connection, feedback)
            _check_replaced(connection, feedback)
            standing = _standing(connection, feedback.query, feedback.annotator)
            if feedback.answer is None and standing is None:
                return Receipt(_undone(connection, feedback), True)
            late = False
            if feedback.answer is None:
                _take_back(connection, feedback, round, now)
            else:
                late = _settle(connection, feedback, standing, slot_id, lease_token, round)
            kept = replace(feedback, late=late, replaces=standing.id if standing else None)
            row = events.row(kept) | {"idempotency_key": idempotency_key, "received_at": now}
            number = counted.last_event + 1
            connection.execute(sa.insert(table).values(number=number, **row))
            in_force = (kept.answer is not None) - (standing is not None)
            connection.execute(
                sa.update(tally).values(last_event=number, answers=counted.answers + in_force)
            )
            return Receipt(kept, False)

    def take_in(self, given: Sequence[Feedback], now: float) -> int:
        """Append answers that were given elsewhere, all or none; returns how many were new.

        One that is there already, by its id, is no second answer. They fill no slots and
        replace nothing. Raises RecordError when a question or an annotator is not there, or
        one of them corrects another answer.
        """
        if any(each.answer is None or each.replaces is not None for each in given):
            raise RecordError("an answer from elsewhere cannot take back or correct one in here")
        with self._database.write() as connection:
            counted = connection.execute(sa.select(tally).with_for_update()).one()
            new = events.append(connection, given, counted.last_event, now)
            connection.execute(
                sa.update(tally).values(
                    last_event=counted.last_event + new, answers=counted.answers + new
                )
            )
        return new

    def get(self, id: str) -> Feedback:
        """One event. Raises AnswerError when there is none of this id."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == id)).first()
        if row is None:
            raise AnswerError(f"there is no answer {id[:80]!r} in this store")
        return events.record(row)

    def current(
        self, round: int | None = None, after: str | None = None, until: int | None = None
    ) -> list[Feedback]:
        """Answers in force, oldest first: not corrected and not taken back; late ones too.

        round: of the questions. after: only events later than this one.
        until: as it was after event number `until` (see `last_event`); a version of the
            dataset is a filter and this number, for ever.
        Raises AnswerError when there is no event `after`.
        """
        superseded = sa.exists().where(_later.c.replaces == table.c.id)
        if until is not None:
            superseded = superseded.where(_later.c.number <= until)
        chosen = sa.select(table).where(table.c.answer.is_not(None), ~superseded)
        if until is not None:
            chosen = chosen.where(table.c.number <= until)
        if round is not None:
            chosen = chosen.join(query, query.c.id == table.c.query).where(query.c.round == round)
        if after is not None:
            self.get(after)
            earlier = sa.select(table.c.number).where(table.c.id == after).scalar_subquery()
            chosen = chosen.where(table.c.number > earlier)
        with self._database.read() as connection:
            rows = connection.execute(chosen.order_by(table.c.number))
            return [events.record(row) for row in rows]

    def standing(self, query_id: str, annotator_id: str) -> Feedback | None:
        """The annotator's answer in force on a question, or None."""
        with self._database.read() as connection:
            row = _standing(connection, query_id, annotator_id)
        return None if row is None else events.record(row)

    def history(self, annotator_id: str, limit: int) -> list[Feedback]:
        """An annotator's own answers in force, newest first."""
        chosen = (
            sa.select(table)
            .where(table.c.annotator == annotator_id, table.c.answer.is_not(None))
            .where(~sa.exists().where(_later.c.replaces == table.c.id))
            .order_by(table.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [events.record(row) for row in connection.execute(chosen)]

    def count(self, annotator_id: str) -> int:
        """How many of an annotator's answers are in force."""
        chosen = (
            sa.select(sa.func.count())
            .where(table.c.annotator == annotator_id, table.c.answer.is_not(None))
            .where(~sa.exists().where(_later.c.replaces == table.c.id))
        )
        with self._database.read() as connection:
            return int(connection.execute(chosen).scalar_one())

    def counts(self) -> dict[str, int]:
        """From annotator to how many of their answers are in force."""
        chosen = (
            sa.select(table.c.annotator, sa.func.count())
            .where(table.c.answer.is_not(None))
            .where(~sa.exists().where(_later.c.replaces == table.c.id))
            .group_by(table.c.annotator)
        )
        with self._database.read() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(chosen)}

    def all(self) -> list[Feedback]:
        """Every event, oldest first: answers, corrections and undos."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.number))
            return [events.record(row) for row in rows]

    def ids(self) -> set[str]:
        """The ids of all events."""
        with self._database.read() as connection:
            return set(connection.execute(sa.select(table.c.id)).scalars())

    def by_question(self) -> Iterator[tuple[str, str]]:
        """Annotator and question of every answer in force, oldest first."""
        with self._database.read() as connection:
            yield from events.by_question(connection)

    def told(self) -> Iterator[Told]:
        """Every answer in force with its question, oldest first, as the texts that are stored.

        A million of them are read one by one; nothing is parsed or kept.
        """
        with self._database.read() as connection:
            yield from events.told(connection)

    def last_event(self) -> int:
        """The number of the newest event; 0 before the first. Numbers have no gaps."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(tally.c.last_event)).scalar_one())


def _by_key(connection: sa.Connection, annotator_id: str, key: str) -> Feedback | None:
    chosen = sa.select(table).where(
        table.c.annotator == annotator_id, table.c.idempotency_key == key
    )
    row = connection.execute(chosen).first()
    return None if row is None else events.record(row)


def _same(first: Feedback, again: Feedback) -> Feedback:
    """The first event of a key, if the second is a retry of it and not another answer."""
    if first.query != again.query or first.answer != again.answer:
        raise AnswerError(
            f"idempotency key was used for another answer ({first.id}); send this answer to "
            f"question {again.query[:80]} with a key of its own"
        )
    return first


def _round(connection: sa.Connection, feedback: Feedback) -> int:
    found = connection.execute(sa.select(query.c.round).where(query.c.id == feedback.query))
    round = found.scalar()
    if round is None:
        raise AnswerError(f"there is no question {feedback.query[:80]!r} in this store")
    return int(round)


def _check_replaced(connection: sa.Connection, feedback: Feedback) -> None:
    """Only an own answer to the same question can be corrected or taken back."""
    if feedback.replaces is None:
        if feedback.answer is None:
            raise AnswerError("an event without an answer must name the answer it takes back")
        return
    row = connection.execute(sa.select(table).where(table.c.id == feedback.replaces)).first()
    if row is None:
        raise AnswerError(f"there is no answer {feedback.replaces[:80]!r} to replace")
    if row.annotator != feedback.annotator:
        raise AccessError("only the annotator who gave an answer can correct it or take it back")
    if row.query != feedback.query:
        raise AnswerError(
            f"answer {row.id} is to question {row.query}, not {feedback.query[:80]}; "
            "send the correction to its own question"
        )


def _standing(connection: sa.Connection, query_id: str, annotator_id: str) -> Any | None:
    """The row of the annotator's answer in force on a question."""
    return connection.execute(
        sa.select(table)
        .where(table.c.query == query_id, table.c.annotator == annotator_id)
        .where(table.c.answer.is_not(None))
        .where(~sa.exists().where(_later.c.replaces == table.c.id))
    ).first()


def _undone(connection: sa.Connection, feedback: Feedback) -> Feedback:
    """The undo that already took this question's answer back."""
    row = connection.execute(
        sa.select(table)
        .where(table.c.query == feedback.query, table.c.annotator == feedback.annotator)
        .where(table.c.answer.is_(None))
        .order_by(table.c.number.desc())
    ).first()
    assert row is not None, "an answer that is not in force was undone"
    return events.record(row)


def _settle(
    connection: sa.Connection,
    feedback: Feedback,
    standing: Any | None,
    slot_id: str | None,
    lease_token: str | None,
    round: int,
) -> bool:
    """Fill or keep the slot that an answer is for; returns whether the answer is late."""
    own = _own(connection, feedback)
    if own is not None:
        if own.state == STATE_LEASED:
            _fill(connection, own.number, feedback.annotator, round)
        return False
    given = None if slot_id is None else leases.find(connection, slot_id, lock=True)
    if (
        given is not None
        and given.query == feedback.query
        and given.state == STATE_FREE
        and leases.same_token(given.lease_token, lease_token)
    ):
        _fill(connection, given.number, feedback.annotator, round)
        return False
    return bool(standing.late) if standing is not None else slot_id is not None


def _take_back(connection: sa.Connection, feedback: Feedback, round: int, now: float) -> None:
    """Free the slot of an undone answer, for the same annotator."""
    own = _own(connection, feedback)
    if own is not None and own.state == STATE_DONE:
        leases.lease_back(connection, own, now)
        _count(connection, round, -1)
    leases.turn_back(connection, feedback.annotator, feedback.query)


def _own(connection: sa.Connection, feedback: Feedback) -> Any | None:
    """The annotator's slot of the question, leased or done."""
    return connection.execute(
        sa.select(slot)
        .where(slot.c.query == feedback.query, slot.c.annotator == feedback.annotator)
        .with_for_update()
    ).first()


def _fill(connection: sa.Connection, number: int, annotator_id: str, round: int) -> None:
    connection.execute(
        sa.update(slot)
        .where(slot.c.number == number)
        .values(state=STATE_DONE, annotator=annotator_id)
    )
    _count(connection, round, 1)


def _count(connection: sa.Connection, round: int, change: int) -> None:
    connection.execute(
        sa.update(queue).where(queue.c.round == round).values(done=queue.c.done + change)
    )
