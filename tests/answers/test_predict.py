from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.answers.fit import Fitted, fit
from assent.answers.predict import Summary
from assent.errors import DataError
from assent.interop import files
from assent.interop.collection import NOTHING, Collection, Known, known_of
from assent.interop.tables import Table
from assent.records import Json
from tests.answers.made import pairs, split
from tests.interop.written import read, row

COARSE = Table("rating", 5, -100, 100)


def foretold(fitted: Fitted, collection: Collection) -> tuple[Summary, list[Json]]:
    return fitted.predict(collection, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("label", "names"),
    [
        (row("q1", "ann", "pair", 1), {"0", "1", "tie"}),
        (row("q1", "ann", "pair", 1, ties=False), {"0", "1"}),
        (row("q1", "ann", "pair", 1, strength=2), {"0 much", "0", "tie", "1", "1 much"}),
        (row("q3", "ann", "rating", -1, scale=[-1, 1]), {"-1", "0", "1"}),
        (row("q3", "ann", "binary", 1), {"0", "1"}),
        (
            row("q2", "ann", "ranking", [3, 1, 2]),
            {"1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1"},
        ),
    ],
)
def test_every_possible_answer_has_a_probability(
    tmp_path: Path, label: dict[str, Any], names: set[str]
) -> None:
    said = read(tmp_path, label)
    _, (told,) = foretold(fit(said), said)
    chances = told["probabilities"]
    assert set(chances) == names
    assert sum(chances.values()) == pytest.approx(1, abs=1e-6)
    assert chances[told["given"]] == pytest.approx(told["probability"])
    # It was fitted to this very answer, so that nothing else can be likelier.
    assert chances[told["given"]] == max(chances.values())


def test_the_log_loss_is_that_of_the_probabilities() -> None:
    before, rest = split(pairs(300), 200)
    summary, rows = foretold(fit(before), rest)
    assert summary.log_loss == pytest.approx(-np.mean(np.log([r["probability"] for r in rows])))
    right = [max(r["probabilities"], key=r["probabilities"].get) == r["given"] for r in rows]
    assert summary.accuracy == pytest.approx(np.mean(right))


def test_the_error_of_ratings_is_in_their_own_units(tmp_path: Path) -> None:
    said = read(
        tmp_path, *(row("q3", f"w{n}", "rating", 0, scale=[0, 100], levels=3) for n in (1, 2))
    )
    summary, rows = foretold(fit(said), said)
    # Both gave 0, so that each one's error is what was expected of them.
    means = [50 * r["probabilities"]["50"] + 100 * r["probabilities"]["100"] for r in rows]
    assert summary.rmse == pytest.approx(np.sqrt(np.mean(np.square(means))), rel=1e-6)


def test_somebody_new_answers_as_the_crowd_does() -> None:
    before, rest = split(pairs(660, inverted=1), 600)
    fitted = fit(before)
    first = rest.answers[0]
    asked = Collection(rest.items, rest.entries, rest.queries, (first,))
    inverted = Collection(*parts(asked, "p5"))
    stranger = Collection(*parts(asked, "nobody before"))
    typical = Collection(*parts(asked, "p0"))
    chances = [
        foretold(fitted, each)[1][0]["probabilities"]["0"] for each in (typical, stranger, inverted)
    ]
    assert (chances[0] - 0.5) * (chances[1] - 0.5) > 0
    assert (chances[0] - 0.5) * (chances[2] - 0.5) < 0


def parts(collection: Collection, who: str) -> tuple[Any, Any, Any, Any]:
    from dataclasses import replace

    answers = tuple(replace(answer, annotator=who) for answer in collection.answers)
    return collection.items, collection.entries, collection.queries, answers


def test_items_that_nobody_judged_are_even_chances(tmp_path: Path) -> None:
    fitted = fit(pairs(60))
    new = read(tmp_path, row("q1", "p0", "pair", 0, ties=False))
    _, (told,) = foretold(fitted, new)
    assert told["probabilities"]["0"] == pytest.approx(0.5, abs=0.15)


def test_long_rankings_are_measured_by_their_pairs(tmp_path: Path) -> None:
    items = [{"item_id": "long", "prompt": "p", "responses": list("abcdef")}]
    from assent.interop import files
    from tests.interop.written import write

    rows = [row("long", f"w{n}", "ranking", [1, 2, 3, 4, 5, 6]) for n in range(5)]
    said = files.read(write(tmp_path, rows, items))
    summary, told = foretold(fit(said), said)
    assert (summary.accuracy, summary.pairs) == (None, 1.0)
    assert told[0]["probabilities"] == {}


def test_a_file_without_answers_cannot_be_predicted() -> None:
    with pytest.raises(DataError, match="no answer"):
        foretold(fit(pairs(50)), NOTHING)


def table(folder: Path, name: str, labels: list[float]) -> Path:
    path = folder / name
    rows = [f"w{n % 5},i{n // 5},{label:g}" for n, label in enumerate(labels)]
    path.write_text("\n".join(["worker,item,label", *rows]) + "\n", "utf-8")
    return path


def test_the_error_of_a_rating_counts_from_what_the_file_says(tmp_path: Path) -> None:
    """13 stands between the levels 0 and 50, and is read as 0; the error is not."""
    before = files.read(table(tmp_path, "a.csv", [-100, 0, 100, 50, -50] * 4), COARSE)
    fitted = fit(before)
    known = Known(before.entries, known_of(before).scales)
    later = files.read(table(tmp_path, "b.csv", [13]), COARSE, known=known)
    summary, (told,) = fitted.predict(later, np.random.default_rng(0))
    assert told["given"] == "13"
    chances = {float(value): chance for value, chance in told["probabilities"].items()}
    assert list(chances) == [-100, -50, 0, 50, 100]
    mean = sum(value * chance for value, chance in chances.items())
    assert told["expected"] == pytest.approx(mean)
    assert summary.rmse == pytest.approx(abs(mean - 13))


def test_every_answer_s_probabilities_sum_to_one(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        row("q1", "ann", "pair", 0),
        row("q1", "bea", "pair", 0, strength=1),
        row("q1", "cal", "pair", 0, ties=False),
        row("q2", "ann", "ranking", [1, 2, 3]),
        row("q2", "bea", "ranking", [1, 1, 2]),
        row("q2", None, "binary", 1, response=0),
        row("q3", "bea", "rating", 9, scale=[1, 9], dimension="tone"),
        row("q3", "cal", "rating", 3.7, scale=[0, None]),
    )
    _, rows = fit(said).predict(said, np.random.default_rng(0))
    counts = [len(told["probabilities"]) for told in rows]
    assert counts == [3, 5, 2, 6, 6, 2, 9, 2]
    for told in rows:
        assert sum(told["probabilities"].values()) == pytest.approx(1)
        assert told["log_probability"] == pytest.approx(np.log(told["probability"]))


def test_an_approval_is_spelled_as_the_table_spells_it(tmp_path: Path) -> None:
    labels = files.read(table(tmp_path, "a.csv", [1, 2, 2, 1, 2]), Table("approval"))
    _, rows = fit(labels).predict(labels, np.random.default_rng(0))
    assert [told["given"] for told in rows] == ["1", "2", "2", "1", "2"]
    assert set(rows[0]["probabilities"]) == {"1", "2"}
