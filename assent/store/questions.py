"""The questions, what people see of them, and the queue they are handed out from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, final

import sqlalchemy as sa

from assent.errors import AssentError, QueryError, RecordError
from assent.recent import Recent
from assent.records import Json, Query
from assent.store import leases, plain, queries
from assent.store.blobs import Blobs
from assent.store.database import Database
from assent.store.leases import Slot
from assent.store.orders import order_seed
from assent.store.picking import Want
from assent.store.tables import LEASED, STATE_FREE, queue, scene, slot
from assent.store.tables import query as table

_RECENT = 2000  # questions that stay in memory: some kilobytes each
_CHUNK = 5000  # rows a statement; bounds memory when a million questions come at once
_ASKED = 500  # keys a statement: old builds of SQLite take at most 999 values
_SCENES = sa.select(scene).where(scene.c.segment.in_(sa.bindparam("segments", expanding=True)))


@final
class Questions:
    """Rows about questions, their scenes and their slots."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        self._recent: Recent[str, Query] = Recent(_RECENT)

    def add(self, asked: Sequence[Query], scenes: Mapping[str, str]) -> None:
        """Queue questions, each with `answers_wanted` slots.

        scenes: from a segment's key to the hash of its scene's JSON blob. A segment that
        has a scene keeps it: what people saw does not change afterwards.
        Raises RecordError when a question is there already.
        """
        if not asked:
            return
        with self._database.write() as connection:
            turns = _reserve(connection, asked)
            for start in range(0, len(asked), _CHUNK):
                some = asked[start : start + _CHUNK]
                connection.execute(sa.insert(table), [queries.row(query) for query in some])
                slots = [_slot(query, place, turns) for query in some for place in _places(query)]
                connection.execute(sa.insert(slot), slots)
            self._add_scenes(connection, scenes)

    def keep(self, asked: Sequence[Query]) -> None:
        """Keep questions that came with their answers: they have no slots, nobody waits for them.

        A question that is there already stays as it is.
        """
        with self._database.write() as connection:
            known = queries.known(connection, [query.id for query in asked])
            new = [queries.row(query) for query in asked if query.id not in known]
            for start in range(0, len(new), _CHUNK):
                connection.execute(sa.insert(table), new[start : start + _CHUNK])

    def want(self, id: str, answers: int) -> int:
        """Let a question have more slots or fewer; returns how many it has now.

        Slots that are answered or held stay. Raises RecordError when there is no such question.
        """
        with self._database.write() as connection:
            asked = queries.load(connection, [id]).get(id)
            if asked is None:
                raise RecordError(f"there is no question {id!r}; add it first")
            places = sa.select(slot.c.place).where(slot.c.query == id).order_by(slot.c.place)
            there = list(connection.execute(places).scalars())
            more = answers - len(there)
            if more > 0:
                first = 1 + max(there, default=-1)
                grown = replace(asked, answers_wanted=more)
                turns = _reserve(connection, [grown], 0)
                rows = [_slot(asked, first + place, turns) for place in range(more)]
                connection.execute(sa.insert(slot), rows)
            elif more < 0:
                more = -_drop(connection, asked, -more)
            now = len(there) + more
            kept = sa.update(table).where(table.c.id == id).values(answers_wanted=max(1, now))
            connection.execute(kept)
        self._recent.keep({id: replace(asked, answers_wanted=max(1, now))})
        return now

    def get(self, id: str) -> Query:
        """One question; QueryError when there is none of this id."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == id)).first()
        if row is None:
            raise QueryError(f"there is no question {id!r} in this store")
        return queries.record(row)

    def claim(self, annotator_id: str, limit: int, now: float, lease_seconds: float) -> list[Slot]:
        """Up to `limit` slots for an annotator, leased until `now + lease_seconds`.

        First those that the annotator holds already, renewed, with their old tokens;
        then free ones, the newest round first. Never a question that the annotator has
        answered, and never two slots of one question. Fewer when there are no more.
        Raises AccessError when the annotator is unknown or not active.
        """
        [found] = self.claim_all([Want(annotator_id, limit)], now, lease_seconds)
        if isinstance(found, AssentError):
            raise found
        return found

    def claim_all(
        self, wants: Sequence[Want], now: float, lease_seconds: float
    ) -> list[list[Slot] | AssentError]:
        """What each of many gets, in one transaction: slots, or the error that `claim` raises."""
        with self._database.write() as connection:
            return leases.claim(connection, wants, now, lease_seconds, self._recent)

    def has(self, annotator_id: str, query_id: str) -> bool:
        """Whether somebody holds or has answered a slot of a question."""
        chosen = sa.select(slot.c.number).where(
            slot.c.query == query_id, slot.c.annotator == annotator_id
        )
        with self._database.read() as connection:
            return connection.execute(chosen).first() is not None

    def newest(self, limit: int, before: int | None = None) -> list[tuple[int, Query]]:
        """Questions with their numbers, newest first; before: only those before that one."""
        chosen = sa.select(table).order_by(table.c.number.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(table.c.number < before)
        with self._database.read() as connection:
            return [(int(row.number), queries.record(row)) for row in connection.execute(chosen)]

    def in_parts(self, many: int) -> Iterator[list[Query]]:
        """All questions in the order they were added, so many at a time."""
        for rows in self._database.in_parts(sa.select(table), table.c.number, many):
            yield [queries.record(row) for row in rows]

    def scenes_in_parts(self, many: int) -> Iterator[list[tuple[str, str]]]:
        """Every segment that has a scene, with the scene's blob, so many at a time."""
        chosen = sa.select(scene.c.segment, scene.c.hash)
        for rows in self._database.in_parts(chosen, scene.c.segment, many):
            yield [(row.segment, row.hash) for row in rows]

    def scene_count(self) -> int:
        """How many segments have a scene."""
        with self._database.read() as connection:
            chosen = sa.select(sa.func.count()).select_from(scene)
            return int(connection.execute(chosen).scalar_one())

    def list(self, round: int | None = None, kind: str | None = None) -> list[Query]:
        """Questions in the order they were added."""
        chosen = sa.select(table).order_by(table.c.number)
        if round is not None:
            chosen = chosen.where(table.c.round == round)
        if kind is not None:
            chosen = chosen.where(table.c.kind == kind)
        with self._database.read() as connection:
            return [queries.record(row) for row in connection.execute(chosen)]

    def options(self) -> Iterator[tuple[str, Json]]:
        """The kinds of the questions that are no repeats, each with its options once."""
        chosen = sa.select(table.c.kind, table.c.options).where(table.c.purpose != "repeat")
        with self._database.read() as connection:
            for row in connection.execute(chosen.distinct()):
                yield row.kind, plain.loads(row.options)

    def repeated(self) -> dict[str, str]:
        """From each repeat of a question that came from a file to the question."""
        chosen = sa.select(table.c.id, table.c.options).where(table.c.purpose == "repeat")
        with self._database.read() as connection:
            options = [(row.id, plain.loads(row.options)) for row in connection.execute(chosen)]
        return {id: str(told["repeat_of"]) for id, told in options if "repeat_of" in told}

    def many(self, ids: Iterable[str]) -> dict[str, Query]:
        """The questions among these ids that exist, by id."""
        with self._database.read() as connection:
            return queries.load(connection, ids)

    def recent(self, ids: Iterable[str]) -> dict[str, Query]:
        """As `many`, for questions that people are at: those are kept in memory for a while."""
        with self._database.read() as connection:
            return queries.load_recent(connection, ids, self._recent)

    def numbered(self, numbers: Sequence[int]) -> dict[int, Query]:
        """The questions of these numbers, in which they came, by number."""
        chosen = sa.select(table).where(table.c.number.in_(numbers))
        with self._database.read() as connection:
            return {int(row.number): queries.record(row) for row in connection.execute(chosen)}

    def last_number(self) -> int:
        """The number of the newest question; 0 before the first."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(sa.func.max(table.c.number))).scalar() or 0)

    def scene_hash(self, segment_key: str) -> str | None:
        """The blob of what people see of a segment; None when it has no scene."""
        chosen = sa.select(scene.c.hash).where(scene.c.segment == segment_key)
        with self._database.read() as connection:
            return connection.execute(chosen).scalar()

    def scene_hashes(self, segment_keys: Sequence[str]) -> dict[str, str]:
        """From each of these segments that has a scene to its blob."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for start in range(0, len(segment_keys), _ASKED):
                some = {"segments": segment_keys[start : start + _ASKED]}
                found.update((row.segment, row.hash) for row in connection.execute(_SCENES, some))
        return found

    def scene(self, segment_key: str) -> Json | None:
        """What people see of a segment; None when it has no scene."""
        found = self.scene_hash(segment_key)
        return None if found is None else self._blobs.get_json(found)

    def slot(self, slot_id: str) -> Slot | None:
        """A slot as it was last leased; None when there is none, or it never was."""
        with self._database.read() as connection:
            row = leases.find(connection, slot_id)
            if row is None or row.shown_order is None or row.lease_token is None:
                return None
            return leases.show(row, queries.load(connection, [row.query])[row.query])

    def held(self, annotator_id: str, query_id: str, now: float) -> Slot | None:
        """The slot of a question that an annotator holds now; None when there is none."""
        chosen = sa.select(slot).where(
            slot.c.query == query_id,
            slot.c.annotator == annotator_id,
            slot.c.state == LEASED,
            slot.c.lease_until > now,
        )
        with self._database.read() as connection:
            row = connection.execute(chosen).first()
            if row is None:
                return None
            return leases.show(row, queries.load(connection, [query_id])[query_id])

    def shown_orders(self, slot_ids: Sequence[str]) -> dict[str, tuple[str, tuple[int, ...]]]:
        """From each of these slots that was ever leased to its question and its order."""
        numbers = [n for n in map(leases.number_of, slot_ids) if n is not None]
        chosen = sa.select(slot.c.number, slot.c.query, slot.c.shown_order).where(
            slot.c.number.in_(numbers), slot.c.shown_order.is_not(None)
        )
        with self._database.read() as connection:
            return {
                str(row.number): (row.query, tuple(plain.loads(row.shown_order)))
                for row in connection.execute(chosen)
            }

    def release(self, slot_id: str, lease_token: str) -> None:
        """Give a slot back; nothing happens when it is no longer held."""
        with self._database.write() as connection:
            leases.release(connection, slot_id, lease_token)

    def heartbeat(self, slot_id: str, lease_token: str, now: float, lease_seconds: float) -> None:
        """Renew a lease; LeaseError when somebody else has the slot, or it is answered."""
        with self._database.write() as connection:
            leases.heartbeat(connection, slot_id, lease_token, now, lease_seconds)

    def _add_scenes(self, connection: sa.Connection, scenes: Mapping[str, str]) -> None:
        if scenes:
            connection.execute(
                sa.text(
                    "INSERT INTO scene (segment, hash) VALUES (:segment, :hash) "
                    "ON CONFLICT (segment) DO NOTHING"
                ),
                [{"segment": key, "hash": name} for key, name in scenes.items()],
            )


def _places(query: Query) -> range:
    return range(query.answers_wanted)


def _slot(query: Query, place: int, turns: dict[int, int]) -> dict[str, Any]:
    """A free slot's row; takes the next turn of the question's round from `turns`."""
    turn = turns[query.round]
    turns[query.round] += 1
    return {
        "query": query.id,
        "place": place,
        "round": query.round,
        "turn": turn,
        "state": STATE_FREE,
        "order_seed": order_seed(query.id),
        "repeats": query.options.get("mirror_of") if query.purpose == "repeat" else None,
    }


def _drop(connection: sa.Connection, asked: Query, most: int) -> int:
    """Take away up to so many free slots of a question, the last ones; how many it were."""
    free = (
        sa.select(slot.c.number)
        .where(slot.c.query == asked.id, slot.c.state == STATE_FREE)
        .order_by(slot.c.place.desc())
        .limit(most)
    )
    gone = connection.execute(
        sa.delete(slot).where(slot.c.number.in_(free), slot.c.state == STATE_FREE)
    ).rowcount
    connection.execute(
        sa.update(queue).where(queue.c.round == asked.round).values(slots=queue.c.slots - gone)
    )
    return gone


def _reserve(connection: sa.Connection, asked: Sequence[Query], each: int = 1) -> dict[int, int]:
    """From each round to its first free turn, after reserving one turn for every slot.

    each: 0 where the questions were counted before.
    """
    questions = Counter({query.round: 0 for query in asked})
    for query in asked:
        questions[query.round] += each
    slots: Counter[int] = Counter()
    for query in asked:
        slots[query.round] += query.answers_wanted
    first: dict[int, int] = {}
    for round in sorted(slots):
        connection.execute(
            sa.text(
                "INSERT INTO queue (round, next_turn, questions, slots, done) "
                "VALUES (:round, 0, 0, 0, 0) ON CONFLICT (round) DO NOTHING"
            ),
            {"round": round},
        )
        after = connection.execute(
            sa.update(queue)
            .where(queue.c.round == round)
            .values(
                next_turn=queue.c.next_turn + slots[round],
                questions=queue.c.questions + questions[round],
                slots=queue.c.slots + slots[round],
            )
            .returning(queue.c.next_turn)
        ).scalar_one()
        first[round] = after - slots[round]
    return first
