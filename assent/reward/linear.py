"""The linear head: draws from the posterior of `posterior.py`, asked step by step.

A segment's utility is the sum of its steps' scores, as with the networks, so that it is
linear in the sum of its steps' features. With one row a segment (text) that is the row.
"""

from __future__ import annotations

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from assent.errors import CheckpointError
from assent.likelihood.effects import Effects
from assent.likelihood.evidence import Doubles
from assent.options import RewardOptions
from assent.records import Json
from assent.reward.learning import Learnt, Lesson, Progress
from assent.reward.posterior import fit_linear

MAKE = "reward-linear-1"
_INPUT_BOUND = 5.0  # standard deviations; further out nothing was judged
_PARTS = ("mean", "deviation", "weights", "centre")


class LinearHead:
    """E weights over a step's features, which are standardised and bounded first.

    mean, deviation: `[D]` of a step's features. weights: `[E, D]`. centre: `[E]` utility
    that is taken off whole segments.
    """

    def __init__(self, mean: Tensor, deviation: Tensor, weights: Tensor, centre: Tensor) -> None:
        self._parts = (mean, deviation, weights, centre)

    def inputs(self, features: Tensor) -> Tensor:
        """Standardised and bounded features."""
        mean, deviation = (part.to(features.device) for part in self._parts[:2])
        return ((features.float() - mean) / deviation).clamp(-_INPUT_BOUND, _INPUT_BOUND)

    def __call__(self, features: Tensor, mask: Tensor) -> Tensor:
        """Scores of every step, `[E, N, H]`; 0 on padding. features: `[N, H, D]`."""
        weights = self._parts[2].to(features.device)
        scores = weights.new_zeros((len(weights), *mask.shape))
        scores[:, mask] = weights @ self.inputs(features[mask]).T
        return scores

    def utilities(self, features: Tensor, mask: Tensor) -> Tensor:
        """Utilities of whole segments, `[E, N]`, 0 on average over those learnt from."""
        total: Tensor = self(features, mask).sum(-1)
        return total - self._parts[3].to(features.device)[:, None]

    def taught(self, weights: Tensor, centre: Tensor) -> LinearHead:
        """The same inputs under other weights."""
        return LinearHead(*self._parts[:2], weights.float(), centre.float())

    def state(self) -> tuple[bytes, Json]:
        """Weights as safetensors, and their sizes."""
        tensors = dict(zip(_PARTS, (p.contiguous().cpu() for p in self._parts), strict=True))
        members, inputs = tensors["weights"].shape
        return save_tensors(tensors), {"make": MAKE, "members": members, "inputs": inputs}


def load(weights: bytes, details: Json) -> LinearHead:
    """The head that `state` described; CheckpointError when it is damaged."""
    try:
        tensors = load_tensors(weights)
        members, inputs = int(details["members"]), int(details["inputs"])
        shapes = ((inputs,), (inputs,), (members, inputs), (members,))
        parts = [tensors[name] for name in _PARTS]
        if [tuple(part.shape) for part in parts] != list(shapes):
            raise ValueError("weights of another shape")
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"reward checkpoint is damaged ({error}); run `assent reward` to learn it again"
        ) from None
    if not all(torch.isfinite(part).all() for part in parts):
        raise CheckpointError("reward checkpoint holds NaN; run `assent reward` to learn it again")
    return LinearHead(*parts)


def learn(
    lesson: Lesson, options: RewardOptions, rng: np.random.Generator, progress: Progress | None
) -> Learnt:
    """Weights and people of the largest evidence.

    What is held out is measured by a fit that did not see it; the head that is kept has
    learnt from every answer, for nothing was stopped by the held-out ones.
    """
    head = _unlearnt(lesson)
    sums = _sums(head, lesson)
    train = lesson.evidence.take(lesson.split.train)
    sway = lesson.sway
    beside = Effects(nuisance=sway.values) if sway.names else None
    blind = fit_linear(sums, train, rng, None, not options.annotators, beside)
    drawn = blind.draws(options.members, rng)
    opinions = drawn.weights @ (sums - blind.centre).T + drawn.own
    opinions = opinions + drawn.nuisance @ sway.values.T
    whole = blind
    if len(lesson.split.held_out):
        if progress is not None:
            progress(1, 2, "fitted without the held-out answers")
        whole = fit_linear(sums, lesson.evidence, rng, blind.people, not options.annotators, beside)
    if progress is not None:
        progress(2, 2, "fitted")
    weights = whole.weights(options.members, rng)
    kept = head.taught(torch.from_numpy(weights), torch.from_numpy(weights @ whole.centre))
    effects = whole.nuisance, whole.nuisance_errors
    return Learnt(kept, whole.people, [], None, opinions, blind.people, *effects)


def _unlearnt(lesson: Lesson) -> LinearHead:
    """A head that knows the inputs' units alone."""
    used = torch.from_numpy(lesson.evidence.used()).to(lesson.features.device)
    rows = lesson.features[used][lesson.mask[used]].double()
    spread = rows.std(0, unbiased=False)
    # A feature that never changes says nothing; dividing by its spread would shout.
    spread = torch.where(spread > 1e-6, spread, torch.ones_like(spread))
    nothing = torch.zeros((1, rows.shape[1]))
    return LinearHead(rows.mean(0).float(), spread.float(), nothing, torch.zeros(1))


def _sums(head: LinearHead, lesson: Lesson) -> Doubles:
    """`[N, D]` standardised features summed over each segment's steps."""
    inputs = head.inputs(lesson.features) * lesson.mask[..., None]
    sums: Doubles = torch.nan_to_num(inputs).sum(1).double().cpu().numpy()
    return sums
