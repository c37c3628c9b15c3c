"""Who answers, what they agreed to, and the guideline they were shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

import sqlalchemy as sa

from assent.errors import AccessError
from assent.records import Annotator, Species
from assent.store import access, plain
from assent.store.access import Grant, Invite, Session
from assent.store.database import Database
from assent.store.tables import annotator as table
from assent.store.tables import guideline as guidelines
from assent.store.tables import message as messages

_UNREAD = (
    sa.select(messages.c.annotator, sa.func.count().label("unread"))
    .where(messages.c.annotator.in_(sa.bindparam("ids", expanding=True)))
    .where(messages.c.read_at.is_(None))
    .group_by(messages.c.annotator)
)
_GUIDELINE = sa.select(guidelines).order_by(guidelines.c.version.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Guideline:
    """What annotators are asked to look for. version: 0 before there is one, then 1, 2, ..."""

    version: int
    markdown: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the owner wrote to an annotator. read_at: seconds since 1970; None: not yet."""

    id: str
    text: str
    sent_at: float
    read_at: float | None


@final
class People:
    """Rows about annotators, their invites and sessions, and the guideline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, annotator: Annotator) -> None:
        """Keep an annotator; RecordError when there is one of this id."""
        with self._database.write() as connection:
            connection.execute(sa.insert(table).values(row(annotator)))

    def add_all(self, annotators: Iterable[Annotator]) -> None:
        """Keep those annotators that are not there yet."""
        with self._database.write() as connection:
            known = set(connection.execute(sa.select(table.c.id)).scalars())
            new = [row(annotator) for annotator in annotators if annotator.id not in known]
            if new:
                connection.execute(sa.insert(table), new)

    def get(self, id: str) -> Annotator:
        """One annotator; AccessError when there is none of this id."""
        with self._database.read() as connection:
            return access.annotator(connection, id)

    def called(self, name: str) -> Annotator:
        """The one annotator of a name or an id; AccessError when there is none, or several."""
        found = [each for each in self.list() if name in (each.id, each.name)]
        if len(found) != 1:
            told = "nobody" if not found else f"{len(found)} annotators"
            raise AccessError(
                f"{told} called {name!r} here; `assent annotators --json` names the ids"
            )
        return found[0]

    def invites(self) -> list[Invite]:
        """Invites that were made, oldest first, without their tokens."""
        with self._database.read() as connection:
            return access.invites(connection)

    def guidelines(self) -> list[Guideline]:
        """Every version, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(guidelines).order_by(guidelines.c.version))
            return [Guideline(row.version, row.markdown) for row in rows]

    def messages(self, annotator_id: str) -> list[Message]:
        """What was written to an annotator, oldest first."""
        chosen = (
            sa.select(messages)
            .where(messages.c.annotator == annotator_id)
            .order_by(messages.c.number)
        )
        with self._database.read() as connection:
            return [
                Message(str(row.number), plain.loads(row.text), row.sent_at, row.read_at)
                for row in connection.execute(chosen)
            ]

    def list(self, species: Species | None = None) -> list[Annotator]:
        """Annotators in the order they came; of one species, or all."""
        chosen = sa.select(table).order_by(table.c.number)
        if species is not None:
            chosen = chosen.where(table.c.species == species)
        with self._database.read() as connection:
            return [access.record(row) for row in connection.execute(chosen)]

    def set_active(self, id: str, active: bool) -> None:
        """Switch an annotator on or off; off: no new questions, sessions do not work."""
        self._update(id, {"active": active})

    def consent(self, id: str, version: int, now: float) -> None:
        """Record that an annotator agreed to version `version` of the terms."""
        self._update(id, {"consented_at": now, "consent_version": version})

    def consent_version(self, id: str) -> int | None:
        """The version of the terms that an annotator agreed to; None before that."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(table.c.consent_version).where(table.c.id == id))
            version = found.scalar()
        return None if version is None else int(version)

    def consent_versions(self) -> dict[str, int]:
        """From each annotator who agreed to terms to the version of these."""
        agreed = sa.select(table.c.id, table.c.consent_version)
        with self._database.read() as connection:
            rows = connection.execute(agreed.where(table.c.consent_version.is_not(None)))
            return {row.id: int(row.consent_version) for row in rows}

    def invite(
        self,
        role: access.Access,
        now: float,
        days: float,
        uses: int | None = None,
        annotator: str | None = None,
    ) -> str:
        """A new invite's token, which stands nowhere else: only its hash is kept.

        uses: how many people may come through it; None: any number.
        annotator: the one person this link is for, whatever name is typed: it gives a
            new session to somebody who lost theirs.
        """
        grant = Grant(role, now, now + days * 86400, uses, annotator)
        with self._database.write() as connection:
            return access.invite(connection, grant)

    def invited(self, token: str, now: float) -> access.Access:
        """The role that an invite's token would give now; spends no use.

        Raises AccessError when it is unknown, expired or used up, as `redeem` would.
        """
        with self._database.read() as connection:
            return access.invited(connection, token, now)

    def meant_for(self, token: str) -> Annotator | None:
        """The one person that an invite is for; None when it is for anybody."""
        with self._database.read() as connection:
            return access.meant_for(connection, token)

    def revoke(self, invite_id: str, now: float) -> None:
        """End an invite; sessions that it gave go on."""
        with self._database.write() as connection:
            access.revoke(connection, invite_id, now)

    def redeem(self, token: str, name: str, now: float, session: str | None = None) -> Session:
        """Come in through an invite: a new annotator with a new session, or the same as before.

        session: the session's token that the visitor's browser already has. While it works
            and has the invite's role, that session is given again; no use is spent.
        A name that was taken through this invite is refused without its session: an invite
        link goes round, and nobody must become another by typing a name. Who lost the
        session needs a link made with `invite(..., annotator=...)`.
        An owner may leave the name empty, and then comes in without being an annotator.

        Raises AccessError when the invite is unknown, expired or used up, or the name is
        empty or taken; the message says which and what to do.
        """
        with self._database.write() as connection:
            return access.redeem(connection, token, name, now, session)

    def session(self, token: str, now: float) -> Session | None:
        """The session with this token; None when unknown, expired or switched off."""
        with self._database.read() as connection:
            return access.session(connection, token, now)

    def sessions(self, tokens: Sequence[str], now: float) -> dict[str, Session]:
        """The sessions of these tokens, as `session` would give them; others are left out."""
        with self._database.read() as connection:
            return access.sessions(connection, tokens, now)

    def shut_out(self, token: str, now: float) -> access.ShutOut:
        """Why a session lets nobody in although it is not over: its person is paused or erased.

        Empty where it does, and where there is no such session.
        """
        with self._database.read() as connection:
            return access.shut_out(connection, token, now)

    def end_session(self, token: str) -> None:
        """Make a session's token worthless."""
        with self._database.write() as connection:
            access.end_session(connection, token)

    def send(self, annotator_id: str, text: str, now: float) -> None:
        """Leave a message for an annotator. Raises RecordError when there is no such one."""
        row = {"annotator": annotator_id, "text": plain.dumps(text), "sent_at": now}
        with self._database.write() as connection:
            connection.execute(sa.insert(messages).values(row))

    def unread(self, annotator_ids: Sequence[str]) -> dict[str, int]:
        """From annotator to how many messages they have not read; those without any left out."""
        with self._database.read() as connection:
            rows = connection.execute(_UNREAD, {"ids": list(annotator_ids)})
            return {row.annotator: int(row.unread) for row in rows}

    def mark_read(self, annotator_id: str, now: float, until: float | None = None) -> None:
        """Keep that an annotator has read every message so far. until: those sent by then."""
        chosen = (
            sa.update(messages)
            .where(messages.c.annotator == annotator_id, messages.c.read_at.is_(None))
            .values(read_at=now)
        )
        if until is not None:
            chosen = chosen.where(messages.c.sent_at <= until)
        with self._database.write() as connection:
            connection.execute(chosen)

    def erase(self, id: str, now: float) -> None:
        """Forget who somebody was: name, groups, notes, messages, reports, practice, sessions.

        Their answers stay, under an id that leads to nobody. It cannot be undone.
        Raises AccessError when there is no annotator of this id.
        """
        with self._database.write() as connection:
            access.erase(connection, id, now)

    def guideline(self) -> Guideline:
        """The newest guideline."""
        with self._database.read() as connection:
            found = connection.execute(_GUIDELINE).first()
        return Guideline(0, "") if found is None else Guideline(found.version, found.markdown)

    def guideline_seen(self, id: str) -> int:
        """The newest version of the guideline that an annotator was shown; 0: none."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(table.c.guideline_seen).where(table.c.id == id))
            return int(found.scalar() or 0)

    def see_guideline(self, id: str, version: int) -> None:
        """Keep that an annotator was shown a version of the guideline; never goes back."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(table)
                .where(table.c.id == id, table.c.guideline_seen < version)
                .values(guideline_seen=version)
            )

    def set_guideline(self, markdown: str) -> Guideline:
        """Make this text the guideline; a new version only when it differs."""
        with self._database.write() as connection:
            newest = self.guideline()
            if newest.version and newest.markdown == markdown:
                return newest
            changed = Guideline(newest.version + 1, markdown)
            connection.execute(
                sa.insert(guidelines).values(version=changed.version, markdown=markdown)
            )
            return changed

    def _update(self, id: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            done = connection.execute(sa.update(table).where(table.c.id == id).values(values))
            if done.rowcount == 0:
                raise AccessError(f"there is no annotator {id[:80]!r} in this store")


def row(annotator: Annotator) -> dict[str, Any]:
    """The row of an annotator."""
    return {
        "id": annotator.id,
        "name": annotator.name,
        "species": annotator.species,
        "groups": plain.dumps(annotator.groups),
        "consented_at": annotator.consented_at,
        "active": annotator.active,
        "settings": plain.dumps(annotator.settings),
    }
