"""llama2.c's model and tokenizer files as a folder that transformers loads.

The format is that of llama2.c's `run.c`: seven int32, then float32 tensors one after
the other; the tokenizer is a list of scored pieces. Nothing in either file is
believed before its sizes add up. The folder gets config.json, model.safetensors,
tokenizer.json and tokenizer_config.json.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from assent.errors import DataError

_HEADER = struct.Struct("<7i")
_MOST = {
    "dim": 65_536,
    "hidden_dim": 1_048_576,
    "layers": 1024,
    "heads": 1024,
    "kv_heads": 1024,
    "vocabulary": 4_194_304,
    "positions": 16_777_216,
}
_CONTROL = ("<unk>", "<s>", "</s>")
_FIRST_PIECE = 3 + 256  # after the control tokens and the bytes
_BLANK = "\u2581"  # what SentencePiece writes for a blank

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Header:
    """The sizes of a model. tied: the embedding is the output matrix too."""

    dim: int
    hidden_dim: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    positions: int
    tied: bool

    @classmethod
    def of(cls, content: bytes, source: str) -> Self:
        """The header of a model file. Raises DataError when its sizes are impossible."""
        if len(content) < _HEADER.size:
            raise DataError(f"{source} has {len(content)} bytes; a header alone has {_HEADER.size}")
        sizes = list(_HEADER.unpack_from(content))
        tied, sizes[5] = sizes[5] > 0, abs(sizes[5])
        for (name, most), size in zip(_MOST.items(), sizes, strict=True):
            if not 1 <= size <= most:
                raise DataError(
                    f"{source}: {name} is {size}, 1 to {most} is expected; this is not a "
                    "llama2.c model of version 0"
                )
        dim, _, _, heads, kv_heads, _, _ = sizes
        if dim % (2 * heads) or heads % kv_heads:
            raise DataError(
                f"{source}: {heads} heads and {kv_heads} key heads do not share out a width of "
                f"{dim}; this is not a llama2.c model of version 0"
            )
        return cls(**dict(zip(_MOST, sizes, strict=True)), tied=tied)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor of the file, in the file's order."""
        layers, dim, hidden = self.layers, self.dim, self.hidden_dim
        head = dim // self.heads
        narrow = head * self.kv_heads
        shapes: dict[str, tuple[int, ...]] = {
            "embedding": (self.vocabulary, dim),
            "attention_norm": (layers, dim),
            "wq": (layers, dim, dim),
            "wk": (layers, narrow, dim),
            "wv": (layers, narrow, dim),
            "wo": (layers, dim, dim),
            "ffn_norm": (layers, dim),
            "w1": (layers, hidden, dim),
            "w2": (layers, dim, hidden),
            "w3": (layers, hidden, dim),
            "norm": (dim,),
            "rope_cos": (self.positions, head // 2),
            "rope_sin": (self.positions, head // 2),
        }
        if not self.tied:
            shapes["output"] = (self.vocabulary, dim)
        return shapes


def convert(weights: Path, tokenizer: Path, folder: Path) -> None:
    """Write the model of two llama2.c files into `folder`, as transformers reads it.

    The start token ends a text too, as in llama2.c, where a story ends with the next
    one's start. Raises DataError when a file is damaged or the two do not belong together.
    """
    content = _read(weights)
    header = Header.of(content, str(weights))
    tensors = read_tensors(content, header, str(weights))
    pieces = read_pieces(_read(tokenizer), header.vocabulary, str(tokenizer))
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", _config(header))
    save_file(
        dict(_renamed(tensors, header)), folder / "model.safetensors", metadata={"format": "pt"}
    )
    _write_json(folder / "tokenizer.json", _tokenizer(pieces))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "<s>",
            "unk_token": "<unk>",
            "pad_token": "<unk>",
            "clean_up_tokenization_spaces": False,
            "model_max_length": header.positions,
            # A base model continues what it is given; nobody takes turns.
            "chat_template": "<s>{% for message in messages %}{{ message.content }}"
            "{% if not loop.last %} {% endif %}{% endfor %}",
        },
    )


def read_tensors(content: bytes, header: Header, source: str) -> dict[str, Weights]:
    """The tensors of a model file by name. Raises DataError when they do not fill it."""
    shapes = header.shapes
    # Python's integers: a hostile header cannot overflow them.
    wanted = _HEADER.size + 4 * sum(_product(shape) for shape in shapes.values())
    if len(content) != wanted:
        raise DataError(
            f"{source} has {len(content)} bytes, its header describes {wanted}; fetch it again"
        )
    tensors = {}
    offset = _HEADER.size
    for name, shape in shapes.items():
        count = _product(shape)
        flat = np.frombuffer(content, dtype="<f4", count=count, offset=offset)
        if not np.isfinite(flat).all():
            raise DataError(f"{source}: {name} has a value that is not finite; fetch it again")
        tensors[name] = flat.astype(np.float32).reshape(shape)
        offset += 4 * count
    return tensors


def read_pieces(content: bytes, vocabulary: int, source: str) -> list[tuple[str, float]]:
    """The pieces of a tokenizer file with their scores, blanks as SentencePiece writes them.

    Raises DataError when there are not `vocabulary` of them or a piece is damaged.
    """
    if vocabulary < _FIRST_PIECE:
        raise DataError(f"{source}: {vocabulary} pieces cannot hold the 256 bytes; wrong model?")
    pieces: list[tuple[str, float]] = []
    offset = 4  # after the length of the longest piece, which nothing needs
    while len(pieces) < vocabulary:
        entry = content[offset : offset + 8]
        score, length = struct.unpack("<fi", entry) if len(entry) == 8 else (0.0, -1)
        offset += 8
        if not 0 <= length <= len(content) - offset or not np.isfinite(score):
            raise DataError(
                f"{source}: piece {len(pieces)} of {vocabulary} is damaged or missing; the "
                "tokenizer does not belong to the model, or fetch it again"
            )
        try:
            piece = content[offset : offset + length].decode("utf-8")
        except UnicodeDecodeError:
            raise DataError(f"{source}: piece {len(pieces)} is not UTF-8; fetch it again") from None
        pieces.append((piece.replace(" ", _BLANK), score))
        offset += length
    if offset != len(content):
        raise DataError(
            f"{source} goes on after the model's {vocabulary} pieces; the tokenizer does not "
            "belong to the model"
        )
    named = [*((name, 0.0) for name in _CONTROL), *((f"<0x{n:02X}>", 0.0) for n in range(256))]
    pieces[:_FIRST_PIECE] = named
    if len({piece for piece, _ in pieces}) != vocabulary:
        raise DataError(f"{source} has a piece twice; fetch it again")
    return pieces


def _renamed(tensors: dict[str, Weights], header: Header) -> Iterator[tuple[str, Weights]]:
    """The tensors as transformers' Llama names and orders them."""
    yield "model.embed_tokens.weight", tensors["embedding"]
    yield "model.norm.weight", tensors["norm"]
    if not header.tied:
        yield "lm_head.weight", tensors["output"]
    names = {
        "attention_norm": "input_layernorm",
        "wq": "self_attn.q_proj",
        "wk": "self_attn.k_proj",
        "wv": "self_attn.v_proj",
        "wo": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "w1": "mlp.gate_proj",
        "w2": "mlp.down_proj",
        "w3": "mlp.up_proj",
    }
    for layer in range(header.layers):
        for ours, theirs in names.items():
            weight = tensors[ours][layer]
            if ours in ("wq", "wk"):
                weight = _halves(weight, header.dim // header.heads)
            yield f"model.layers.{layer}.{theirs}.weight", np.ascontiguousarray(weight)


def _halves(weight: Weights, head: int) -> Weights:
    """Query or key rows reordered within each head, even ones first.

    llama2.c turns neighbouring rows (2i, 2i+1) together, transformers rows i and
    i + head/2.
    """
    pairs = weight.reshape(-1, head // 2, 2, weight.shape[1])
    return pairs.swapaxes(1, 2).reshape(weight.shape)


def _config(header: Header) -> dict[str, Any]:
    """What config.json says."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": header.dim,
        "intermediate_size": header.hidden_dim,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "num_key_value_heads": header.kv_heads,
        "vocab_size": header.vocabulary,
        "max_position_embeddings": header.positions,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": header.tied,
        "bos_token_id": 1,
        "eos_token_id": 1,
        "pad_token_id": 0,
        "torch_dtype": "float32",
    }


def _tokenizer(pieces: list[tuple[str, float]]) -> dict[str, Any]:
    """What tokenizer.json says: byte-pair encoding with bytes for what has no piece."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": place,
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for place, name in enumerate(_CONTROL)
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": _BLANK},
                {"type": "Replace", "pattern": {"String": " "}, "content": _BLANK},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": _BLANK}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {piece: place for place, (piece, _) in enumerate(pieces)},
            "merges": _merges(pieces),
        },
    }


def _merges(pieces: list[tuple[str, float]]) -> list[list[str]]:
    """Every pair of pieces that makes a piece, the highest score of the whole first."""
    place = {piece: index for index, (piece, _) in enumerate(pieces)}
    found = []
    for whole, score in pieces[_FIRST_PIECE:]:
        splits = ((whole[:cut], whole[cut:]) for cut in range(1, len(whole)))
        pairs = [(left, right) for left, right in splits if left in place and right in place]
        pairs.sort(key=lambda pair: (place[pair[0]], place[pair[1]]))
        found += [(-score, place[whole], [left, right]) for left, right in pairs]
    found.sort(key=lambda each: each[:2])
    return [pair for _, _, pair in found]


def _read(path: Path) -> bytes:
    """The bytes of a file. Raises DataError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; name an existing file") from None


def _product(shape: tuple[int, ...]) -> int:
    """How many numbers a tensor has."""
    count = 1
    for size in shape:
        count *= size
    return count


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
