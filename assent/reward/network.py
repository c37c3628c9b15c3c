"""An ensemble of reward networks as one batched module, and where it meets the likelihood.

Each member is a learnt network plus a frozen random one (randomised prior functions,
Osband et al. 2018): where nothing was judged the members keep disagreeing.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from assent.errors import CheckpointError
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import utility_gradient
from assent.likelihood.people import People
from assent.records import Json

_BOUND = 12.0  # utility units over a mean length: far beyond what a person could tell apart
_INPUT_BOUND = 5.0  # standard deviations; further out nothing was judged
_MAKE = "reward-ensemble-1"


class RewardEnsemble(nn.Module):
    """E networks over the features of a step; a segment's utility is the sum of its steps.

    steps: mean number of steps of a segment; a step's score is the network's output over
    it, so that utilities start out of one size whatever the length of clips.
    """

    def __init__(
        self,
        members: int,
        inputs: int,
        hidden: tuple[int, ...],
        prior_scale: float,
        steps: float,
        rng: np.random.Generator,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        sizes = [inputs, *hidden, 1]
        pairs = list(pairwise(sizes))
        self.weights = nn.ParameterList([_random(members, *pair, rng) for pair in pairs])
        self.biases = nn.ParameterList([torch.zeros(members, 1, b) for _, b in pairs])
        with torch.no_grad():  # a small head starts everybody near "no opinion"
            self.weights[-1].mul_(0.1)
        for layer, pair in enumerate(pairs):
            self.register_buffer(f"prior_{layer}", _random(members, *pair, rng))
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))
        self.register_buffer("prior_scale", torch.tensor(float(prior_scale)))
        self.register_buffer("steps", torch.tensor(float(steps)))
        # Set by the gauge of the people, not by the optimiser.
        self.register_buffer("factor", torch.tensor(1.0))
        self.register_buffer("centre", torch.zeros(members))

    def get(self, name: str) -> Tensor:
        """The buffer called `name`."""
        return self.get_buffer(name)

    def standardise_inputs(self, features: Tensor, mask: Tensor) -> None:
        """Take the mean and spread of the valid steps as the inputs' unit."""
        rows = features[mask].double()
        spread = rows.std(0, unbiased=False)
        self.get("mean").copy_(rows.mean(0))
        # A feature that never changes says nothing; dividing by its spread would shout.
        self.get("deviation").copy_(torch.where(spread > 1e-6, spread, torch.ones_like(spread)))

    def inputs(self, features: Tensor) -> Tensor:
        """Standardised and bounded features, for `scores_of`."""
        z = (features.float() - self.get("mean")) / self.get("deviation")
        return z.clamp(-_INPUT_BOUND, _INPUT_BOUND)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Scores of every step, `[E, N, H]`; 0 on padding. features: `[N, H, D]`."""
        rows = self.inputs(features[mask])
        return self.spread(self.rows(rows), mask)

    def utilities(self, features: Tensor, mask: Tensor) -> Tensor:
        """Utilities of whole segments, `[E, N]`, 0 on average over those learnt from."""
        total: Tensor = self(features, mask).sum(-1) - self.get("centre")[:, None]
        return total

    def spread(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Values of the valid steps `[E, S]` at their places `[E, N, H]`."""
        scores = rows.new_zeros((len(rows), *mask.shape))
        scores[:, mask] = rows
        return scores

    def rows(self, inputs: Tensor, prior: Tensor | None = None) -> Tensor:
        """Scores `[E, S]` of standardised steps `[S, D]`; prior: what `prior` gave for them."""
        layers = list(zip(self.weights, self.biases, strict=True))
        x = inputs.expand(len(self.weights[0]), *inputs.shape)
        for weight, bias in layers[:-1]:
            x = nn.functional.silu(torch.baddbmm(bias, x, weight))
        weight, bias = layers[-1]
        raw = torch.baddbmm(bias, x, weight)[..., 0] + (
            self.prior(inputs) if prior is None else prior
        )
        return _BOUND * torch.tanh(raw / _BOUND) * self.get("factor") / self.get("steps")

    @torch.no_grad()
    def prior(self, inputs: Tensor) -> Tensor:
        """What the frozen networks add, `[E, S]`."""
        x = inputs.expand(len(self.weights[0]), *inputs.shape)
        for layer in range(len(self.weights) - 1):
            x = nn.functional.silu(torch.bmm(x, self.get(f"prior_{layer}")))
        last = self.get(f"prior_{len(self.weights) - 1}")
        return torch.bmm(x, last)[..., 0] * self.get("prior_scale")

    def state(self) -> tuple[bytes, Json]:
        """Weights as safetensors, and what is needed to build the module again."""
        tensors = {k: v.detach().contiguous().cpu() for k, v in self.state_dict().items()}
        details = {
            "make": _MAKE,
            "members": len(self.weights[0]),
            "inputs": int(self.weights[0].shape[1]),
            "hidden": list(self.hidden),
        }
        return save_tensors(tensors), details


def load(weights: bytes, details: Json) -> RewardEnsemble:
    """The ensemble that `state` described; CheckpointError when it is damaged or another's."""
    if details.get("make") != _MAKE:
        raise CheckpointError(
            f"reward checkpoint is of make {details.get('make')!r}, expected {_MAKE!r}; run "
            "`assent reward` to learn it again"
        )
    try:
        hidden = tuple(int(width) for width in details["hidden"])
        ensemble = RewardEnsemble(
            int(details["members"]),
            int(details["inputs"]),
            hidden,
            0.0,
            1.0,
            np.random.default_rng(0),
        )
        ensemble.load_state_dict(load_tensors(weights))
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"reward checkpoint is damaged ({error}); run `assent reward` to learn it again"
        ) from None
    if not all(torch.isfinite(t).all() for t in ensemble.state_dict().values()):
        raise CheckpointError("reward checkpoint holds NaN; run `assent reward` to learn it again")
    return ensemble


class _Likelihood(torch.autograd.Function):
    """Log-likelihood `[E]` of utilities `[E, N]`; value and gradient come from NumPy."""

    @staticmethod
    def forward(
        ctx: Any, utilities: Tensor, evidence: Evidence, people: People, weight: Doubles
    ) -> Tensor:
        """Sum over judgements, each member with its own weights `[E, J]`."""
        numbers = utilities.detach().double().cpu().numpy()
        value, gradient = utility_gradient(evidence, numbers, people, weight)
        ctx.save_for_backward(torch.from_numpy(gradient).to(utilities))
        return torch.from_numpy(value).to(utilities)

    @staticmethod
    def backward(ctx: Any, *outer: Any) -> tuple[Tensor, None, None, None]:
        """The chain rule; evidence, people and weights are no variables."""
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0][:, None], None, None, None


def log_likelihood(
    utilities: Tensor, evidence: Evidence, people: People, weight: Doubles
) -> Tensor:
    """Weighted log-likelihood `[E]` of utilities `[E, N]`; differentiable by them."""
    value: Tensor = _Likelihood.apply(utilities, evidence, people, weight)  # type: ignore[no-untyped-call]
    return value


def _random(members: int, inputs: int, outputs: int, rng: np.random.Generator) -> Tensor:
    values = rng.standard_normal((members, inputs, outputs)) / math.sqrt(inputs)
    return torch.from_numpy(values.astype(np.float32))
