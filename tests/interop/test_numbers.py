from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.interop import files
from tests.interop.written import row, write

TWO = {"item_id": "q", "prompt": "p", "responses": ["a", "b"]}


def read(folder: Path, *items: dict[str, Any]) -> Any:
    return files.read(write(folder, [row("q", "ann", "pair", 0)], list(items)))


def test_features_stand_beside_their_responses(tmp_path: Path) -> None:
    found = read(tmp_path, {**TWO, "features": [[1, 2.5], [3, 4]]})
    first, second = found.entries["q"]
    assert found.described[first].observations.tolist() == [[1, 2.5]]
    assert found.described[second].observations.tolist() == [[3, 4]]
    assert found.described[first].vector


def test_a_prompt_alone_has_one_vector(tmp_path: Path) -> None:
    found = read(tmp_path, {"item_id": "q", "prompt": "p", "features": [1, 2]})
    (item,) = found.entries["q"]
    assert found.described[item].observations.tolist() == [[1, 2]]


def test_steps_in_a_response_are_a_clip(tmp_path: Path) -> None:
    clip = {"states": [[0, 1], [1, 1], [2, 1]], "actions": [3, 0], "phase": 0.5}
    found = read(tmp_path, {**TWO, "responses": [clip, {**clip, "actions": [1, 1]}]})
    described = found.described[found.entries["q"][0]]
    assert described.observations.shape == (3, 2)
    assert described.actions.tolist() == [[3], [0]]
    assert described.phase == 0.5
    assert not described.vector


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"features": [[1, 2]]}, "1 vectors for 2 responses"),
        ({"features": [[1, 2], [3]]}, "different lengths"),
        ({"features": [[1, float("nan")], [3, 4]]}, "not finite"),
        ({"features": [["a", 2], [3, 4]]}, "numbers"),
        ({"features": [["1", "2"], ["3", "4"]]}, "numbers"),
        ({"features": [[True, False], [1, 2]]}, "numbers"),
        ({"features": [[1, True], [1, 2]]}, "numbers"),
        ({"features": [[1, None], [1, 2]]}, "numbers"),
        ({"features": [[1, 1e300], [3, 4]]}, "too large; up to 1e+100"),
        ({"features": [[1, float("inf")], [3, 4]]}, "not finite"),
        ({"features": [[1, 10**400], [3, 4]]}, "numbers"),
        ({"responses": [{"states": [[1], [2]], "actions": [True, 0]}, "b"]}, "numbers"),
        ({"responses": [{"states": ["1", "2"]}, "b"]}, "numbers"),
        ({"features": "x"}, "a vector per response"),
        ({"responses": [{"states": [[1], [2]], "actions": [1, 2, 3]}, "b"]}, "2 states and 3"),
        ({"responses": [{"states": [[1, 2], [2]]}, "b"]}, "as many numbers"),
        ({"responses": [{"states": [[1]], "phase": 2}, "b"]}, "phase"),
    ],
)
def test_what_are_no_numbers_is_refused_by_line(
    more: dict[str, Any], words: str, tmp_path: Path
) -> None:
    good = {"item_id": "other", "prompt": "p2", "responses": ["c", "d"]}
    found = read(tmp_path, good, {**TWO, **more})
    refusal = next(r for r in found.refused if r.place == "items.jsonl:2")
    assert words in refusal.why


def test_vectors_of_another_length_than_the_files_first_are_refused(tmp_path: Path) -> None:
    other = {"item_id": "r", "prompt": "p2", "responses": ["c"], "features": [[1, 2, 3]]}
    found = read(tmp_path, {**TWO, "features": [[1, 2], [3, 4]]}, other)
    assert [r.place for r in found.refused] == ["items.jsonl:2"]
    assert "3 features" in found.refused[0].why
    assert "2 features" in found.refused[0].why
    assert np.isfinite(found.described[found.entries["q"][0]].observations).all()
