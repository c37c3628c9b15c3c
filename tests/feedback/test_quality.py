import warnings

import numpy as np
import pytest
from scipy.stats import kendalltau

from assent.errors import DataError
from assent.feedback.quality import (
    corrected_agreement,
    kendall_tau,
    krippendorff_alpha,
    ranking_agreement,
    raw_agreement,
    self_consistency,
)

N = np.nan
# Krippendorff (2011): four observers, twelve units, missing values; the paper gives
# nominal .743, ordinal .815 and interval .849.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_nominal_alpha_is_that_of_krippendorffs_example() -> None:
    # 40 values, 32 of them on the diagonal of coincidences; codes occur 9, 13, 10, 5 and 3 times:
    # 1 - 39 * (40 - 32) / (1600 - 384) = 0.7434.
    assert krippendorff_alpha(OBSERVERS, "nominal", rng()).value == pytest.approx(0.743, abs=5e-4)


def test_ordinal_alpha_is_that_of_krippendorffs_example() -> None:
    assert krippendorff_alpha(OBSERVERS, "ordinal", rng()).value == pytest.approx(0.815, abs=5e-4)


def test_interval_alpha_is_that_of_krippendorffs_example() -> None:
    assert krippendorff_alpha(OBSERVERS, "interval", rng()).value == pytest.approx(0.849, abs=5e-4)


def test_a_unit_judged_once_is_left_out() -> None:
    assert krippendorff_alpha(OBSERVERS, "nominal", rng()).items == 11


def test_ordinal_alpha_knows_only_the_order_of_codes() -> None:
    stretched = OBSERVERS**3
    one, other = (krippendorff_alpha(v, "ordinal", rng()) for v in (OBSERVERS, stretched))
    assert one == other


def test_interval_alpha_does_not_lose_digits_far_from_zero() -> None:
    far = krippendorff_alpha(OBSERVERS + 1e6, "interval", rng()).value
    assert far == pytest.approx(krippendorff_alpha(OBSERVERS, "interval", rng()).value)


def test_two_who_always_differ_have_an_alpha_below_zero() -> None:
    # D_o = 1; four values of each of two codes: D_e = (64 - 32) / (8 * 7) = 4/7; alpha = -3/4.
    values = np.array([[0, 1, 0, 1], [1, 0, 1, 0]], dtype=float)
    assert krippendorff_alpha(values, "nominal", rng()).value == pytest.approx(-0.75)


def test_an_interval_encloses_its_value() -> None:
    found = krippendorff_alpha(OBSERVERS, "ordinal", rng())
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high


def test_an_interval_is_not_shifted_off_its_value_by_items_drawn_twice() -> None:
    # 12 items, 3 answers each, 20 codes: the answers to an item never agree. All percentiles
    # up to the 97.5th of resampled kappas are below the kappa.
    steps = np.array([[1.0], [3.0], [7.0]]), np.array([[0.0], [5.0], [11.0]])
    values = (steps[0] * np.arange(12) + steps[1]) % 20
    for found in (corrected_agreement(values, rng()), krippendorff_alpha(values, "nominal", rng())):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
        # As far below as above, up to the skewness of so few items.
        assert found.high - found.value > 0.4 * (found.value - found.low)


def test_an_interval_stays_within_what_the_statistic_can_be() -> None:
    high = np.ones((2, 30))
    high[0, :2], high[:, 2:9] = 0, 0
    low = np.stack([np.arange(9) % 2, (np.arange(9) + 1) % 2]).astype(float)
    for values in (high, low):
        found = corrected_agreement(values, rng())
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.high <= 1
    share = raw_agreement(np.array([[0.0, 0, 0, 0, 0], [1.0, 1, 1, 1, 0]]), rng())
    assert share.low == 0


def test_bootstrap_intervals_have_the_width_of_the_normal_approximation() -> None:
    # 400 items with agreement 0.7: half a width is 1.96 * sqrt(0.21 / 400) = 0.0449.
    first = np.zeros(400)
    second = np.repeat([0.0, 1.0], [280, 120])
    found = raw_agreement(np.stack([first, second]), rng())
    assert found.value == pytest.approx(0.7)
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low == pytest.approx(2 * 0.0449, rel=0.1)


def test_an_alpha_without_variation_is_not_a_number_but_a_reason() -> None:
    found = krippendorff_alpha(np.ones((3, 5)), "nominal", rng())
    assert (found.value, found.why) == (None, "all answers are the same")


def test_nothing_answered_twice_is_a_reason() -> None:
    found = krippendorff_alpha(np.array([[1, N], [N, 2]]), "interval", rng())
    assert (found.value, found.items, found.why) == (None, 0, "no item was answered twice")


def test_an_empty_table_is_a_reason() -> None:
    assert raw_agreement(np.empty((0, 0)), rng()).value is None


def test_one_item_has_a_value_and_no_interval() -> None:
    found = raw_agreement(np.array([[1.0], [1.0], [2.0]]), rng())
    assert found.value == pytest.approx(1 / 3)
    assert found.low is None


def test_a_table_of_another_shape_is_an_error() -> None:
    with pytest.raises(DataError, match="annotators, items"):
        raw_agreement(np.zeros(3), rng())


def test_corrected_agreement_is_that_of_fleiss_example() -> None:
    # Fleiss' table of 10 subjects, 14 raters and 5 categories as it stands in textbooks:
    # agreement .378, by chance .213, kappa .210.
    counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    values = np.stack([np.repeat(np.arange(5.0), row) for row in counts], axis=1)
    assert raw_agreement(values, rng()).value == pytest.approx(0.378, abs=5e-4)
    assert corrected_agreement(values, rng()).value == pytest.approx(0.210, abs=5e-4)


def test_corrected_agreement_is_that_of_fleiss_paper() -> None:
    # Fleiss (1971), table 1: 30 patients, 6 psychiatrists, 5 diagnoses; the paper gives an
    # agreement of .556, by chance .220, kappa .430.
    rows = (
        "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 "
        "10050 11040 03300 10050 02031 00501 30012 51000 02040 10203 "
        "00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
    )
    values = np.stack(
        [np.repeat(np.arange(5.0), [int(n) for n in row]) for row in rows.split()], axis=1
    )
    assert raw_agreement(values, rng()).value == pytest.approx(0.556, abs=5e-4)
    assert corrected_agreement(values, rng()).value == pytest.approx(0.430, abs=5e-4)


def test_self_consistency_is_the_share_of_repeats_answered_alike() -> None:
    first, again = np.array([0.0, 1.0, 4.0, 3.0]), np.array([0.0, 1.0, 4.0, 2.0])
    assert self_consistency(first, again, rng()).value == 0.75


def test_kendalls_tau_b_is_scipys_with_ties() -> None:
    generator = rng()
    first, second = generator.integers(0, 4, (2, 200, 6)).astype(float)
    expected = [kendalltau(a, b).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(kendall_tau(first, second), expected, atol=1e-12)


def test_kendalls_tau_b_by_hand() -> None:
    # Pairs of 0,1,2 against 0,1,1: two agree, one is tied in the second: 2 / sqrt(3 * 2).
    tau = kendall_tau(np.array([[0.0, 1, 2]]), np.array([[0.0, 1, 1]]))
    assert tau[0] == pytest.approx(2 / 6**0.5)


def test_a_ranking_of_equals_has_no_tau() -> None:
    assert np.isnan(kendall_tau(np.zeros((1, 3)), np.array([[0.0, 1, 2]]))[0])


def test_rankings_of_different_lengths_share_a_table() -> None:
    # First item: perfect; second, of two options: reversed; third: one annotator alone.
    ranks = np.array(
        [
            [[0, 1, 2], [0, 1, N], [0, 1, 2]],
            [[0, 1, 2], [1, 0, N], [N, N, N]],
        ]
    )
    found = ranking_agreement(ranks, rng())
    assert found.value == pytest.approx(0.0)
    assert found.items == 2


def test_ten_thousand_items_take_no_loop_over_items() -> None:
    values = rng().integers(0, 5, (3, 10_000)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = krippendorff_alpha(values, "ordinal", rng())
    assert found.value == pytest.approx(0.0, abs=0.03)
