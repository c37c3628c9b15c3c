from __future__ import annotations

import numpy as np
import pytest
import torch

from assent.errors import CheckpointError
from assent.likelihood.joint import log_likelihood
from assent.likelihood.people import typical
from assent.reward import network
from assent.reward.network import RewardEnsemble, load
from tests.likelihood.crowd import mixed


def ensemble(prior_scale: float = 1.0) -> RewardEnsemble:
    return RewardEnsemble(3, 4, (8, 5), prior_scale, 2.0, np.random.default_rng(0))


def clips(count: int = 6, steps: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    features = torch.from_numpy(np.random.default_rng(1).normal(size=(count, steps, 4)))
    mask = torch.ones((count, steps), dtype=torch.bool)
    mask[0, 2] = mask[3, 1:] = False
    return features, mask


def test_utilities_are_the_sums_of_the_steps_that_are_there() -> None:
    features, mask = clips()
    rewards = ensemble()
    scores = rewards(features, mask)
    assert scores.shape == (3, 6, 3)
    torch.testing.assert_close(rewards.utilities(features, mask)[:, 3], scores[:, 3, 0])


def test_padding_changes_nothing() -> None:
    features, mask = clips()
    rewards = ensemble()
    padded = torch.cat([features, torch.full((6, 5, 4), 1e6)], 1)
    longer = torch.cat([mask, torch.zeros((6, 5), dtype=torch.bool)], 1)
    torch.testing.assert_close(rewards.utilities(padded, longer), rewards.utilities(features, mask))


def test_each_member_is_a_network_of_its_own() -> None:
    features, mask = clips()
    rewards = ensemble(prior_scale=0.0)
    before = rewards.utilities(features, mask).detach()
    with torch.no_grad():
        rewards.weights[0][1] += 1
    moved = (rewards.utilities(features, mask) - before).abs().sum(1)
    assert [bool(m > 0) for m in moved] == [False, True, False]


def test_the_random_prior_is_frozen() -> None:
    names = [name for name, _ in ensemble().named_parameters()]
    assert not any("prior" in name for name in names)


def test_scores_stay_bounded_wherever_the_policy_goes() -> None:
    features = torch.full((1, 1, 4), 1e12)
    assert ensemble(100.0)(features, torch.ones((1, 1), dtype=torch.bool)).abs().max() <= 6.0


def test_a_feature_that_never_changes_is_not_blown_up() -> None:
    features, mask = clips()
    features[..., 2] = 3.0
    rewards = ensemble()
    rewards.standardise_inputs(features, mask)
    inputs = rewards.inputs(features[mask])
    assert inputs[:, 2].abs().max() == 0
    assert float(inputs[:, 0].std(unbiased=False)) == pytest.approx(1)


def test_the_likelihood_in_torch_is_the_one_in_numpy_with_its_gradient() -> None:
    evidence = mixed()
    people = typical(evidence)
    weight = np.random.default_rng(2).exponential(size=(2, evidence.count))
    start = np.random.default_rng(3).normal(size=(2, 6))
    utilities = torch.from_numpy(start).requires_grad_()

    def total(values: torch.Tensor) -> torch.Tensor:
        return network.log_likelihood(values, evidence, people, weight)

    expected = (weight * log_likelihood(evidence, start, people)).sum(1)
    assert total(utilities).detach().numpy() == pytest.approx(expected)
    assert torch.autograd.gradcheck(total, (utilities,))


def test_a_network_comes_back_from_its_state() -> None:
    features, mask = clips()
    rewards = ensemble()
    back = load(*rewards.state())
    assert torch.equal(back.utilities(features, mask), rewards.utilities(features, mask))


@pytest.mark.parametrize("cut", [0, 7, 200])
def test_a_damaged_checkpoint_says_so(cut: int) -> None:
    weights, details = ensemble().state()
    with pytest.raises(CheckpointError, match="assent reward"):
        load(weights[:cut], details)


def test_a_checkpoint_of_another_shape_says_so() -> None:
    weights, details = ensemble().state()
    with pytest.raises(CheckpointError, match="damaged"):
        load(weights, {**details, "hidden": [9, 5]})


def test_a_checkpoint_of_another_make_says_so() -> None:
    weights, details = ensemble().state()
    with pytest.raises(CheckpointError, match="make"):
        load(weights, {**details, "make": "other"})


def test_a_checkpoint_with_a_nan_is_refused() -> None:
    rewards = ensemble()
    with torch.no_grad():
        rewards.weights[0][0, 0, 0] = float("nan")
    with pytest.raises(CheckpointError, match="NaN"):
        load(*rewards.state())
