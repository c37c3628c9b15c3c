"""Two tiny worlds for the tests of algorithms: a bandit for control, three tokens for text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from torch import Tensor, nn

from assent.models.batch import Batch
from assent.models.control import ControlPolicy
from assent.models.policy import Decision, Evaluation
from assent.models.spaces import Spaces
from assent.records import Json, Trajectory

VOCABULARY = 3


class TokenPolicy:
    """A causal model of three tokens: the mean of the embeddings so far decides the next."""

    memoryless = False

    def __init__(self, seed: int, dtype: torch.dtype = torch.float64) -> None:
        torch.manual_seed(seed)
        self.net = nn.ModuleDict(
            {
                "embed": nn.Embedding(VOCABULARY, 4),
                "head": nn.Linear(4, VOCABULARY),
                "value": nn.Linear(4, 1),
            }
        ).to(dtype)

    def act(
        self,
        observations: Sequence[npt.NDArray[Any]],
        rngs: Sequence[np.random.Generator],
        greedy: bool = False,
    ) -> list[Decision]:
        """One token for each context."""
        decisions = []
        for context, rng in zip(observations, rngs, strict=True):
            with torch.no_grad():
                logits, _ = self._forward(torch.as_tensor(context)[None])
            chances = torch.softmax(logits[0, -1], -1).numpy()
            token = int(chances.argmax() if greedy else rng.choice(VOCABULARY, p=chances))
            logprob = np.log(chances[token]).astype(np.float32)
            decisions.append(Decision(np.array([token]), logprob[None]))
        return decisions

    def evaluate(self, batch: Batch) -> Evaluation:
        logits, values = self._forward(batch.observations)
        every = torch.log_softmax(logits[:, :-1], -1)
        logprobs = every.gather(-1, batch.actions[..., None]).squeeze(-1)
        entropy = -(every.exp() * every).sum(-1)
        zero = torch.zeros((), dtype=logprobs.dtype)
        return Evaluation(
            torch.where(batch.mask, logprobs, zero), torch.where(batch.mask, entropy, zero), values
        )

    def observe(self, batch: Batch) -> None:
        """Tokens have no statistics."""

    def features(self, batch: Batch) -> Tensor:
        raise NotImplementedError

    def parameters(self) -> list[dict[str, Any]]:
        return [{"name": "all", "params": list(self.net.parameters())}]

    def state(self) -> tuple[bytes, Json]:
        return safetensors.torch.save(dict(self.net.state_dict())), {}

    def load(self, weights: bytes, details: Json) -> None:
        self.net.load_state_dict(safetensors.torch.load(weights))

    def _forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        embedded = self.net["embed"](tokens)
        counts = torch.arange(1, tokens.shape[1] + 1)[:, None]
        seen = embedded.cumsum(1) / counts
        return self.net["head"](seen), self.net["value"](seen).squeeze(-1)


def dialogues(policy: TokenPolicy, count: int, rng: np.random.Generator) -> list[Trajectory]:
    """Prompt, reply, another speaker's turn, reply; of different lengths."""
    made = []
    for number in range(count):
        tokens = [int(token) for token in rng.integers(VOCABULARY, size=2 + number % 2)]
        mask: list[bool] = [False] * (len(tokens) - 1)
        logprobs: list[float] = [0.0] * len(mask)
        for turn in range(2):
            for _ in range(1 + number % 3):
                (decision,) = policy.act([np.array(tokens)], [rng])
                tokens.append(int(decision.action[0]))
                mask.append(True)
                logprobs.append(float(decision.logprobs[0]))
            if turn == 0:
                tokens.append(int(rng.integers(VOCABULARY)))
                mask.append(False)
                logprobs.append(0.0)
        made.append(_trajectory(tokens, tokens[1:], mask, logprobs, number))
    return made


def bandit(observation: int = 1) -> ControlPolicy:
    """A policy with two actions; seed torch first."""
    return ControlPolicy(Spaces(observation=observation, categories=2), hidden=(8,))


def pulls(
    policy: ControlPolicy, episodes: int, steps: int, rng: np.random.Generator
) -> list[Trajectory]:
    """Episodes whose observations are noise; half of them terminated, half truncated."""
    made = []
    for number in range(episodes):
        length = steps - number % 2
        seen = rng.standard_normal((length + 1, policy.spaces.observation)).astype(np.float32)
        decisions = policy.act(list(seen[:-1]), rng.spawn(length))
        logprobs = [float(d.logprobs[0]) for d in decisions]
        actions = [d.action for d in decisions]
        made.append(_trajectory(seen, actions, [True] * length, logprobs, number))
    return made


def _trajectory(
    observations: Any, actions: Any, mask: list[bool], logprobs: list[float], number: int
) -> Trajectory:
    return Trajectory(
        id=str(number),
        observations=np.array(observations),
        actions=np.array(actions),
        logprobs=np.array(logprobs, dtype=np.float32),
        mask=np.array(mask),
        terminated=number % 2 == 0,
        truncated=number % 2 == 1,
        group=str(number),
        seed=number,
    )
