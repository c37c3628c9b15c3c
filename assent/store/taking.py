"""Answers written to the log, many in one transaction: looked up together, settled one by one.

An annotator has at most one answer in force on a question. A second answer,
whatever page or retry it comes from, corrects the first; nothing is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from assent.errors import AccessError, AnswerError, AssentError
from assent.records import Feedback
from assent.store import events, leases
from assent.store.tables import (
    STATE_DONE,
    STATE_FREE,
    STATE_LEASED,
    annotator,
    query,
    queue,
    slot,
    tally,
)
from assent.store.tables import feedback as table

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """One event to write, the slot it is for, and the key that makes a retry harmless."""

    feedback: Feedback
    slot_id: str | None
    lease_token: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is on disk. duplicate: it was there before this request."""

    feedback: Feedback
    duplicate: bool


@dataclass(slots=True)
class _Known:
    """What the store says about a group of events, looked up once for all of them."""

    annotators: dict[str, bool]
    rounds: dict[str, int]
    twins: dict[Pair, Feedback]
    replaced: dict[str, Feedback]
    standing: dict[Pair, Feedback]
    own: dict[Pair, Any]
    named: dict[int, Any]
    filled: dict[int, str] = field(default_factory=dict)
    done: Counter[int] = field(default_factory=Counter)
    in_force: Counter[str] = field(default_factory=Counter)


def take(
    connection: sa.Connection, given: Sequence[Given], now: float
) -> list[Receipt | AssentError]:
    """Write events in their order; the receipt of each, or why it was refused.

    A refused one writes nothing and does not touch the others.
    """
    # One transaction at a time: numbers have no gaps and are committed in their order, so
    # that "all events up to n" is the same for ever.
    last = int(connection.execute(_LAST).scalar_one())
    held = leases.hold(connection, (each.feedback.annotator for each in given))
    results: list[Receipt | AssentError] = []
    for group in _groups(given):
        known = _look_up(connection, group, held)
        rows: list[dict[str, Any]] = []
        for each in group:
            try:
                receipt = _settle(connection, each, known, now)
            except AssentError as error:
                results.append(error)
                continue
            results.append(receipt)
            if not receipt.duplicate:
                last += 1
                row = {"idempotency_key": each.key, "received_at": now, "number": last}
                rows.append(events.row(receipt.feedback) | row)
        _write(connection, rows, known, last)
    return results


def hold(connection: sa.Connection, annotator_ids: Iterable[str]) -> None:
    """The log's lock, then those of people: the order in which everybody takes them."""
    connection.execute(_LAST)
    leases.hold(connection, annotator_ids)


def _groups(given: Sequence[Given]) -> Iterator[list[Given]]:
    """Runs in which no event can depend on another: no question and no key of somebody twice."""
    group: list[Given] = []
    seen: set[tuple[str, str, str]] = set()
    for each in given:
        who = each.feedback.annotator
        marks = {("question", who, each.feedback.query), ("key", who, each.key)}
        if marks & seen:
            yield group
            group, seen = [], set()
        group.append(each)
        seen |= marks
    if group:
        yield group


# Made once: building a statement costs more than running it.
# Two lists in place of one of pairs, which SQLite would look for by reading the whole table;
# what fits both lists and is no pair of the group is never asked for.
_WHO: sa.BindParameter[Any] = sa.bindparam("who", expanding=True)
_KEYS: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
_QUERIES: sa.BindParameter[Any] = sa.bindparam("queries", expanding=True)
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_TWINS = sa.select(table).where(table.c.annotator.in_(_WHO), table.c.idempotency_key.in_(_KEYS))
_REPLACED = sa.select(table).where(table.c.id.in_(_IDS))
_ROUNDS = sa.select(query.c.id, query.c.round).where(query.c.id.in_(_IDS))
_STANDING = sa.select(table).where(
    table.c.query.in_(_QUERIES), table.c.annotator.in_(_WHO), events.IN_FORCE
)
_OWN = (
    sa.select(slot).where(slot.c.query.in_(_QUERIES), slot.c.annotator.in_(_WHO)).with_for_update()
)
_NAMED = sa.select(slot).where(slot.c.number.in_(_IDS)).order_by(slot.c.number).with_for_update()
_LAST = sa.select(tally.c.last_event).with_for_update()
_WRITE = sa.insert(table)
_FILL = (
    sa.update(slot)
    .where(slot.c.number == sa.bindparam("n"))
    .values(state=sa.bindparam("done"), annotator=sa.bindparam("who"))
)
_DONE = (
    sa.update(queue)
    .where(queue.c.round == sa.bindparam("of_round"))
    .values(done=queue.c.done + sa.bindparam("more"))
)
_COUNT = sa.update(tally).values(
    last_event=sa.bindparam("last"), answers=tally.c.answers + sa.bindparam("more")
)
_ADD = (
    sa.update(annotator)
    .where(annotator.c.id == sa.bindparam("who"))
    .values(answers=annotator.c.answers + sa.bindparam("more"))
)


def _look_up(connection: sa.Connection, group: Sequence[Given], held: dict[str, bool]) -> _Known:
    who = sorted({each.feedback.annotator for each in group})
    asked = sorted({each.feedback.query for each in group})
    ids = [each.feedback.replaces for each in group if each.feedback.replaces is not None]
    twins = connection.execute(_TWINS, {"who": who, "keys": [each.key for each in group]})
    found = {(row.annotator, row.idempotency_key): events.record(row) for row in twins}
    replaced = connection.execute(_REPLACED, {"ids": ids}) if ids else ()
    rounds = connection.execute(_ROUNDS, {"ids": asked})
    standing = connection.execute(_STANDING, {"queries": asked, "who": who})
    own = connection.execute(_OWN, {"queries": asked, "who": who}).all()
    mine = {(row.query, row.annotator): row for row in own}
    return _Known(
        annotators=held,
        rounds={row.id: int(row.round) for row in rounds},
        twins=found,
        replaced={row.id: events.record(row) for row in replaced},
        standing={(row.query, row.annotator): events.record(row) for row in standing},
        own=mine,
        named=_named(connection, group, mine),
    )


def _named(
    connection: sa.Connection, group: Sequence[Given], own: dict[Pair, Any]
) -> dict[int, Any]:
    """The slots that events name, of those whose annotators hold none of the question."""
    wanted = {
        number
        for each in group
        if each.slot_id is not None and (each.feedback.query, each.feedback.annotator) not in own
        if (number := leases.number_of(each.slot_id)) is not None
    }
    if not wanted:
        return {}
    rows = connection.execute(_NAMED, {"ids": sorted(wanted)})
    return {row.number: row for row in rows}


def _settle(connection: sa.Connection, given: Given, known: _Known, now: float) -> Receipt:
    """The receipt of one event, with the slot it fills noted in `known`."""
    feedback = given.feedback
    pair = (feedback.query, feedback.annotator)
    twin = known.twins.get((feedback.annotator, given.key))
    if twin is not None:
        return Receipt(_same(twin, feedback), True)
    leases.need_known(feedback.annotator, known.annotators)
    if feedback.query not in known.rounds:
        raise AnswerError(f"there is no question {feedback.query[:80]!r} in this store")
    _check_replaced(feedback, known)
    standing = known.standing.get(pair)
    if feedback.answer is None:
        if standing is None:
            return Receipt(_undone(connection, feedback), True)
        _take_back(connection, feedback, known, now)
        late = False
    else:
        late = _fill(given, known)
    known.in_force[feedback.annotator] += (feedback.answer is not None) - (standing is not None)
    return Receipt(replace(feedback, late=late, replaces=standing.id if standing else None), False)


def _fill(given: Given, known: _Known) -> bool:
    """Note the slot that an answer fills; returns whether the answer is late."""
    feedback = given.feedback
    pair = (feedback.query, feedback.annotator)
    own = known.own.get(pair)
    if own is not None:
        if own.state == STATE_LEASED:
            _note(known, own.number, feedback)
        return False
    number = None if given.slot_id is None else leases.number_of(given.slot_id)
    named = None if number is None else known.named.get(number)
    if (
        named is not None
        and named.query == feedback.query
        and named.state == STATE_FREE
        and named.number not in known.filled
        and leases.same_token(named.lease_token, given.lease_token)
    ):
        _note(known, named.number, feedback)
        return False
    standing = known.standing.get(pair)
    return standing.late if standing is not None else given.slot_id is not None


def _note(known: _Known, number: int, feedback: Feedback) -> None:
    known.filled[number] = feedback.annotator
    known.done[known.rounds[feedback.query]] += 1


def _take_back(connection: sa.Connection, feedback: Feedback, known: _Known, now: float) -> None:
    """Free the slot of an undone answer, for the same annotator."""
    own = known.own.get((feedback.query, feedback.annotator))
    if own is not None and own.state == STATE_DONE:
        leases.lease_back(connection, own, now)
        known.done[known.rounds[feedback.query]] -= 1
    leases.turn_back(connection, feedback.annotator, feedback.query)


def _write(
    connection: sa.Connection, rows: Sequence[dict[str, Any]], known: _Known, last: int
) -> None:
    if not rows:
        return
    connection.execute(_WRITE, rows)
    if known.filled:
        connection.execute(
            _FILL, [{"n": n, "who": who, "done": STATE_DONE} for n, who in known.filled.items()]
        )
    done = [{"of_round": n, "more": more} for n, more in sorted(known.done.items()) if more]
    if done:
        connection.execute(_DONE, done)
    count(connection, known.in_force, last)


def count(connection: sa.Connection, change: Counter[str], last: int) -> None:
    """Bring the sums up to date: the last event, answers in force, and those of each annotator."""
    connection.execute(_COUNT, {"last": last, "more": change.total()})
    rows = [{"who": who, "more": number} for who, number in sorted(change.items()) if number]
    if rows:
        connection.execute(_ADD, rows)


def _same(first: Feedback, again: Feedback) -> Feedback:
    """The first event of a key, if the second is a retry of it and not another answer."""
    if first.query != again.query or first.answer != again.answer:
        raise AnswerError(
            f"idempotency key was used for another answer ({first.id}); send this answer to "
            f"question {again.query[:80]} with a key of its own"
        )
    return first


def _check_replaced(feedback: Feedback, known: _Known) -> None:
    """Only an own answer to the same question can be corrected or taken back."""
    if feedback.replaces is None:
        if feedback.answer is None:
            raise AnswerError("an event without an answer must name the answer it takes back")
        return
    found = known.replaced.get(feedback.replaces)
    if found is None:
        raise AnswerError(f"there is no answer {feedback.replaces[:80]!r} to replace")
    if found.annotator != feedback.annotator:
        raise AccessError("only the annotator who gave an answer can correct it or take it back")
    if found.query != feedback.query:
        raise AnswerError(
            f"answer {found.id} is to question {found.query}, not {feedback.query[:80]}; "
            "send the correction to its own question"
        )


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
