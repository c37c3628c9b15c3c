"""Pieces of trajectories are cut within episodes, each start as likely as another."""

from __future__ import annotations

import numpy as np
import pytest

from assent.environments.segments import clip_steps, cut
from assent.errors import EnvironmentFault


def test_segments_never_cross_an_episode() -> None:
    lengths = {"a": 10, "b": 4, "c": 30}
    made = cut(lengths, 8, 100, np.random.default_rng(0))
    assert all(s.stop <= lengths[s.trajectory] for s in made)


def test_every_start_can_be_drawn_the_last_one_too() -> None:
    made = cut({"a": 5, "b": 4}, 3, 100, np.random.default_rng(0))
    assert sorted(s.key for s in made) == ["a:0:3", "a:1:4", "a:2:5", "b:0:3", "b:1:4"]


def test_a_short_episode_is_offered_whole() -> None:
    (made,) = cut({"a": 4}, 8, 3, np.random.default_rng(0))
    assert made.key == "a:0:4"


def test_starts_are_equally_likely() -> None:
    rng = np.random.default_rng(0)
    drawn = [cut({"a": 6, "b": 3}, 3, 1, rng)[0].key for _ in range(5000)]
    shares = [drawn.count(key) / 5000 for key in ("a:0:3", "a:1:4", "a:2:5", "a:3:6", "b:0:3")]
    np.testing.assert_allclose(shares, 0.2, atol=0.025)


def test_nothing_is_cut_from_nothing() -> None:
    assert cut({}, 8, 3, np.random.default_rng(0)) == []


@pytest.mark.parametrize(
    ("seconds", "step", "horizon", "steps"),
    [(1.0, 0.02, 500, 50), (0.1, 0.02, 500, 8), (9.0, 0.02, 50, 50), (1.0, 0.05, None, 20)],
)
def test_a_clip_is_as_long_as_asked_within_8_steps_and_the_horizon(
    seconds: float, step: float, horizon: int | None, steps: int
) -> None:
    assert clip_steps(seconds, step, horizon) == steps


def test_a_clip_without_length_is_a_fault() -> None:
    with pytest.raises(EnvironmentFault, match="both must be above 0"):
        clip_steps(0.0, 0.1, 10)
