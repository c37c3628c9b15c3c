"""Sampling replies from a causal language model, many rows at a time.

Each row draws from its own random stream, one uniform per token, so a row's text
does not depend on who shares the batch. What is returned as log-probability is
that of the distribution which was sampled: no truncation, logits divided by the
temperature, the pad id impossible. Ending rows leave the batch.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import DynamicCache

from assent.models.policy import Decision

# In place of minus infinity: exp gives 0 exactly, and 0 * this is 0 where 0 * -inf is NaN.
IMPOSSIBLE = -1e9

# Rows that ended are cut out of the cache once this share of the batch has ended:
# cutting copies the cache, carrying them costs their part of each step.
_CUT_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are drawn and where they end.

    ends: ids that end a reply. pad: never drawn; may lie beyond the vocabulary.
    """

    max_new_tokens: int
    temperature: float
    ends: frozenset[int]
    pad: int


def generate(
    model: Any,
    contexts: Sequence[npt.NDArray[Any]],
    rngs: Sequence[np.random.Generator],
    sampling: Sampling,
    greedy: bool = False,
) -> list[Decision]:
    """A reply to each context: ids with the end id included, and their log-probabilities.

    model: a transformers causal language model in evaluation mode.
    contexts: token ids, of any lengths of at least 1; equal ones are read once.
    rngs: one stream a context, each read `max_new_tokens` uniforms far whatever the
        reply's length; not read when greedy.
    """
    if not contexts:
        return []
    rows = _Rows(contexts, rngs, sampling, greedy)
    with torch.inference_mode():
        unique, inverse = _unique(contexts)
        decoder = _Decoder(model, unique, sampling.pad)
        inverse = inverse.to(model.device)
        logits = decoder.start()[inverse]
        decoder.select(inverse)
        while rows.take(distribution(logits, sampling)):
            keep = rows.cut()
            if keep is not None:
                decoder.select(keep)
            logits = decoder.step(rows.last)
    return rows.decisions()


def distribution(logits: Tensor, sampling: Sampling) -> Tensor:
    """Log-probabilities `[..., V]`, float32, that replies are drawn from and scored by."""
    scaled = logits.float() / sampling.temperature
    if sampling.pad < scaled.shape[-1]:
        forbidden = torch.zeros(scaled.shape[-1], device=scaled.device)
        forbidden[sampling.pad] = IMPOSSIBLE
        scaled = scaled + forbidden
    return torch.log_softmax(scaled, dim=-1)


class _Rows:
    """What has been drawn so far, row by row; `live` names the rows still in the batch."""

    def __init__(
        self,
        contexts: Sequence[npt.NDArray[Any]],
        rngs: Sequence[np.random.Generator],
        sampling: Sampling,
        greedy: bool,
    ) -> None:
        count, steps = len(contexts), sampling.max_new_tokens
        self.sampling = sampling
        self.uniforms = None if greedy else np.stack([rng.random(steps) for rng in rngs])
        self.ids = np.full((count, steps), sampling.pad, dtype=np.int64)
        self.logprobs = np.zeros((count, steps), dtype=np.float32)
        self.lengths = np.zeros(count, dtype=np.int64)
        self.open = np.ones(count, dtype=np.bool_)
        self.live = np.arange(count)
        self.last = torch.zeros(count, dtype=torch.int64)
        self.drawn = 0

    def take(self, logprobs: Tensor) -> bool:
        """Draw one token for each live row; False when nothing is left to draw.

        logprobs: `[len(live), V]`.
        """
        if self.uniforms is None:
            chosen = logprobs.argmax(dim=-1)
        else:
            chosen = _draw(logprobs, self.uniforms[self.live, self.drawn])
        column = logprobs.gather(1, chosen[:, None])[:, 0].cpu().numpy()
        ids = chosen.cpu().numpy()
        still = self.open[self.live]
        rows = self.live[still]
        self.ids[rows, self.drawn] = ids[still]
        self.logprobs[rows, self.drawn] = column[still]
        self.lengths[rows] += 1
        self.open[rows] = ~np.isin(ids[still], list(self.sampling.ends))
        self.last = chosen
        self.drawn += 1
        return bool(self.open.any()) and self.drawn < self.sampling.max_new_tokens

    def cut(self) -> Tensor | None:
        """The places in the batch of the rows still open, when cutting pays; else None."""
        still = self.open[self.live]
        if still.mean() > 1 - _CUT_SHARE:
            return None
        keep = torch.from_numpy(np.flatnonzero(still)).to(self.last.device)
        self.live = self.live[still]
        self.last = self.last[keep]
        return keep

    def decisions(self) -> list[Decision]:
        """The replies, in the order of the contexts."""
        return [
            Decision(self.ids[row, :length].copy(), self.logprobs[row, :length].copy())
            for row, length in enumerate(self.lengths)
        ]


class _Decoder:
    """A model with its cache; contexts are padded on the left, so all rows end together."""

    def __init__(self, model: Any, contexts: Sequence[npt.NDArray[Any]], pad: int) -> None:
        accepted = inspect.signature(model.forward).parameters
        self.model = model
        self.positions_wanted = "position_ids" in accepted
        self.extra = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self.cache = DynamicCache(config=model.config)
        width = max(len(context) for context in contexts)
        ids = np.zeros((len(contexts), width), dtype=np.int64)
        seen = np.zeros_like(ids)
        for row, context in enumerate(contexts):
            ids[row, width - len(context) :] = context
            seen[row, width - len(context) :] = 1
        self.ids = torch.from_numpy(ids).to(model.device)
        self.seen = torch.from_numpy(seen).to(model.device)

    def start(self) -> Tensor:
        """Read the contexts: logits `[B, V]` of the first new token."""
        positions = (self.seen.cumsum(dim=1) - 1).clamp(min=0)
        return self._forward(self.ids, positions)

    def step(self, last: Tensor) -> Tensor:
        """Read one token more: logits `[B, V]` of the next."""
        positions = self.seen.sum(dim=1, keepdim=True)
        self.seen = torch.cat((self.seen, torch.ones_like(positions)), dim=1)
        return self._forward(last[:, None], positions)

    def select(self, rows: Tensor) -> None:
        """Keep these rows of the batch, in this order; a row may come twice."""
        if not torch.equal(rows, torch.arange(len(self.seen), device=rows.device)):
            self.cache.batch_select_indices(rows)
            self.seen = self.seen[rows]

    def _forward(self, ids: Tensor, positions: Tensor) -> Tensor:
        where = {"position_ids": positions} if self.positions_wanted else {}
        output = self.model(
            input_ids=ids,
            attention_mask=self.seen,
            past_key_values=self.cache,
            use_cache=True,
            **where,
            **self.extra,
        )
        self.cache = output.past_key_values
        return torch.as_tensor(output.logits[:, -1])


def _draw(logprobs: Tensor, uniforms: npt.NDArray[np.float64]) -> Tensor:
    """One id for each row, by inversion of the cumulative distribution.

    A third of a small model's step went into `multinomial`, which draws an
    exponential for every id of the vocabulary; this draws one uniform.
    """
    # Float64 sums keep the rounding of long vocabularies away from the answer.
    wide = torch.float32 if logprobs.device.type == "mps" else torch.float64
    cumulative = logprobs.to(wide).exp_().cumsum(dim=-1)
    target = torch.from_numpy(uniforms).to(cumulative)[:, None] * cumulative[:, -1:]
    # right=True skips ids of probability 0, on which the cumulative does not grow.
    found = torch.searchsorted(cumulative, target, right=True)[:, 0]
    return found.clamp(max=logprobs.shape[-1] - 1)


def _unique(contexts: Sequence[npt.NDArray[Any]]) -> tuple[list[npt.NDArray[Any]], Tensor]:
    """Each different context once, and for every context which of them it is."""
    places: dict[bytes, int] = {}
    unique: list[npt.NDArray[Any]] = []
    inverse = []
    for context in contexts:
        key = np.asarray(context, dtype=np.int64).tobytes()
        if key not in places:
            places[key] = len(unique)
            unique.append(context)
        inverse.append(places[key])
    return unique, torch.tensor(inverse)
