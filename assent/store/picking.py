"""Which free slots an annotator gets next: few statements, each a look-up in an index.

The statements are text that is made once: building them anew for every claim
cost more than running them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assent.records import Query
from assent.store import plain
from assent.store.orders import mirrored, shown_order
from assent.store.queries import load
from assent.store.tables import queue

_UNSUPERSEDED = (
    "f.answer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM feedback l WHERE l.replaces = f.id)"
)
_HELD = """
SELECT number, query, lease_token, order_seed, shown_order FROM slot
WHERE annotator = :annotator AND state = 1 AND lease_until > :now
ORDER BY turn, number LIMIT :limit"""
_RENEW = sa.text("UPDATE slot SET lease_until = :until, lease_seconds = :seconds WHERE number = :n")
_BOOKMARK = sa.text("SELECT turn FROM bookmark WHERE annotator = :annotator AND round = :round")
# Free slots of questions that the annotator did not answer; `own`: of one that they hold.
_WAITING = sa.text(f"""
SELECT number, query, place, turn, order_seed, EXISTS (
  SELECT 1 FROM slot o WHERE o.query = slot.query AND o.annotator = :annotator) AS own
FROM slot WHERE state = 0 AND round = :round AND turn >= :turn AND NOT EXISTS (
  SELECT 1 FROM feedback f
  WHERE f.query = slot.query AND f.annotator = :annotator AND {_UNSUPERSEDED})
ORDER BY turn LIMIT :limit""")
_MARK = sa.text(
    "INSERT INTO bookmark (annotator, round, turn) VALUES (:annotator, :round, :turn) "
    "ON CONFLICT (annotator, round) DO UPDATE SET turn = :turn"
)
_LEASE = sa.text(
    "UPDATE slot SET state = 1, annotator = :annotator, lease_token = :token, "
    "lease_until = :until, lease_seconds = :seconds, shown_order = :shown WHERE number = :n"
)
# Only PostgreSQL has somebody else beside us: what they are leasing now is passed over.
_LOCK = sa.text(
    "SELECT number FROM slot WHERE number = ANY(:numbers) AND state = 0 FOR UPDATE SKIP LOCKED"
)
_SEEN = sa.text(
    "SELECT shown_order FROM feedback WHERE query = :query AND annotator = :annotator "
    "AND answer IS NOT NULL ORDER BY number DESC LIMIT 1"
)
_ROUNDS = (
    sa.select(queue.c.round, queue.c.next_turn)
    .where(queue.c.done < queue.c.slots)
    .order_by(queue.c.round.desc())
)
_SPARE = 4  # looked at beyond what is needed: other slots of the same questions


@dataclass(frozen=True, slots=True)
class Lease:
    """From when a lease runs, and for how many seconds."""

    now: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Picked:
    """A slot that the annotator holds now. number: its key in the table."""

    number: int
    query: Query
    lease_token: str
    order_seed: int
    shown_order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """A round in which slots may be free. next_turn: every turn before it is committed."""

    number: int
    next_turn: int


def rounds(connection: sa.Connection) -> list[Round]:
    """Rounds that still want answers, the newest first."""
    rows = connection.execute(_ROUNDS)
    return [Round(row.round, row.next_turn) for row in rows]


def pick(
    connection: sa.Connection,
    annotator_id: str,
    limit: int,
    open_rounds: Sequence[Round],
    lease: Lease,
) -> list[Picked]:
    """Slots that the annotator holds, renewed, then newly leased ones, at most `limit`."""
    if limit < 1:
        return []
    held = _held(connection, annotator_id, limit, lease)
    fresh: list[Any] = []
    for each in open_rounds:
        if len(held) + len(fresh) < limit:
            taken = {row.query for row in fresh}
            needed = limit - len(held) - len(fresh)
            fresh += _waiting(connection, annotator_id, each, needed, taken)
    asked = load(connection, [row.query for row in (*held, *fresh)])
    leased = [
        Picked(
            row.number,
            asked[row.query],
            secrets.token_hex(16),
            row.order_seed,
            _order(connection, row, asked[row.query], annotator_id),
        )
        for row in fresh
    ]
    if leased:
        connection.execute(_LEASE, [_leasing(each, annotator_id, lease) for each in leased])
    renewed = [
        Picked(r.number, asked[r.query], r.lease_token, r.order_seed, tuple(plain.loads(r[4])))
        for r in held
    ]
    return renewed + leased


def _held(connection: sa.Connection, annotator_id: str, limit: int, lease: Lease) -> list[Any]:
    """Rows that the annotator holds, renewed."""
    # Somebody whose clock is ahead may be taking them back: then wait, and look again.
    locked = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
    given = {"annotator": annotator_id, "now": lease.now, "limit": limit}
    rows = list(connection.execute(sa.text(_HELD + locked), given))
    if rows:
        until = {"until": lease.now + lease.seconds, "seconds": lease.seconds}
        connection.execute(_RENEW, [{"n": row.number, **until} for row in rows])
    return rows


def _waiting(
    connection: sa.Connection, annotator_id: str, where: Round, needed: int, taken: set[str]
) -> list[Any]:
    """Up to `needed` free slots of a round, each of another question; moves the bookmark."""
    here = {"annotator": annotator_id, "round": where.number}
    kept = connection.execute(_BOOKMARK, here).scalar()
    turn = 0 if kept is None else int(kept)
    limit = needed + _SPARE
    found: list[Any] = []
    first: int | None = None
    while len(found) < needed:
        rows = connection.execute(_WAITING, {**here, "turn": turn, "limit": limit}).all()
        if first is None:
            # Everything before is answered; beyond next_turn nothing was looked at.
            first = rows[0].turn if rows else max(where.next_turn, turn)
        chosen: list[Any] = []
        for row in rows:
            if not row.own and row.query not in taken and len(found) + len(chosen) < needed:
                chosen.append(row)
                taken.add(row.query)
        found += _locked(connection, chosen)
        if len(rows) < limit:
            break
        turn = rows[-1].turn + 1
    if first != kept:
        connection.execute(_MARK, {**here, "turn": first})
    return found


def _locked(connection: sa.Connection, rows: list[Any]) -> list[Any]:
    """The rows that nobody else is leasing at this moment, held."""
    if connection.dialect.name == "sqlite" or not rows:
        return rows
    numbers = [row.number for row in rows]
    free = set(connection.execute(_LOCK, {"numbers": numbers}).scalars())
    return [row for row in rows if row.number in free]


def _leasing(picked: Picked, annotator_id: str, lease: Lease) -> dict[str, Any]:
    return {
        "n": picked.number,
        "annotator": annotator_id,
        "token": picked.lease_token,
        "until": lease.now + lease.seconds,
        "seconds": lease.seconds,
        "shown": plain.dumps(picked.shown_order),
    }


def _order(
    connection: sa.Connection, free: Any, asked: Query, annotator_id: str
) -> tuple[int, ...]:
    """The order on the screen; a repeat for the same person is the mirror of the first time."""
    usual = shown_order(free.order_seed, free.place, len(asked.segments))
    original_id = asked.options.get("mirror_of")
    if asked.purpose != "repeat" or not isinstance(original_id, str):
        return usual
    seen = connection.execute(_SEEN, {"query": original_id, "annotator": annotator_id}).scalar()
    original = load(connection, [original_id]).get(original_id)
    if seen is None or original is None:
        return usual
    return mirrored(asked, original, tuple(plain.loads(seen))) or usual
