"""Many who ask at once get what they would get one after the other; on both databases."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from assent.errors import AssentError
from assent.store.picking import Want
from assent.store.store import Store
from assent.store.tables import STATE_FREE
from assent.store.tables import slot as slots
from tests.store.made import LEASE_SECONDS, NOW, answer, claim, people, query

PEOPLE = ("ada", "bo", "cy", "di", "ed")


def _expected(
    queue: list[str], known: dict[str, set[str]], wants: list[Want]
) -> list[tuple[str, list[str]]]:
    """Who gets which questions: each in turn the first slots of questions they do not know.

    queue: the question of each free slot, in turn.
    """
    taken: set[int] = set()
    given = []
    for want in wants:
        mine: list[str] = []
        for place, asked in enumerate(queue):
            if len(mine) == want.limit:
                break
            if place not in taken and asked not in known[want.annotator] | set(mine):
                mine.append(asked)
                taken.add(place)
        given.append((want.annotator, mine))
    return given


@pytest.mark.parametrize("seed", range(6))
def test_many_at_once_get_what_they_would_get_one_after_the_other(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    people(store, *PEOPLE)
    wanted = {f"q{n:02d}": rng.choice((1, 2, 3)) for n in range(40)}
    store.questions.add([query(id, answers_wanted=n) for id, n in wanted.items()], {})
    known: dict[str, set[str]] = {name: set() for name in PEOPLE}
    for name in PEOPLE:
        for slot in claim(store, name, limit=rng.randrange(12)):
            if rng.random() < 0.7:
                answer(store, slot, name)
            else:
                store.questions.release(slot.id, slot.lease_token)
                continue
            known[name].add(slot.query.id)
    store.questions.claim_all([Want("ada", 0)], NOW + 1, LEASE_SECONDS)  # returns what was released
    left = _free_in_turn(store)
    wants = [Want(name, rng.randrange(1, 9)) for name in rng.sample(PEOPLE, 4)]

    found = store.questions.claim_all(wants, NOW + 2, LEASE_SECONDS)

    got = []
    for want, each in zip(wants, found, strict=True):
        assert not isinstance(each, AssentError)
        got.append((want.annotator, [slot.query.id for slot in each]))
    assert got == _expected(left, known, wants)


def _free_in_turn(store: Store) -> list[str]:
    """The question of every free slot, in turn, as the database has it."""
    chosen = sa.select(slots.c.query).where(slots.c.state == STATE_FREE).order_by(slots.c.turn)
    with store._database.read() as connection:
        return list(connection.execute(chosen).scalars())


def test_more_than_one_look_serves_a_crowd(store: Store) -> None:
    names = [f"p{n:03d}" for n in range(60)]
    people(store, *names)
    store.questions.add([query(f"q{n:04d}") for n in range(1000)], {})

    found = store.questions.claim_all([Want(name, 10) for name in names], NOW, LEASE_SECONDS)

    asked = [[slot.query.id for slot in each] for each in found]  # type: ignore[union-attr]
    assert asked == [[f"q{10 * n + k:04d}" for k in range(10)] for n in range(60)]


def test_who_answered_the_head_of_the_queue_is_served_from_behind_it(store: Store) -> None:
    people(store, "ada", "bo")
    store.questions.add([query(f"q{n:03d}", answers_wanted=2) for n in range(50)], {})
    for slot in claim(store, "ada", limit=40):
        answer(store, slot, "ada")

    found = store.questions.claim_all([Want("bo", 3), Want("ada", 3)], NOW, LEASE_SECONDS)

    asked = [[slot.query.id for slot in each] for each in found]  # type: ignore[union-attr]
    assert asked == [["q000", "q001", "q002"], ["q040", "q041", "q042"]]


def test_an_older_round_serves_whom_the_newest_cannot(store: Store) -> None:
    people(store, "ada", "bo", "cy")
    store.questions.add([query(f"old{n}") for n in range(9)], {})
    store.questions.add([query(f"new{n}", round=2) for n in range(4)], {})

    wants = [Want("ada", 3), Want("bo", 3), Want("cy", 2)]
    found = store.questions.claim_all(wants, NOW, LEASE_SECONDS)

    asked = [[slot.query.id for slot in each] for each in found]  # type: ignore[union-attr]
    assert asked == [["new0", "new1", "new2"], ["new3", "old0", "old1"], ["old2", "old3"]]
