from __future__ import annotations

import json

import pytest
import torch
from torch import tensor
from torch.testing import assert_close

from assent.algorithms.returns import ReturnScale

EVERY = torch.ones(1, 2, dtype=torch.bool)


def test_the_first_update_sets_mean_and_spread() -> None:
    scale = ReturnScale().including(tensor([[1.0, 5.0]]), EVERY)

    assert (scale.mean, scale.spread) == (3.0, 2.0)


def test_the_second_update_counts_as_much_as_the_first() -> None:
    scale = ReturnScale().including(tensor([[1.0, 5.0]]), EVERY)
    scale = scale.including(tensor([[7.0, 11.0]]), EVERY)

    # 1, 5, 7, 11: mean 6, squares 25 + 1 + 1 + 25 over 4.
    assert (scale.mean, scale.variance) == (6.0, 13.0)


def test_older_returns_are_forgotten() -> None:
    scale = ReturnScale().including(tensor([[1e3, -1e3]]), EVERY)
    for _ in range(200):
        scale = scale.including(tensor([[1.0, 5.0]]), EVERY)

    assert (scale.mean, scale.spread) == pytest.approx((3.0, 2.0), rel=1e-3)


def test_units_can_be_changed_and_changed_back() -> None:
    scale = ReturnScale(mean=10.0, variance=4.0, updates=1)

    assert_close(scale.normal(tensor([14.0])), tensor([2.0]))
    assert_close(scale.natural(tensor([2.0])), tensor([14.0]))


def test_a_critic_without_units_has_no_say() -> None:
    assert_close(ReturnScale().natural(tensor([123.0])), tensor([0.0]))


def test_returns_that_do_not_vary_are_normally_zero() -> None:
    scale = ReturnScale().including(tensor([[7.0, 7.0]]), EVERY)

    assert_close(scale.normal(tensor([7.0])), tensor([0.0]))


def test_the_statistics_survive_json() -> None:
    scale = ReturnScale(mean=1 / 3, variance=1e-30, updates=3)

    assert ReturnScale.load(json.loads(json.dumps(scale.state()))) == scale
