"""What people said: an append-only log. Undo and correction are new events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

import sqlalchemy as sa

from assent.errors import AnswerError, AssentError, RecordError
from assent.records import Feedback
from assent.store import events, taking
from assent.store.database import Database
from assent.store.events import IN_FORCE, LATER, Asked, Told
from assent.store.tables import annotator as annotators
from assent.store.tables import feedback as table
from assent.store.tables import query, tally
from assent.store.taking import Given, Receipt

__all__ = ["Answers", "Given", "Receipt"]

_ASKED = 500  # ids a statement: old builds of SQLite take at most 999 values
_STANDING_ON = sa.select(table).where(
    table.c.query.in_(sa.bindparam("queries", expanding=True)), IN_FORCE
)
_COUNTS = sa.select(annotators.c.id, annotators.c.answers).where(annotators.c.answers > 0)
_COUNTS_OF = _COUNTS.where(annotators.c.id.in_(sa.bindparam("ids", expanding=True)))


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
        [result] = self.add_all([Given(feedback, slot_id, lease_token, idempotency_key)], now)
        if isinstance(result, AssentError):
            raise result
        return result

    def add_all(self, given: Sequence[Given], now: float) -> list[Receipt | AssentError]:
        """Write many events in one transaction, each as `add` would; on disk when this returns.

        A result for each in its order: the receipt, or the error that `add` would raise.
        """
        with self._database.write() as connection:
            return taking.take(connection, given, now)

    def take_in(self, given: Sequence[Feedback], now: float) -> int:
        """Append answers that were given elsewhere, all or none; returns how many were new.

        One that is there already, by its id, is no second answer. They fill no slots and
        replace nothing. Raises RecordError when a question or an annotator is not there, or
        one of them corrects another answer.
        """
        if any(each.answer is None or each.replaces is not None for each in given):
            raise RecordError("an answer from elsewhere cannot take back or correct one in here")
        with self._database.write() as connection:
            last = connection.execute(sa.select(tally.c.last_event).with_for_update()).scalar_one()
            new = events.append(connection, given, last, now)
            taking.count(connection, new, last + new.total())
        return new.total()

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
        superseded = sa.exists().where(LATER.c.replaces == table.c.id)
        if until is not None:
            superseded = superseded.where(LATER.c.number <= until)
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
        chosen = (
            sa.select(table)
            .where(table.c.query == query_id, table.c.annotator == annotator_id)
            .where(IN_FORCE)
        )
        with self._database.read() as connection:
            row = connection.execute(chosen).first()
        return None if row is None else events.record(row)

    def standing_on(self, query_ids: Sequence[str]) -> dict[tuple[str, str], Feedback]:
        """From question and annotator to the answer in force, of all answers on some questions."""
        found: dict[tuple[str, str], Feedback] = {}
        with self._database.read() as connection:
            for start in range(0, len(query_ids), _ASKED):
                some = {"queries": query_ids[start : start + _ASKED]}
                for row in connection.execute(_STANDING_ON, some):
                    found[row.query, row.annotator] = events.record(row)
        return found

    def history(self, annotator_id: str, limit: int, before: str | None = None) -> list[Feedback]:
        """An annotator's own answers in force, newest first. before: only those older than it."""
        chosen = (
            sa.select(table)
            .where(table.c.annotator == annotator_id)
            .where(IN_FORCE)
            .order_by(table.c.number.desc())
            .limit(limit)
        )
        if before is not None:
            later = sa.select(table.c.number).where(table.c.id == before).scalar_subquery()
            chosen = chosen.where(table.c.number < later)
        with self._database.read() as connection:
            return [events.record(row) for row in connection.execute(chosen)]

    def newest(
        self,
        limit: int,
        before: int | None = None,
        annotator: str | None = None,
        kind: str | None = None,
        queries: Sequence[str] | None = None,
    ) -> list[tuple[int, Feedback]]:
        """Answers in force with their numbers, newest first; before: only those before that one.

        annotator, kind (of the question), queries: only theirs; None: of all.
        """
        chosen = sa.select(table).where(IN_FORCE).order_by(table.c.number.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(table.c.number < before)
        if annotator is not None:
            chosen = chosen.where(table.c.annotator == annotator)
        if kind is not None:
            asked = sa.select(query.c.kind).where(query.c.id == table.c.query)
            chosen = chosen.where(asked.scalar_subquery() == kind)
        if queries is not None:
            chosen = chosen.where(table.c.query.in_(queries))
        with self._database.read() as connection:
            return [(int(row.number), events.record(row)) for row in connection.execute(chosen)]

    def count(self, annotator_id: str) -> int:
        """How many of an annotator's answers are in force; 0 for somebody unknown."""
        chosen = sa.select(annotators.c.answers).where(annotators.c.id == annotator_id)
        with self._database.read() as connection:
            return int(connection.execute(chosen).scalar() or 0)

    def count_until(self, annotator_id: str, feedback_id: str) -> int:
        """How many of an annotator's answers in force are as old as one of them, or older."""
        last = sa.select(table.c.number).where(table.c.id == feedback_id).scalar_subquery()
        chosen = (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.annotator == annotator_id, table.c.number <= last)
            .where(IN_FORCE)
        )
        with self._database.read() as connection:
            return int(connection.execute(chosen).scalar_one())

    def counts(self, annotator_ids: Sequence[str] | None = None) -> dict[str, int]:
        """From annotator to how many of their answers are in force; those without any left out.

        annotator_ids: None: of everybody.
        """
        some = {} if annotator_ids is None else {"ids": list(annotator_ids)}
        chosen = _COUNTS if annotator_ids is None else _COUNTS_OF
        with self._database.read() as connection:
            return {row.id: int(row.answers) for row in connection.execute(chosen, some)}

    def hold(self, annotator_ids: Sequence[str]) -> None:
        """Inside a write unit: take every lock that it will need on people and on the log.

        A unit that takes in answers and hands out questions must call this first; otherwise
        two processes could wait for each other.
        """
        if self._database.sqlite:  # it has one lock, and a write unit begins by taking it
            return
        # Joins the unit: a write of its own would only be one more to be undone by itself.
        with self._database.read() as connection:
            taking.hold(connection, annotator_ids)

    def all(self) -> list[Feedback]:
        """Every event, oldest first: answers, corrections and undos."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.number))
            return [events.record(row) for row in rows]

    def since(self, event: int, limit: int) -> list[tuple[int, Feedback]]:
        """Events after number `event` with their numbers, oldest first: for those who follow."""
        chosen = (
            sa.select(table).where(table.c.number > event).order_by(table.c.number).limit(limit)
        )
        with self._database.read() as connection:
            return [(int(row.number), events.record(row)) for row in connection.execute(chosen)]

    def of_question(self, query_id: str) -> list[Feedback]:
        """Every event on one question, oldest first; taken back and corrected ones too."""
        chosen = sa.select(table).where(table.c.query == query_id).order_by(table.c.number)
        with self._database.read() as connection:
            return [events.record(row) for row in connection.execute(chosen)]

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

    def log_in_parts(self, many: int) -> Iterator[list[tuple[Feedback, bool]]]:
        """Every event up to now, oldest first, so many at a time, and whether it is in force."""
        until = self.last_event()
        superseded = sa.exists().where(LATER.c.replaces == table.c.id, LATER.c.number <= until)
        in_force = sa.and_(table.c.answer.is_not(None), ~superseded)
        chosen = sa.select(table, in_force.label("in_force")).where(table.c.number <= until)
        for rows in self._database.in_parts(chosen, table.c.number, many):
            yield [(events.record(row), bool(row.in_force)) for row in rows]

    def asked_from(self, after: int, last: int, event: int) -> list[Asked]:
        """The questions after number `after` up to `last` with all answers up to an event.

        Questions without any are left out. What was taken back or corrected is there, too.
        """
        with self._database.read() as connection:
            return events.asked_from(connection, after, last, event)

    def asked_since(self, after: int, event: int) -> list[Asked]:
        """The same, of the questions that events after number `after` up to `event` are about."""
        with self._database.read() as connection:
            return events.asked_since(connection, after, event)

    def last_event(self) -> int:
        """The number of the newest event; 0 before the first. Numbers have no gaps."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(tally.c.last_event)).scalar_one())
