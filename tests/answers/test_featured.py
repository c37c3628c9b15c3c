"""Projects whose items come with numbers: what nobody judged has a worth too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.answers.fit import Fitted, Worth, fit
from assent.answers.state import restored, state
from assent.errors import DataError
from assent.interop import files
from assent.interop.collection import Collection
from tests.answers.test_commands import run
from tests.interop.written import row, write

TRUTH = np.array([1.5, -1.0, 0.0])


def written(folder: Path, features: bool = True, longer: float = 0.0) -> tuple[Path, Path]:
    """Eighty prompts with two responses; the first half is judged before, the rest later."""
    rng = np.random.default_rng(0)
    items: list[Any] = []
    labels: tuple[list[Any], list[Any]] = ([], [])
    for number in range(80):
        x = rng.normal(size=(2, 3))
        words = rng.integers(1, 60, 2)
        logs = np.log1p(words)
        texts = [f"{number} {side} " + "word " * int(words[side]) for side in range(2)]
        item = {"item_id": f"q{number}", "prompt": f"p{number}", "responses": texts}
        items.append({**item, "features": x.tolist()} if features else item)
        seen = 2 * x @ TRUTH + longer * logs
        for who in range(3):
            value = int(rng.logistic() > seen[0] - seen[1])
            labels[number >= 50].append(row(f"q{number}", f"w{who}", "pair", value, ties=False))
    later = folder / "later.jsonl"
    folder.mkdir(exist_ok=True)
    later.write_text("".join(json.dumps(label) + "\n" for label in labels[1]), "utf-8")
    return write(folder, labels[0], items), later


def read(folder: Path) -> Collection:
    return files.read(folder / "labels.jsonl")


def true_worth(said: Collection, fitted: Fitted) -> tuple[list[float], list[float]]:
    """Found and true, of the items that nobody judged."""
    rest = [score for score in fitted.scores(said) if not score.answers]
    truth = [float(said.described[s.item].observations[0] @ TRUTH) for s in rest]
    return [score.mean for score in rest], truth


def test_items_that_nobody_judged_have_a_worth(tmp_path: Path) -> None:
    said = read(written(tmp_path)[0])
    found, truth = true_worth(said, fit(said))
    assert len(found) == 60
    assert np.corrcoef(found, truth)[0, 1] > 0.9


def test_what_a_crowd_likes_of_length_is_no_worth(tmp_path: Path) -> None:
    said = read(written(tmp_path, longer=2.0)[0])
    with_length, without = (fit(said, worth=Worth(covariates=kinds)) for kinds in (("length",), ()))
    assert with_length.featured is not None
    mean, error = with_length.featured.effects[0]
    assert mean > 3 * error
    likeness = [np.corrcoef(*true_worth(said, f))[0, 1] for f in (with_length, without)]
    assert likeness[0] > likeness[1]


def test_the_verbs_foretell_answers_about_items_that_were_never_judged(tmp_path: Path) -> None:
    folder, later = written(tmp_path / "set")
    project = tmp_path / "project"
    run("init", "answers", project)
    run("import", folder, project)
    run("reward", project)
    found = json.loads(run("predict", project, "--labels", later, "--json"))
    assert found["answers"] == 90
    assert found["log_loss"] < 0.5
    assert found["accuracy"] > 0.75
    assert len(json.loads(run("score", project, "--json"))) == 160


def test_a_fit_on_features_comes_back_as_it_was(tmp_path: Path) -> None:
    said = read(written(tmp_path)[0])
    fitted = fit(said)
    again = restored(*state(fitted))
    one, other = (f.predict(said, np.random.default_rng(0)) for f in (fitted, again))
    assert one == other


def test_clips_are_fitted_by_what_was_seen_and_done(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    seen, done = rng.normal(size=(300, 2)), rng.normal(size=(300, 1))
    start = rng.integers(0, 30, (2, 160)) * 10
    pairs = start[..., None] + np.arange(5)
    worth = (2 * seen[:, 0] - done[:, 0])[pairs].sum(-1)
    label = (rng.logistic(size=160) > worth[0] - worth[1]).astype(int)
    kept = start[0] != start[1]
    for name, part in (("first", slice(0, 100)), ("later", slice(100, None))):
        np.savez(
            tmp_path / f"{name}.npz",
            observations=seen,
            actions=done,
            episode=np.repeat([0, 1, 2], 100),
            segment_1=pairs[0][kept][part],
            segment_2=pairs[1][kept][part],
            label=label[kept][part],
        )
    run("init", "answers", tmp_path / "p")
    run("import", tmp_path / "first.npz", tmp_path / "p")
    run("reward", tmp_path / "p")
    later = tmp_path / "later.npz"
    found = json.loads(run("predict", tmp_path / "p", "--labels", later, "--json"))
    assert found["accuracy"] > 0.8


def test_without_features_utilities_are_free(tmp_path: Path) -> None:
    said = read(written(tmp_path, features=False)[0])
    assert fit(said).featured is None
    assert fit(read(written(tmp_path)[0]), worth=Worth("free")).featured is None
    with pytest.raises(DataError, match="100 of 100 things"):
        fit(said, worth=Worth("features"))


def test_a_prompts_ease_is_told_from_worth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    items, labels = [], []
    for number in range(60):
        x, ease = rng.normal(size=(2, 3)), 2 * rng.normal()
        item = {"item_id": f"q{number}", "prompt": f"p{number}", "responses": ["a", "b"]}
        items.append({**item, "features": x.tolist()})
        for side in range(2):
            value = int(2 * x[side] @ TRUTH + ease > rng.logistic())
            labels.append(row(f"q{number}", "ann", "binary", value, response=side))
    said = files.read(write(tmp_path, labels, items))
    fitted = fit(said)
    assert fitted.featured is not None
    assert len(fitted.featured.prompts) == 60
    found = [score.mean for score in fitted.scores(said)]
    truth = [float(said.described[s.item].observations[0] @ TRUTH) for s in fitted.scores(said)]
    assert np.corrcoef(found, truth)[0, 1] > 0.75
