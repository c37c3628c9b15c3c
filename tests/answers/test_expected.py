from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assent.answers.expected import said
from assent.answers.fit import Fitted, fit
from assent.answers.judged import judged
from assent.crowd import agreement
from assent.interop.collection import Collection, scales_of
from assent.interop.gathering import Gathering, Said
from tests.interop.written import read, row


def rated(levels: int, low: float, high: float, careless: int, seed: int = 0) -> Collection:
    """Twelve items of rising worth rated by 8 people; the last `careless` of them at random."""
    rng = np.random.default_rng(seed)
    worth = np.linspace(-3, 3, 12)
    gathering = Gathering()
    options = {"levels": levels, "low": low, "high": high, "scale": "rating"}
    edges = np.linspace(-2, 2, levels - 1)
    for item, u in enumerate(worth):
        gathering.entry(f"i{item:02d}", item, None)
        for who in range(8):
            level = int((u + rng.logistic(scale=0.5) > edges).sum())
            if who >= 8 - careless:
                level = int(rng.integers(levels))
            row_of = gathering.items_of(f"i{item:02d}")
            gathering.add(Said(f"w{who}", "rating", row_of, None, options, level), "here")
    return gathering.collection()


def answers(collection: Collection, fitted: Fitted) -> list[tuple[dict[str, float], ...]]:
    scales = scales_of((q.kind, q.options) for q in collection.queries.values())
    found = said(fitted, scales, np.random.default_rng(0))
    told = dict(zip((thing.key for thing in fitted.things), found, strict=True))
    as_met = [told[thing.key] for thing in judged(collection).things]
    return [(each.expected, each.consensus) for each in as_met]


def test_ratings_are_expected_in_the_units_of_the_file() -> None:
    collection = rated(5, 10, 50, careless=0)
    values = [new["rating"] for new, _ in answers(collection, fit(collection))]
    assert 10 < values[0] < 20
    assert 40 < values[-1] < 50
    assert np.corrcoef(values, np.arange(12))[0, 1] > 0.95


def test_the_careless_draw_the_new_to_the_middle_more_than_those_who_are_believed() -> None:
    collection = rated(5, 1, 5, careless=4)
    found = answers(collection, fit(collection))
    ends = [abs(found[item][which]["rating"] - 3) for item in (0, -1) for which in (0, 1)]
    assert ends[1] > ends[0]
    assert ends[3] > ends[2]


def test_an_approval_is_expected_as_a_probability(tmp_path: Path) -> None:
    items = [row("q2", f"w{k}", "binary", int(n > 0), response=n) for k in range(9) for n in (0, 2)]
    collection = read(tmp_path, *items)
    (bad, good) = answers(collection, fit(collection))
    assert bad[0]["approval"] < 0.3 < 0.7 < good[0]["approval"]


def test_each_dimension_has_its_own_scales_and_comparisons_none(tmp_path: Path) -> None:
    collection = read(
        tmp_path,
        row("q3", "ann", "rating", 2, scale=[1, 5], dimension="tone"),
        row("q3", "ann", "rating", 7, scale=[1, 9]),
        row("q1", "ann", "pair", 0, dimension="wit"),
    )
    found = [set(new) for new, _ in answers(collection, fit(collection))]
    assert found == [{"rating 1 to 5 of tone"}, {"rating 1 to 9"}, set(), set()]


def test_one_answer_of_a_wide_crowd_says_what_the_prior_says(tmp_path: Path) -> None:
    """Nearly nothing is known, and all priors are symmetric about the middle of the scale."""
    collection = read(tmp_path, row("q3", "ann", "rating", 3, scale=[1, 5]))
    ((new, believed),) = answers(collection, fit(collection))
    assert new["rating 1 to 5"] == pytest.approx(3, abs=0.4)
    assert believed["rating 1 to 5"] == pytest.approx(3, abs=0.4)


def test_two_scales_of_one_name_are_told_apart_by_their_levels(tmp_path: Path) -> None:
    rows = [
        row("q3", f"w{n}", "rating", 1 + n % levels, scale=[1, 9], levels=levels)
        for levels in (3, 9)
        for n in range(12)
    ]
    rows = [{**each, "value": 1 + 8 * (n % 2)} for n, each in enumerate(rows)]
    collection = read(tmp_path, *rows)
    fitted = fit(collection)
    names = {"rating 1 to 9 (3 levels)", "rating 1 to 9 (9 levels)"}
    assert set(answers(collection, fitted)[0][0]) == names
    assert {each.about for each in fitted.agreements} == names
    headings = [line for line in agreement([a.json() for a in fitted.agreements]) if line[0] != " "]
    assert len(headings) == 2
