"""How free slots are shared out when many ask at once: a few statements for all of them.

Everybody's next slots lie close together at the head of the queue, so one look at it serves
all. Whoever finds too little there, because they answered what lies there already, is served
by themselves (`picking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assent.recent import Recent
from assent.records import Query
from assent.store import picking, repeating
from assent.store.events import IN_FORCE
from assent.store.picking import Lease, Picked, Round, Want
from assent.store.tables import FREE, bookmark, feedback, slot

_LOOKED_AT = 400  # slots of one look: old builds of SQLite take at most 999 values a statement
_STEP = 32
_SPARE = 8  # slots of one look beyond what is needed: some are of questions that are known

_MARKS = sa.select(bookmark.c.annotator, bookmark.c.turn).where(
    bookmark.c.round == sa.bindparam("of_round"),
    bookmark.c.annotator.in_(sa.bindparam("annotators", expanding=True)),
)
_HEAD = (
    sa.select(slot.c.number, slot.c.query, slot.c.place, slot.c.turn, slot.c.order_seed)
    .where(slot.c.state == FREE, slot.c.round == sa.bindparam("of_round"))
    .where(slot.c.turn >= sa.bindparam("first"), slot.c.repeats.is_(None))
    .order_by(slot.c.turn)
    .limit(sa.bindparam("most", literal_execute=True, type_=sa.Integer()))
)
# Of a question there are few answers and few slots, so whose they are is looked at here.
_QUERIES: sa.BindParameter[Any] = sa.bindparam("queries", expanding=True)
_ANSWERED = sa.select(feedback.c.query, feedback.c.annotator).where(
    feedback.c.query.in_(_QUERIES), IN_FORCE
)
_HELD = sa.select(slot.c.query, slot.c.annotator).where(
    slot.c.query.in_(_QUERIES), slot.c.annotator.is_not(None)
)


@dataclass(frozen=True, slots=True)
class _Head:
    """The free slots at the head of a round's queue, as those who ask need to know them.

    answered, held: question and annotator. whole: no free slot lies behind these.
    """

    rows: Sequence[Any]
    marks: dict[str, int]
    answered: set[tuple[str, str]]
    held: set[tuple[str, str]]
    whole: bool


def pick(
    connection: sa.Connection,
    wants: Sequence[Want],
    open_rounds: Sequence[Round],
    lease: Lease,
    recent: Recent[str, Query],
) -> dict[str, list[Picked]]:
    """From each who asks to free slots, leased now: at most as many as they want.

    Nobody may ask twice. The same slots as if one after the other had asked.
    """
    found: dict[str, list[Picked]] = {want.annotator: [] for want in wants}
    for where in open_rounds:
        for some in _parcels(wants, found):
            searching: Sequence[Want] = some
            if len(some) > 1:
                rows, searching = _share(connection, some, where)
                for who, picked in picking.lease(connection, rows, lease, recent):
                    found[who].append(picked)
            for want in searching:
                rows = picking.search(connection, want, where)
                for who, picked in picking.lease(connection, rows, lease, recent):
                    found[who].append(picked)
        for want in wants:
            more = Want(want.annotator, want.limit - len(found[want.annotator]))
            rows = repeating.search(connection, more, where)
            for who, picked in picking.lease(connection, rows, lease, recent):
                found[who].append(picked)
    return found


def _parcels(wants: Sequence[Want], found: dict[str, list[Picked]]) -> Iterator[list[Want]]:
    """What is wanted still, in parcels for one look each."""
    parcel: list[Want] = []
    size = 0
    for want in wants:
        more = Want(want.annotator, want.limit - len(found[want.annotator]))
        if more.limit <= 0:
            continue
        if parcel and size + more.limit > _LOOKED_AT:
            yield parcel
            parcel, size = [], 0
        parcel.append(more)
        size += more.limit
    if parcel:
        yield parcel


def _share(
    connection: sa.Connection, wants: Sequence[Want], where: Round
) -> tuple[list[tuple[str, Any]], list[Want]]:
    """Rows for those who ask, in their turn; and what has to be searched for one by one."""
    head = _look(connection, wants, where)
    chosen: list[tuple[str, Any]] = []
    taken: set[int] = set()
    moved: dict[str, int] = {}
    for want in wants:
        rows, first = _choose(head, want, taken)
        chosen += [(want.annotator, row) for row in rows]
        taken.update(row.number for row in rows)
        if first is not None:
            moved[want.annotator] = first
        elif head.whole:
            # Everything is answered; beyond next_turn nothing was looked at.
            moved[want.annotator] = where.next_turn
    further = {who: turn for who, turn in moved.items() if turn > head.marks.get(who, -1)}
    picking.mark(connection, where, further)
    free = picking.locked(connection, [row for _, row in chosen])
    given = [(who, row) for who, row in chosen if row.number in free]
    return given, _lacking(head, wants, given, whole=head.whole and len(given) == len(chosen))


def _look(connection: sa.Connection, wants: Sequence[Want], where: Round) -> _Head:
    """The head of the queue, from the first bookmark on."""
    people = [want.annotator for want in wants]
    marked = connection.execute(_MARKS, {"of_round": where.number, "annotators": people})
    marks = {row.annotator: int(row.turn) for row in marked}
    # Rounded up, so that there are few different statements.
    most = -(-(sum(want.limit for want in wants) + _SPARE) // _STEP) * _STEP
    first = min(marks.get(who, 0) for who in people)
    rows = connection.execute(_HEAD, {"of_round": where.number, "first": first, "most": most}).all()
    asked = {"queries": list({row.query for row in rows})}
    return _Head(
        rows,
        marks,
        {(row.query, row.annotator) for row in connection.execute(_ANSWERED, asked)},
        {(row.query, row.annotator) for row in connection.execute(_HELD, asked)},
        len(rows) < most,
    )


def _choose(head: _Head, want: Want, taken: set[int]) -> tuple[list[Any], int | None]:
    """Slots for one, each of another question; and the turn of the first they did not answer."""
    who = want.annotator
    mark = head.marks.get(who, 0)
    chosen: list[Any] = []
    seen: set[str] = set()
    first: int | None = None
    for row in head.rows:
        if row.turn < mark or (row.query, who) in head.answered:
            continue
        if first is None:
            first = row.turn
        if len(chosen) == want.limit:
            break
        if row.number not in taken and row.query not in seen and (row.query, who) not in head.held:
            chosen.append(row)
            seen.add(row.query)
    return chosen, first


def _lacking(
    head: _Head, wants: Sequence[Want], given: Sequence[tuple[str, Any]], whole: bool
) -> list[Want]:
    """What is left to be searched for. whole: there is nothing beyond what was looked at."""
    if whole:
        return []
    count: dict[str, int] = {}
    for who, _ in given:
        count[who] = count.get(who, 0) + 1
    left = [Want(want.annotator, want.limit - count.get(want.annotator, 0)) for want in wants]
    return [want for want in left if want.limit > 0]
