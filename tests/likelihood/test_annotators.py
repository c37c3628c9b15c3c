from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assent.diagnosis.flags import flags
from assent.likelihood.annotators import Packing, fit, gauge, information, uncertainty
from assent.likelihood.joint import gradients, log_likelihood
from assent.likelihood.people import typical
from tests.likelihood.crowd import compared, compiled, grade, mixed
from tests.likelihood.test_joint import UTILITIES, numeric, odd


def test_packing_people_and_unpacking_them_gives_the_same_answers() -> None:
    evidence = mixed()
    people = odd(evidence)
    packing = Packing(evidence)
    back = packing.unpack(packing.pack(people))
    assert log_likelihood(evidence, UTILITIES, back) == pytest.approx(
        log_likelihood(evidence, UTILITIES, people)
    )


@pytest.mark.parametrize("pooled", [False, True])
def test_the_gradient_of_the_posterior_is_that_of_finite_differences(pooled: bool) -> None:
    evidence = mixed()
    packing = Packing(evidence, pooled)
    start = packing.pack(odd(evidence))

    def posterior(vector: np.ndarray) -> float:
        value, _, _ = gradients(evidence, UTILITIES, packing.unpack(vector))
        return value + packing.log_prior(vector)[0]

    _, _, by = gradients(evidence, UTILITIES, packing.unpack(start))
    found = packing.gradient(start, by) + packing.log_prior(start)[1]
    expected = numeric(posterior, start)
    expected[packing.fixed] = 0
    assert found == pytest.approx(expected, abs=1e-5)


def test_an_annotator_who_never_answered_is_as_the_priors_expect() -> None:
    evidence = compiled([grade([0, 1], 4)], people=("a", "silent"))
    people = fit(evidence, UTILITIES)
    assert people.sensitivity[1] == pytest.approx(1, abs=1e-3)
    assert people.lapse[1] == pytest.approx(0.05, abs=1e-3)


def test_thresholds_rise_and_those_of_a_difference_are_symmetric() -> None:
    evidence = mixed()
    people = fit(evidence, UTILITIES)
    for thresholds, scale in zip(people.thresholds, people.scales, strict=True):
        assert (np.diff(thresholds) > 0).all()
        if scale.segments == 2:
            assert thresholds == pytest.approx(-thresholds[::-1])


def test_pooling_leaves_everybody_typical() -> None:
    evidence = mixed()
    people = fit(evidence, UTILITIES, pooled=True)
    assert people.sensitivity.tolist() == [1, 1, 1]
    assert people.position.tolist() == [0, 0, 0]


def test_the_gauge_changes_no_answer() -> None:
    evidence = mixed()
    people = odd(evidence)
    moved, factor = gauge(people, evidence)
    assert log_likelihood(evidence, factor * UTILITIES, moved) == pytest.approx(
        log_likelihood(evidence, UTILITIES, people)
    )


def test_after_the_gauge_the_trusted_are_typical_and_severities_cancel() -> None:
    evidence = mixed()
    people = replace(odd(evidence), sensitivity=np.array([0.5, 2.0, -1.0]))
    moved, _ = gauge(people, evidence)
    answers = evidence.answers()[:2]
    assert answers @ np.log(moved.sensitivity[:2]) == pytest.approx(0)
    assert moved.severity[:2].sum() == pytest.approx(0)  # the third never rated


def test_where_most_answers_are_inverted_the_utilities_turn() -> None:
    evidence = mixed()
    people = replace(odd(evidence), sensitivity=np.array([-1.0, -2.0, 0.5]))
    moved, factor = gauge(people, evidence)
    assert factor < 0
    assert (moved.sensitivity[:2] > 0).all()


def test_the_information_is_minus_the_second_derivative() -> None:
    evidence = compiled([grade([0, 1], 3, 5), grade([2, 3], 4, 5), grade([4, 5], 2, 5)])
    people = typical(evidence)
    packing = Packing(evidence)
    start = packing.pack(people)

    def slope(vector: np.ndarray) -> float:
        _, _, by = gradients(evidence, UTILITIES, packing.unpack(vector))
        return float((packing.gradient(vector, by) + packing.log_prior(vector)[1])[0])

    expected = -numeric(slope, start)[0]
    found = information(evidence, UTILITIES, people)[0, 0, 0]
    assert found == pytest.approx(expected, rel=1e-4)


def test_careless_and_inverted_annotators_are_flagged_and_sharp_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    utilities = rng.normal(0, 1.5, 40)
    evidence = compared(utilities, [1.5, 1.5, 0.0, -1.5], 1200, rng)
    people = fit(evidence, utilities)
    errors = uncertainty(evidence, utilities, people)
    found = [[flag.name for flag in flags(people, errors, k)] for k in range(4)]
    assert found == [[], [], ["careless"], ["inverted"]]


def test_whoever_clicks_the_first_place_is_flagged() -> None:
    rng = np.random.default_rng(1)
    utilities = rng.normal(0, 1, 20)
    judgements = []
    for _ in range(300):
        first, second = rng.choice(20, 2, replace=False).tolist()
        side = int(rng.integers(2))
        away = utilities[first] - utilities[second] + (2 if side == 0 else -2) + rng.logistic()
        shown = (0, 1) if side == 0 else (1, 0)
        judgements.append(grade([first, second], int(away > 0), 2, shown=shown))
    evidence = compiled(judgements, 20)
    people = fit(evidence, utilities)
    found = flags(people, uncertainty(evidence, utilities, people), 0)
    assert [flag.name for flag in found] == ["position"]


def test_whoever_rates_low_is_severe() -> None:
    rng = np.random.default_rng(2)
    utilities = rng.normal(0, 1, 30)
    names = ("a", "b", "c", "stern")
    judgements = []
    for number in range(800):
        item, who = int(rng.integers(30)), number % 4
        seen = utilities[item] - (2.5 if who == 3 else 0) + rng.logistic()
        level = int((seen > np.array([-1.5, -0.5, 0.5, 1.5])).sum())
        judgements.append(grade([item], level, 5, names[who], scale="rating"))
    evidence = compiled(judgements, 30, names)
    people, _ = gauge(fit(evidence, utilities), evidence)
    assert people.severity[3] - people.severity[:3].mean() == pytest.approx(2.5, abs=0.5)
    names_of = [f.name for f in flags(people, uncertainty(evidence, utilities, people), 3)]
    assert names_of == ["severe"]
