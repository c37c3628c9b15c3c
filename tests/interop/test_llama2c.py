from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch.testing import assert_close

from assent.errors import DataError
from assent.interop import llama2c
from assent.models.language import LanguagePolicy
from assent.models.pretrained import open_model

SIZES = (8, 12, 2, 2, 1, 262, 16)  # width, hidden, layers, heads, key heads, pieces, positions
PIECES = (("a", -9.0), ("b", -8.0), ("ab", -1.0))


def header(**changed: int) -> bytes:
    names = ("dim", "hidden_dim", "layers", "heads", "kv_heads", "vocabulary", "positions")
    return struct.pack("<7i", *(dict(zip(names, SIZES, strict=True)) | changed).values())


def tensors(tied: bool = True) -> dict[str, npt.NDArray[np.float32]]:
    shape = llama2c.Header.of(header() if tied else header(vocabulary=-262), "made").shapes
    rng = np.random.default_rng(0)
    return {n: rng.normal(0, 0.4, s).astype(np.float32) for n, s in shape.items()}


def model_file(tied: bool = True) -> bytes:
    head = header() if tied else header(vocabulary=-262)
    return head + b"".join(each.tobytes() for each in tensors(tied).values())


def tokenizer_file() -> bytes:
    names = ["<unk>", "\n<s>\n", "\n</s>\n", *(f"<0x{n:02X}>" for n in range(256))]
    pieces = [*((name, 0.0) for name in names), *PIECES]
    entries = (struct.pack("<fi", s, len(p.encode())) + p.encode() for p, s in pieces)
    return struct.pack("<i", 7) + b"".join(entries)


def files(folder: Path, model: bytes, tokenizer: bytes) -> tuple[Path, Path, Path]:
    (folder / "model.bin").write_bytes(model)
    (folder / "tokenizer.bin").write_bytes(tokenizer)
    return folder / "model.bin", folder / "tokenizer.bin", folder / "out"


def plain_forward(w: dict[str, npt.NDArray[np.float32]], ids: list[int]) -> npt.NDArray[np.float64]:
    """llama2.c's arithmetic, one token after the other: logits at the last one."""
    dim, _, layers, heads, kv_heads, _, _ = SIZES
    head = dim // heads

    def norm(x: npt.NDArray[np.float64], g: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        scaled: npt.NDArray[np.float64] = x / np.sqrt((x * x).mean() + 1e-5) * g
        return scaled

    def turned(x: npt.NDArray[np.float64], place: int) -> npt.NDArray[np.float64]:
        out = x.copy()
        for i in range(0, len(x), 2):
            angle = place / 10000 ** ((i % head) / head)
            c, s = np.cos(angle), np.sin(angle)
            out[i], out[i + 1] = x[i] * c - x[i + 1] * s, x[i] * s + x[i + 1] * c
        return out

    keys: list[list[npt.NDArray[np.float64]]] = [[] for _ in range(layers)]
    values: list[list[npt.NDArray[np.float64]]] = [[] for _ in range(layers)]
    for place, token in enumerate(ids):
        x = w["embedding"][token].astype(np.float64)
        for n in range(layers):
            y = norm(x, w["attention_norm"][n])
            q = turned(w["wq"][n] @ y, place)
            keys[n].append(turned(w["wk"][n] @ y, place))
            values[n].append(w["wv"][n] @ y)
            out = np.zeros(dim)
            for h in range(heads):
                own, shared = slice(h * head, h * head + head), h // (heads // kv_heads) * head
                theirs = slice(shared, shared + head)
                scores = np.array([q[own] @ k[theirs] for k in keys[n]]) / np.sqrt(head)
                weight = np.exp(scores - scores.max())
                weight /= weight.sum()
                out[own] = sum(a * v[theirs] for a, v in zip(weight, values[n], strict=True))
            x = x + w["wo"][n] @ out
            y = norm(x, w["ffn_norm"][n])
            gate = w["w1"][n] @ y
            x = x + w["w2"][n] @ (gate / (1 + np.exp(-gate)) * (w["w3"][n] @ y))
    logits: npt.NDArray[np.float64] = w.get("output", w["embedding"]) @ norm(x, w["norm"])
    return logits


@pytest.mark.parametrize("tied", [True, False])
def test_the_converted_model_computes_what_llama2c_computes(tmp_path: Path, tied: bool) -> None:
    made = files(tmp_path, model_file(tied), tokenizer_file())
    llama2c.convert(*made)
    model = open_model(str(made[2])).model
    ids = [1, 259, 260, 40, 261]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
    expected = torch.tensor(plain_forward(tensors(tied), ids), dtype=torch.float32)
    assert_close(logits, expected, atol=1e-4, rtol=1e-4)


def test_the_converted_tokenizer_merges_pieces_and_falls_back_to_bytes(tmp_path: Path) -> None:
    made = files(tmp_path, model_file(), tokenizer_file())
    llama2c.convert(*made)
    tokens = open_model(str(made[2])).tokens
    ids = tokens.prompt([{"role": "user", "content": "abc"}]).tolist()
    # Start; the blank in front as three bytes (no piece for it here); ab; c as a byte.
    assert ids == [1, *(3 + byte for byte in "\u2581".encode()), 261, 3 + ord("c")]


def test_pad_and_end_of_the_converted_tokenizer_differ(tmp_path: Path) -> None:
    made = files(tmp_path, model_file(), tokenizer_file())
    llama2c.convert(*made)
    tokens = open_model(str(made[2])).tokens
    assert (tokens.pad, tokens.ends) == (0, frozenset({1}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        header(),
        model_file()[:-4],
        model_file() + b"\0",
        header(dim=2_000_000_000) + model_file()[28:],
        header(dim=0) + model_file()[28:],
        header(layers=-1) + model_file()[28:],
        header(vocabulary=-(2**31)) + model_file()[28:],
        header(heads=3) + model_file()[28:],
        header(heads=2, kv_heads=0) + model_file()[28:],
        model_file()[:28] + b"\xff" * 4 + model_file()[32:],
    ],
)
def test_a_hostile_model_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"model\.bin"):
        llama2c.convert(*files(tmp_path, content, tokenizer_file()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        tokenizer_file()[:-1],
        tokenizer_file() + b"\0",
        tokenizer_file()[:8] + struct.pack("<i", -5) + tokenizer_file()[12:],
        tokenizer_file()[:8] + struct.pack("<i", 2**31 - 1) + tokenizer_file()[12:],
        tokenizer_file()[:-2] + b"\xff\xfe",
        tokenizer_file().replace(
            struct.pack("<fi", -8.0, 1) + b"b", struct.pack("<fi", 0, 1) + b"a"
        ),
    ],
)
def test_a_hostile_tokenizer_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"tokenizer\.bin"):
        llama2c.convert(*files(tmp_path, model_file(), content))


def test_the_published_story_model_tells_its_documented_story(tmp_path: Path) -> None:
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("ASSENT_DATA", beside)) / "llama2c_stories260k"
    if not (folder / "stories260K.bin").exists():
        pytest.skip(f"no stories260K.bin in {folder}; set ASSENT_DATA to the folder of data sets")
    llama2c.convert(folder / "stories260K.bin", folder / "tok512.bin", tmp_path)
    policy = LanguagePolicy(open_model(str(tmp_path)), max_new_tokens=60)
    reply = policy.act([np.array([1])], [np.random.default_rng(0)], greedy=True)[0]
    assert policy.tokens.text(reply.action).startswith(
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the "
        "park. One day, she saw a big, red ball."
    )
