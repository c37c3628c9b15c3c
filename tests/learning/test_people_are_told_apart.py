"""The simulated people that ship are recognised for what they are, and the sharp left alone."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

from tests.likelihood.simulated import Study, told

SEEDS = 4
STUDIES = {
    "comparison": Study(
        "12 sharp, 2 careless, 2 left_biased, 2 inverted, 2 drifting, 2 taste", "comparison", 600, 4
    ),
    "rating": Study(
        "8 sharp, 2 careless, 2 left_biased, 2 severe, 2 inverted, 2 drifting, 2 taste", "rating"
    ),
}
pytestmark = [pytest.mark.slow, pytest.mark.learning]


@lru_cache
def counted(kind: str) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """How many there were of each preset, and how often each was flagged or put somewhere."""
    people: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(SEEDS):
        presets, rows, _ = told(STUDIES[kind], seed)
        people.update(presets)
        for preset, row in zip(presets, rows, strict=True):
            found.update((preset, flag["name"]) for flag in row["flags"])
            found[preset, f"{row['standing']}!"] += 1
            found[preset, "any"] += bool(row["flags"])
    return people, found


@pytest.mark.parametrize("kind", ["comparison", "rating"])
def test_presets_are_flagged_and_the_sharp_are_not(kind: str) -> None:
    people, found = counted(kind)
    flags = {"careless": "careless", "inverted": "inverted", "drifting": "drifting"}
    flags |= {"left_biased": "position"} if kind == "comparison" else {"severe": "severe"}
    for preset, flag in flags.items():
        assert found[preset, flag] >= 0.9 * people[preset], (preset, found)
    assert found["sharp", "any"] <= 0.05 * people["sharp"]


@pytest.mark.parametrize("kind", ["comparison", "rating"])
def test_consistent_dissenters_are_told_from_the_careless(kind: str) -> None:
    people, found = counted(kind)
    assert found["taste", "dissenter!"] >= 0.9 * people["taste"]
    assert found["taste", "careless"] == found["taste", "careless!"] == 0
    assert found["careless", "dissenter!"] <= 0.1 * people["careless"]
    assert found["sharp", "expert!"] >= 0.95 * people["sharp"]


def test_without_repeats_low_agreement_is_said_to_have_two_causes() -> None:
    _, rows, _ = told(Study("6 sharp, 2 careless", "rating", answers=50, again=0), 0)
    careless = [f for row in rows[6:] for f in row["flags"] if f["name"] == "careless"]
    assert all("nothing tells" in f["words"] or "too few" in f["words"] for f in careless)
