from __future__ import annotations

import numpy as np
import pytest
import torch

from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import log_likelihood
from assent.likelihood.people import typical
from assent.options import RewardOptions
from assent.reward.described import Described
from assent.reward.fit import FittedReward, fit
from assent.reward.posterior import NUISANCE_SD
from assent.reward.sway import Sway
from tests.likelihood.crowd import compared, mixed

UTILITIES = np.random.default_rng(0).normal(size=(3, 6))


def test_effects_are_the_most_probable_ones() -> None:
    evidence = mixed()
    people = typical(evidence)
    z = np.random.default_rng(1).normal(size=6)
    sway = Sway((("length", z),), evidence, 6)
    weight = np.full((3, evidence.count), 1 / 3)
    found = sway.effects(evidence, UTILITIES, people, weight)

    def density(effect: float) -> float:
        seen = UTILITIES + sway.values[:, 0] * effect
        said = float((weight * log_likelihood(evidence, seen, people)).sum())
        return said - effect**2 / (2 * NUISANCE_SD**2)

    grid = found[0] + np.linspace(-0.5, 0.5, 101)
    assert grid[np.argmax([density(e) for e in grid])] == pytest.approx(found[0], abs=1e-9)


def test_without_covariates_there_are_no_effects() -> None:
    evidence = mixed()
    found = Sway((), evidence, 6).effects(
        evidence, UTILITIES, typical(evidence), np.ones((3, evidence.count))
    )
    assert found.shape == (0,)


def swayed(heads: str) -> tuple[FittedReward, Doubles, Doubles, Described]:
    """A crowd that likes length besides worth. Linear heads are told both, networks worth alone:
    where features say length too, nothing tells a network's share from the covariate's.
    """
    rng = np.random.default_rng(0)
    truth, length = rng.normal(size=(2, 120))
    other = length if heads == "linear" else rng.normal(size=120)
    features = torch.from_numpy(np.stack([truth, other], 1)[:, None]).float()
    evidence: Evidence = compared(truth + 1.5 * length, [2.0, 2.0], 500, rng)
    seen = Described(features, torch.ones((120, 1), dtype=torch.bool), (("length", length),))
    options = RewardOptions(
        heads="linear" if heads == "linear" else "network", hidden=(), members=3, max_epochs=150
    )
    return fit(seen, evidence, options, np.random.default_rng(0)), truth, length, seen


@pytest.mark.parametrize("heads", ["network", "linear"])
def test_what_length_adds_stays_out_of_the_reward(heads: str) -> None:
    fitted, truth, length, seen = swayed(heads)
    reward = fitted.samples(seen.features, seen.mask).mean(0).numpy()
    assert np.corrcoef(reward, truth)[0, 1] > 0.8
    assert abs(np.corrcoef(reward, length)[0, 1]) < 0.5
    effect = fitted.metrics["reward/sway_length"]
    error = fitted.metrics["reward/sway_length_error"]
    # Features that say length too leave the effect uncertain, and the error says so.
    assert effect > (error if heads == "linear" else 4 * error)
    assert fitted.metrics["reward/agreement"] > 0.8
