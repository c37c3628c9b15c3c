"""Sets of real answers, where they are at hand: ASSENT_DATA, or a folder beside the repository."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assent.answers.check import check
from assent.answers.fit import fit
from assent.answers.predict import Summary
from assent.interop import files
from assent.interop.collection import Collection
from assent.interop.lines import content
from assent.interop.tables import Table
from tests.house.tree import ROOT

DATA = Path(os.environ.get("ASSENT_DATA", ROOT.parent / "shared" / "data"))


def real(name: str) -> Path:
    """A set's path; the test is skipped, saying so, where it is not here."""
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in {DATA}; set ASSENT_DATA to the folder that has it")
    return DATA / name


def foretold(said: Collection, share: float) -> tuple[Summary, Summary]:
    """A random share is fitted, the rest predicted: with people, and with everybody pooled."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(said.answers))
    first = int(share * len(order))
    learnt = replace(said, answers=tuple(said.answers[i] for i in order[:first]))
    unseen = replace(said, answers=tuple(said.answers[i] for i in order[first:]))
    joint, pooled = (
        fit(learnt, held_out=0.0, pooled=p).predict(unseen, rng)[0] for p in (False, True)
    )
    return joint, pooled


@pytest.mark.slow
def test_people_who_rated_are_foretold_better_than_a_crowd() -> None:
    joint, pooled = foretold(files.read(real("popquorn_offensiveness")), 0.8)
    assert joint.log_loss < pooled.log_loss - 0.1
    assert joint.rmse is not None
    assert pooled.rmse is not None
    assert joint.rmse < pooled.rmse - 0.1


@pytest.mark.slow
def test_people_who_approved_are_foretold_better_than_a_crowd() -> None:
    joint, pooled = foretold(
        files.read(real("crowd_labels/rte.labels.csv.gz"), Table("approval")), 0.8
    )
    assert joint.log_loss < pooled.log_loss - 0.08


@pytest.mark.slow
def test_people_who_compared_are_foretold_better_than_a_crowd() -> None:
    joint, pooled = foretold(files.read(real("ukp_convarg1")), 1 / 3)
    assert joint.log_loss < pooled.log_loss
    assert joint.accuracy is not None
    assert pooled.accuracy is not None
    assert joint.accuracy > pooled.accuracy


@pytest.mark.slow
def test_potatoes_come_out_by_their_weight() -> None:
    said = files.read(real("item_rankings/potato_visual.csv.gz"), Table("ranking"))
    truth = content(real("item_rankings/potato_truth.csv.gz")).decode("utf-8").split()[1:]
    rank = {line.split(",")[0]: float(line.split(",")[1]) for line in truth}
    worth = {score.name: score.mean for score in fit(said).scores(said)}
    names = sorted(rank)
    first, second = (np.argsort(np.argsort([c[n] for n in names])) for c in (rank, worth))
    assert np.corrcoef(first, second)[0, 1] < -0.95


def test_every_broken_pair_of_clips_is_found() -> None:
    path = real("adroit_door_prefs/door.npz")
    with np.load(path, allow_pickle=False) as file:
        broken = np.flatnonzero(~file["within_one_demo"])
    found = {f.name: f.places for f in check(files.read(path))}
    assert found["clips across episodes"] == tuple(f"door.npz:pair {n}" for n in broken)
