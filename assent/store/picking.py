"""Which free slots an annotator gets next: few statements, each a look-up in an index.

The statements are text that is made once: building them anew for every claim
cost more than running them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assent.recent import Recent
from assent.records import Query
from assent.store import plain
from assent.store.orders import mirrored, shown_order
from assent.store.queries import load, load_recent
from assent.store.tables import LEASED, queue, slot

_HELD = (
    sa.select(slot)
    .where(slot.c.annotator.in_(sa.bindparam("annotators", expanding=True)))
    .where(slot.c.state == LEASED, slot.c.lease_until > sa.bindparam("now"))
    .order_by(slot.c.turn, slot.c.number)
    # Somebody whose clock is ahead may be taking them back: then wait, and look again.
    .with_for_update()
)
_RENEW = (
    sa.update(slot)
    .where(slot.c.number.in_(sa.bindparam("numbers", expanding=True)))
    .values(lease_until=sa.bindparam("until"), lease_seconds=sa.bindparam("seconds"))
)
# Free slots of questions that the annotator did not answer; `own`: of one that they hold. Not
# by EXISTS: for that PostgreSQL would read the whole table into a hash first.
_WAITING = """
SELECT number, query, place, turn, order_seed, (
  SELECT o.number FROM slot o WHERE o.query = slot.query AND o.annotator = :annotator
) IS NOT NULL AS own
FROM slot WHERE state = 0 AND round = :round AND turn >= {turn} AND repeats IS NULL AND NOT EXISTS (
  SELECT 1 FROM feedback f
  WHERE f.query = slot.query AND f.annotator = :annotator AND f.answer IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM feedback l WHERE l.replaces = f.id))
ORDER BY turn LIMIT :limit"""
_MARKED = "(SELECT turn FROM bookmark WHERE annotator = :annotator AND round = :round)"
# The limit stands in the statement: not knowing it, PostgreSQL makes ready for a tenth of the
# queue, and takes a tenth of a second where a millisecond would do.
_LIMIT = sa.bindparam("limit", literal_execute=True, type_=sa.Integer())
_FIRST = sa.text(_WAITING.format(turn=f"COALESCE({_MARKED}, 0)")).bindparams(_LIMIT)
_MORE = sa.text(_WAITING.format(turn=":turn")).bindparams(_LIMIT)
_MARK = sa.text(
    "INSERT INTO bookmark (annotator, round, turn) VALUES (:annotator, :round, :turn) "
    "ON CONFLICT (annotator, round) DO UPDATE SET turn = :turn WHERE bookmark.turn < :turn"
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
_TOKEN_BYTES = 16
_SPARE = 4  # looked at beyond what is needed: other slots of the same questions


@dataclass(frozen=True, slots=True)
class Want:
    """Somebody who asks for up to `limit` questions."""

    annotator: str
    limit: int


@dataclass(frozen=True, slots=True)
class Lease:
    """From when a lease runs, and for how many seconds."""

    now: float
    seconds: float

    @property
    def until(self) -> float:
        """When it ends, in seconds since 1970."""
        return self.now + self.seconds


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


def held(
    connection: sa.Connection, annotator_ids: Sequence[str], lease: Lease
) -> dict[str, list[Any]]:
    """From each of these annotators to the rows of what they hold, in the queue's order."""
    found: dict[str, list[Any]] = {each: [] for each in annotator_ids}
    for row in connection.execute(_HELD, {"annotators": list(found), "now": lease.now}):
        found[row.annotator].append(row)
    return found


def renew(connection: sa.Connection, numbers: Sequence[int], lease: Lease) -> None:
    """Let leases run anew."""
    if numbers:
        until = {"until": lease.until, "seconds": lease.seconds}
        connection.execute(_RENEW, {"numbers": numbers, **until})


def search(connection: sa.Connection, want: Want, where: Round) -> list[tuple[str, Any]]:
    """Free slots of a round for one annotator, each of another question; moves the bookmark."""
    here = {"annotator": want.annotator, "round": where.number}
    limit = want.limit + _SPARE
    found: list[Any] = []
    rows = connection.execute(_FIRST, {**here, "limit": limit}).all()
    # Everything before is answered; beyond next_turn nothing was looked at.
    mark(connection, where, {want.annotator: rows[0].turn if rows else where.next_turn})
    while rows and len(found) < want.limit:
        taken = {row.query for row in found}
        left = [row for row in rows if not row.own and row.query not in taken]
        while left and len(found) < want.limit:
            chosen = _of_each(left, want.limit - len(found))
            tried = {row.number for row in chosen}
            free = locked(connection, chosen)
            found += [row for row in chosen if row.number in free]
            taken = {row.query for row in found}
            left = [r for r in left if r.number not in tried and r.query not in taken]
        if len(rows) < limit:
            break
        again = {**here, "turn": rows[-1].turn + 1, "limit": limit}
        rows = connection.execute(_MORE, again).all()
    return [(want.annotator, row) for row in found]


def lease(
    connection: sa.Connection,
    rows: Sequence[tuple[str, Any]],
    lease: Lease,
    recent: Recent[str, Query],
) -> list[tuple[str, Picked]]:
    """Lease free slots to annotators: who now holds what."""
    if not rows:
        return []
    asked = load_recent(connection, [row.query for _, row in rows], recent)
    drawn = secrets.token_hex(_TOKEN_BYTES * len(rows))  # at once: each call waits its turn
    tokens = [drawn[n : n + 2 * _TOKEN_BYTES] for n in range(0, len(drawn), 2 * _TOKEN_BYTES)]
    leased = [
        (who, _picked(connection, row, asked[row.query], who, token))
        for (who, row), token in zip(rows, tokens, strict=True)
    ]
    connection.execute(_LEASE, [_leasing(picked, who, lease) for who, picked in leased])
    return leased


def _picked(
    connection: sa.Connection, row: Any, asked: Query, annotator_id: str, token: str
) -> Picked:
    order = _order(connection, row, asked, annotator_id)
    return Picked(row.number, asked, token, row.order_seed, order)


def mark(connection: sa.Connection, where: Round, turns: Mapping[str, int]) -> None:
    """Move annotators' bookmarks in a round forward to these turns."""
    if turns:
        connection.execute(
            _MARK,
            [
                {"annotator": who, "round": where.number, "turn": turn}
                for who, turn in sorted(turns.items())
            ],
        )


def locked(connection: sa.Connection, rows: Sequence[Any]) -> set[int]:
    """The slots among these that nobody else is leasing at this moment, held."""
    numbers = [row.number for row in rows]
    if connection.dialect.name == "sqlite" or not rows:
        return set(numbers)
    return set(connection.execute(_LOCK, {"numbers": numbers}).scalars())


def _of_each(rows: Sequence[Any], most: int) -> list[Any]:
    """The first slot of each question, at most so many."""
    first: dict[str, Any] = {}
    for row in rows:
        first.setdefault(row.query, row)
    return list(first.values())[:most]


def _leasing(picked: Picked, annotator_id: str, lease: Lease) -> dict[str, Any]:
    return {
        "n": picked.number,
        "annotator": annotator_id,
        "token": picked.lease_token,
        "until": lease.until,
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
