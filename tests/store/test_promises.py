"""The store's promises under pressure: many threads, kill -9, a full disk; on both databases."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assent.store.store import Store, open_store
from tests.store.made import NOW, answer, claim, people, query, said

THREADS = 50
ROOT = Path(__file__).parents[2]


def together(work: Callable[[int], object]) -> list[object]:
    """Call `work(0)` to `work(49)` in 50 threads at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


def test_fifty_people_at_once_give_exactly_the_answers_wanted(store: Store) -> None:
    people(store, *(f"p{n}" for n in range(THREADS)))
    store.questions.add([query(f"q{n}", answers_wanted=1 + n % 3) for n in range(40)], {})

    def work(number: int) -> None:
        while slots := claim(store, f"p{number}", limit=2):
            for slot in slots:
                answer(store, slot, f"p{number}")

    together(work)
    given = store.answers.current()
    wanted = {f"q{n}": 1 + n % 3 for n in range(40)}
    assert Counter(event.query for event in given) == wanted
    assert len({(event.query, event.annotator) for event in given}) == sum(wanted.values())
    assert not any(event.late for event in given)
    counts = store.counts()
    assert (counts.slots, counts.answered, counts.leased) == (sum(wanted.values()),) * 2 + (0,)


def test_fifty_claims_of_one_person_at_once_give_one_slot(store: Store) -> None:
    people(store, "ada")
    store.questions.add([query(f"q{n}") for n in range(9)], {})
    tokens = together(lambda _: claim(store, "ada")[0].lease_token)
    assert len(set(tokens)) == 1


def test_fifty_retries_at_once_are_one_answer(store: Store) -> None:
    people(store, "ada")
    store.questions.add([query("q")], {})
    [slot] = claim(store, "ada")
    event = said(slot, "ada")

    def work(_: int) -> bool:
        return store.answers.add(event, slot.id, slot.lease_token, "k", NOW).duplicate

    assert sorted(map(bool, together(work))) == [False] + [True] * (THREADS - 1)
    assert store.answers.all() == [event]


def test_threads_whose_leases_run_out_never_overfill_a_question(store: Store) -> None:
    people(store, *(f"p{n}" for n in range(THREADS)))
    store.questions.add([query(f"q{n}", answers_wanted=2) for n in range(5)], {})

    def work(number: int) -> None:
        # Everybody's lease is over before the next one asks, and everybody answers all the same.
        for slot in store.questions.claim(f"p{number}", 2, NOW + number, 0.5):
            answer(store, slot, f"p{number}", now=NOW + number)

    together(work)
    punctual = Counter(event.query for event in store.answers.current() if not event.late)
    assert punctual == {f"q{n}": 2 for n in range(5)}
    assert store.counts().answered == 10


def _start(folder: Path, url: str | None, limit: int = 0) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.store.writer",
        str(folder),
        "ada",
        url or "",
        str(limit),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_answer_and_doubles_none(
    tmp_path: Path, database_url: str | None
) -> None:
    rng = random.Random(0)
    with open_store(tmp_path, database_url) as store:
        people(store, "ada")
        store.questions.add([query(f"q{n}") for n in range(3000)], {})
    acknowledged: list[str] = []
    for _ in range(4):
        with _start(tmp_path, database_url) as writer:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().split()[1] for _ in range(20)]
            time.sleep(rng.random() * 0.02)
            writer.kill()
            rest = writer.stdout.read()
            whole = rest[: rest.rfind("\n") + 1].splitlines()  # a last line may be cut
            acknowledged += [line.split()[1] for line in whole]
    with open_store(tmp_path, database_url) as store:
        kept = store.answers.all()
        assert set(acknowledged) <= {event.id for event in kept}
        assert max(Counter(event.query for event in kept).values()) == 1
        assert len(kept) == store.answers.last_event() == store.counts().answered
        # Killed after the commit and before the print: at most one a time.
        assert len(kept) - len(acknowledged) <= 4


@pytest.mark.slow
def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        people(store, "ada")
        store.questions.add([query(f"q{n}") for n in range(500)], {})
    with _start(tmp_path, None, limit=1_000_000) as writer:
        assert writer.stdout is not None
        lines = writer.stdout.read().splitlines()
    words = [line.split(maxsplit=1) for line in lines]
    assert [word[0] for word in words[-3:]] == ["error", "kept", "end"]
    assert "the disk is full or refuses to write; free some space" in words[-3][1]
    with open_store(tmp_path) as store:
        kept = [event.id for event in store.answers.all()]
    assert kept == [word[1] for word in words if word[0] == "kept"]
