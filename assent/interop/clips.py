"""Pairs of clips in an NPZ file: rows of observations and actions, and which clip was preferred.

Arrays: `observations [N, O]`, `actions [N, A]`, `segment_1` and `segment_2` `[P, H]` row
numbers, `label [P]` (0 the first, 1 the second, -1 equal), and where there are episodes
`episode [N]`.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import DataError
from assent.interop.gathering import Gathering, Said
from assent.store.described import Described

_NEEDED = ("observations", "actions", "segment_1", "segment_2", "label")
_VALUES = {0: 0, 1: 1, -1: None}
Arrays = dict[str, npt.NDArray[Any]]


def read_clips(path: Path, gathering: Gathering) -> None:
    """Take in every pair; one that cannot be true is refused by its number.

    A clip is known by what was observed and done in it. Its response says which rows it is
    and which episodes it touches. Raises DataError when the arrays do not fit together.
    """
    arrays = _load(path)
    for pair in range(len(arrays["label"])):
        place = f"{path.name}:pair {pair}"
        try:
            both = tuple(
                _clip(arrays, arrays[name][pair], gathering) for name in ("segment_1", "segment_2")
            )
            label = float(arrays["label"][pair])
            if label not in _VALUES:
                raise DataError(f"label {label:g}; 0, 1 or -1 is expected")
            said = Said(
                None, "comparison", both, None, {"levels": 3}, _VALUES[int(label)], shown=(0, 1)
            )
            gathering.add(said, place)
        except DataError as error:
            gathering.refuse(place, str(error))


def _clip(arrays: Arrays, rows: npt.NDArray[Any], gathering: Gathering) -> str:
    count = len(arrays["observations"])
    if rows.min() < 0 or rows.max() >= count:
        raise DataError(f"rows {rows.min()} to {rows.max()} of {count}")
    seen, done = arrays["observations"][rows], arrays["actions"][rows]
    if not (np.isfinite(seen).all() and np.isfinite(done).all()):
        raise DataError("an observation or an action is not finite")
    name = hashlib.sha256(
        np.ascontiguousarray(seen).tobytes() + np.ascontiguousarray(done).tobytes()
    ).hexdigest()[:32]
    response: dict[str, Any] = {"clip": name, "rows": [int(rows[0]), int(rows[-1])]}
    if "episode" in arrays:
        response["episodes"] = [int(e) for e in dict.fromkeys(arrays["episode"][rows].tolist())]
    gathering.entry(name, None, [response])
    gathering.describe(name, [Described(seen, done, _phase(arrays, int(rows[0])))])
    return gathering.items_of(name)[0]


def _phase(arrays: Arrays, row: int) -> float | None:
    """Where in its episode a step is, from 0 to 1; None where the file has no episodes."""
    if "episode" not in arrays:
        return None
    steps = np.flatnonzero(arrays["episode"] == arrays["episode"][row])
    return float((row - steps[0]) / len(steps))


def _load(path: Path) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot read {path}: {error}") from None
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise DataError(f"{path} has no {', '.join(missing)}; see docs/interchange.md")
    steps, pairs = len(arrays["observations"]), len(arrays["label"])
    fits = (
        len(arrays["actions"]) == steps
        and len(arrays.get("episode", arrays["actions"])) == steps
        and arrays["label"].ndim == 1
        and all(
            arrays[name].ndim == 2
            and len(arrays[name]) == pairs
            and arrays[name].shape[1] > 0
            and np.issubdtype(arrays[name].dtype, np.integer)
            for name in ("segment_1", "segment_2")
        )
    )
    if not fits:
        raise DataError(
            f"{path}: the arrays' lengths contradict each other; see docs/interchange.md"
        )
    return arrays
