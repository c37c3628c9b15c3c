"""The control policy: a Gaussian or categorical network with a critic of its own.

Actor and critic share nothing (tanh, orthogonal initialisation, last gains 0.01
and 1, a log standard deviation that does not depend on the state: the choices of
Andrychowicz et al. 2020, arXiv 2006.05990). Actions are kept as they were drawn;
only the environment clips them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from assent.errors import CheckpointError, RecordError
from assent.models.batch import Batch
from assent.models.policy import Decision, Evaluation
from assent.models.spaces import Spaces
from assent.records import Json

# Rows of every forward pass while acting. BLAS rounds differently for different row
# counts; with one count an episode does not depend on how many run beside it.
BLOCK = 16
CLIP = 10.0  # standard deviations; as in OpenAI baselines' VecNormalize
_HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


class ControlPolicy:
    """Chooses action vectors or categories from observation vectors.

    A new one draws its weights from torch's global generator: seed that first.
    """

    memoryless = True

    def __init__(
        self, spaces: Spaces, hidden: Sequence[int] = (64, 64), initial_log_std: float = 0.0
    ) -> None:
        self.spaces = spaces
        self.hidden = tuple(hidden)
        self._net = nn.ModuleDict(
            {
                "actor": _mlp(spaces.observation, self.hidden, spaces.action, last_gain=0.01),
                "critic": _mlp(spaces.observation, self.hidden, 1, last_gain=1.0),
            }
        )
        vector = 0 if spaces.discrete else spaces.action
        self._log_std = nn.Parameter(torch.full((vector,), float(initial_log_std)))
        # Of every observation met so far: number, mean, and sum of squared deviations.
        self._count = torch.zeros((), dtype=torch.float64)
        self._mean = torch.zeros(spaces.observation, dtype=torch.float64)
        self._squares = torch.zeros(spaces.observation, dtype=torch.float64)
        self._centre, self._scale = self._statistics()

    @staticmethod
    def restore(weights: bytes, details: Json) -> ControlPolicy:
        """The policy that `state` saved; CheckpointError when it is damaged."""
        spaces, hidden = _architecture(details)
        policy = ControlPolicy(spaces, hidden)
        policy.load(weights, details)
        return policy

    def act(
        self,
        observations: Sequence[npt.NDArray[Any]],
        rngs: Sequence[np.random.Generator],
        greedy: bool = False,
    ) -> list[Decision]:
        """One action for each observation `[O]`, each drawn from its own stream."""
        heads = self._heads(observations)
        if self.spaces.discrete:
            return _draw_categories(heads, rngs, greedy)
        log_std = self._log_std.detach().numpy()
        noise = np.zeros_like(heads)
        if not greedy:
            for row, rng in zip(noise, rngs, strict=True):
                rng.standard_normal(dtype=np.float32, out=row)
        actions = heads + np.exp(log_std) * noise
        logprobs = (-0.5 * noise**2 - log_std - np.float32(_HALF_LOG_TAU)).sum(
            axis=1, keepdims=True, dtype=np.float32
        )
        return [Decision(a, p) for a, p in zip(actions, logprobs, strict=True)]

    def evaluate(self, batch: Batch) -> Evaluation:
        """Log-probabilities and entropies `[B, T]`, values `[B, T+1]`, with gradients."""
        seen = self._normalised(batch.observations)
        values = self._net["critic"](seen).squeeze(-1)  # [B, T+1]
        heads = self._net["actor"](seen[:, :-1])  # [B, T, A]
        if self.spaces.discrete:
            logits = torch.log_softmax(heads, dim=-1)
            logprobs = logits.gather(-1, batch.actions.unsqueeze(-1)).squeeze(-1)
            entropy = -(logits.exp() * logits).sum(-1)
        else:
            surprise = 0.5 * ((batch.actions - heads) * torch.exp(-self._log_std)) ** 2
            logprobs = -(surprise + self._log_std + _HALF_LOG_TAU).sum(-1)
            entropy = (self._log_std + 0.5 + _HALF_LOG_TAU).sum().expand_as(logprobs)
        return Evaluation(
            logprobs=torch.where(batch.mask, logprobs, 0.0),
            entropy=torch.where(batch.mask, entropy, 0.0),
            values=values,
        )

    def observe(self, batch: Batch) -> None:
        """Take a batch's observations into the running mean and spread.

        Between updates only: acting and evaluating must use the same statistics.
        """
        places = torch.arange(batch.observations.shape[1])
        new = batch.observations[places <= batch.lengths[:, None]].double()  # [n, O]
        count = self._count + len(new)
        shift = new.mean(0) - self._mean
        # Chan et al. 1979: joins two sets' sums of squares without cancellation.
        self._squares += ((new - new.mean(0)) ** 2).sum(0)
        self._squares += shift**2 * self._count * len(new) / count
        self._mean += shift * len(new) / count
        self._count = count
        self._centre, self._scale = self._statistics()

    def features(self, batch: Batch) -> Tensor:
        """What the reward model sees of each step, `[B, T, O + A]`."""
        return step_features(self.spaces, batch.observations, batch.actions)

    def parameters(self) -> list[dict[str, Any]]:
        """Two groups, `actor` (with the standard deviation) and `critic`."""
        actor = list(self._net["actor"].parameters())
        return [
            {"name": "actor", "params": actor if self.spaces.discrete else [*actor, self._log_std]},
            {"name": "critic", "params": list(self._net["critic"].parameters())},
        ]

    def state(self) -> tuple[bytes, Json]:
        """Weights and observation statistics as safetensors; the architecture as JSON."""
        details = {"policy": "control", "spaces": self.spaces.to_json(), "hidden": [*self.hidden]}
        return safetensors.torch.save(self._tensors()), details

    def load(self, weights: bytes, details: Json) -> None:
        """Take over what `state` gave, for a policy of the same shape."""
        spaces, hidden = _architecture(details)
        if (spaces, hidden) != (self.spaces, self.hidden):
            raise CheckpointError(
                f"the checkpoint is of a policy with {spaces} and hidden layers {hidden}, not "
                f"{self.spaces} and {self.hidden}; restore it, or change environment and policy"
            )
        try:
            saved = safetensors.torch.load(weights)
        except (safetensors.SafetensorError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"the policy's weights cannot be read ({error}); the file is damaged: take an "
                "older checkpoint"
            ) from None
        own = self._tensors()
        for name in sorted({*own, *saved}):
            if name not in own or name not in saved or own[name].shape != saved[name].shape:
                raise CheckpointError(
                    f"tensor {name!r} of the policy's weights is missing, unknown or of another "
                    "shape; the file is damaged: take an older checkpoint"
                )
            if not torch.isfinite(saved[name]).all():
                raise CheckpointError(
                    f"tensor {name!r} of the policy's weights is not finite; training had "
                    "diverged: take an older checkpoint"
                )
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(saved[name])
        self._centre, self._scale = self._statistics()

    def _tensors(self) -> dict[str, Tensor]:
        """Everything that is saved, by name; the tensors themselves, not copies."""
        return {
            **{name: each.detach() for name, each in self._net.named_parameters()},
            "log_std": self._log_std.detach(),
            "observations.count": self._count,
            "observations.mean": self._mean,
            "observations.squares": self._squares,
        }

    def _statistics(self) -> tuple[Tensor, Tensor]:
        """What observations are shifted and multiplied by, float32."""
        if self._count < 2:
            return torch.zeros_like(self._mean).float(), torch.ones_like(self._mean).float()
        return self._mean.float(), torch.rsqrt(self._squares / self._count + 1e-8).float()

    def _normalised(self, observations: Tensor) -> Tensor:
        """Observations `[..., O]` in standard deviations, within +-10."""
        if observations.shape[-1] != self.spaces.observation:
            raise RecordError(
                f"observations of {observations.shape[-1]} numbers; this policy was made for "
                f"{self.spaces.observation} (a fixed horizon adds one, the 'ended' flag)"
            )
        return ((observations - self._centre) * self._scale).clamp(-CLIP, CLIP)

    def _heads(self, observations: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        """The actor's outputs `[n, A]`, always computed in blocks of the same size."""
        count = len(observations)
        padded = np.zeros((-(-count // BLOCK) * BLOCK, self.spaces.observation), dtype=np.float32)
        padded[:count] = observations
        with torch.inference_mode():
            blocks = torch.from_numpy(padded).split(BLOCK)
            heads = [self._net["actor"](self._normalised(block)).numpy() for block in blocks]
        return np.concatenate(heads)[:count]


def step_features(spaces: Spaces, observations: Tensor, actions: Tensor) -> Tensor:
    """What the reward model sees of each step: observation and action, `[B, T, O + A]`.

    Raw observations, because a reward model keeps statistics of its own and must not
    change when the policy's move. Action vectors as the simulator got them, clipped
    to their box; categories one-hot.

    observations: `[B, T+1, O]`; the last has no step. actions: `[B, T]` or `[B, T, A]`.
    """
    if spaces.discrete:
        done = nn.functional.one_hot(actions, spaces.categories).to(observations.dtype)
    else:
        done = actions.clamp(actions.new_tensor(spaces.low), actions.new_tensor(spaces.high))
    return torch.cat((observations[:, :-1], done), dim=-1).detach()


def _mlp(inputs: int, hidden: Sequence[int], outputs: int, last_gain: float) -> nn.Sequential:
    """Linear layers with tanh between them, orthogonal weights and zero biases."""
    widths = [inputs, *hidden, outputs]
    layers: list[nn.Module] = []
    for depth, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
        last = depth == len(widths) - 2
        linear = nn.Linear(fan_in, fan_out)
        nn.init.orthogonal_(linear.weight, last_gain if last else math.sqrt(2))
        nn.init.zeros_(linear.bias)
        layers += [linear] if last else [linear, nn.Tanh()]
    return nn.Sequential(*layers)


def _draw_categories(
    heads: npt.NDArray[np.float32], rngs: Sequence[np.random.Generator], greedy: bool
) -> list[Decision]:
    """A category for each row of unnormalised log-probabilities `[n, A]`."""
    shifted = heads - heads.max(axis=1, keepdims=True)
    logits = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    if greedy:
        chosen = logits.argmax(axis=1)
    else:
        uniform = np.array([rng.random() for rng in rngs])
        edges = np.exp(logits).cumsum(axis=1, dtype=np.float64)[:, :-1]
        chosen = (uniform[:, None] >= edges).sum(axis=1)
    rows = np.arange(len(heads))
    logprobs = logits[rows, chosen][:, None]
    return [Decision(np.asarray(a), p) for a, p in zip(chosen, logprobs, strict=True)]


def _architecture(details: Json) -> tuple[Spaces, tuple[int, ...]]:
    """Spaces and hidden widths of a saved policy."""
    if details.get("policy") != "control":
        raise CheckpointError(
            f"the checkpoint is of a {details.get('policy')!r} policy, not 'control'; it belongs "
            "to a project of the other world"
        )
    hidden = details.get("hidden")
    if not isinstance(hidden, list) or not all(isinstance(each, int) for each in hidden):
        raise CheckpointError(
            f"the checkpoint's hidden layers are {hidden!r}, not a list of widths; its details "
            "are damaged: take an older checkpoint"
        )
    return Spaces.from_json(details.get("spaces") or {}), tuple(hidden)
