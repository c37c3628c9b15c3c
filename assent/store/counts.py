"""How far the project is: what the loop needs to know to say what comes next."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from assent.store.database import Database
from assent.store.tables import LEASED, queue, run, slot, tally


@dataclass(frozen=True, slots=True)
class Counts:
    """Stages done and answers given, of the current round.

    round: one after the last that was evaluated; 1 in a new project.
    rollout ... evaluate: whether this stage of the round is done.
    slots: answers wanted; answered: of them given; leased: of them being worked on.
    answers: in force in all rounds, late ones included.
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
_PROGRESS = sa.select(_CURRENT.c.number, queue.c.slots, queue.c.done).join_from(
    _CURRENT, queue, queue.c.round == _CURRENT.c.number, isouter=True
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The current round, how many answers it wants, and how many of them were given."""

    round: int
    slots: int
    answered: int


def progress(database: Database) -> Progress:
    """How far the current round is, in one look-up."""
    with database.read() as connection:
        row = connection.execute(_PROGRESS).one()
    return Progress(int(row.number), int(row.slots or 0), int(row.done or 0))


def count(database: Database, now: float | None = None) -> Counts:
    """The counts now, at a cost that does not grow with the number of answers.

    now: leases that ended before it are not counted; None counts them until they are
        handed out again.
    """
    with database.read() as connection:
        finished = connection.execute(_FINISHED).all()
        done = {(row.stage, row.round) for row in finished}
        number = 1 + max((row.round for row in finished if row.stage == "evaluate"), default=0)
        here = connection.execute(_QUEUE, {"of_round": number}).first()
        ended = -1.0 if now is None else now  # a lease that was given back ended at 0
        leased = connection.execute(_LEASED, {"of_round": number, "now": ended}).scalar_one()
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
        questions=here.questions if here else 0,
        slots=here.slots if here else 0,
        answered=here.done if here else 0,
        leased=leased,
        answers=answers,
    )
