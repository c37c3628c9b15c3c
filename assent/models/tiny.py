"""A small language model built from nothing: its tokenizer from a corpus, its weights random.

It is a Llama (Touvron et al. 2023) as transformers builds it, so everything that
works on a pretrained model works on it, and nothing is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from assent.errors import ConfigError
from assent.models.pretrained import Parts
from assent.models.tokens import Tokens

_PAD, _START, _END = "<|pad|>", "<|start|>", "<|end|>"
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
_TEMPLATE = (
    "<|start|>{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the model is.

    positions: the longest dialogue, in tokens.
    """

    width: int = 128
    layers: int = 4
    heads: int = 4
    vocabulary: int = 1024
    positions: int = 1024


def build(texts: Iterable[str], shape: Shape, seed: int) -> Parts:
    """An untrained model whose tokenizer has learnt the words of `texts`.

    Raises ConfigError when the width cannot be shared out among the heads.
    """
    if shape.width % (2 * shape.heads):
        raise ConfigError(
            f"policy.width {shape.width} is not a multiple of twice policy.heads {shape.heads}; "
            f"use width {2 * shape.heads * max(1, round(shape.width / (2 * shape.heads)))}"
        )
    tokens = train_tokens(texts, shape.vocabulary)
    config = LlamaConfig(
        vocab_size=tokens.vocabulary,
        hidden_size=shape.width,
        intermediate_size=8 * -(-shape.width // 3),  # 8/3 of the width, as Llama has it
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.positions,
        # One matrix for reading and writing, and weights three times Llama's 0.02 at first:
        # both make copying a word from the prompt a matter of hundreds of steps.
        tie_word_embeddings=True,
        initializer_range=0.06,
        attention_dropout=0.0,
        pad_token_id=tokens.pad,
        bos_token_id=tokens.tokenizer.bos_token_id,
        eos_token_id=tokens.end,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    return Parts(model, tokens)


def train_tokens(texts: Iterable[str], vocabulary: int) -> Tokens:
    """A byte-level BPE tokenizer trained on `texts`; any text can be written with it.

    vocabulary: ids at most; the control tokens and the 256 bytes are always there.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[_PAD, _START, _END, *_ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        bos_token=_START,
        eos_token=_END,
        additional_special_tokens=list(_ROLES),
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = _TEMPLATE
    return Tokens.of(fast)
