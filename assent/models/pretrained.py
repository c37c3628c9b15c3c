"""Language models from outside and from checkpoints: opened, adapted, taken apart, rebuilt.

Only safetensors are read, and no code that comes with a model is run.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from assent.errors import CheckpointError, ConfigError
from assent.models import tokens
from assent.models.tokens import Tokens
from assent.records import Json

MAKE = "language"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a policy is made of.

    model: a transformers causal language model, or a peft model around one.
    base: the folder or name that the weights came from; None when they were made here.
    rank: of the adapter; 0 when all weights are trained.
    """

    model: Any
    tokens: Tokens
    base: str | None = None
    rank: int = 0


def open_model(name: str, lora_rank: int = 0) -> Parts:
    """A pretrained model from a folder or by a name that transformers knows.

    lora_rank: 0 trains all weights. Raises ConfigError when there is no such
    model or it is not a causal one, CheckpointError when its weights are damaged.
    Only safetensors are read, and no code that comes with a model is run.
    """
    transformers_logging.disable_progress_bar()
    settings = {"trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **settings)
        model, report = AutoModelForCausalLM.from_pretrained(
            name,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
            **settings,
        )
    except SafetensorError as error:
        raise CheckpointError(
            f"policy.model: the weights of {name!r} are damaged ({error}); fetch them again"
        ) from None
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ConfigError(
            f"policy.model: transformers cannot load {name!r}: {_first_line(error)}. Name a folder "
            "with config.json, tokenizer.json and *.safetensors, a causal model that transformers "
            "knows, or 'tiny'"
        ) from None
    if report["missing_keys"]:
        missing = ", ".join(sorted(report["missing_keys"])[:3])
        raise CheckpointError(
            f"policy.model: {name!r} lacks weights of a causal language model ({missing}, ...); "
            "name a model that was saved with its language head"
        )
    ends = getattr(model.generation_config, "eos_token_id", None)
    more = ends if isinstance(ends, list) else [ends] if ends is not None else []
    parts = Parts(model, Tokens.of(tokenizer, more), name)
    return add_adapter(parts, lora_rank) if lora_rank else parts


def add_adapter(parts: Parts, rank: int) -> Parts:
    """The same model with a low-rank adapter to train; its own weights are frozen."""
    settings = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        # peft asks transformers 5 by a name that it has deprecated; nothing we could change.
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
        return replace(parts, model=get_peft_model(parts.model, settings), rank=rank)


def rebuild(tensors: Mapping[str, Tensor], details: Json) -> Parts:
    """The model that a state describes, before it takes the weights over."""
    if details["rank"]:
        return open_model(str(details.get("base")), int(details["rank"]))
    if "tokenizer" not in tensors:
        raise CheckpointError("checkpoint has no tokenizer; restore it from a copy")
    files = tokens.from_bytes(tensors["tokenizer"].numpy())
    try:
        described = dict(details["config"])
        config = AutoConfig.for_model(described.pop("model_type"), **described)
        with torch.random.fork_rng(devices=[]):
            model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise CheckpointError(
            f"checkpoint: its model cannot be rebuilt ({_first_line(error)}); restore the "
            "checkpoint from a copy"
        ) from None
    return Parts(model, Tokens.from_files(files, details["ends"]), details.get("base"))


def read_state(weights: bytes, details: Json) -> dict[str, Tensor]:
    """The tensors of a state, after a look at what it says of itself."""
    if details.get("make") != MAKE or "rank" not in details or "ends" not in details:
        raise CheckpointError(
            f"checkpoint is of make {details.get('make')!r}, a {MAKE!r} policy is expected; it "
            "belongs to another project or another version of assent"
        )
    try:
        tensors: dict[str, Tensor] = load(weights)
        return tensors
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"checkpoint is damaged ({error}); restore the file from a copy, or go back to an "
            "earlier checkpoint"
        ) from None


def check_fit(own: Mapping[str, Tensor], saved: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError unless both have the same names and shapes, and finite values."""
    for name in sorted({*own, *saved}):
        if name not in own or name not in saved or own[name].shape != saved[name].shape:
            here, there = (
                "nothing" if side.get(name) is None else str(tuple(side[name].shape))
                for side in (own, saved)
            )
            raise CheckpointError(
                f"checkpoint does not fit the policy: {name} is {there}, expected {here}; the "
                "settings in [policy] have changed since it was made"
            )
        if saved[name].is_floating_point() and not torch.isfinite(saved[name]).all():
            raise CheckpointError(f"checkpoint is damaged: {name} has a value that is not finite")


def own_tensors(model: Any) -> dict[str, Tensor]:
    """What a state keeps of a model: the adapter alone, or all weights, tied ones once."""
    if hasattr(model, "peft_config"):
        return dict(get_peft_model_state_dict(model, save_embedding_layers=False))
    first: dict[int, str] = {}
    named = model.state_dict()
    for name, tensor in named.items():
        first.setdefault(tensor.data_ptr(), name)
    return {name: named[name] for name in first.values()}


def head_stands_apart(model: Any) -> bool:
    """Whether the logits are just the head applied to the trunk's last hidden state.

    Some models scale or cap their logits; for them the whole model is called.
    """
    decoder, head = model.get_decoder(), model.get_output_embeddings()
    if decoder is None or head is None or decoder is model:
        return False
    probe = torch.arange(3, device=model.device)[None] % model.config.get_text_config().vocab_size
    with torch.no_grad():
        whole = model(input_ids=probe, use_cache=False).logits
        apart = head(decoder(input_ids=probe, use_cache=False).last_hidden_state)
    return whole.shape == apart.shape and torch.allclose(whole, apart, atol=1e-5, rtol=1e-4)


def _first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
