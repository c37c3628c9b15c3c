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


def count(database: Database, now: float | None = None) -> Counts:
    """The counts now, at a cost that does not grow with the number of answers.

    now: leases that ended before it are not counted; None counts them until they are
        handed out again.
    """
    with database.read() as connection:
        finished = connection.execute(sa.select(run.c.stage, run.c.round).distinct()).all()
        done = {(row.stage, row.round) for row in finished}
        number = 1 + max((row.round for row in finished if row.stage == "evaluate"), default=0)
        here = connection.execute(sa.select(queue).where(queue.c.round == number)).first()
        held = sa.select(sa.func.count()).where(slot.c.state == LEASED, slot.c.round == number)
        if now is not None:
            held = held.where(slot.c.lease_until > now)
        leased = connection.execute(held).scalar_one()
        answers = connection.execute(sa.select(tally.c.answers)).scalar_one()
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
