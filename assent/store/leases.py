"""How slots are leased: exactly `answers_wanted` a question, and fast when there are millions.

Slots of a round wait in the order of their `turn`. A slot that comes back gets a
new turn at the end, so turns behind an annotator's bookmark never become
interesting again, and a claim starts where the annotator's last one ended. A
round's new turns are given out under the lock of its `queue` row, so that they
are committed in their order and a bookmark cannot pass one that is on its way.
Lease, do not lock: an annotator may close the laptop and never come back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assent.errors import AccessError, LeaseError
from assent.records import Query
from assent.store import plain
from assent.store.orders import mirrored, shown_order
from assent.store.queries import load
from assent.store.tables import (
    FREE,
    LEASED,
    STATE_FREE,
    STATE_LEASED,
    annotator,
    bookmark,
    feedback,
    queue,
    slot,
)

_later = feedback.alias("later")
_own = slot.alias("own")
_RETURNED_AT_ONCE = 200  # expired slots put back by one claim, so that no claim is slow


@dataclass(frozen=True, slots=True)
class Slot:
    """One answer that is wanted, leased to one annotator.

    lease_until: seconds since 1970; afterwards somebody else may get it.
    shown_order: for each place on the screen, the index of the segment shown there,
        drawn from `order_seed`.
    """

    id: str
    query: Query
    annotator: str
    lease_token: str
    lease_until: float
    order_seed: int
    shown_order: tuple[int, ...]


def claim(
    connection: sa.Connection, annotator_id: str, limit: int, now: float, lease_seconds: float
) -> list[Any]:
    """Rows of `slot`, renewed or newly leased; see `Questions.claim`."""
    need_annotator(connection, annotator_id, active=True)
    if limit < 1:
        return []
    _return_expired(connection, now)
    lease = {"lease_until": now + lease_seconds, "lease_seconds": lease_seconds}
    numbers = _held(connection, annotator_id, now, limit)
    if numbers:
        connection.execute(sa.update(slot).where(slot.c.number.in_(numbers)).values(lease))
    # next_turn is read before the round is looked at: every turn below it is committed.
    rounds = connection.execute(
        sa.select(queue.c.round, queue.c.next_turn).order_by(queue.c.round.desc())
    ).all()
    for round, next_turn in rounds:
        start = None
        while len(numbers) < limit:
            if start is None:
                start = _advance(connection, annotator_id, round, next_turn)
            free = _next_free(connection, annotator_id, round, start)
            if free is None:
                break
            numbers.append(free.number)
            _lease(connection, free, annotator_id, lease)
    rows = connection.execute(sa.select(slot).where(slot.c.number.in_(numbers))).all()
    by_number = {row.number: row for row in rows}
    return [by_number[number] for number in numbers]


def show(connection: sa.Connection, row: Any, asked: Query) -> Slot:
    """The slot in a row, for the annotator who holds it."""
    return Slot(
        id=str(row.number),
        query=asked,
        annotator=row.annotator or "",
        lease_token=row.lease_token,
        lease_until=row.lease_until or 0.0,
        order_seed=row.order_seed,
        shown_order=tuple(plain.loads(row.shown_order)),
    )


def find(connection: sa.Connection, slot_id: str, lock: bool = False) -> Any | None:
    """The row of a slot; None when there is no such slot."""
    if not (slot_id.isascii() and slot_id.isdigit() and len(slot_id) < 19):
        return None
    chosen = sa.select(slot).where(slot.c.number == int(slot_id))
    return connection.execute(chosen.with_for_update() if lock else chosen).first()


def release(connection: sa.Connection, slot_id: str, lease_token: str) -> None:
    """End a lease now; the next claim puts the slot back into the queue."""
    row = find(connection, slot_id, lock=True)
    if row is not None and row.state == STATE_LEASED and same_token(row.lease_token, lease_token):
        connection.execute(sa.update(slot).where(slot.c.number == row.number).values(lease_until=0))


def heartbeat(
    connection: sa.Connection, slot_id: str, lease_token: str, now: float, lease_seconds: float
) -> None:
    """Renew a lease; LeaseError when it is no longer held."""
    row = find(connection, slot_id, lock=True)
    if row is None or row.state != STATE_LEASED or not same_token(row.lease_token, lease_token):
        raise LeaseError(
            f"slot {slot_id[:40]!r} is no longer leased under this token; claim a new question "
            "(an answer to this one is still taken)"
        )
    until = max(now + lease_seconds, row.lease_until)
    connection.execute(
        sa.update(slot)
        .where(slot.c.number == row.number)
        .values(lease_until=until, lease_seconds=lease_seconds)
    )


def lease_back(connection: sa.Connection, row: Any, now: float) -> None:
    """An undone answer's slot goes back to whoever answered, as long as it was leased before."""
    connection.execute(
        sa.update(slot)
        .where(slot.c.number == row.number)
        .values(
            state=STATE_LEASED,
            lease_token=secrets.token_hex(16),
            lease_until=now + row.lease_seconds,
        )
    )


def turn_back(connection: sa.Connection, annotator_id: str, query_id: str) -> None:
    """Let the annotator's bookmark see a question again that is answered no longer."""
    row = connection.execute(
        sa.select(slot.c.round, sa.func.min(slot.c.turn).label("turn"))
        .where(slot.c.query == query_id, slot.c.state == FREE)
        .group_by(slot.c.round)
    ).first()
    if row is not None:
        connection.execute(
            sa.update(bookmark)
            .where(bookmark.c.annotator == annotator_id, bookmark.c.round == row.round)
            .where(bookmark.c.turn > row.turn)
            .values(turn=row.turn)
        )


def need_annotator(connection: sa.Connection, annotator_id: str, active: bool) -> None:
    """Hold the annotator's row, so that one person's requests take turns.

    Raises AccessError when there is no such annotator, or with `active` when switched off.
    """
    row = connection.execute(
        sa.select(annotator.c.active)
        .where(annotator.c.id == annotator_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise AccessError(f"there is no annotator {annotator_id[:80]!r}; open an invite link first")
    if active and not row.active:
        raise AccessError(
            f"annotator {annotator_id} is switched off; the project's owner can switch it on"
        )


def same_token(kept: str | None, given: str | None) -> bool:
    """Whether both are there and equal, in a time that tells nothing about the token."""
    return bool(kept and given) and secrets.compare_digest(
        str(kept).encode("utf-8"), str(given).encode("utf-8", "replace")
    )


def _held(connection: sa.Connection, annotator_id: str, now: float, limit: int) -> list[int]:
    chosen = (
        sa.select(slot.c.number)
        .where(slot.c.annotator == annotator_id, slot.c.state == LEASED)
        .where(slot.c.lease_until > now)
        .order_by(slot.c.turn, slot.c.number)
        .limit(limit)
        # Somebody whose clock is ahead may be taking them back: then wait, and look again.
        .with_for_update()
    )
    return list(connection.execute(chosen).scalars())


def _return_expired(connection: sa.Connection, now: float) -> None:
    """Put slots whose lease is over at the end of their round's queue."""
    expired = connection.execute(
        sa.select(slot.c.number, slot.c.round)
        .where(slot.c.state == LEASED, slot.c.lease_until <= now)
        .order_by(slot.c.lease_until)
        .limit(_RETURNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for round in sorted({row.round for row in expired}):
        # Another process is giving out turns in this round: leave it to the next claim.
        turn = connection.execute(
            sa.select(queue.c.next_turn)
            .where(queue.c.round == round)
            .with_for_update(skip_locked=True)
        ).scalar()
        if turn is None:
            continue
        for row in expired:
            if row.round == round:
                connection.execute(
                    sa.update(slot)
                    .where(slot.c.number == row.number)
                    .values(state=STATE_FREE, annotator=None, lease_until=None, turn=turn)
                )
                turn += 1
        connection.execute(sa.update(queue).where(queue.c.round == round).values(next_turn=turn))


def _answered(annotator_id: str) -> sa.Exists:
    """Whether the annotator's answer to the slot's question is in force."""
    superseded = sa.exists().where(_later.c.replaces == feedback.c.id)
    return sa.exists().where(
        feedback.c.query == slot.c.query,
        feedback.c.annotator == annotator_id,
        feedback.c.answer.is_not(None),
        ~superseded,
    )


def _advance(connection: sa.Connection, annotator_id: str, round: int, next_turn: int) -> int:
    """Move the bookmark over slots of answered questions; returns the turn to look from."""
    here = (bookmark.c.annotator == annotator_id) & (bookmark.c.round == round)
    kept = connection.execute(sa.select(bookmark.c.turn).where(here)).scalar()
    turn = connection.execute(
        sa.select(slot.c.turn)
        .where(slot.c.state == FREE, slot.c.round == round, slot.c.turn >= (kept or 0))
        .where(~_answered(annotator_id))
        .order_by(slot.c.turn)
        .limit(1)
    ).scalar()
    if turn is None:
        turn = max(next_turn, kept or 0)
    if kept is None:
        row = {"annotator": annotator_id, "round": round, "turn": turn}
        connection.execute(sa.insert(bookmark).values(row))
    elif turn != kept:
        connection.execute(sa.update(bookmark).where(here).values(turn=turn))
    return int(turn)


def _next_free(connection: sa.Connection, annotator_id: str, round: int, start: int) -> Any | None:
    """The first free slot of a question that the annotator neither answered nor holds."""
    holds = sa.exists().where(_own.c.query == slot.c.query, _own.c.annotator == annotator_id)
    return connection.execute(
        sa.select(slot)
        .where(slot.c.state == FREE, slot.c.round == round, slot.c.turn >= start)
        .where(~holds, ~_answered(annotator_id))
        .order_by(slot.c.turn)
        .limit(1)
        .with_for_update(skip_locked=True, of=slot)
    ).first()


def _lease(
    connection: sa.Connection, free: Any, annotator_id: str, lease: dict[str, float]
) -> None:
    connection.execute(
        sa.update(slot)
        .where(slot.c.number == free.number)
        .values(
            state=STATE_LEASED,
            annotator=annotator_id,
            lease_token=secrets.token_hex(16),
            shown_order=plain.dumps(_order(connection, free, annotator_id)),
            **lease,
        )
    )


def _order(connection: sa.Connection, free: Any, annotator_id: str) -> tuple[int, ...]:
    """The order on the screen; a repeat for the same person is the mirror of the first time."""
    asked = load(connection, [free.query])[free.query]
    usual = shown_order(free.order_seed, free.place, len(asked.segments))
    original_id = asked.options.get("mirror_of")
    if asked.purpose != "repeat" or not isinstance(original_id, str):
        return usual
    seen = connection.execute(
        sa.select(feedback.c.shown_order)
        .where(feedback.c.query == original_id, feedback.c.annotator == annotator_id)
        .where(feedback.c.answer.is_not(None))
        .order_by(feedback.c.number.desc())
        .limit(1)
    ).scalar()
    original = load(connection, [original_id]).get(original_id)
    if seen is None or original is None:
        return usual
    return mirrored(asked, original, tuple(plain.loads(seen))) or usual
