from __future__ import annotations

import pytest

from assent.likelihood.hessian import information
from assent.likelihood.joint import parts
from tests.likelihood.crowd import mixed
from tests.likelihood.test_joint import UTILITIES, odd


def test_information_is_minus_the_derivative_of_the_slope() -> None:
    evidence = mixed()
    people, step = odd(evidence), 1e-5
    for number, part in enumerate(parts(evidence, UTILITIES[None], people)):
        found = information(part, UTILITIES[None], people)[0]
        items = part.block.items
        for option in range(items.shape[1]):
            for row in range(len(items)):
                slopes = []
                for sign in (1, -1):
                    moved = UTILITIES.copy()
                    moved[items[row, option]] += sign * step
                    other = list(parts(evidence, moved[None], people))[number]
                    slopes.append(other.by_utility(people)[0, row])
                numeric = (slopes[1] - slopes[0]) / (2 * step)
                assert found[row, option] == pytest.approx(numeric, abs=1e-6)
