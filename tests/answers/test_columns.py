from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from assent.answers.fit import fit
from assent.answers.judged import judged
from assent.answers.stored import everything, for_fit, take_in
from assent.store.store import Store
from tests.answers.made import pairs
from tests.interop.written import read, row


def rows_of_every_kind() -> list[dict[str, object]]:
    return [
        row("q1", "ann", "pair", 0),
        row("q1", "bea", "pair", "tie"),
        row("q1", "cal", "pair", 1, strength=2, shown_order=[1, 0]),
        row("q2", "ann", "ranking", [1, 3, 2], shown_order=[2, 0, 1]),
        row("q2", "bea", "ranking", [1, 1, 2]),
        row("q2", None, "binary", 1, response=0),
        row("q2", "cal", "pair", 0, responses=[2, 1]),
        row("q3", "bea", "rating", 9, scale=[1, 9], dimension="tone"),
        row("q3", "ann", "rating", 3, scale=[1, 9], dimension="tone"),
        row("q3", "ann", "rating", 3, scale=[1, 5]),
        row("q3", "cal", "rating", 41.5, scale=[0, 100], levels=11),
        row("q3", "cal", "rating", 88, scale=[0, None], dimension="size"),
        row("q3", "bea", "rating", 12, scale=[0, None], dimension="size"),
        row("q2", "ann", "magnitudes", [5, 1, 2], dimension="tone"),
    ]


def test_columns_are_the_evidence_that_records_give(tmp_path: Path, sqlite_store: Store) -> None:
    said = read(tmp_path, *rows_of_every_kind(), row("q1", "ann", "pair", 1), repeats=True)
    take_in(sqlite_store, said, 0.0)
    expected = judged(everything(sqlite_store))
    _, found = for_fit(sqlite_store)
    assert found.things == expected.things
    assert found.annotators == expected.annotators
    assert found.feedback == expected.feedback
    for name in ("scales", "items", "annotators", "reference"):
        assert getattr(found.evidence, name) == getattr(expected.evidence, name)
    np.testing.assert_array_equal(found.exact, expected.exact)
    assert set(found.exact[~np.isnan(found.exact)]) == {41.5}
    np.testing.assert_array_equal(found.evidence.question, expected.evidence.question)
    np.testing.assert_array_equal(found.evidence.weight, expected.evidence.weight)
    blocks = zip(found.evidence.blocks(), expected.evidence.blocks(), strict=True)
    for one, other in blocks:
        for each in fields(one):
            np.testing.assert_array_equal(getattr(one, each.name), getattr(other, each.name))


def test_the_fullest_scale_of_pairs_is_the_reference(tmp_path: Path, sqlite_store: Store) -> None:
    rows = [row("q3", "ann", "rating", 3, scale=[1, 5])] * 3
    rows += [row("q1", "ann", "pair", 1), row("q1", "bea", "pair", 1, strength=1)]
    take_in(sqlite_store, read(tmp_path, *rows, repeats=True), 0.0)
    _, found = for_fit(sqlite_store)
    assert found.evidence.reference == judged(everything(sqlite_store)).evidence.reference


def test_a_fit_of_a_store_is_that_of_its_records(sqlite_store: Store) -> None:
    take_in(sqlite_store, pairs(120, inverted=1), 0.0)
    collection, read_ = for_fit(sqlite_store)
    by_columns = fit(collection, read=read_)
    by_records = fit(everything(sqlite_store))
    np.testing.assert_array_equal(by_columns.fit.utilities, by_records.fit.utilities)
    assert by_columns.held_out == by_records.held_out


def test_a_store_without_answers_gives_no_evidence(sqlite_store: Store) -> None:
    assert for_fit(sqlite_store)[1].evidence.count == 0
