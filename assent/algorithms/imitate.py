"""Supervised learning from demonstrations: the policy that all further learning starts from.

Text: reply tokens, the end token included (SFT); control: demonstrated actions
(behaviour cloning). Only what the mask calls chosen is learnt, never a prompt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assent.algorithms import functional
from assent.algorithms.lesson import cut
from assent.errors import RecordError
from assent.models.batch import Batch
from assent.models.policy import Policy
from assent.options import ImitateOptions

Progress = Callable[[int, int, str], None]

METRICS = {
    "imitate/loss_nats": "surprise at a demonstrated step, averaged over the last epoch",
    "imitate/held_out_nats": "the same on held-out demonstrations, of the weights that were kept; "
    "absent without any",
    "imitate/held_out_rows": "demonstrations held out",
    "imitate/epoch": "epoch whose weights were kept, from 1",
    "imitate/gradient_norm": "length of the gradient before clipping, averaged over the last epoch",
    "imitate/learning_rate": "of AdamW at the end of the last epoch",
    "imitate/steps": "demonstrated steps (tokens or actions) that were learnt from",
}
"""What each number that `imitate` returns means."""

# The learning rate ends at this share of its start.
_COSINE_END = 0.1

# Epochs without a better held-out loss before learning stops.
_PATIENCE_EPOCHS = 3

# Fewer demonstrations than this are all needed for learning; none is held out.
_FEWEST_TO_HOLD_OUT = 5

# Rows are sorted by length within pools of this many minibatches: little padding, still shuffled.
_POOL_MINIBATCHES = 32


@dataclass(frozen=True, slots=True)
class Imitated:
    """What imitation came to.

    metrics: of the end, as METRICS explains. curve: the same after every epoch.
    """

    metrics: dict[str, float]
    curve: list[dict[str, float]]


def imitate(
    policy: Policy,
    demonstrations: Batch,
    options: ImitateOptions,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Imitated:
    """Make the demonstrations likely; changes the policy, which keeps the best weights.

    The best are those of the epoch with the lowest held-out loss, or the last
    ones when there are too few demonstrations to hold any out.
    rng: chooses what is held out and shuffles. progress: (steps done, in all, text).
    """
    parameters = [p for group in policy.parameters() for p in group["params"]]
    demonstrations = demonstrations.to(parameters[0].device)
    if not demonstrations.mask.any():
        raise RecordError("the demonstrations show nothing that a policy chose (empty mask)")
    policy.observe(demonstrations)
    lessons, held_out = _split(demonstrations, options.held_out, rng)
    rows = len(held_out) if held_out is not None else 0
    if policy.memoryless:
        lessons = lessons.as_steps()
        held_out = held_out.as_steps() if held_out is not None else None
    total = options.epochs * math.ceil(len(lessons) / options.batch_size)
    learner = _Learner(policy, options, parameters, total)
    curve: list[dict[str, float]] = []
    best: tuple[float, int, Any] = (math.inf, 0, None)
    for epoch in range(1, options.epochs + 1):
        measured = learner.epoch(lessons, rng, progress)
        curve.append({**measured, "imitate/epoch": float(epoch)})
        if held_out is None:
            best = (math.inf, epoch, None)
            continue
        surprise = _surprise(policy, held_out, options.batch_size)
        curve[-1]["imitate/held_out_nats"] = surprise
        if surprise < best[0]:
            best = (surprise, epoch, policy.state())
        elif epoch - best[1] >= _PATIENCE_EPOCHS:
            break
    if best[2] is not None:
        policy.load(*best[2])
    metrics = {
        **curve[-1],
        "imitate/epoch": float(best[1]),
        "imitate/held_out_rows": float(rows),
        "imitate/steps": float(lessons.mask.sum()),
    }
    if held_out is not None:
        metrics["imitate/held_out_nats"] = best[0]
    return Imitated(metrics, curve)


class _Learner:
    """AdamW on one policy, with its learning rate on a cosine."""

    def __init__(
        self, policy: Policy, options: ImitateOptions, parameters: list[Tensor], total: int
    ) -> None:
        self._policy = policy
        self._options = options
        self._parameters = parameters
        self._total = total
        self._done = 0
        # Decay shrinks matrices only: a bias, a gain or a log-deviation has no reason to be small.
        groups = [
            {
                "params": [p for p in parameters if p.ndim >= 2],
                "weight_decay": options.weight_decay,
            },
            {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
        ]
        self._adam = torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=options.learning_rate,
            fused=parameters[0].device.type in ("cpu", "cuda"),
        )

    def epoch(
        self, lessons: Batch, rng: np.random.Generator, progress: Progress | None
    ) -> dict[str, float]:
        """All lessons once."""
        learnt: list[Tensor] = []
        for part in _minibatches(lessons, self._options.batch_size, rng):
            learnt.append(self._step(part))
            self._done += 1
            if progress is not None:
                progress(self._done, self._total, f"loss {learnt[-1][0].item():.3f} nats")
        loss, norm = torch.stack(learnt).mean(0).tolist()
        return {
            "imitate/loss_nats": loss,
            "imitate/gradient_norm": norm,
            "imitate/learning_rate": self._adam.param_groups[0]["lr"],
        }

    def _step(self, part: Batch) -> Tensor:
        """One step; the loss and the gradient's norm."""
        along = self._done / max(self._total - 1, 1)
        cosine = _COSINE_END + (1 - _COSINE_END) * 0.5 * (1 + math.cos(math.pi * along))
        for group in self._adam.param_groups:
            group["lr"] = self._options.learning_rate * cosine
        loss = -functional.masked_mean(self._policy.evaluate(part).logprobs, part.mask)
        self._adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, self._options.max_gradient_norm)
        self._adam.step()
        return torch.stack((loss.detach(), norm))


def _split(
    demonstrations: Batch, share: float, rng: np.random.Generator
) -> tuple[Batch, Batch | None]:
    """Rows to learn from and rows held out, at least one of five or more."""
    rows = len(demonstrations)
    if share == 0 or rows < _FEWEST_TO_HOLD_OUT:
        return demonstrations, None
    # Whole episodes: a step's neighbours in time would give the held-out step away.
    count = min(max(1, round(share * rows)), rows - 1)
    order = torch.from_numpy(rng.permutation(rows))
    return demonstrations.rows(order[count:]), demonstrations.rows(order[:count])


def _minibatches(batch: Batch, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """All rows once in random order, rows of like length together."""
    lengths = batch.lengths.cpu().numpy()
    order = rng.permutation(len(batch))
    pool = size * _POOL_MINIBATCHES
    parts: list[np.ndarray] = []
    for start in range(0, len(order), pool):
        some = order[start : start + pool]
        some = some[np.argsort(lengths[some], kind="stable")]
        parts.extend(some[i : i + size] for i in range(0, len(some), size))
    for index in rng.permutation(len(parts)):
        yield cut(batch.rows(torch.from_numpy(parts[index])))


def _surprise(policy: Policy, batch: Batch, size: int) -> float:
    """Nats per chosen step, of all of them together."""
    total = 0.0
    if policy.memoryless:
        size = len(batch)
    with torch.no_grad():
        for start in range(0, len(batch), size):
            part = cut(batch.rows(range(start, min(start + size, len(batch)))))
            total -= torch.where(part.mask, policy.evaluate(part).logprobs, 0.0).sum().item()
    return total / max(int(batch.mask.sum()), 1)
