from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.answers.check import check
from assent.errors import DataError
from assent.interop import files


def write(folder: Path, **other: Any) -> Path:
    """Ten steps of two episodes; three pairs of clips of three steps."""
    arrays: dict[str, Any] = {
        "observations": np.arange(20.0).reshape(10, 2),
        "actions": np.zeros((10, 1)),
        "episode": np.repeat([0, 1], 5),
        "segment_1": np.array([[0, 1, 2], [3, 4, 5], [0, 1, 2]]),
        "segment_2": np.array([[5, 6, 7], [7, 8, 9], [5, 6, 7]]),
        "label": np.array([0, 1, -1]),
    }
    path = folder / "clips.npz"
    np.savez(path, **(arrays | other))
    return path


def test_a_clip_is_the_same_wherever_it_stands(tmp_path: Path) -> None:
    read = files.read(write(tmp_path))
    assert (len(read.items), len(read.answers)) == (4, 3)


def test_every_pair_with_a_clip_over_a_border_is_flagged(tmp_path: Path) -> None:
    found = {f.name: f.places for f in check(files.read(write(tmp_path)))}
    assert found["clips across episodes"] == ("clips.npz:pair 1",)


def test_a_pair_that_cannot_be_true_is_refused_by_its_number(tmp_path: Path) -> None:
    seen = np.arange(20.0).reshape(10, 2)
    seen[9, 0] = np.nan
    read = files.read(write(tmp_path, observations=seen, label=np.array([0, 1, 7])))
    assert [refusal.place for refusal in read.refused] == ["clips.npz:pair 1", "clips.npz:pair 2"]


@pytest.mark.parametrize("other", [{"actions": np.zeros((9, 1))}, {"label": np.zeros(2)}])
def test_arrays_that_do_not_fit_together_are_an_error(tmp_path: Path, other: Any) -> None:
    with pytest.raises(DataError, match="contradict"):
        files.read(write(tmp_path, **other))
