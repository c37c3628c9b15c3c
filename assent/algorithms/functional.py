"""The formulas of policy optimisation: tensors in, tensors out, nothing kept.

One implementation for text and for control: a step is a token or an action
vector, and a mask says where the policy chose. Axes: B rows, T steps. Steps off
the mask never reach a result, whatever stands there.

Sources: GAE is Schulman et al. 2015 (arXiv 1506.02438); PPO is Schulman et al.
2017 (arXiv 1707.06347); the details for language models are Huang et al. 2024
(arXiv 2403.17031).
"""

# The strings in annotations are jaxtyping's axes, not forward references.
# ruff: noqa: F722
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

# Keeps a division finite when all values are equal, up to float32 rounding.
WHITEN_EPS = 1e-8

# The controller's limits (Ziegler et al. 2019, arXiv 1909.08593, section 2.2).
KL_ERROR_LIMIT = 0.2


def masked_mean(values: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, ""]:
    """The mean over the mask; 0 when the mask is empty."""
    # `where`, not a product: padding may hold an infinity, and 0 * inf is a NaN.
    return torch.where(mask, values, 0.0).sum() / mask.sum().clamp(min=1)


def masked_var(values: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, ""]:
    """The biased variance over the mask (divided by n, as TensorFlow's moments)."""
    return masked_mean((values - masked_mean(values, mask)).square(), mask)


def masked_whiten(
    values: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"], shift_mean: bool = True
) -> Float[Tensor, "B T"]:
    """Values over the mask with variance 1, and mean 0 unless `shift_mean` is False; 0 off it.

    Equal values become 0 (or stay what they are without the shift to mean 0):
    the rounding error of large equal numbers is not blown up to variance 1.
    """
    mean = masked_mean(values, mask)
    floor = WHITEN_EPS * (1 + mean.square())
    white = (values - mean) * torch.rsqrt(masked_var(values, mask) + floor)
    return torch.where(mask, white if shift_mean else white + mean, 0.0)


def gae(
    rewards: Float[Tensor, "B T"],
    values: Float[Tensor, "B T+1"],
    mask: Bool[Tensor, "B T"],
    terminated: Bool[Tensor, " B"],
    discount: float,
    lam: float,
) -> Float[Tensor, "B T"]:
    """Generalised advantage estimates of the chosen steps; 0 off the mask.

    The chosen steps t_1 < ... < t_n of a row are consecutive decisions, however
    many unchosen steps (another speaker's tokens) lie between them: what follows
    t_i is the state where the policy chooses again, so

        delta_i = r[t_i] + discount * V[t_{i+1}] - V[t_i]
        A_i = delta_i + discount * lam * A_{i+1}

    and a gap is neither discounted nor paid for. After t_n stands V[t_n + 1],
    the observation that the last decision led to, when the row was cut
    (truncated), and 0 when it ended by itself (terminated). A return is the
    advantage plus `values[:, :-1]`.

    rewards: read on the mask only. values: at every observation, the last included.
    """
    steps = mask.shape[1]
    backwards = mask.flip(1).to(torch.uint8).argmax(1)  # [B] steps after the last chosen one
    after = values.gather(1, (steps - backwards)[:, None]).squeeze(1)
    following = torch.where(terminated, 0.0, after)
    advantage = torch.zeros_like(following)
    columns: list[Tensor] = []
    for step in reversed(range(steps)):
        chosen, value = mask[:, step], values[:, step]
        new = rewards[:, step] + discount * (following + lam * advantage) - value
        advantage = torch.where(chosen, new, advantage)
        following = torch.where(chosen, value, following)
        columns.append(torch.where(chosen, new, 0.0))
    return torch.stack(columns[::-1], dim=1)


def kl_penalised_rewards(
    rewards: Float[Tensor, "B T"],
    logprobs: Float[Tensor, "B T"],
    reference_logprobs: Float[Tensor, "B T"],
    weight: float,
    mask: Bool[Tensor, "B T"],
) -> Float[Tensor, "B T"]:
    """Rewards less `weight` nats of KL to the reference, on every chosen step; 0 off the mask.

    The estimator is k1, log pi - log pi_ref of the sampled action. In the reward
    it gives the unbiased gradient of the KL; as a term of the loss neither k1 nor
    k3 does.
    """
    return torch.where(mask, rewards - weight * (logprobs - reference_logprobs), 0.0)


def kl_per_sequence(
    logprobs: Float[Tensor, "B T"],
    reference_logprobs: Float[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
) -> Float[Tensor, ""]:
    """KL to the reference in nats per sequence: summed over a row, averaged over rows (k1)."""
    return torch.where(mask, logprobs - reference_logprobs, 0.0).sum(1).mean()


def adapted_kl_weight(
    weight: float, kl_nats: float, target_nats: float, sequences: int, horizon_sequences: float
) -> float:
    """The KL weight moved towards what keeps the KL at its target.

    weight * (1 + e * sequences / horizon), e the relative error cut to +-0.2
    (Ziegler et al. 2019, arXiv 1909.08593). Both KLs are in nats per sequence.
    """
    error = min(max(kl_nats / target_nats - 1, -KL_ERROR_LIMIT), KL_ERROR_LIMIT)
    return weight * (1 + error * sequences / horizon_sequences)


def ppo_policy_loss(
    logprobs: Float[Tensor, "B T"],
    old_logprobs: Float[Tensor, "B T"],
    advantages: Float[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    clip: float,
) -> Float[Tensor, ""]:
    """The clipped surrogate to be minimised: mean of -min(r A, clip(r) A) over the mask.

    r is the probability ratio new / old (arXiv 1707.06347, eq. 7).
    """
    ratio = _log_ratio(logprobs, old_logprobs, mask).exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return masked_mean(torch.maximum(-advantages * ratio, -advantages * clipped), mask)


def ppo_value_loss(
    values: Float[Tensor, "B T"],
    old_values: Float[Tensor, "B T"],
    returns: Float[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    clip: float,
) -> Float[Tensor, ""]:
    """Half the mean square error of the value, or of the value held near its old one if larger.

    0.5 * max((V - R)^2, (V_old + clamp(V - V_old, +-clip) - R)^2) (as in
    arXiv 2403.17031). All four tensors are in the same units as `clip`.
    """
    held = old_values + (values - old_values).clamp(-clip, clip)
    larger = torch.maximum((values - returns).square(), (held - returns).square())
    return 0.5 * masked_mean(larger, mask)


def approx_kl(
    logprobs: Float[Tensor, "B T"], old_logprobs: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """KL of the old policy from the new in nats per step, from the old one's samples.

    The estimator is k3, (r - 1) - log r with r = new / old: unbiased and never
    negative (Schulman 2020, "Approximating KL divergence").
    """
    log_ratio = _log_ratio(logprobs, old_logprobs, mask)
    return masked_mean(torch.expm1(log_ratio) - log_ratio, mask)


def clip_fraction(
    logprobs: Float[Tensor, "B T"],
    old_logprobs: Float[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    clip: float,
) -> Float[Tensor, ""]:
    """The share of chosen steps whose probability ratio lies outside 1 +- clip."""
    ratio = _log_ratio(logprobs, old_logprobs, mask).exp()
    return masked_mean(((ratio - 1).abs() > clip).to(ratio.dtype), mask)


def explained_variance(
    values: Float[Tensor, "B T"], returns: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """1 - var(returns - values) / var(returns): 1 is a perfect critic, 0 a constant one.

    0 when the returns do not vary, since there is nothing to explain.
    """
    spread = masked_var(returns, mask)
    unexplained = masked_var(returns - values, mask)
    return torch.where(spread > 0, 1 - unexplained / spread, 0.0)


def _log_ratio(logprobs: Tensor, old_logprobs: Tensor, mask: Tensor) -> Tensor:
    """log(new / old), 0 off the mask: exp of whatever stands there could overflow the gradient."""
    return torch.where(mask, logprobs - old_logprobs, 0.0)
