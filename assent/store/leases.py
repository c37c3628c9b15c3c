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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assent.errors import AccessError, AssentError, LeaseError
from assent.recent import Recent
from assent.records import Query
from assent.store import picking, plain, queries, sharing
from assent.store.picking import Want
from assent.store.tables import (
    FREE,
    LEASED,
    STATE_FREE,
    STATE_LEASED,
    annotator,
    bookmark,
    queue,
    slot,
)

_RETURNED_AT_ONCE = 200  # expired slots put back by one claim, so that no claim is slow

_HOLD = (
    sa.select(annotator.c.id, annotator.c.active)
    .where(annotator.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(annotator.c.id)
    .with_for_update(key_share=True)
)
_EXPIRED = (
    sa.select(slot.c.number, slot.c.round)
    .where(slot.c.state == LEASED, slot.c.lease_until <= sa.bindparam("now"))
    .order_by(slot.c.lease_until)
    .limit(_RETURNED_AT_ONCE)
    .with_for_update(skip_locked=True)
)


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
    connection: sa.Connection,
    wants: Sequence[Want],
    now: float,
    lease_seconds: float,
    recent: Recent[str, Query],
) -> list[list[Slot] | AssentError]:
    """What each gets, in the order they asked; see `Questions.claim`."""
    known = hold(connection, (want.annotator for want in wants))
    _return_expired(connection, now)
    lease = picking.Lease(now, lease_seconds)
    held = picking.held(connection, sorted(known), lease)
    asked = queries.load_recent(
        connection, [row.query for rows in held.values() for row in rows], recent
    )
    mine = {
        who: [show(row, asked[row.query], lease.until) for row in rows]
        for who, rows in held.items()
    }
    before = {slot.id for slots in mine.values() for slot in slots}
    # next_turn is read before the round is looked at: every turn below it is committed.
    rounds = picking.rounds(connection)
    able = [want for want in wants if known.get(want.annotator)]
    for group in _turns(able):
        more = [Want(want.annotator, want.limit - len(mine[want.annotator])) for want in group]
        for who, picked in sharing.pick(connection, more, rounds, lease, recent).items():
            mine[who] += [_slot(who, each, lease) for each in picked]
    found = [_given(want, known, mine) for want in wants]
    given = {slot.id for slots in found if not isinstance(slots, AssentError) for slot in slots}
    picking.renew(connection, [int(id) for id in given & before], lease)
    return found


def _turns(wants: Sequence[Want]) -> Iterator[list[Want]]:
    """Runs in which nobody asks twice."""
    run: list[Want] = []
    seen: set[str] = set()
    for want in wants:
        if want.annotator in seen:
            yield run
            run, seen = [], set()
        run.append(want)
        seen.add(want.annotator)
    if run:
        yield run


def _given(
    want: Want, known: dict[str, bool], mine: dict[str, list[Slot]]
) -> list[Slot] | AssentError:
    try:
        need_active(want.annotator, known)
    except AccessError as error:
        return error
    return mine[want.annotator][: max(0, want.limit)]


def _slot(annotator_id: str, picked: picking.Picked, lease: picking.Lease) -> Slot:
    return Slot(
        id=str(picked.number),
        query=picked.query,
        annotator=annotator_id,
        lease_token=picked.lease_token,
        lease_until=lease.until,
        order_seed=picked.order_seed,
        shown_order=picked.shown_order,
    )


def show(row: Any, asked: Query, until: float | None = None) -> Slot:
    """The slot in a row, for the annotator who holds it. until: in place of the row's."""
    return Slot(
        id=str(row.number),
        query=asked,
        annotator=row.annotator or "",
        lease_token=row.lease_token,
        lease_until=until or row.lease_until or 0.0,
        order_seed=row.order_seed,
        shown_order=tuple(plain.loads(row.shown_order)),
    )


def number_of(slot_id: str) -> int | None:
    """The number that a slot's id stands for; None when it can be no slot's id."""
    return int(slot_id) if slot_id.isascii() and slot_id.isdigit() and len(slot_id) < 19 else None


def find(connection: sa.Connection, slot_id: str, lock: bool = False) -> Any | None:
    """The row of a slot; None when there is no such slot."""
    number = number_of(slot_id)
    if number is None:
        return None
    chosen = sa.select(slot).where(slot.c.number == number)
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


def hold(connection: sa.Connection, ids: Iterable[str]) -> dict[str, bool]:
    """Hold annotators' rows, so that one person's requests take turns.

    From each id that exists to whether it is switched on. Taken in the order of ids and
    before any slot, so that no two processes wait for each other.
    """
    rows = connection.execute(_HOLD, {"ids": sorted(set(ids))})
    return {row.id: bool(row.active) for row in rows}


def need_active(annotator_id: str, known: dict[str, bool]) -> None:
    """Raise AccessError when an annotator does not exist, or is switched off."""
    need_known(annotator_id, known)
    if not known[annotator_id]:
        raise AccessError(
            f"annotator {annotator_id} is switched off; the project's owner can switch it on"
        )


def need_known(annotator_id: str, known: dict[str, bool]) -> None:
    """Raise AccessError when an annotator does not exist."""
    if annotator_id not in known:
        raise AccessError(f"there is no annotator {annotator_id[:80]!r}; open an invite link first")


def same_token(kept: str | None, given: str | None) -> bool:
    """Whether both are there and equal, in a time that tells nothing about the token."""
    return bool(kept and given) and secrets.compare_digest(
        str(kept).encode("utf-8"), str(given).encode("utf-8", "replace")
    )


def _return_expired(connection: sa.Connection, now: float) -> None:
    """Put slots whose lease is over at the end of their round's queue."""
    expired = connection.execute(_EXPIRED, {"now": now}).all()
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
