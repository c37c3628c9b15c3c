from __future__ import annotations

import numpy as np
import pytest

from assent.reward.clips import WIDTHS, Clip, clip_map


def clips(count: int = 20, seed: int = 0) -> list[Clip]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 6, count)
    return [(rng.normal(size=(n, 3)), rng.integers(0, 4, (n, 1)).astype(float)) for n in lengths]


@pytest.mark.parametrize("width", WIDTHS)
def test_features_of_a_clip_do_not_depend_on_the_others(width: float) -> None:
    made = clips()
    mapped = clip_map(made, width, np.random.default_rng(0))
    together = mapped.features(made)
    alone = np.vstack([mapped.features([clip]) for clip in made[::-1]])[::-1]
    assert together == pytest.approx(alone)


def test_sums_and_ends_are_what_they_say() -> None:
    made = clips()
    mapped = clip_map(made, 0.0, np.random.default_rng(0))
    steps = np.vstack([seen for seen, _ in made])
    standard = [(seen - steps.mean(0)) / steps.std(0) for seen, _ in made]
    found = mapped.features(made)
    assert found[:, :3] == pytest.approx(np.stack([rows.sum(0) for rows in standard]))
    assert found[:, -3:] == pytest.approx(np.stack([rows[-1] - rows[0] for rows in standard]))
    counted = np.stack([[(done == a).sum() for a in range(4)] for _, done in made])
    assert found[:, 3:7] == pytest.approx(counted)
    assert found[:, 7].tolist() == [len(done) for _, done in made]


def test_products_of_kernel_features_are_the_kernel_at_its_landmarks() -> None:
    mapped = clip_map(clips(), 0.3, np.random.default_rng(0))
    (kernel,) = mapped.steps
    rows = kernel.features(kernel.landmarks)
    square = ((kernel.landmarks[:, None] - kernel.landmarks) ** 2).sum(-1)
    assert rows @ rows.T == pytest.approx(np.exp(-0.5 * square / kernel.width**2), abs=1e-6)


def test_a_last_observation_counts_for_the_end_alone() -> None:
    seen = np.arange(8.0).reshape(4, 2)
    done = np.ones((3, 1))
    mapped = clip_map([(seen, done), (seen + 1, done)], 0.0, np.random.default_rng(0))
    longer = mapped.features([(np.vstack([seen, seen[-1:] + 1]), np.ones((4, 1)))])
    shorter = mapped.features([(seen, done)])
    assert shorter[0, :2] == pytest.approx(mapped.features([(seen[:3], done)])[0, :2])
    assert longer[0, -2] > shorter[0, -2]
