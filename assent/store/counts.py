"""How far the project is: what the loop needs to know to say what comes next."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from assent.store.database import Database
from assent.store.tables import LEASED, queue, run, slot, tally

NO_ROUND = 0  # that of questions from elsewhere; the loop's begin with 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, the answers that they want, how many of these were given, or are worked on."""

    questions: int = 0
    slots: int = 0
    answered: int = 0
    leased: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Stages done and answers given, of the current round.

    round: one after the last that was evaluated; 1 in a new project.
    rollout ... evaluate: whether this stage of the round is done.
    slots: answers wanted; answered: of them given; leased: of them being worked on.
    answers: in force in all rounds, late ones included.
    outside: questions that came from elsewhere, which belong to no round.
    """

    round: int
    imitated: bool
    baseline_evaluated: bool
    rollout: bool
    ask: bool
    reward: bool
    improve: bool
    evaluate: bool
    questions: int
    slots: int
    answered: int
    leased: int
    answers: int
    outside: Asked = Asked()


# Made once: building a statement costs more than running it.
_FINISHED = sa.select(run.c.stage, run.c.round).distinct()
_QUEUE = sa.select(queue).where(queue.c.round == sa.bindparam("of_round"))
_LEASED = sa.select(sa.func.count()).where(
    slot.c.state == LEASED,
    slot.c.round == sa.bindparam("of_round"),
    slot.c.lease_until > sa.bindparam("now"),
)
_ANSWERS = sa.select(tally.c.answers)
_CURRENT = (
    sa.select((1 + sa.func.coalesce(sa.func.max(run.c.round), 0)).label("number"))
    .where(run.c.stage == "evaluate")
    .subquery()
)
_EVERY = queue.alias()
_WANTED = sa.select(sa.func.sum(_EVERY.c.slots - _EVERY.c.done)).where(
    _EVERY.c.done < _EVERY.c.slots
)
_OUTSIDE = queue.alias()
_PROGRESS = (
    sa.select(
        _CURRENT.c.number,
        queue.c.slots,
        queue.c.done,
        _WANTED.scalar_subquery().label("wanted"),
        _OUTSIDE.c.slots.label("outside_slots"),
        _OUTSIDE.c.done.label("outside_done"),
    )
    .join_from(_CURRENT, queue, queue.c.round == _CURRENT.c.number, isouter=True)
    .join(_OUTSIDE, _OUTSIDE.c.round == NO_ROUND, isouter=True)
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The current round, how many answers it wants, and how many of them were given.

    wanted: answers that are still wanted, of all rounds and of questions that have none.
    outside_slots, outside_answered: of questions that have none alone.
    """

    round: int
    slots: int
    answered: int
    wanted: int
    outside_slots: int
    outside_answered: int


def progress(database: Database) -> Progress:
    """How far the current round is, in one look-up."""
    with database.read() as connection:
        row = connection.execute(_PROGRESS).one()
    return Progress(
        round=int(row.number),
        slots=int(row.slots or 0),
        answered=int(row.done or 0),
        wanted=int(row.wanted or 0),
        outside_slots=int(row.outside_slots or 0),
        outside_answered=int(row.outside_done or 0),
    )


def count(database: Database, now: float | None = None) -> Counts:
    """The counts now, at a cost that does not grow with the number of answers.

    now: leases that ended before it are not counted; None counts them until they are
        handed out again.
    """
    with database.read() as connection:
        finished = connection.execute(_FINISHED).all()
        done = {(row.stage, row.round) for row in finished}
        number = 1 + max((row.round for row in finished if row.stage == "evaluate"), default=0)
        ended = -1.0 if now is None else now  # a lease that was given back ended at 0
        here = _asked(connection, number, ended)
        outside = _asked(connection, NO_ROUND, ended)
        answers = connection.execute(_ANSWERS).scalar_one()
    return Counts(
        round=number,
        imitated=any(stage == "imitate" for stage, _ in done),
        baseline_evaluated=("evaluate", 0) in done,
        rollout=("rollout", number) in done,
        ask=("ask", number) in done,
        reward=("reward", number) in done,
        improve=("improve", number) in done,
        evaluate=("evaluate", number) in done,
        questions=here.questions,
        slots=here.slots,
        answered=here.answered,
        leased=here.leased,
        answers=answers,
        outside=outside,
    )


def _asked(connection: sa.Connection, round: int, now: float) -> Asked:
    """What is asked in one round."""
    here = connection.execute(_QUEUE, {"of_round": round}).first()
    if here is None:
        return Asked()
    leased = connection.execute(_LEASED, {"of_round": round, "now": now}).scalar_one()
    return Asked(here.questions, here.slots, here.done, leased)
