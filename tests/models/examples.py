"""Tiny language policies and trajectories for the tests of this folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from assent.models import tiny
from assent.models.language import LanguagePolicy
from assent.models.policy import Decision
from assent.records import Trajectory

TEXTS = ("hello, this is order 12", "one two three", "thank you, order 12 is here", "two one")
SHAPE = tiny.Shape(width=16, layers=2, heads=2, vocabulary=300, positions=128)


def policy(seed: int = 0, temperature: float = 1.0, max_new_tokens: int = 12) -> LanguagePolicy:
    """An untrained policy of a few thousand weights, far enough from uniform to tell."""
    made = LanguagePolicy(tiny.build(TEXTS, SHAPE, seed), max_new_tokens, temperature)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in made.parameters()[0]["params"]:
            if weight.ndim == 2:
                weight.copy_(torch.randn(weight.shape, generator=noise) * 0.3)
    return made


def context(writer: LanguagePolicy, text: str) -> npt.NDArray[np.int64]:
    """The ids of a prompt."""
    return writer.tokens.prompt([{"role": "user", "content": text}])


def trajectory(prompt: npt.NDArray[Any], reply: Decision, id: str = "t") -> Trajectory:
    """A prompt and a reply as a trajectory."""
    tokens = np.concatenate((prompt, reply.action))
    mask = np.arange(len(tokens) - 1) >= len(prompt) - 1
    logprobs = np.zeros(len(mask), dtype=np.float32)
    logprobs[mask] = reply.logprobs
    return Trajectory(
        id=id,
        observations=tokens,
        actions=tokens[1:],
        logprobs=logprobs,
        mask=mask,
        terminated=True,
        truncated=False,
        group="g",
        seed=0,
    )
