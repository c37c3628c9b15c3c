from __future__ import annotations

from pathlib import Path

from assent.answers.judged import judged
from assent.answers.stored import Taken, everything, known, seen, take_in
from assent.interop import files
from assent.store.store import Store
from tests.answers.made import pairs
from tests.interop.written import read, row


def test_what_went_in_comes_back_and_goes_in_once(store: Store) -> None:
    said = pairs(40)
    assert take_in(store, said, 1.0) == Taken(8, 6, 40, 0)
    back = everything(store)
    assert (back.items, back.entries, back.answers) == (said.items, said.entries, said.answers)
    assert take_in(store, said, 2.0) == Taken(8, 6, 0, 40)
    assert judged(back).evidence.count == 40


def test_a_file_that_grew_brings_only_what_is_new(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [row("q1", None, "pair", 0), row("q1", "ann", "pair", 1)]
    take_in(sqlite_store, read(tmp_path, *rows), 1.0)
    read(tmp_path, row("q2", "ann", "ranking", [1, 2, 2]), *rows, row("q1", None, "pair", 0))
    grown = files.read(tmp_path, known=known(sqlite_store))
    taken = take_in(sqlite_store, grown, 2.0)
    assert (taken.new, taken.known) == (2, 2)


def test_answers_that_the_project_has_are_counted_as_seen(
    sqlite_store: Store, tmp_path: Path
) -> None:
    first = [row("q1", who, "pair", 1) for who in ("ann", None, None)]
    take_in(sqlite_store, read(tmp_path, *first), 1.0)
    read(tmp_path, *first, row("q1", "bea", "pair", 1), row("q1", None, "pair", 0))
    later = files.read(tmp_path, repeats=True, known=known(sqlite_store, answers=False))
    assert seen(sqlite_store, later) == (1, 2)


def test_the_numbers_that_people_gave_are_in_the_store(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [
        row("q2", "ann", "magnitudes", [120, 80.5, 80.5]),
        row("q3", "ann", "rating", 41.5, scale=[0, 100], levels=11),
    ]
    take_in(sqlite_store, read(tmp_path, *rows), 0.0)
    answers = [event.answer or {} for event in everything(sqlite_store).answers]
    assert [answer["given"] for answer in answers] == [[120, 80.5, 80.5], 41.5]
