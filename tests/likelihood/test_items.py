from __future__ import annotations

import choix
import numpy as np
import pytest

from assent.errors import RecordError
from assent.likelihood.evidence import Evidence
from assent.likelihood.information import information
from assent.likelihood.items import fit_items
from assent.likelihood.joint import utility_gradient
from tests.likelihood.crowd import compared, compiled, grade, mixed, order
from tests.likelihood.test_joint import UTILITIES, certain, numeric


def test_utilities_come_out_in_the_order_of_wins_and_average_zero() -> None:
    evidence = compiled([order([0, 1], [0, 1]), order([1, 2], [0, 1]), order([0, 2], [0, 1])], 3)
    fit = fit_items(evidence)
    assert np.argsort(-fit.utilities).tolist() == [0, 1, 2]
    assert fit.utilities.mean() == pytest.approx(0)


def test_many_pooled_pairs_give_the_utilities_of_choix() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
    pairs = []
    for _ in range(4000):
        i, j = rng.choice(5, 2, replace=False).tolist()
        pairs.append((i, j) if truth[i] - truth[j] + rng.logistic() > 0 else (j, i))
    evidence = compiled([order(list(pair), [0, 1]) for pair in pairs], 5)
    found = fit_items(evidence, pooled=True).utilities
    expected = choix.opt_pairwise(5, pairs)
    # The pooled lapse of 5 % reads every answer as a little sharper than it looks.
    assert np.corrcoef(found, expected)[0, 1] > 0.999


def test_the_joint_fit_sees_through_careless_and_inverted_annotators() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1.5, 30)
    evidence = compared(truth, [1.5, 1.5, 1.5, 0.0, 0.0, -1.5], 1500, rng)
    joint, pooled = fit_items(evidence), fit_items(evidence, pooled=True)
    correlations = [np.corrcoef(truth, fit.utilities)[0, 1] for fit in (joint, pooled)]
    assert correlations[0] > 0.97 > correlations[1]
    assert (joint.people.sensitivity[:3] > 0.7).all()
    assert joint.people.sensitivity[5] < -0.7


def test_information_about_utilities_is_minus_the_second_derivative_without_lapses() -> None:
    evidence = compiled([order([0, 1, 2], [0, 1, 2]), grade([3, 4], 3), grade([5], 2, 4)])
    people = certain(evidence)

    def slope(utilities: np.ndarray) -> float:
        return float(utility_gradient(evidence, utilities[None], people)[1][0, 1])

    expected = -numeric(slope, UTILITIES)
    found = information(evidence, UTILITIES, people).toarray()[1, :6]
    assert found == pytest.approx(expected, abs=1e-6)


def test_an_item_that_always_wins_stays_finite() -> None:
    evidence = compiled([order([0, 1], [0, 1])] * 200, 2)
    assert np.abs(fit_items(evidence).utilities).max() < 10


@pytest.mark.parametrize(
    "evidence",
    [
        compiled([grade([0, 1], 2)] * 5),
        compiled([order([0, 1], [0, 0])] * 5),
        compiled([grade([0, 1], 4), grade([0, 1], 0)] * 3),
        compiled([grade([0, 1], 4, shown=(0, 1)), grade([2, 3], 4, shown=(0, 1))] * 9),
        compiled([grade([i % 6], 1, 2) for i in range(30)]),
        compiled([grade([0, 1], 4)]),
        mixed(),
    ],
    ids=["ties", "tied orders", "contradiction", "one side", "all approved", "one answer", "mixed"],
)
def test_whatever_people_say_the_fit_is_finite(evidence: Evidence) -> None:
    fit = fit_items(evidence)
    assert np.isfinite([*fit.utilities, *fit.errors, *fit.people_errors.sensitivity]).all()


def test_nothing_said_is_an_error() -> None:
    with pytest.raises(RecordError, match="no answer"):
        fit_items(compiled([]))


def test_groups_that_were_never_compared_are_reported() -> None:
    fit = fit_items(compiled([order([0, 1], [0, 1]), order([2, 3], [0, 1])], 5), n_items=5)
    assert "1 of 5 items were never judged" in fit.warnings[0]
    assert "2 groups" in fit.warnings[1]


def test_a_fit_that_starts_from_the_last_one_ends_where_it_would() -> None:
    evidence = mixed(120)
    first = fit_items(evidence)
    assert fit_items(evidence, start=first).utilities == pytest.approx(first.utilities, abs=0.02)


@pytest.mark.slow
def test_annotators_are_recovered_and_their_intervals_cover() -> None:
    correlations, covered = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        utilities = rng.normal(0, 1.5, 60)
        sensitivity = np.abs(rng.normal(1, 0.5, 20))
        evidence = compared(utilities, sensitivity.tolist(), 4000, rng)
        fit = fit_items(evidence)
        truth = sensitivity / np.exp(np.log(sensitivity[sensitivity > 0.2]).mean())
        correlations.append(np.corrcoef(truth, fit.people.sensitivity)[0, 1])
        away = np.abs(fit.people.sensitivity - truth) / fit.people_errors.sensitivity
        covered.append(np.mean(away < 1.96))
    assert np.mean(correlations) > 0.9
    assert 0.88 < np.mean(covered) <= 1
