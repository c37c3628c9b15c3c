"""The control policy acts, evaluates and comes back exactly as it was."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from assent.errors import CheckpointError, RecordError
from assent.models.batch import Batch
from assent.models.control import ControlPolicy, step_features
from assent.models.spaces import Spaces
from assent.records import Trajectory

VECTORS = Spaces(3, 0, (-1.0, -2.0), (1.0, math.inf))
CATEGORIES = Spaces(3, 4)
BOTH = pytest.mark.parametrize("spaces", [VECTORS, CATEGORIES])


def made(spaces: Spaces, seed: int = 0, log_std: float = -0.5) -> ControlPolicy:
    """A policy whose actor is not nearly zero, as it is when new."""
    torch.manual_seed(seed)
    policy = ControlPolicy(spaces, (8, 8), log_std)
    with torch.no_grad():
        for group in policy.parameters():
            for parameter in group["params"]:
                parameter += 0.3 * torch.randn_like(parameter)
    return policy


def acted(policy: ControlPolicy, lengths: tuple[int, ...] = (5, 3), scale: float = 1.0) -> Batch:
    """A batch that the policy itself made, on observations from nowhere."""
    rng = np.random.default_rng(1)
    trajectories = []
    for length in lengths:
        seen = (scale * rng.standard_normal((length + 1, 3))).astype(np.float32)
        decisions = policy.act(list(seen[:-1]), rng.spawn(length))
        trajectories.append(
            Trajectory(
                "t",
                seen,
                np.stack([d.action for d in decisions]),
                np.concatenate([d.logprobs for d in decisions]),
                np.ones(length, np.bool_),
                True,
                False,
                "0",
                0,
            )
        )
    return Batch.from_trajectories(trajectories)


@BOTH
def test_acting_in_a_batch_is_acting_one_by_one(spaces: Spaces) -> None:
    policy = made(spaces)
    seen = list(np.random.default_rng(0).standard_normal((37, 3)).astype(np.float32))
    together = policy.act(seen, np.random.default_rng(2).spawn(37))
    streams = np.random.default_rng(2).spawn(37)
    alone = [policy.act([o], [s])[0] for o, s in zip(seen, streams, strict=True)]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a.action, b.action)
        np.testing.assert_array_equal(a.logprobs, b.logprobs)


@BOTH
def test_the_first_probability_ratio_is_one(spaces: Spaces) -> None:
    policy = made(spaces)
    policy.observe(acted(policy, scale=4.0))
    batch = acted(policy, scale=4.0)
    assert_close(policy.evaluate(batch).logprobs, batch.logprobs, atol=2e-6, rtol=0)


@BOTH
def test_an_episode_and_its_steps_are_evaluated_alike(spaces: Spaces) -> None:
    policy = made(spaces)
    batch = acted(policy)
    whole, steps = policy.evaluate(batch), policy.evaluate(batch.as_steps())
    assert_close(steps.logprobs[:, 0], whole.logprobs[batch.mask])
    assert_close(steps.values[:, 0], whole.values[:, :-1][batch.mask])
    assert_close(steps.values[:, 1], whole.values[:, 1:][batch.mask])


@BOTH
def test_nothing_is_said_of_padding(spaces: Spaces) -> None:
    policy = made(spaces)
    batch = acted(policy)
    said = policy.evaluate(batch)
    assert said.values.shape == (2, 6)
    assert not said.logprobs[~batch.mask].any()
    assert not said.entropy[~batch.mask].any()


def test_the_gaussian_has_the_density_and_entropy_of_the_textbook() -> None:
    policy = made(VECTORS, log_std=0.2)
    batch = acted(policy)
    std = policy.parameters()[0]["params"][-1].exp()
    greedy = policy.act(list(batch.observations[0, :1].numpy()), [], greedy=True)[0].action
    normal = torch.distributions.Normal(torch.from_numpy(greedy), std)
    said = policy.evaluate(batch)
    assert_close(said.logprobs[0, 0], normal.log_prob(batch.actions[0, 0]).sum())
    assert_close(said.entropy[0, 0], normal.entropy().sum())


def test_categories_are_drawn_as_often_as_their_probability_says() -> None:
    policy = made(CATEGORIES)
    seen = np.array([0.5, -0.2, 1.0], np.float32)
    drawn = policy.act([seen] * 20000, np.random.default_rng(0).spawn(20000))
    shares = np.bincount([int(d.action) for d in drawn], minlength=4) / 20000
    stated = {int(d.action): math.exp(float(d.logprobs[0])) for d in drawn}
    np.testing.assert_allclose(shares, [stated[k] for k in range(4)], atol=0.012)
    assert sum(stated.values()) == pytest.approx(1, abs=1e-5)


@BOTH
def test_a_new_policy_prefers_nothing_much(spaces: Spaces) -> None:
    torch.manual_seed(0)
    policy = ControlPolicy(spaces)
    seen = np.ones(3, np.float32)
    decision = policy.act([seen], [], greedy=True)[0]
    expected = 0.0 if not spaces.discrete else math.log(1 / 4)
    value = np.abs(decision.action).max() if not spaces.discrete else float(decision.logprobs[0])
    assert value == pytest.approx(expected, abs=0.05)


def test_the_statistics_are_those_of_every_observation_once() -> None:
    policy = made(VECTORS)
    first, second = acted(policy, (5, 2), 3.0), acted(policy, (9, 4), 7.0)
    policy.observe(first)
    policy.observe(second)
    seen = torch.cat(
        [b.observations[r, : n + 1] for b in (first, second) for r, n in enumerate(b.lengths)]
    ).double()
    assert_close(policy._centre, seen.mean(0).float())
    assert_close(policy._scale, (1 / seen.std(0, correction=0)).float())


def test_an_observation_far_out_is_held_at_ten_deviations() -> None:
    policy = made(VECTORS)
    policy.observe(acted(policy))
    far, farther = np.full(3, 1e4, np.float32), np.full(3, 1e6, np.float32)
    one, two = policy.act([far, farther], [], greedy=True)
    np.testing.assert_array_equal(one.action, two.action)


def test_evaluating_and_acting_leave_the_statistics_alone() -> None:
    policy = made(VECTORS)
    before = policy.state()[0]
    policy.evaluate(acted(policy))
    assert policy.state()[0] == before


@BOTH
def test_a_restored_policy_is_the_same_policy(spaces: Spaces) -> None:
    policy = made(spaces)
    policy.observe(acted(policy))
    weights, details = policy.state()
    again = ControlPolicy.restore(weights, json.loads(json.dumps(details)))
    batch = acted(policy)
    assert again.state() == (weights, details)
    assert torch.equal(again.evaluate(batch).logprobs, policy.evaluate(batch).logprobs)
    assert torch.equal(again.evaluate(batch).values, policy.evaluate(batch).values)


def test_damaged_weights_are_a_checkpoint_error() -> None:
    weights, details = made(VECTORS).state()
    for damaged in (b"", b"not a checkpoint", weights[:-7], weights[:40]):
        with pytest.raises(CheckpointError, match="damaged"):
            ControlPolicy.restore(damaged, details)


def test_weights_that_are_not_finite_are_a_checkpoint_error() -> None:
    policy = made(VECTORS)
    with torch.no_grad():
        policy.parameters()[0]["params"][0][0] = math.nan
    with pytest.raises(CheckpointError, match="not finite"):
        ControlPolicy.restore(*policy.state())


@pytest.mark.parametrize("change", [{"policy": "text"}, {"hidden": "64"}, {"spaces": {}}])
def test_details_of_another_make_are_a_checkpoint_error(change: dict[str, object]) -> None:
    weights, details = made(VECTORS).state()
    with pytest.raises(CheckpointError):
        ControlPolicy.restore(weights, {**details, **change})


def test_a_policy_does_not_take_over_one_of_another_shape() -> None:
    with pytest.raises(CheckpointError, match="hidden layers"):
        made(VECTORS).load(*made(CATEGORIES).state())


def test_observations_of_the_wrong_length_are_an_error() -> None:
    policy = made(VECTORS)
    batch = acted(policy)
    with pytest.raises(RecordError, match="'ended' flag"):
        policy.evaluate(replace(batch, observations=batch.observations[..., :2]))


def test_the_reward_sees_raw_observations_and_actions_as_they_were_applied() -> None:
    observations = torch.tensor([[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]])
    actions = torch.tensor([[[5.0, -9.0]]])
    assert step_features(VECTORS, observations, actions).tolist() == [[[1, 2, 3, 1, -2]]]


def test_the_reward_sees_categories_one_hot() -> None:
    observations = torch.zeros(1, 2, 3)
    features = step_features(CATEGORIES, observations, torch.tensor([[2]]))
    assert features.tolist() == [[[0, 0, 0, 0, 0, 1, 0]]]


def test_every_parameter_of_the_gaussian_is_learnt() -> None:
    policy = made(VECTORS)
    said = policy.evaluate(acted(policy))
    (said.logprobs.sum() + said.entropy.sum() + said.values.sum()).backward()
    parameters = [p for group in policy.parameters() for p in group["params"]]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in parameters)
