"""How people come in: invites and sessions. Only SHA-256 hashes of tokens are kept.

Tokens have 256 random bits, so a plain hash cannot be searched backwards, and a
copy of the database lets nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from assent.errors import AccessError
from assent.records import Annotator, new_id
from assent.store import plain
from assent.store.tables import annotator as annotators
from assent.store.tables import decision, feedback, flag, message, practice_answer, redemption
from assent.store.tables import invite as invite_table
from assent.store.tables import session as session_table

Access = Literal["annotator", "owner"]
ShutOut = Literal["", "paused", "erased"]
_ERASED = "erased"  # in place of a session's role: whose it was is not known any more
SESSION_DAYS = 90
_UNKNOWN = "this invite link is unknown; copy the whole link, or ask for a new one"
MAX_NAME_CHARACTERS = 80
_DAY_SECONDS = 86400
# Made once: it is run for every request. Whoever is switched off has no session.
_SESSIONS = (
    sa.select(session_table.c.hash, session_table.c.role, annotators)
    .join_from(
        session_table,
        annotators,
        session_table.c.annotator == annotators.c.id,
        isouter=True,
    )
    .where(session_table.c.hash.in_(sa.bindparam("hashes", expanding=True)))
    .where(session_table.c.expires_at > sa.bindparam("now"))
    .where(sa.or_(annotators.c.id.is_(None), annotators.c.active))
    .where(session_table.c.role != _ERASED)
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an invite gives, from when until when, to how many, or to which one annotator."""

    role: Access
    created_at: float
    expires_at: float
    uses: int | None
    annotator: str | None


@dataclass(frozen=True, slots=True)
class Invite:
    """An invite as the owner sees it. uses_left: None is any number."""

    id: str
    role: Access
    annotator: str | None
    created_at: float
    expires_at: float
    uses_left: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is in. annotator: None for an owner who only looks."""

    token: str
    annotator: Annotator | None
    role: Access


def invite(connection: sa.Connection, grant: Grant) -> str:
    """Make an invite and return its token."""
    if grant.uses is not None and grant.uses < 1:
        raise AccessError(f"an invite for {grant.uses} uses lets nobody in; expected 1 or more")
    if grant.annotator is not None and annotator(connection, grant.annotator).settings.get(
        "erased"
    ):
        raise AccessError("this person was erased on request; nobody comes back as them")
    token = secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(invite_table).values(
            hash=_hash(token),
            role=grant.role,
            annotator=grant.annotator,
            created_at=grant.created_at,
            expires_at=grant.expires_at,
            uses_left=grant.uses,
        )
    )
    return token


def invites(connection: sa.Connection) -> list[Invite]:
    """All invites, oldest first."""
    rows = connection.execute(sa.select(invite_table).order_by(invite_table.c.number))
    return [
        Invite(str(r.number), r.role, r.annotator, r.created_at, r.expires_at, r.uses_left)
        for r in rows
    ]


def invited(connection: sa.Connection, token: str, now: float) -> Access:
    """What an invite would give now; spends no use. Raises AccessError as `redeem` does."""
    row = connection.execute(
        sa.select(invite_table).where(invite_table.c.hash == _hash(token))
    ).first()
    return _open_invite(row, now)


def meant_for(connection: sa.Connection, token: str) -> Annotator | None:
    """The one person that an invite is for; None when it is for anybody."""
    chosen = sa.select(invite_table.c.annotator).where(invite_table.c.hash == _hash(token))
    id = connection.execute(chosen).scalar()
    return None if id is None else annotator(connection, id)


def revoke(connection: sa.Connection, invite_id: str, now: float) -> None:
    """End an invite now."""
    number = int(invite_id) if invite_id.isascii() and invite_id.isdigit() else -1
    ended = connection.execute(
        sa.update(invite_table)
        .where(invite_table.c.number == number, invite_table.c.expires_at > now)
        .values(expires_at=now)
    )
    if ended.rowcount == 0:
        raise AccessError(f"there is no invite {invite_id[:40]!r} that still works")


def redeem(
    connection: sa.Connection, token: str, name: str, now: float, held: str | None
) -> Session:
    """Come in through an invite; see `People.redeem`."""
    # The invite's row is held first, so that its last use is spent once.
    row = connection.execute(
        sa.select(invite_table).where(invite_table.c.hash == _hash(token)).with_for_update()
    ).first()
    if row is None:
        raise AccessError(_UNKNOWN)
    current = None if held is None else session(connection, held, now)
    if current is not None and _fits(connection, current, row):
        return current
    _open_invite(row, now)
    if row.annotator is not None:
        person: Annotator | None = annotator(connection, row.annotator)
        if person is not None and not person.active:
            raise AccessError(
                "this annotator is switched off; the project's owner can switch it on"
            )
    else:
        person = _new_person(connection, row, name)
    if row.uses_left is not None:
        connection.execute(
            sa.update(invite_table)
            .where(invite_table.c.number == row.number)
            .values(uses_left=row.uses_left - 1)
        )
    return _open(connection, row.role, person, now)


def session(connection: sa.Connection, token: str, now: float) -> Session | None:
    """The session with this token, while it works."""
    return sessions(connection, [token], now).get(token)


def sessions(connection: sa.Connection, tokens: Iterable[str], now: float) -> dict[str, Session]:
    """From each of these tokens whose session works to it."""
    by_hash = {_hash(token): token for token in tokens}
    rows = connection.execute(_SESSIONS, {"hashes": list(by_hash), "now": now})
    return {
        by_hash[row.hash]: Session(
            by_hash[row.hash], None if row.id is None else record(row), row.role
        )
        for row in rows
    }


def shut_out(connection: sa.Connection, token: str, now: float) -> ShutOut:
    """Why a session that is not over lets nobody in; empty where there is no such session."""
    row = connection.execute(
        sa.select(session_table.c.role, annotators.c.active)
        .join_from(
            session_table, annotators, session_table.c.annotator == annotators.c.id, isouter=True
        )
        .where(session_table.c.hash == _hash(token), session_table.c.expires_at > now)
    ).first()
    if row is None:
        return ""
    if row.role == _ERASED:
        return "erased"
    return "paused" if row.active is False else ""


def end_session(connection: sa.Connection, token: str) -> None:
    """Forget a session."""
    connection.execute(sa.delete(session_table).where(session_table.c.hash == _hash(token)))


def erase(connection: sa.Connection, id: str, now: float) -> None:
    """Forget who an annotator was; see `People.erase`."""
    number = connection.execute(
        sa.select(annotators.c.number).where(annotators.c.id == id)
    ).scalar()
    if number is None:
        raise AccessError(f"there is no annotator {id[:80]!r} in this store")
    for table in (redemption, message, practice_answer, flag):
        connection.execute(sa.delete(table).where(table.c.annotator == id))
    # A browser that was signed in can be told what happened; whose it was is gone.
    connection.execute(
        sa.update(session_table)
        .where(session_table.c.annotator == id)
        .values(annotator=None, role=_ERASED)
    )
    connection.execute(
        sa.update(invite_table)
        .where(invite_table.c.annotator == id, invite_table.c.expires_at > now)
        .values(expires_at=now)
    )
    connection.execute(
        sa.update(feedback).where(feedback.c.annotator == id).values(note=plain.dumps(""))
    )
    # How far somebody was believed stays, for the fits of then; why may speak of the person.
    connection.execute(
        sa.update(decision).where(decision.c.about == id).values(reason=plain.dumps(""))
    )
    nobody = Annotator(id, f"erased {number}", active=False, settings={"erased": True})
    connection.execute(
        sa.update(annotators)
        .where(annotators.c.id == id)
        .values(
            name=nobody.name,
            groups=plain.dumps(nobody.groups),
            active=False,
            settings=plain.dumps(nobody.settings),
        )
    )


def annotator(connection: sa.Connection, id: str) -> Annotator:
    """One annotator; AccessError when there is none of this id."""
    row = connection.execute(sa.select(annotators).where(annotators.c.id == id)).first()
    if row is None:
        raise AccessError(f"there is no annotator {id[:80]!r} in this store")
    return record(row)


def record(row: Any) -> Annotator:
    """The annotator in a row."""
    return Annotator(
        id=row.id,
        name=row.name,
        species=row.species,
        groups=tuple(plain.loads(row.groups)),
        consented_at=row.consented_at,
        active=row.active,
        settings=plain.loads(row.settings),
    )


def _open_invite(row: Any | None, now: float) -> Access:
    """The role of an invite that still lets somebody in."""
    if row is None:
        raise AccessError(_UNKNOWN)
    if now >= row.expires_at:
        raise AccessError("this invite link has expired; ask the project's owner for a new one")
    if row.uses_left == 0:
        raise AccessError("this invite link is used up; ask the project's owner for a new one")
    role: Access = row.role
    return role


def _fits(connection: sa.Connection, current: Session, row: Any) -> bool:
    """Whether a visitor's session already is what the invite would give.

    An owner's session is never changed for an annotator's by following a link, but a
    person's session from elsewhere does not stand for what this invite gives.
    """
    if current.role != row.role:
        return False
    if row.annotator is not None:
        return current.annotator is not None and current.annotator.id == row.annotator
    if current.annotator is None:
        return True
    taken = connection.execute(
        sa.select(redemption.c.name).where(
            redemption.c.invite == row.number, redemption.c.annotator == current.annotator.id
        )
    ).first()
    return taken is not None


def _new_person(connection: sa.Connection, row: Any, name: str) -> Annotator | None:
    """A new annotator of this name, unless the name was taken through the same invite."""
    cleaned = _clean(name)
    if not cleaned:
        if row.role == "owner":
            return None
        raise AccessError("an annotator needs a name; type one, any that others can tell apart")
    folded = cleaned.casefold()
    taken = connection.execute(
        sa.select(redemption.c.name).where(
            redemption.c.invite == row.number, redemption.c.name == folded
        )
    ).first()
    if taken is not None:
        raise AccessError(
            f"the name {cleaned!r} is taken in this project; if it is yours, come back in the "
            "browser that you used before or ask the owner for a personal link, else type another"
        )
    person = Annotator(new_id(), cleaned)
    connection.execute(
        sa.insert(annotators).values(
            id=person.id,
            name=person.name,
            species=person.species,
            groups=plain.dumps(person.groups),
            active=True,
            settings=plain.dumps(person.settings),
        )
    )
    connection.execute(
        sa.insert(redemption).values(invite=row.number, name=folded, annotator=person.id)
    )
    return person


def _open(connection: sa.Connection, role: Access, person: Annotator | None, now: float) -> Session:
    token = secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(session_table).values(
            hash=_hash(token),
            role=role,
            annotator=None if person is None else person.id,
            expires_at=now + SESSION_DAYS * _DAY_SECONDS,
        )
    )
    return Session(token, person, role)


def _clean(name: str) -> str:
    """The name in one spelling, without invisible characters, cut to a line."""
    normal = unicodedata.normalize("NFKC", name.encode("utf-8", "ignore").decode("utf-8"))
    visible = "".join(c for c in normal if unicodedata.category(c)[0] != "C" or c in "\t\n")
    return " ".join(visible.split())[:MAX_NAME_CHARACTERS]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
