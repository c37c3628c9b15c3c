from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import kendalltau

from assent.answers.agreement import agreements
from assent.answers.judged import judged
from assent.feedback.quality import krippendorff_alpha
from assent.interop.collection import Collection
from assent.interop.gathering import Gathering, Said

Row = tuple[str | None, str, tuple[str, ...], object, str | None]


def gathered(rows: Sequence[Row]) -> Collection:
    """Annotator, kind, names of items, value and dimension of each answer, in this order."""
    gathering = Gathering(repeats=True)
    for name in dict.fromkeys(name for row in rows for name in row[2]):
        gathering.entry(name, None, None)
    for number, (who, kind, names, value, dimension) in enumerate(rows):
        items = tuple(gathering.items_of(name)[0] for name in names)
        levels = {"levels": 5 if kind == "rating" else 2}
        said = Said(who, kind, items, dimension, {} if kind == "ranking" else levels, value)
        gathering.add(said, f"labels:{number}")
    return gathering.collection()


def told(
    rows: Sequence[Row],
) -> dict[str, float]:
    found = agreements(judged(gathered(rows)))
    return {f"{each.about}: {each.statistic}": each.estimate.value or 0.0 for each in found}


def test_ratings_agree_as_in_a_table() -> None:
    rng = np.random.default_rng(0)
    table = np.clip(rng.integers(0, 4, 12) + rng.integers(0, 2, (3, 12)), 0, 4)
    rows = [
        (f"a{a}", "rating", (f"i{i}",), int(table[a, i]), None) for a in range(3) for i in range(12)
    ]
    found = told(rows)
    for level in ("nominal", "ordinal", "interval"):
        expected = krippendorff_alpha(table, level, rng).value
        (name,) = [n for n in found if n.endswith(f"alpha, {level}")]
        assert found[name] == pytest.approx(expected)


def test_an_annotator_s_second_answer_is_not_another_s() -> None:
    rows = [("a", "approval", ("i",), 1, None), ("a", "approval", ("i",), 0, None)]
    assert told([*rows, ("b", "approval", ("i",), 1, None)])["approval: same answer"] == 1


def test_those_without_a_name_count_each() -> None:
    rows = [(None, "approval", ("i",), v, None) for v in (1, 1, 0)]
    assert told(rows)["approval: same answer"] == pytest.approx(1 / 3)


def test_a_pair_the_other_way_round_is_the_same_question() -> None:
    rows = [("a", "comparison", ("i", "j"), 0, None), ("b", "comparison", ("j", "i"), 1, None)]
    assert told(rows)["comparison: same answer"] == 1


def test_dimensions_are_told_apart() -> None:
    rows = [(w, "ranking", ("i", "j", "k"), (0, 1, 2), "wit") for w in "ab"]
    rows += [("a", "ranking", ("i", "j", "k"), (0, 1, 2), "tact")]
    rows += [("b", "ranking", ("k", "j", "i"), (0, 2, 1), "tact")]
    found = told(rows)
    assert found["ranking of wit: Kendall's tau-b"] == pytest.approx(1)
    # i j k are ranked 0 1 2, and by b 1 2 0.
    expected = kendalltau([0, 1, 2], [1, 2, 0]).statistic
    assert found["ranking of tact: Kendall's tau-b"] == pytest.approx(expected)
