from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from assent.likelihood.evidence import Doubles
from assent.likelihood.joint import curvature, log_likelihood
from assent.likelihood.people import typical
from assent.reward.laplace import Design, Information, mode
from tests.likelihood.crowd import mixed


def design(many: int, seed: int = 0) -> Design:
    rng = np.random.default_rng(seed)
    place = sparse.csr_array((rng.random((6, many)) < 0.5) * rng.normal(size=(6, many)))
    return Design(mixed(), rng.normal(size=(6, 3)), place)


def whole(of: Design, numbers: Doubles) -> Doubles:
    """The information as one dense matrix."""
    every = np.hstack([of.dense, of.sparse.toarray()])
    rows = curvature(of.evidence, of.seen(numbers), typical(of.evidence)).toarray()
    matrix: Doubles = every.T @ rows @ every + np.eye(of.size)
    return matrix


@pytest.mark.parametrize("many", [0, 5])
def test_the_information_in_two_blocks_is_that_of_one_matrix(many: int) -> None:
    of = design(many)
    numbers = np.random.default_rng(1).normal(size=of.size)
    rows = curvature(of.evidence, of.seen(numbers), typical(of.evidence))
    found, dense = Information(of, rows), whole(of, numbers)
    assert found.log_determinant == pytest.approx(np.linalg.slogdet(dense)[1])
    assert found.solve(numbers) == pytest.approx(np.linalg.solve(dense, numbers))
    errors = np.sqrt(np.diag(np.linalg.inv(dense)))
    assert found.errors_of_few(slice(1, 3)) == pytest.approx(errors[1:3])


@pytest.mark.parametrize("many", [0, 5])
def test_noise_is_spread_as_the_inverse_information(many: int) -> None:
    of = design(many)
    numbers = np.zeros(of.size)
    found = Information(of, curvature(of.evidence, of.seen(numbers), typical(of.evidence)))
    root = found.spread(np.eye(of.size))
    assert root @ root.T == pytest.approx(np.linalg.inv(whole(of, numbers)), abs=1e-9)


def test_the_mode_is_the_highest_place() -> None:
    of = design(4)
    people = typical(of.evidence)
    found = mode(of, people)

    def density(numbers: Doubles) -> float:
        value = of.evidence.weight @ log_likelihood(of.evidence, of.seen(numbers), people)
        return float(value - 0.5 * numbers @ numbers)

    highest = density(found.numbers)
    rng = np.random.default_rng(0)
    around = [density(found.numbers + 0.05 * rng.normal(size=of.size)) for _ in range(50)]
    assert max(around) < highest
    started = mode(of, people, rng.normal(size=of.size))
    assert started.numbers == pytest.approx(found.numbers, abs=0.01)


def test_draws_keep_the_mean() -> None:
    found = mode(design(4), typical(mixed()))
    drawn = found.draws(7, np.random.default_rng(0))
    assert drawn.mean(0) == pytest.approx(found.numbers)
