from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from assent.diagnosis.kappas import Distances, Kappas, kappas


def coins(same: int, other: int, chance: float = 0.5) -> Kappas:
    """One annotator's pairs, as near or as far as can be."""
    distance = np.array([0.0] * same + [1.0] * other)
    count = len(distance)
    whole = Distances(np.zeros(count, np.int64), distance, np.full(count, chance), np.ones(count))
    return kappas(whole, 1)


def test_a_coin_has_jeffreys_interval() -> None:
    # 17 of 20 agree: kappa 1 - .15 / .5 = .7; the share's posterior is Beta(17.5, 3.5).
    found = coins(17, 3)
    assert found.value[0] == pytest.approx(0.7)
    low, high = found.interval()
    share = beta.ppf([0.025, 0.975], 17.5, 3.5)
    assert [low[0], high[0]] == pytest.approx(2 * share - 1)
    assert found.below(0.5)[0] == pytest.approx(beta.cdf(0.75, 17.5, 3.5))


def test_draws_are_of_the_posterior() -> None:
    drawn = coins(17, 3).draws(20_000, np.random.default_rng(0))[:, 0]
    assert drawn.mean() == pytest.approx(2 * 17.5 / 21 - 1, abs=0.005)
    assert (drawn < 0.5).mean() == pytest.approx(beta.cdf(0.75, 17.5, 3.5), abs=0.01)


def test_without_pairs_nothing_is_known() -> None:
    found = coins(0, 0)
    assert not found.known()[0]
    assert np.isnan(found.interval()[0][0])


def test_the_estimate_is_inside_its_interval() -> None:
    low, high = coins(4, 0).interval()
    assert low[0] < 0.5 < high[0] == 1.0


def test_distances_that_hardly_vary_count_for_more_than_coins() -> None:
    rng = np.random.default_rng(0)
    distance = 0.1 + 0.01 * rng.standard_normal(50)
    rows = Distances(np.zeros(50, np.int64), distance, np.full(50, 0.2), np.ones(50))
    low, high = kappas(rows, 1).interval()
    assert high[0] - low[0] < 0.5 * np.diff(1 - (1 - beta.ppf([0.025, 0.975], 45, 5)) / 0.2)[0]


def test_annotators_do_not_mix() -> None:
    rows = Distances(np.array([0, 1, 1]), np.array([0, 1, 1.0]), np.full(3, 0.5), np.ones(3))
    assert kappas(rows, 3).value[:2].tolist() == [1.0, -1.0]
    assert kappas(rows, 3).pairs.tolist() == [1, 2, 0]
