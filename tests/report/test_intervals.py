import numpy as np
import pytest

from assent.report import intervals
from assent.report.intervals import Interval


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_mean_lies_within_its_interval(rng: np.random.Generator) -> None:
    found = intervals.mean([1.0, 2.0, 3.0, 4.0], rng)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value == 2.5 < found.high


def test_the_interval_of_many_values_is_that_of_the_normal_distribution(
    rng: np.random.Generator,
) -> None:
    values = list(rng.standard_normal(2000))
    found = intervals.mean(values, rng)
    # 1.96 standard errors to each side: 3.92 / sqrt(2000) = 0.0877.
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low == pytest.approx(0.0877, rel=0.08)


def test_one_value_has_no_interval(rng: np.random.Generator) -> None:
    assert intervals.mean([3.0], rng) == Interval(3.0, None, None)


def test_equal_orders_correlate_by_one(rng: np.random.Generator) -> None:
    found = intervals.rank_correlation([(1, 10), (2, 20), (3, 25), (4, 100)], rng)
    assert found is not None
    assert found.value == pytest.approx(1.0)


def test_a_rank_correlation_worked_by_hand(rng: np.random.Generator) -> None:
    # Ranks 1 2 3 4 against 2 1 4 3: d² sums to 4, so 1 - 6*4 / (4*15) = 0.6.
    found = intervals.rank_correlation([(1, 2), (2, 1), (3, 4), (4, 3)], rng)
    assert found is not None
    assert found.value == pytest.approx(0.6)


def test_a_constant_side_has_no_correlation(rng: np.random.Generator) -> None:
    assert intervals.rank_correlation([(1, 2), (2, 2), (3, 2)], rng) is None


def test_wilson_for_eight_of_ten() -> None:
    # Wilson (1927) at 95 %: 0.4902 to 0.9433.
    found = intervals.share(8, 10)
    assert [found.low, found.high] == pytest.approx([0.4902, 0.9433], abs=1e-4)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-1234.5, "−1234"), (12.34, "12.3"), (1.005, "1.00"), (0.12345, "0.123")],
)
def test_a_number_is_shown_with_three_digits(value: float, text: str) -> None:
    assert intervals.short(value) == text


def test_an_interval_is_shown_in_brackets() -> None:
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"


def test_a_number_that_is_none_is_not_shown_as_one() -> None:
    assert intervals.short(float("nan")) == "n/a"
