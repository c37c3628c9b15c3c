from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from assent.algorithms.ppo import METRICS, PPO
from assent.errors import CheckpointError, ConfigError, RecordError
from assent.models.batch import Batch
from assent.models.control import ControlPolicy
from assent.options import PPOOptions
from assent.testing import check_algorithm
from tests.algorithms.worlds import TokenPolicy, bandit, dialogues, pulls


def bandit_batch(seed: int = 0, episodes: int = 8) -> tuple[ControlPolicy, Batch]:
    torch.manual_seed(seed)
    policy = bandit()
    rng = np.random.default_rng(seed)
    return policy, Batch.from_trajectories(pulls(policy, episodes, 5, rng))


def token_batch(seed: int = 0, rows: int = 12) -> tuple[TokenPolicy, Batch]:
    policy = TokenPolicy(seed)
    rng = np.random.default_rng(seed)
    return policy, Batch.from_trajectories(dialogues(policy, rows, rng))


def first_arm_pays(batch: Batch) -> Tensor:
    return torch.where(batch.mask, (batch.actions == 0).float(), 0.0)


def test_ppo_keeps_the_contract_of_an_algorithm() -> None:
    check_algorithm(PPO, np.random.default_rng(0))


def test_every_metric_is_explained_and_every_explained_metric_is_given() -> None:
    policy, batch = token_batch()
    reference = torch.where(batch.mask, batch.logprobs - 0.1, 0.0)

    metrics = PPO(policy, PPOOptions(kl_weight=0.1)).update(
        batch, first_arm_pays(batch), reference, np.random.default_rng(0)
    )

    assert sorted(metrics) == sorted(METRICS)
    assert all(math.isfinite(value) for value in metrics.values())


def test_episodes_of_another_policy_are_refused_before_anything_is_learnt() -> None:
    policy, batch = bandit_batch()
    altered = replace(batch, logprobs=torch.where(batch.mask, batch.logprobs - 0.01, 0.0))
    before = policy.state()[0]

    with pytest.raises(RecordError, match=r"by up to 0\.01 nats.*temperature.*padding.*dropout"):
        PPO(policy, PPOOptions()).update(
            altered, first_arm_pays(batch), None, np.random.default_rng(0)
        )

    assert policy.state()[0] == before


def test_the_ratio_starts_at_one_on_cut_and_padded_rows() -> None:
    policy, batch = token_batch()

    metrics = PPO(policy, PPOOptions(minibatch_size=5)).update(
        batch, first_arm_pays(batch), None, np.random.default_rng(0)
    )

    assert metrics["improve/ratio_error_nats"] < 1e-6  # float32 records, float64 model


def test_a_paid_token_becomes_likelier() -> None:
    policy, batch = token_batch()
    rng = np.random.default_rng(1)
    options = PPOOptions(updates=15, learning_rate=0.03, minibatch_size=16)
    ppo = PPO(policy, options)

    for _ in range(15):
        batch = Batch.from_trajectories(dialogues(policy, 16, rng))
        ppo.update(batch, first_arm_pays(batch), None, rng)

    chosen = Batch.from_trajectories(dialogues(policy, 100, rng))
    # A third by chance.
    assert (chosen.actions == 0)[chosen.mask].float().mean() > 0.8


def test_without_reward_the_kl_penalty_brings_the_policy_back_to_its_reference() -> None:
    policy, reference = TokenPolicy(0), TokenPolicy(7)
    rng = np.random.default_rng(1)
    ppo = PPO(policy, PPOOptions(updates=15, learning_rate=0.1, minibatch_size=32, kl_weight=1.0))
    nats = []

    for _ in range(15):
        batch = Batch.from_trajectories(dialogues(policy, 32, rng))
        with torch.no_grad():
            baseline = reference.evaluate(batch).logprobs
        metrics = ppo.update(batch, torch.zeros(batch.mask.shape), baseline, rng)
        nats.append(metrics["improve/kl_nats_per_sequence"])

    assert nats[0] > 0.3
    assert np.mean(nats[-5:]) < 0.1 * nats[0]


def test_the_learning_rate_is_annealed_linearly_and_then_refuses() -> None:
    policy, batch = bandit_batch()
    rng = np.random.default_rng(0)
    ppo = PPO(policy, PPOOptions(updates=4, learning_rate=0.1))
    rates = []

    for _ in range(4):
        fresh = Batch.from_trajectories(pulls(policy, 4, 5, rng))
        metrics = ppo.update(fresh, first_arm_pays(fresh), None, rng)
        rates.append(metrics["improve/learning_rate"])

    assert rates == pytest.approx([0.1, 0.075, 0.05, 0.025])
    with pytest.raises(ConfigError, match=r"update 5 of 4.*improve\.updates"):
        ppo.update(batch, first_arm_pays(batch), None, rng)


def test_the_kl_weight_grows_while_the_kl_is_above_its_target() -> None:
    policy, batch = token_batch()
    rng = np.random.default_rng(0)
    options = PPOOptions(kl_weight=0.1, kl_target_nats=0.001, learning_rate=1e-9)
    ppo = PPO(policy, options)
    reference = torch.where(batch.mask, batch.logprobs - 1.0, 0.0)

    weights = [
        ppo.update(batch, first_arm_pays(batch), reference, rng)["improve/kl_weight"]
        for _ in range(2)
    ]

    # 12 rows of a horizon of 1% of 40 * 16, at least the 12 rows: a whole fifth more.
    assert weights == pytest.approx([0.1, 0.12])


def test_a_kl_weight_without_a_reference_is_an_error() -> None:
    policy, batch = bandit_batch()

    with pytest.raises(ConfigError, match="no reference policy"):
        PPO(policy, PPOOptions(kl_weight=0.1)).update(
            batch, first_arm_pays(batch), None, np.random.default_rng(0)
        )


def test_reward_where_the_policy_did_not_choose_is_an_error() -> None:
    policy, batch = token_batch()

    with pytest.raises(RecordError, match="would be lost"):
        PPO(policy, PPOOptions()).update(
            batch, torch.ones(batch.mask.shape), None, np.random.default_rng(0)
        )


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_reward_that_is_not_finite_is_an_error(bad: float) -> None:
    policy, batch = bandit_batch()

    with pytest.raises(RecordError, match="not finite"):
        PPO(policy, PPOOptions()).update(
            batch,
            torch.where(batch.mask, bad, 0.0),
            None,
            np.random.default_rng(0),
        )


def test_rewards_of_another_shape_are_an_error() -> None:
    policy, batch = bandit_batch()

    with pytest.raises(RecordError, match="rewards are"):
        PPO(policy, PPOOptions()).update(
            batch, torch.zeros(len(batch)), None, np.random.default_rng(0)
        )


@pytest.mark.parametrize("damage", [b"", b"not safetensors", b"\x00" * 64])
def test_a_damaged_state_is_a_checkpoint_error(damage: bytes) -> None:
    policy, _ = bandit_batch()
    ppo = PPO(policy, PPOOptions())

    with pytest.raises(CheckpointError, match="start anew"):
        ppo.load(damage, ppo.state()[1])


def test_the_state_of_another_policy_is_a_checkpoint_error() -> None:
    policy, batch = bandit_batch()
    ppo = PPO(policy, PPOOptions())
    ppo.update(batch, first_arm_pays(batch), None, np.random.default_rng(0))

    with pytest.raises(CheckpointError, match="start anew"):
        PPO(bandit(observation=3), PPOOptions()).load(*ppo.state())


def test_the_critic_learns_the_value_whatever_the_unit_of_the_reward() -> None:
    policy, _ = bandit_batch()
    rng = np.random.default_rng(2)
    ppo = PPO(policy, PPOOptions(updates=15, learning_rate=0.03, discount=0.0))

    for _ in range(15):
        batch = Batch.from_trajectories(pulls(policy, 16, 5, rng))
        # Without a future the return is the reward, and the reward is what was seen.
        rewards = torch.where(batch.mask, 1e4 * batch.observations[:, :-1, 0] + 1e6, 0.0)
        metrics = ppo.update(batch, rewards, None, rng)

    assert metrics["improve/explained_variance"] > 0.8
    assert metrics["improve/return_spread"] == pytest.approx(1e4, rel=0.2)


def test_the_entropy_bonus_makes_an_unpaid_policy_less_certain() -> None:
    policy, _ = token_batch()
    with torch.no_grad():
        next(policy.net["head"].parameters()).mul_(4)
    rng = np.random.default_rng(0)
    options = PPOOptions(updates=10, learning_rate=0.05, minibatch_size=16, entropy_weight=0.5)
    ppo = PPO(policy, options)
    nats = []

    for _ in range(10):
        batch = Batch.from_trajectories(dialogues(policy, 16, rng))
        metrics = ppo.update(batch, torch.zeros(batch.mask.shape), None, rng)
        nats.append(metrics["improve/entropy_nats"])

    assert nats[-1] > nats[0] + 0.1
    assert nats[-1] > 0.95 * math.log(3)


def test_the_observations_of_an_update_enter_the_policys_statistics() -> None:
    policy, batch = bandit_batch()

    PPO(policy, PPOOptions()).update(batch, first_arm_pays(batch), None, np.random.default_rng(0))

    saved = safetensors.torch.load(policy.state()[0])
    # One observation more than steps in each of the 8 episodes.
    assert saved["observations.count"] == batch.mask.sum() + 8
