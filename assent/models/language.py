"""A causal language model as a policy: one token a step, a value head on its trunk.

Any model that transformers can load, all weights trained or a low-rank adapter
(LoRA, Hu et al. 2021). Dropout is off throughout: sampling, learning and scoring
see the same function, so the first probability ratio of PPO is 1.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from peft import set_peft_model_state_dict
from safetensors.torch import save
from torch import Tensor, nn

from assent.errors import CheckpointError, ConfigError
from assent.models import generation, pretrained, tokens
from assent.models.batch import Batch
from assent.models.generation import Sampling
from assent.models.policy import Decision, Evaluation
from assent.models.pretrained import Parts
from assent.records import Json

_FEATURE_UNIT_TOKENS = 16.0  # about a short sentence, so that features are of the order of 1


class LanguagePolicy:
    """Writes replies, and says how likely and how promising they are.

    temperature: divides the logits in sampling and in scoring alike.
    baseline: whose frozen trunk gives the features of the reward model and the
        reference log-probabilities; the policy itself until `keep_baseline`.
    """

    memoryless = False

    def __init__(
        self,
        parts: Parts,
        max_new_tokens: int = 48,
        temperature: float = 1.0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.parts = parts
        self.model = parts.model.to(device).eval()
        self.tokens = parts.tokens
        self.sampling = Sampling(max_new_tokens, temperature, self.tokens.ends, self.tokens.pad)
        self.baseline: LanguagePolicy | None = None
        self._head = _zero_head(_width(self.model.config)).to(device)
        self._inner = self.model.get_base_model() if parts.rank else self.model
        self._apart = pretrained.head_stands_apart(self._inner)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return torch.device(self.model.device)

    @property
    def room(self) -> int | None:
        """The longest dialogue that the model can read, in tokens; None: any."""
        found: int | None = getattr(self._inner.config, "max_position_embeddings", None)
        return found

    def act(
        self,
        observations: Sequence[npt.NDArray[Any]],
        rngs: Sequence[np.random.Generator],
        greedy: bool = False,
    ) -> list[Decision]:
        """A reply to each context. Raises ConfigError when it would not fit the model."""
        longest = max((len(context) for context in observations), default=0)
        room = self.room
        if room is not None and longest + self.sampling.max_new_tokens > room:
            raise ConfigError(
                f"a context of {longest} tokens and a reply of {self.sampling.max_new_tokens} do "
                f"not fit the model's {room} positions; lower environment.max_new_tokens, "
                "max_prompt_tokens or turns"
            )
        return generation.generate(self._inner, observations, rngs, self.sampling, greedy)

    def evaluate(self, batch: Batch) -> Evaluation:
        """Log-probabilities, entropies and values in one pass, with gradients."""
        batch = batch.to(self.device)
        hidden, logits = self._forward(batch)
        chosen = self._chosen_logits(hidden[-1], logits, batch.mask)
        all_logprobs = generation.distribution(chosen, self.sampling)  # [n, V]
        taken = all_logprobs.gather(1, batch.actions[batch.mask][:, None])[:, 0]
        entropy = -(all_logprobs.exp() * all_logprobs).sum(dim=-1)
        return Evaluation(
            logprobs=_spread(taken, batch.mask),
            entropy=_spread(entropy, batch.mask),
            values=self._head(hidden[-1].float())[..., 0],
        )

    def logprobs(self, batch: Batch) -> Tensor:
        """`[B, T]` nats under this policy, without gradients; 0 off the mask."""
        with torch.no_grad():
            return self.evaluate(batch).logprobs

    def reference(self, batch: Batch) -> Tensor:
        """`[B, T]` nats under the baseline, without gradients."""
        return (self.baseline or self).logprobs(batch)

    def observe(self, batch: Batch) -> None:
        """Nothing: token ids need no normalisation."""

    def features(self, batch: Batch) -> Tensor:
        """What the reward model sees, from the baseline's trunk: `[B, 1, D]`, no gradients.

        Sums over the reply's tokens of what the embedding and the last layer make of
        each, brought to mean 0 and variance 1 token by token, in units of 16 tokens.
        Sums, since what people like adds up: means would hide how much was said, and
        need four times the answers (docs/decisions.md). D is twice the model's width.
        """
        source = self.baseline or self
        with torch.no_grad():
            moved = batch.to(source.device)
            hidden, _ = source._forward(moved, layers=True)
            reply = nn.functional.pad(moved.mask, (1, 0))  # [B, T+1]: the replies' own tokens
            sums = [_sum_over(hidden[layer], reply) for layer in (0, -1)]
            return torch.cat(sums, dim=-1)[:, None, :] / _FEATURE_UNIT_TOKENS

    def parameters(self) -> list[dict[str, Any]]:
        """Two groups: the language model's trained weights, and the value head."""
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        return [
            {"name": "policy", "params": trained},
            {"name": "critic", "params": list(self._head.parameters())},
        ]

    def copy(self) -> LanguagePolicy:
        """A policy of its own with the same weights; those that never learn are shared."""
        still = [*self.model.parameters(), *self.model.buffers()] if self.parts.rank else []
        shared = {id(each): each for each in still if not each.requires_grad}
        twin = copy.copy(self)
        twin.model = copy.deepcopy(self.model, shared)
        twin.parts = replace(self.parts, model=twin.model)
        twin._head = copy.deepcopy(self._head)
        twin._inner = twin.model.get_base_model() if self.parts.rank else twin.model
        return twin

    def keep_baseline(self, baseline: LanguagePolicy | None = None) -> None:
        """Take features and reference from `baseline`, or from a copy of the policy as it is."""
        self.baseline = baseline or self.copy()
        self.baseline.baseline = None

    def state(self) -> tuple[bytes, Json]:
        """The trained weights, and what rebuilds the rest.

        All weights: the tokenizer travels with them. LoRA: adapter and value head
        alone, and the name of the base, which must still be there on `restore`.
        """
        tensors = {
            f"model.{name}": each for name, each in pretrained.own_tensors(self.model).items()
        }
        tensors |= {f"value.{name}": each for name, each in self._head.state_dict().items()}
        if not self.parts.rank:
            tensors["tokenizer"] = torch.from_numpy(tokens.as_bytes(self.tokens.files()))
        details: Json = {
            "make": pretrained.MAKE,
            "base": self.parts.base,
            "rank": self.parts.rank,
            "ends": sorted(self.tokens.ends),
            "config": json.loads(self._inner.config.to_json_string(use_diff=False)),
        }
        flat = {name: each.detach().cpu().contiguous() for name, each in tensors.items()}
        return save(flat), details

    def load(self, weights: bytes, details: Json) -> None:
        """Take over the weights of a state of the same make. Raises CheckpointError."""
        self._take(pretrained.read_state(weights, details), details)

    @classmethod
    def restore(
        cls,
        weights: bytes,
        details: Json,
        max_new_tokens: int = 48,
        temperature: float = 1.0,
        device: torch.device | str = "cpu",
    ) -> Self:
        """The policy of a state, from the state alone (LoRA: and its base model).

        Raises CheckpointError when it is damaged or another make.
        """
        tensors = pretrained.read_state(weights, details)
        policy = cls(pretrained.rebuild(tensors, details), max_new_tokens, temperature, device)
        policy._take(tensors, details)
        return policy

    def _forward(
        self, batch: Batch, layers: bool = False
    ) -> tuple[Sequence[Tensor], Tensor | None]:
        """Hidden states `[B, T+1, D]`, the last one last, and logits `[B, T+1, V]`.

        Logits are None when the head can be applied to chosen positions alone.
        Padding stands at the end, where no token looks, so it needs no mask.
        """
        width = batch.observations.shape[1]
        places = torch.arange(width, device=batch.observations.device)
        # A pad id may lie beyond the vocabulary; any known id does in its place.
        known = places[None] <= batch.lengths[:, None]
        ids = torch.where(known, batch.observations, torch.zeros_like(batch.observations))
        if self._apart:
            output = self._inner.get_decoder()(
                input_ids=ids, use_cache=False, output_hidden_states=layers
            )
            last, logits = output.last_hidden_state, None
        else:
            output = self._inner(input_ids=ids, use_cache=False, output_hidden_states=True)
            last, logits = output.hidden_states[-1], output.logits
        below = tuple(output.hidden_states[:-1]) if layers else ()
        return (*below, last), logits

    def _chosen_logits(self, hidden: Tensor, logits: Tensor | None, mask: Tensor) -> Tensor:
        """Logits `[n, V]` of the n chosen actions: those of the token before each."""
        if logits is not None:
            return logits[:, :-1][mask]
        return torch.as_tensor(self._inner.get_output_embeddings()(hidden[:, :-1][mask]))

    def _tensors(self) -> dict[str, Tensor]:
        """What a state keeps of the weights."""
        model = pretrained.own_tensors(self.model)
        kept = {f"model.{name}": each for name, each in model.items()}
        return kept | {f"value.{name}": each for name, each in self._head.state_dict().items()}

    def _take(self, tensors: Mapping[str, Tensor], details: Json) -> None:
        """Copy a state's tensors into the model, all of them or none."""
        if details.get("rank") != self.parts.rank:
            raise CheckpointError(
                f"checkpoint has LoRA rank {details.get('rank')}, the policy {self.parts.rank}; "
                "set policy.lora_rank to the checkpoint's or start a new project"
            )
        own = self._tensors()
        saved = {name: each for name, each in tensors.items() if name != "tokenizer"}
        pretrained.check_fit(own, saved)
        value, model = (
            {name.removeprefix(part): each for name, each in saved.items() if name.startswith(part)}
            for part in ("value.", "model.")
        )
        self._head.load_state_dict(value)
        if self.parts.rank:
            set_peft_model_state_dict(self.model, model)
        else:
            self.model.load_state_dict(model, strict=False)


def _zero_head(width: int) -> nn.Linear:
    """A value head that says 0 at first (Ziegler et al. 2019)."""
    head = nn.Linear(width, 1, device="meta").to_empty(device="cpu")
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


def _width(config: Any) -> int:
    """The size of a hidden state."""
    return int(config.get_text_config().hidden_size)


def _spread(chosen: Tensor, mask: Tensor) -> Tensor:
    """Values of the n chosen steps as `[B, T]`, 0 elsewhere."""
    return torch.zeros(mask.shape, device=mask.device).masked_scatter(mask, chosen)


def _sum_over(hidden: Tensor, reply: Tensor) -> Tensor:
    """The sum `[B, D]` of normalised hidden states over the Trues of each row of `reply`."""
    normal = nn.functional.layer_norm(hidden.float(), hidden.shape[-1:])
    return (normal * reply[..., None]).sum(dim=1)
