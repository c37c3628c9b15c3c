from __future__ import annotations

import numpy as np
import pytest

from assent.likelihood.connected import Connected, Normal, labels
from assent.likelihood.evidence import Doubles


def made() -> tuple[Connected, Doubles, Doubles, np.ndarray]:
    """Seven items in components of 1, 2 and 2 and 2, their matrices whole and flat."""
    rng = np.random.default_rng(0)
    label = labels(7, [np.array([[0, 4], [3, 1]]), np.array([[6, 2]])])
    connected = Connected(label)
    root = rng.normal(size=(7, 7)) * (label[:, None] == label)
    whole = root @ root.T + np.eye(7)
    flat = np.zeros(connected.size)
    one, other = np.nonzero(label[:, None] == label)
    flat[connected.at(one, other)] = whole[one, other]
    return connected, whole, flat, label


def test_items_that_were_judged_together_are_one_component() -> None:
    label = labels(6, [np.array([[0, 1, 2]]), np.array([[2, 5]]), np.array([[3]])])
    assert len({int(label[i]) for i in (0, 1, 2, 5)}) == 1
    assert len(set(label.tolist())) == 3
    assert labels(2, []).tolist() == [0, 1]


def test_matrices_by_component_are_those_of_the_whole() -> None:
    connected, whole, flat, _ = made()
    vector = np.random.default_rng(1).normal(size=7)
    assert connected.times(flat, vector) == pytest.approx(whole @ vector)
    inverse = connected.inverse(flat)
    assert inverse[connected.diagonal()] == pytest.approx(np.diag(np.linalg.inv(whole)))
    assert inverse[connected.at(np.array([0]), np.array([4]))] == pytest.approx(
        np.linalg.inv(whole)[0, 4]
    )


def test_draws_have_the_covariance_of_the_whole() -> None:
    _, whole, flat, label = made()
    drawn = Normal(label, flat).draws(np.eye(7))
    # Unit vectors as noise: the products of the draws sum to the covariance exactly.
    assert drawn.T @ drawn == pytest.approx(np.linalg.inv(whole))
