"""Proximal policy optimisation for both worlds: clipped policy and value losses, KL in the reward.

Follows Schulman et al. 2017 (arXiv 1707.06347) and, for language models, the
details collected by Huang et al. 2024 (arXiv 2403.17031). It never acts in an
environment and never asks where the rewards come from.
"""

from __future__ import annotations

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from assent.algorithms import functional
from assent.algorithms.lesson import Lesson, cut, minibatches
from assent.algorithms.returns import ReturnScale
from assent.errors import CheckpointError, ConfigError, RecordError
from assent.models.batch import Batch
from assent.models.policy import Policy
from assent.options import PPOOptions
from assent.records import Json

METRICS = {
    "improve/policy_loss": "clipped surrogate loss, averaged over the update's minibatches",
    "improve/value_loss": "clipped value loss, in units of the return's variance",
    "improve/entropy_nats": "entropy of the policy per chosen step, averaged over minibatches",
    "improve/approx_kl_nats": "KL per step from the policy that acted to the last minibatch's",
    "improve/clip_fraction": "share of steps whose probability ratio was outside the clip",
    "improve/explained_variance": "share of the returns' variance that the critic had foreseen",
    "improve/gradient_norm": "length of the gradient before clipping, averaged over minibatches",
    "improve/learning_rate": "of Adam in this update",
    "improve/ratio_error_nats": "largest |log ratio| before the first step of learning; 0 but for "
    "rounding",
    "improve/return_mean": "running mean of the discounted return of a step, in reward units",
    "improve/return_spread": "running standard deviation of the same",
    "improve/steps": "steps that the policy chose in this update's episodes",
    "improve/kl_nats_per_sequence": "KL to the reference, summed over a sequence (k1); only with a "
    "reference",
    "improve/kl_weight": "reward taken off for each nat of that KL; only with a reference",
}
"""What each number that `PPO.update` returns means."""

# |log-probability now - when acting| that rounding alone explains, by the policy's precision:
# a cached, padded or differently batched forward pass sums in another order.
_ROUNDING_NATS = {torch.float64: 1e-6, torch.float32: 1e-3, torch.float16: 2e-2}
_ROUNDING_NATS_OTHER = 1e-1  # bfloat16 has 8 bits of mantissa

# What a step of learning measures, in the order of `_step`.
_AVERAGED = (
    "policy_loss",
    "value_loss",
    "entropy_nats",
    "approx_kl_nats",
    "clip_fraction",
    "gradient_norm",
)

# The KL controller's horizon: 10 000 of 1e6 episodes in arXiv 1909.08593, so 1% of the run.
_KL_HORIZON_SHARE = 0.01


class PPO:
    """Optimises one policy; owns Adam, the KL weight and the return's scale."""

    def __init__(self, policy: Policy, options: PPOOptions) -> None:
        self._policy = policy
        self._options = options
        groups = policy.parameters()
        self._parameters: list[Tensor] = [p for group in groups for p in group["params"]]
        self._device = self._parameters[0].device
        self._adam = torch.optim.Adam(
            groups,
            lr=options.learning_rate,
            eps=options.adam_eps,
            fused=self._device.type in ("cpu", "cuda"),
        )
        self._updates = 0
        self._kl_weight = options.kl_weight
        self._scale = ReturnScale()

    def update(
        self,
        batch: Batch,
        rewards: Tensor,
        reference_logprobs: Tensor | None,
        rng: np.random.Generator,
    ) -> dict[str, float]:
        """Learn from episodes that this very policy has just acted; METRICS explains the result.

        rewards: `[B, T]` in any unit, 0 where the mask is False.
        reference_logprobs: `[B, T]` nats, or None; needed when `kl_weight` is not 0.
        rng: shuffles the minibatches.
        Raises RecordError when the episodes' log-probabilities are not this
        policy's, before anything is learnt; ConfigError after `options.updates`.
        """
        batch, rewards = batch.to(self._device), rewards.to(self._device)
        if reference_logprobs is not None:
            reference_logprobs = reference_logprobs.to(self._device)
        self._check(batch, rewards, reference_logprobs)
        lesson, metrics = self._lesson(batch, rewards, reference_logprobs)
        rate = self._options.learning_rate * (1 - self._updates / self._options.updates)
        for group in self._adam.param_groups:
            group["lr"] = rate
        size, memoryless = self._options.minibatch_size, self._policy.memoryless
        learnt = [
            self._step(part)
            for _ in range(self._options.epochs)
            for part in minibatches(lesson, size, memoryless, rng)
        ]
        columns = torch.stack(learnt)
        means, last_kl = (
            columns.mean(0).tolist(),
            columns[-1, _AVERAGED.index("approx_kl_nats")].item(),
        )
        self._updates += 1
        # Only now: had the statistics moved first, the ratio would not have started at 1.
        self._policy.observe(batch)
        metrics |= {f"improve/{name}": mean for name, mean in zip(_AVERAGED, means, strict=True)}
        return metrics | {"improve/approx_kl_nats": last_kl, "improve/learning_rate": rate}

    def state(self) -> tuple[bytes, Json]:
        """Adam's moments as safetensors, and the counters, KL weight and return statistics."""
        tensors: dict[str, Tensor] = {}
        for index, parameter in enumerate(self._parameters):
            for name, value in self._adam.state.get(parameter, {}).items():
                tensors[f"adam.{index}.{name}"] = value.detach().contiguous()
        details: Json = {
            "algorithm": "ppo",
            "updates": self._updates,
            "kl_weight": self._kl_weight,
            "returns": self._scale.state(),
        }
        return safetensors.torch.save(tensors), details

    def load(self, weights: bytes, details: Json) -> None:
        """Go on exactly where the saved state stood; the policy is loaded by itself.

        Raises CheckpointError, and changes nothing, when the state does not fit.
        """
        try:
            if details["algorithm"] != "ppo":
                raise ValueError(f"it was made by {details['algorithm']!r}")
            tensors = safetensors.torch.load(weights)
            moments = [_moments(tensors, i, p) for i, p in enumerate(self._parameters)]
            updates, kl_weight = int(details["updates"]), float(details["kl_weight"])
            scale = ReturnScale.load(details["returns"])
        except (KeyError, TypeError, ValueError, safetensors.SafetensorError) as error:
            raise CheckpointError(
                f"this is not the state of PPO for this policy: {error}; start anew "
                "or load the checkpoint that belongs to the policy"
            ) from None
        for parameter, moment in zip(self._parameters, moments, strict=True):
            if moment:
                self._adam.state[parameter] = moment
        self._updates, self._kl_weight, self._scale = updates, kl_weight, scale

    def _check(self, batch: Batch, rewards: Tensor, reference_logprobs: Tensor | None) -> None:
        """What can be wrong before any forward pass."""
        if self._updates >= self._options.updates:
            raise ConfigError(
                f"PPO was asked for update {self._updates + 1} of {self._options.updates}, "
                "where the learning rate has reached 0; raise improve.updates"
            )
        if not batch.mask.any():
            raise RecordError("PPO got episodes in which the policy chose nothing (empty mask)")
        if rewards.shape != batch.mask.shape:
            raise RecordError(
                f"rewards are {tuple(rewards.shape)} where the batch has {tuple(batch.mask.shape)}"
            )
        if not torch.isfinite(rewards).all():
            raise RecordError("a reward is not finite; look at the reward model's scores")
        if rewards[~batch.mask].any():
            raise RecordError(
                "there is reward on a step that the policy did not choose, where it would be lost; "
                "put it on the last chosen step before"
            )
        if reference_logprobs is None and self._kl_weight > 0:
            raise ConfigError(
                f"improve.kl_weight is {self._kl_weight} but there is no reference policy; "
                "set it to 0"
            )

    def _lesson(
        self, batch: Batch, rewards: Tensor, reference_logprobs: Tensor | None
    ) -> tuple[Lesson, dict[str, float]]:
        """What is to be learnt from the batch, and what can be measured before learning."""
        options, mask = self._options, batch.mask
        logprobs, foreseen = self._evaluated(batch)
        error = _ratio_error(logprobs, batch)
        self._check_ratio(error)
        metrics = {"improve/ratio_error_nats": error, "improve/steps": float(mask.sum())}
        if reference_logprobs is not None:
            metrics |= self._follow_kl(batch, reference_logprobs)
            weight = metrics["improve/kl_weight"]
            rewards = functional.kl_penalised_rewards(
                rewards, batch.logprobs, reference_logprobs, weight, mask
            )
        ends = batch.terminated
        # With lambda 1 the values inside an episode cancel: what was really returned.
        plain = self._scale.natural(foreseen)
        returned = functional.gae(rewards, plain, mask, ends, options.discount, 1.0) + plain[:, :-1]
        self._scale = self._scale.including(returned, mask)
        values = self._scale.natural(foreseen)
        advantages = functional.gae(
            rewards, values, mask, ends, options.discount, options.gae_lambda
        )
        returns = self._scale.normal(advantages + values[:, :-1])
        explained = functional.explained_variance(foreseen[:, :-1], returns, mask)
        lesson = Lesson(
            batch, functional.masked_whiten(advantages, mask), returns, foreseen[:, :-1]
        )
        metrics |= {
            "improve/explained_variance": float(explained),
            "improve/return_mean": self._scale.mean,
            "improve/return_spread": self._scale.spread,
        }
        return lesson, metrics

    def _evaluated(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Log-probabilities `[B, T]` and values `[B, T+1]` now, without gradients.

        Rows are taken a minibatch at a time where a row is a whole sequence, so
        that this needs no more memory than learning does.
        """
        size = len(batch) if self._policy.memoryless else self._options.minibatch_size
        logprobs = torch.zeros_like(batch.logprobs)
        values = logprobs.new_zeros((len(batch), batch.mask.shape[1] + 1))
        with torch.no_grad():
            for start in range(0, len(batch), size):
                rows = torch.arange(start, min(start + size, len(batch)), device=self._device)
                part = cut(batch.rows(rows))
                steps = part.mask.shape[1]
                seen = self._policy.evaluate(part)
                logprobs[rows, :steps] = seen.logprobs.to(logprobs.dtype)
                values[rows, : steps + 1] = seen.values.to(values.dtype)
        return logprobs, values

    def _check_ratio(self, error: float) -> None:
        """The probability ratio is 1 before the first step of learning, but for rounding."""
        kind = self._parameters[0].dtype
        allowed = _ROUNDING_NATS.get(kind, _ROUNDING_NATS_OTHER)
        if error <= allowed:  # False for a NaN too
            return
        raise RecordError(
            f"the policy now gives its own actions other log-probabilities than when it acted: "
            f"they differ by up to {error:.3g} nats, where rounding explains {allowed:g} ({kind}). "
            "Look for another sampling temperature, top-k or top-p, for padding that is attended "
            "to, for dropout, and for episodes that another checkpoint acted"
        )

    def _follow_kl(self, batch: Batch, reference_logprobs: Tensor) -> dict[str, float]:
        """Measure the KL to the reference, and adapt the weight for the next update to it."""
        nats = functional.kl_per_sequence(batch.logprobs, reference_logprobs, batch.mask).item()
        weight, options = self._kl_weight, self._options
        if options.kl_target_nats is not None:
            # At least the batch, so that one update changes the weight by a fifth at most.
            horizon = max(len(batch), _KL_HORIZON_SHARE * options.updates * options.episodes)
            self._kl_weight = functional.adapted_kl_weight(
                weight, nats, options.kl_target_nats, len(batch), horizon
            )
        return {"improve/kl_nats_per_sequence": nats, "improve/kl_weight": weight}

    def _step(self, part: Lesson) -> Tensor:
        """One step of Adam; the six numbers that `update` averages, on the device."""
        options, batch, mask = self._options, part.batch, part.batch.mask
        seen = self._policy.evaluate(batch)
        policy_loss = functional.ppo_policy_loss(
            seen.logprobs, batch.logprobs, part.advantages, mask, options.clip
        )
        value_loss = functional.ppo_value_loss(
            seen.values[:, :-1], part.values, part.returns, mask, options.value_clip
        )
        entropy = functional.masked_mean(seen.entropy, mask)
        loss = policy_loss + options.value_weight * value_loss - options.entropy_weight * entropy
        self._adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, options.max_gradient_norm)
        self._adam.step()
        with torch.no_grad():
            kl = functional.approx_kl(seen.logprobs, batch.logprobs, mask)
            clipped = functional.clip_fraction(seen.logprobs, batch.logprobs, mask, options.clip)
            return torch.stack((policy_loss, value_loss, entropy, kl, clipped, norm)).detach()


def _ratio_error(logprobs: Tensor, batch: Batch) -> float:
    """The largest |log ratio| on the mask."""
    return (logprobs - batch.logprobs)[batch.mask].abs().max().item()


def _moments(tensors: dict[str, Tensor], index: int, parameter: Tensor) -> dict[str, Tensor]:
    """Adam's state of one parameter, on its device; empty before the first update."""
    prefix = f"adam.{index}."
    found = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    for name in ("exp_avg", "exp_avg_sq") if found else ():
        if found[name].shape != parameter.shape:
            raise ValueError(
                f"{prefix}{name} is {tuple(found[name].shape)} for a parameter of "
                f"{tuple(parameter.shape)}"
            )
    return {name: value.to(parameter.device) for name, value in found.items()}
