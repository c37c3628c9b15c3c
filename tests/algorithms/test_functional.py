from __future__ import annotations

import math

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, tensor
from torch.testing import assert_close

from assent.algorithms import functional

INFINITY = float("inf")
NAN = float("nan")


def masks(*rows: str) -> Tensor:
    """`masks("110", "011")`: a 1 is a chosen step."""
    return tensor([[step == "1" for step in row] for row in rows])


def brute_force_gae(
    rewards: list[float],
    values: list[float],
    mask: list[bool],
    terminated: bool,
    discount: float,
    lam: float,
) -> list[float]:
    """A_i = sum over j >= i of (discount lam)^(j-i) delta_j, over the chosen steps alone."""
    chosen = [t for t, m in enumerate(mask) if m]
    out = [0.0] * len(mask)
    for i in range(len(chosen)):
        for j in range(i, len(chosen)):
            t = chosen[j]
            if j + 1 < len(chosen):
                following = values[chosen[j + 1]]
            else:
                following = 0.0 if terminated else values[t + 1]
            delta = rewards[t] + discount * following - values[t]
            out[chosen[i]] += (discount * lam) ** (j - i) * delta
    return out


def test_a_mean_is_taken_over_the_mask_only() -> None:
    mean = functional.masked_mean(
        tensor([[1.0, 5.0, INFINITY], [NAN, 3.0, 9.0]]), masks("110", "010")
    )

    assert_close(mean, tensor(3.0))


def test_the_mean_of_an_empty_mask_is_zero() -> None:
    assert functional.masked_mean(tensor([[NAN]]), masks("0")) == 0


def test_the_variance_is_divided_by_n() -> None:
    # 1, 2, 3: mean 2, squares 1 + 0 + 1, over 3.
    variance = functional.masked_var(tensor([[1.0, 2.0, 3.0, 99.0]]), masks("1110"))

    assert_close(variance, tensor(2 / 3))


def test_whitened_values_have_mean_zero_and_variance_one_over_the_mask() -> None:
    white = functional.masked_whiten(tensor([[1.0, 2.0, 3.0, NAN]]), masks("1110"))

    step = math.sqrt(1.5)  # 1 / sqrt(2/3)
    assert_close(white, tensor([[-step, 0.0, step, 0.0]]))


def test_whitening_without_the_shift_keeps_the_mean() -> None:
    white = functional.masked_whiten(
        tensor([[1.0, 2.0, 3.0, 7.0]]), masks("1110"), shift_mean=False
    )

    step = math.sqrt(1.5)
    assert_close(white, tensor([[2 - step, 2.0, 2 + step, 0.0]]))


def test_whitening_does_not_blow_up_the_rounding_of_equal_numbers() -> None:
    # 0.1 is not a float32: sums of it, times 1e6, differ by rounding.
    values = tensor([[0.1, 0.1, 0.1]]) * 1e6 + tensor([[0.0, 0.0078125, 0.0]])

    white = functional.masked_whiten(values, masks("111"))

    assert white.abs().max() < 0.01


def test_the_advantage_of_an_ended_episode_forgets_the_value_after_it() -> None:
    # Backwards: A_1 = 2 - 3 = -1; A_0 = 1 + 0.5 * 3 - 2 + 0.5 * 0.5 * A_1 = 0.25.
    advantages = functional.gae(
        tensor([[1.0, 2.0]]), tensor([[2.0, 3.0, 100.0]]), masks("11"), tensor([True]), 0.5, 0.5
    )

    assert_close(advantages, tensor([[0.25, -1.0]]))


def test_the_advantage_of_a_cut_episode_bootstraps_on_the_value_after_it() -> None:
    # A_1 = 2 + 0.5 * 8 - 3 = 3; A_0 = 1 + 0.5 * 3 - 2 + 0.25 * 3 = 1.25.
    advantages = functional.gae(
        tensor([[1.0, 2.0]]), tensor([[2.0, 3.0, 8.0]]), masks("11"), tensor([False]), 0.5, 0.5
    )

    assert_close(advantages, tensor([[1.25, 3.0]]))


def test_a_shorter_row_bootstraps_at_its_own_end() -> None:
    # The second row ends after one step, at the value 8: A = 1 + 0.5 * 8 - 2 = 3.
    advantages = functional.gae(
        tensor([[1.0, 2.0], [1.0, NAN]]),
        tensor([[2.0, 3.0, 8.0], [2.0, 8.0, NAN]]),
        masks("11", "10"),
        tensor([False, False]),
        0.5,
        0.5,
    )

    assert_close(advantages, tensor([[1.25, 3.0], [3.0, 0.0]]))


def test_advantages_skip_the_steps_of_another_speaker() -> None:
    # The two chosen steps are consecutive decisions: the gap changes nothing.
    advantages = functional.gae(
        tensor([[NAN, 1.0, NAN, NAN, 2.0]]),
        tensor([[NAN, 2.0, NAN, NAN, 3.0, 8.0]]),
        masks("01001"),
        tensor([False]),
        0.5,
        0.5,
    )

    assert_close(advantages, tensor([[0.0, 1.25, 0.0, 0.0, 3.0]]))


def test_a_row_in_which_nothing_was_chosen_has_no_advantage() -> None:
    advantages = functional.gae(
        tensor([[5.0, 5.0]]), tensor([[1.0, 2.0, 3.0]]), masks("00"), tensor([True]), 0.9, 0.9
    )

    assert_close(advantages, torch.zeros(1, 2))


@pytest.mark.parametrize("discount", [1.0, 0.9])
@pytest.mark.parametrize("lam", [0.0, 0.7, 1.0])
def test_advantages_equal_the_sum_that_defines_them(discount: float, lam: float) -> None:
    generator = torch.Generator().manual_seed(3)
    rewards = torch.randn(6, 9, generator=generator, dtype=torch.float64)
    values = torch.randn(6, 10, generator=generator, dtype=torch.float64)
    mask = torch.rand(6, 9, generator=generator) < 0.6
    ends = tensor([True, False] * 3)

    advantages = functional.gae(rewards, values, mask, ends, discount, lam)

    columns = zip(rewards.tolist(), values.tolist(), mask.tolist(), ends.tolist(), strict=True)
    expected = [brute_force_gae(*row, discount, lam) for row in columns]
    assert_close(advantages, tensor(expected, dtype=torch.float64))


def test_with_lambda_one_advantage_plus_value_is_the_discounted_return() -> None:
    values = tensor([[7.0, -3.0, 5.0, 100.0]])

    advantages = functional.gae(
        tensor([[1.0, 2.0, 4.0]]), values, masks("111"), tensor([True]), 0.5, 1.0
    )

    # 4; 2 + 0.5 * 4 = 4; 1 + 0.5 * 4 = 3.
    assert_close(advantages + values[:, :-1], tensor([[3.0, 4.0, 4.0]]))


def test_the_kl_penalty_is_taken_off_every_chosen_step() -> None:
    rewards = functional.kl_penalised_rewards(
        tensor([[0.0, 0.0, 1.0, 0.0]]),
        tensor([[NAN, -1.0, -2.0, NAN]]),
        tensor([[NAN, -3.0, -1.0, NAN]]),
        0.1,
        masks("0110"),
    )

    assert_close(rewards, tensor([[0.0, -0.2, 1.1, 0.0]]))


def test_the_kl_of_a_sequence_sums_its_steps_and_averages_rows() -> None:
    kl = functional.kl_per_sequence(
        tensor([[-1.0, -2.0], [-1.0, NAN]]),
        tensor([[-3.0, -1.0], [-4.0, NAN]]),
        masks("11", "10"),
    )

    assert_close(kl, tensor(2.0))  # ((2 - 1) + 3) / 2


def test_the_mean_of_k1_over_all_actions_is_the_exact_kl() -> None:
    policy = tensor([0.5, 0.25, 0.25])
    reference = tensor([0.25, 0.25, 0.5])
    # Four samples that occur exactly as often as the policy says.
    actions = tensor([0, 0, 1, 2])

    kl = functional.kl_per_sequence(
        policy.log()[actions][:, None],
        reference.log()[actions][:, None],
        torch.ones(4, 1, dtype=torch.bool),
    )

    assert_close(kl, tensor(0.25 * math.log(2)))  # 0.5 ln 2 + 0 - 0.25 ln 2


@pytest.mark.parametrize(
    ("kl_nats", "expected"),
    [
        (6.6, 0.1 * (1 + 0.1 * 0.05)),  # a tenth over the target
        (60.0, 0.1 * (1 + 0.2 * 0.05)),  # far over: the error is cut to 0.2
        (0.0, 0.1 * (1 - 0.2 * 0.05)),
        (6.0, 0.1),
    ],
)
def test_the_kl_weight_moves_towards_its_target(kl_nats: float, expected: float) -> None:
    weight = functional.adapted_kl_weight(0.1, kl_nats, 6.0, 500, 10_000)

    assert weight == pytest.approx(expected)


def test_the_policy_loss_is_minus_the_advantage_while_nothing_changed() -> None:
    old = tensor([[-1.0, -2.0, 0.0]])

    loss = functional.ppo_policy_loss(old, old, tensor([[1.0, 3.0, NAN]]), masks("110"), 0.2)

    assert_close(loss, tensor(-2.0))


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected"),
    [
        (1.5, 2.0, -1.2 * 2.0),  # more likely and good: no more than 1.2 is paid
        (0.5, 2.0, -0.5 * 2.0),  # less likely and good: the mistake is not clipped
        (1.5, -2.0, 1.5 * 2.0),  # more likely and bad: the mistake is not clipped
        (0.5, -2.0, 0.8 * 2.0),  # less likely and bad: no less than 0.8 is paid
    ],
)
def test_the_policy_loss_is_clipped_only_where_that_is_pessimistic(
    ratio: float, advantage: float, expected: float
) -> None:
    loss = functional.ppo_policy_loss(
        tensor([[math.log(ratio)]]), tensor([[0.0]]), tensor([[advantage]]), masks("1"), 0.2
    )

    assert_close(loss, tensor(expected))


def test_a_step_off_the_mask_that_would_overflow_leaves_the_gradient_finite() -> None:
    logprobs = tensor([[0.0, 500.0]], requires_grad=True)

    loss = functional.ppo_policy_loss(
        logprobs, tensor([[0.0, -500.0]]), tensor([[1.0, 1.0]]), masks("10"), 0.2
    )
    (gradient,) = torch.autograd.grad(loss, logprobs)

    assert_close(gradient, tensor([[-1.0, 0.0]]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.1, 0.5 * 0.9**2),  # within the clip: the plain error to the return 2
        (1.9, 0.5 * 0.8**2),  # ran ahead of the clip: the held value 1.2 counts
        (0.0, 0.5 * 2.0**2),  # ran away from the return: the plain error is larger
    ],
)
def test_the_value_loss_takes_the_larger_error(value: float, expected: float) -> None:
    loss = functional.ppo_value_loss(
        tensor([[value]]), tensor([[1.0]]), tensor([[2.0]]), masks("1"), 0.2
    )

    assert_close(loss, tensor(expected))


def test_the_kl_estimate_averages_to_the_exact_kl() -> None:
    old, new = tensor([0.5, 0.5]), tensor([0.25, 0.75])

    kl = functional.approx_kl(new.log()[None], old.log()[None], masks("11"))

    # KL(old, new) = 0.5 ln 2 + 0.5 ln(2/3)
    assert_close(kl, tensor(0.5 * math.log(2) + 0.5 * math.log(2 / 3)))


def test_the_clip_fraction_counts_ratios_outside_the_clip() -> None:
    ratios = tensor([[0.7, 0.9, 1.1, 1.3, 9.0]])

    share = functional.clip_fraction(ratios.log(), torch.zeros(1, 5), masks("11110"), 0.2)

    assert_close(share, tensor(0.5))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 2.0, 3.0], 1.0), ([2.0, 2.0, 2.0], 0.0), ([3.0, 2.0, 1.0], -3.0)],
)
def test_the_explained_variance_tells_a_good_critic_from_a_bad_one(
    values: list[float], expected: float
) -> None:
    # The last: residuals -2, 0, 2 have variance 8/3 against 2/3.
    share = functional.explained_variance(tensor([values]), tensor([[1.0, 2.0, 3.0]]), masks("111"))

    assert_close(share, tensor(expected))


def test_returns_that_do_not_vary_have_nothing_to_explain() -> None:
    share = functional.explained_variance(tensor([[1.0, 2.0]]), tensor([[5.0, 5.0]]), masks("11"))

    assert share == 0


def test_every_loss_has_the_gradient_of_its_value() -> None:
    generator = torch.Generator().manual_seed(5)
    mask = masks("1101", "0110")

    def draw(steps: int = 4) -> Tensor:
        return torch.randn(2, steps, generator=generator, dtype=torch.float64)

    old, advantages, returns, ends = draw(), draw(), draw(), tensor([True, False])
    near = (old + 0.5 * draw()).requires_grad_()
    rewards, values = draw().requires_grad_(), draw(5).requires_grad_()
    check = torch.autograd.gradcheck

    assert check(lambda x: functional.ppo_policy_loss(x, old, advantages, mask, 0.2), near)
    assert check(lambda x: functional.ppo_value_loss(x, old, returns, mask, 0.2), near)
    assert check(lambda x: functional.approx_kl(x, old, mask), near)
    assert check(lambda x: functional.masked_whiten(x, mask), near)
    assert check(lambda x: functional.masked_var(x, mask), near)
    assert check(lambda x: functional.kl_penalised_rewards(rewards, x, old, 0.3, mask), near)
    assert check(lambda r, v: functional.gae(r, v, mask, ends, 0.9, 0.8), (rewards, values))


def test_a_wrong_shape_is_refused_while_shapes_are_checked() -> None:
    with pytest.raises(TypeCheckError):
        functional.gae(torch.zeros(1, 2), torch.zeros(1, 2), masks("11"), tensor([True]), 1.0, 1.0)
