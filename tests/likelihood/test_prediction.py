from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assent.likelihood.evidence import compile
from assent.likelihood.items import fit_items
from assent.likelihood.joint import log_likelihood
from assent.likelihood.noise import stratified
from assent.likelihood.people import typical
from assent.likelihood.prediction import predict, predict_items
from tests.likelihood.crowd import compared, compiled, grade, mixed, order, segment
from tests.likelihood.test_joint import UTILITIES


def test_at_known_utilities_and_people_the_answers_have_their_likelihood() -> None:
    evidence = mixed(30)
    people = typical(evidence)
    expected = np.exp(log_likelihood(evidence, UTILITIES, people))
    for part in predict(evidence, UTILITIES[None], [people]):
        if not part.answers or part.given[0] >= 0:  # no order with ties
            assert part.observed == pytest.approx(expected[part.judgement])


def test_the_possible_answers_sum_to_one() -> None:
    evidence = mixed(30)
    for part in predict(evidence, UTILITIES[None], [typical(evidence)]):
        assert part.probability.sum(1) == pytest.approx(1)


def test_the_answer_that_was_given_stands_at_its_place() -> None:
    evidence = compiled(
        [order([2, 0, 1], [1, 0, 2]), grade([0, 1], 3), order([0, 1, 2], [0, 1, 1], partial=True)]
    )
    for part in predict(evidence, UTILITIES[None], [typical(evidence)]):
        given = part.probability[np.arange(len(part.given)), part.given]
        assert given == pytest.approx(part.observed)


def test_ties_and_long_orders_have_a_probability_without_a_place() -> None:
    evidence = compiled([order([0, 1, 2], [0, 0, 1]), order([*range(6)], [*range(6)])])
    utilities = np.append(UTILITIES, 0.3)[:6]
    long, tied = predict(evidence, utilities[None], [typical(evidence)])
    assert (len(tied.answers), tied.given[0], long.answers, long.given[0]) == (6, -1, (), -1)
    assert 0 < long.observed[0] < tied.observed[0] < 1


def test_an_order_with_ties_is_any_order_that_agrees_with_it() -> None:
    def chance(*ranks: int) -> float:
        evidence = compiled([order([0, 1, 2], list(ranks))])
        (part,) = predict(evidence, UTILITIES[None], [typical(evidence)])
        return float(part.observed[0])

    assert chance(0, 0, 1) == pytest.approx(chance(0, 1, 2) + chance(1, 0, 2))
    assert chance(1, 0, 0) == pytest.approx(chance(2, 0, 1) + chance(2, 1, 0))
    assert chance(0, 0, 1) + chance(0, 1, 0) + chance(1, 0, 0) == pytest.approx(1)
    assert chance(0, 0, 0) == pytest.approx(1)


def test_an_order_with_ties_is_right_where_the_likeliest_order_agrees() -> None:
    evidence = compiled([order([0, 1, 2], [0, 0, 1]), order([0, 1, 2], [1, 0, 0])])
    (part,) = predict(evidence, np.array([[2.0, 1.0, 0.0]]), [typical(evidence)])
    assert part.right()[np.argsort(part.judgement)].tolist() == [1.0, 0.0]


def test_somebody_new_about_something_new_is_drawn_from_the_crowd() -> None:
    evidence = compared(np.linspace(-2, 2, 6), [2.0, 1.0], 200, np.random.default_rng(0))
    fit = fit_items(evidence)
    rows = {segment(i).key: i for i in range(8)}
    asked = [grade([6, 7], 3, who="new"), grade([0, 5], 3, who="new"), grade([0, 5], 3, who="a0")]
    unseen = compile(asked, rows, {"a0": 0, "a1": 1, "new": 2}, known=fit.people.scales)
    (part,) = predict_items(fit, unseen, np.random.default_rng(0), 256)
    unknown, crowd, known = part.expected_level()
    assert unknown == pytest.approx(2, abs=0.25)
    assert known < crowd < unknown


def test_scales_that_are_known_keep_their_place() -> None:
    first = compiled([grade([0], 1, 4, scale="rating"), grade([0, 1], 3)])
    later = compile(
        [grade([0], 1, 4, scale="rating")],
        {segment(0).key: 0},
        {"a": 0},
        known=first.scales,
    )
    assert later.scales == first.scales
    assert later.grades[0].scale == first.scales.index(later.scales[later.grades[0].scale])


def test_stratified_draws_have_no_mean_and_unit_spread() -> None:
    drawn = stratified(64, 5, np.random.default_rng(0))
    assert drawn.mean(0) == pytest.approx(np.zeros(5), abs=1e-9)
    assert drawn.std(0) == pytest.approx(np.ones(5))


def test_equally_likely_answers_share_the_credit() -> None:
    evidence = compiled([order([0, 1], [0, 1])])
    people = replace(typical(evidence), sensitivity=np.zeros(1))
    assert predict(evidence, UTILITIES[None], [people])[0].right().tolist() == [0.5]
