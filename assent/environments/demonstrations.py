"""Demonstrations for control from an NPZ file: what an expert saw and did."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import DataError
from assent.models.spaces import Spaces
from assent.records import Trajectory

_ARRAYS = ("observations", "actions", "starts")


def read(path: Path, spaces: Spaces, flag: bool) -> list[Trajectory]:
    """One trajectory per episode of the file.

    The file holds `observations [N, O]`, `actions [N, A]` or `[N]` (categories) and
    `starts [M]`, the index of each episode's first step, increasing from 0. The last
    observation of an episode has no action after it in the file and is repeated.

    flag: the environment appends an "ended" flag to observations; demonstrations have 0.
    Raises DataError saying what was found and what was expected.
    """
    arrays = _load(path)
    observations, actions, starts = (arrays[name] for name in _ARRAYS)
    _check_arrays(path, arrays, spaces, spaces.observation - int(flag))
    if flag:
        observations = np.pad(observations, ((0, 0), (0, 1)))
    stops = [*starts[1:], len(observations)]
    return [
        _episode(f"demonstration-{number}", observations[start:stop], actions[start:stop])
        for number, (start, stop) in enumerate(zip(starts, stops, strict=True))
    ]


def _load(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in _ARRAYS}
    except FileNotFoundError:
        raise DataError(
            f"there is no {path}; mend imitate.demonstrations, or leave it out to start untrained"
        ) from None
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path}: {error}; an NPZ file with {', '.join(_ARRAYS)} is expected"
        ) from None


def _check_arrays(
    path: Path, arrays: dict[str, npt.NDArray[Any]], spaces: Spaces, seen: int
) -> None:
    """Raise DataError unless the arrays fit each other and the spaces.

    seen: numbers in an observation of the file.
    """
    observations, actions, starts = (arrays[name] for name in _ARRAYS)
    _check(
        path,
        observations.ndim == 2 and observations.shape[1] == seen,
        f"observations are {observations.shape}, expected [N, {seen}]",
    )
    width = () if spaces.discrete else (spaces.action,)
    _check(
        path,
        actions.shape == (len(observations), *width),
        f"actions are {actions.shape}, expected {(len(observations), *width)}",
    )
    _check(
        path,
        bool(np.isfinite(observations).all() and np.isfinite(actions).all()),
        "a number is not finite",
    )
    _check(
        path,
        starts.ndim == 1
        and len(starts) > 0
        and starts[0] == 0
        and bool((np.diff(starts) > 0).all())
        and starts[-1] < len(observations),
        "starts must increase from 0 and lie within the steps",
    )
    if spaces.discrete:
        _check(
            path,
            bool(((actions >= 0) & (actions < spaces.categories)).all()),
            f"a category is outside 0 to {spaces.categories - 1}",
        )


def _check(path: Path, holds: bool, complaint: str) -> None:
    if not holds:
        raise DataError(f"{path}: {complaint}")


def _episode(id: str, observations: npt.NDArray[Any], actions: npt.NDArray[Any]) -> Trajectory:
    steps = len(actions)
    return Trajectory(
        id=id,
        observations=np.concatenate([observations, observations[-1:]]).astype(np.float32),
        actions=actions.astype(np.int64 if actions.ndim == 1 else np.float32),
        logprobs=np.zeros(steps, np.float32),
        mask=np.ones(steps, np.bool_),
        terminated=False,
        truncated=True,
        group=id,
        seed=0,
    )
