from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assent.answers.fit import Worth, fit
from assent.answers.state import restored, state
from assent.errors import CheckpointError, DataError
from assent.interop import files
from assent.interop.collection import NOTHING, Collection
from assent.records import Json
from tests.answers.made import WORTH, pairs, split
from tests.interop.written import read, row, write


def test_items_come_out_in_their_true_order() -> None:
    said = pairs(600)
    best_first = [score.name for score in fit(said).scores(said)]
    assert best_first == [f"essay-{n}" for n in reversed(range(len(WORTH)))]


def test_somebody_who_prefers_the_worse_is_told_in_words() -> None:
    people = fit(pairs(600, inverted=1)).people()
    assert [p["annotator"] for p in people if p["flags"]] == ["p5"]
    assert people[5]["sensitivity"] < 0


def test_with_everybody_pooled_nobody_is_described() -> None:
    assert fit(pairs(60), pooled=True).people() == []


def test_answers_that_were_kept_aside_are_measured_on() -> None:
    held_out = fit(pairs(600), held_out=0.2).held_out
    assert held_out is not None
    assert held_out.answers == 120
    assert held_out.log_loss < np.log(2)


def test_few_answers_are_all_learnt_from() -> None:
    assert fit(pairs(20)).held_out is None


def test_answers_of_any_kind_and_dimension_are_fitted_together(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        row("q1", "ann", "pair", 0),
        row("q2", "ann", "ranking", [1, 2, 3]),
        row("q2", None, "binary", 1, response=0),
        row("q3", "bea", "rating", 9, scale=[1, 9], dimension="tone"),
    )
    fitted = fit(said)
    assert {score.dimension for score in fitted.scores(said)} == {None, "tone"}
    assert fitted.annotators == ("ann", "anonymous", "bea")
    assert sorted(fitted.counts.tolist()) == [1, 1, 1, 1, 3]


def test_without_answers_there_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DataError, match="assent import"):
        fit(NOTHING)


@pytest.mark.parametrize("value", ["tie", 0])
def test_a_single_answer_that_is_always_the_same_gives_finite_worths(
    value: object, tmp_path: Path
) -> None:
    said = read(tmp_path, *(row("q1", f"w{n}", "pair", value) for n in range(50)))
    fitted = fit(said)
    assert np.isfinite([*fitted.fit.utilities, *fitted.fit.errors]).all()


def test_a_fit_comes_back_as_it_was() -> None:
    before, rest = split(pairs(120), 100)
    fitted = fit(before, held_out=0.0)
    again = restored(*state(fitted))
    one = fitted.predict(rest, np.random.default_rng(0))
    assert again.predict(rest, np.random.default_rng(0)) == one
    assert again.scores(before) == fitted.scores(before)


def test_a_damaged_fit_is_refused() -> None:
    weights, details = state(fit(pairs(50)))
    with pytest.raises(CheckpointError, match="damaged"):
        restored(weights[:-100], details)
    with pytest.raises(CheckpointError, match="make"):
        restored(weights, {**details, "make": "other"})


def rated(tmp_path: Path, count: int, seed: int, name: str) -> Collection:
    """Approvals of replies to easy and to hard prompts by two halves of a crowd with opposite
    views of them."""
    rng = np.random.default_rng(0)
    views, ease = rng.normal(0, 2, (2, 24)), np.repeat([2.5, -2.5], 12)
    items = [
        {"item_id": f"i{n}", "prompt": "easy" if n < 12 else "hard", "responses": [f"reply {n}"]}
        for n in range(24)
    ]
    rng = np.random.default_rng(seed)
    labels: list[Json] = []
    for _ in range(count):
        item, who = int(rng.integers(24)), int(rng.integers(12))
        good = views[who % 2, item] + ease[item] + rng.logistic() > 0
        labels.append(row(f"i{item}", f"p{who}", "binary", int(good), time=len(labels)))
    return files.read(write(tmp_path / name, labels, items), repeats=True)


@pytest.mark.parametrize("worth", [Worth(taste=1), Worth(prompts=True)])
def test_taste_and_prompts_are_fitted_where_that_is_chosen(tmp_path: Path, worth: Worth) -> None:
    learnt, unseen = rated(tmp_path, 1200, 1, "learnt"), rated(tmp_path, 400, 2, "unseen")
    plain, chosen = fit(learnt), fit(learnt, worth=worth)
    kept = restored(*state(chosen))
    figures = [
        each.predict(unseen, np.random.default_rng(0))[0].log_loss for each in (plain, chosen, kept)
    ]
    assert figures[1] == figures[2]
    if worth.taste:
        assert figures[1] < figures[0] - 0.03
    else:
        assert chosen.fit.fitted is not None
        assert np.ptp(chosen.fit.fitted.offsets) > 1


def ranked(tmp_path: Path, seed: int, count: int) -> Collection:
    """Two tastes: half of the people order six things the one way, half the other."""
    rng = np.random.default_rng(seed)
    items = [{"item_id": "all", "prompt": "p", "responses": [f"reply {n}" for n in range(6)]}]
    labels: list[Json] = []
    for number in range(count):
        who = number % 10
        worth = np.array([2, -2, 1, -1, 0, 0.5]) * (1 if who < 5 else -1)
        four = rng.choice(6, 4, replace=False)
        ranks = np.argsort(np.argsort(-worth[four] - rng.gumbel(size=4))) + 1
        said = ranks.tolist()
        labels.append(row("all", f"p{who}", "ranking", said, responses=four.tolist(), time=number))
    return files.read(write(tmp_path / f"{seed}", labels, items), repeats=True)


def test_rankings_are_foretold_also_where_people_differ_in_taste(tmp_path: Path) -> None:
    learnt, unseen = ranked(tmp_path, 1, 200), ranked(tmp_path, 2, 60)
    found = [fit(learnt), fit(learnt, worth=Worth(taste=1))]
    (plain, _), (tasted, rows) = (f.predict(unseen, np.random.default_rng(0)) for f in found)
    assert tasted.log_loss < plain.log_loss
    assert {len(each["probabilities"]) for each in rows} == {24}
    assert all(each["answer"] == each["given"] for each in rows)


@pytest.mark.parametrize("kind", ["pair", "ranking", "rating"])
def test_the_order_of_lines_changes_nothing(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(5)
    labels: list[Json] = []
    for number in range(120):
        entry, who = f"e{number % 9}", f"p{number % 8}"
        said = {"pair": int(rng.integers(2)), "rating": int(rng.integers(1, 6))}
        value = said.get(kind, (rng.permutation(3) + 1).tolist())
        more = {"scale": [1, 5], "response": number % 3} if kind == "rating" else {}
        more |= {"responses": [number % 3, (number + 1) % 3]} if kind == "pair" else {}
        labels.append(row(entry, who, kind, value, time=number, **more))
    items = [
        {"item_id": f"e{n}", "prompt": f"p{n}", "responses": [f"{n}{k}" for k in "abc"]}
        for n in range(9)
    ]
    said_before = fit(files.read(write(tmp_path / "one", labels, items), repeats=True))
    mixed = [labels[n] for n in rng.permutation(len(labels))]
    turned = [items[n] for n in rng.permutation(len(items))]
    again = fit(files.read(write(tmp_path / "two", mixed, turned), repeats=True))
    assert again.things == said_before.things
    assert again.fit.utilities == pytest.approx(said_before.fit.utilities, abs=2e-3)
    assert again.fit.people.sensitivity == pytest.approx(
        said_before.fit.people.sensitivity, abs=2e-3
    )
    assert again.held_out is not None
    assert said_before.held_out is not None
    assert again.held_out.log_loss == pytest.approx(said_before.held_out.log_loss, abs=2e-3)
