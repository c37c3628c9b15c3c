from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import choix
import numpy as np
import pytest
from scipy.special import expit, logit

from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import gradients, log_likelihood, utility_gradient
from assent.likelihood.people import People, typical
from tests.likelihood.crowd import compiled, grade, mixed, order

UTILITIES = np.array([0.5, -1.0, 2.0, 0.0, 0.3, -0.7])


def certain(evidence: Evidence) -> People:
    """Typical people who never lapse."""
    return replace(typical(evidence), lapse=np.full(evidence.annotators, 1e-15))


def odd(evidence: Evidence, seed: int = 3) -> People:
    """People who differ in everything."""
    rng = np.random.default_rng(seed)
    people = typical(evidence)
    return replace(
        people,
        sensitivity=rng.normal(1, 1, evidence.annotators),
        position=rng.normal(0, 0.5, evidence.annotators),
        severity=rng.normal(0, 1, evidence.annotators),
        lapse=rng.uniform(0.01, 0.6, evidence.annotators),
        stretch=rng.normal(0, 0.4, people.stretch.shape),
        apart=tuple(rng.normal(0, 0.4, each.shape) for each in people.apart),
        temperature=rng.uniform(0.5, 2, people.temperature.shape),
        pace=rng.normal(0, 0.5, people.pace.shape),
    )


def test_a_pair_is_bradley_terry() -> None:
    evidence = compiled([order([0, 1], [0, 1])])
    found = log_likelihood(evidence, UTILITIES, certain(evidence))
    assert found == pytest.approx([-math.log1p(math.exp(-1.5))])


def test_a_tie_between_equal_utilities_costs_log_two() -> None:
    evidence = compiled([order([0, 1], [0, 0])])
    assert log_likelihood(evidence, np.zeros(6), certain(evidence)) == pytest.approx([-math.log(2)])


def test_a_tie_costs_more_the_further_its_options_are_apart() -> None:
    # Efron: e^u1 e^u2 / ((e^u1 + e^u2) (e^u1 + e^u2) / 2) = 2 p (1 - p)
    evidence = compiled([order([0, 1], [0, 0])])
    p = 1 / (1 + math.exp(-1.5))
    found = log_likelihood(evidence, UTILITIES, certain(evidence))
    assert found == pytest.approx([math.log(2 * p * (1 - p))])


def test_a_tie_of_equal_options_is_as_likely_as_each_order_it_hides() -> None:
    utilities = np.array([1.0, 1.0, -0.4, 0, 0, 0])
    tied = compiled([order([0, 1, 2], [0, 0, 1])])
    strict = compiled([order([0, 1, 2], [0, 1, 2])])
    assert log_likelihood(tied, utilities, certain(tied)) == pytest.approx(
        log_likelihood(strict, utilities, certain(strict))
    )


def test_the_best_of_three_is_a_softmax() -> None:
    evidence = compiled([order([1, 2, 3], [1, 0, 1], partial=True)])
    share = np.exp(2) / (np.exp(-1) + np.exp(2) + 1)
    found = log_likelihood(evidence, UTILITIES, certain(evidence))
    assert found == pytest.approx([math.log(share)])


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_strict_orders_of_any_annotator_sum_to_one(size: int) -> None:
    shown = tuple(range(size))[::-1]
    judgements = [order(list(range(size)), list(r), shown=shown) for r in permutations(range(size))]
    evidence = compiled(judgements)
    assert np.exp(log_likelihood(evidence, UTILITIES, odd(evidence))).sum() == pytest.approx(1)


def test_every_partial_order_sums_to_one() -> None:
    judgements = [
        order([0, 1, 2, 3], list(ranks), partial=True)
        for ranks in sorted(set(permutations([0, 1, 2, 2])))
    ]
    evidence = compiled(judgements)
    assert np.exp(log_likelihood(evidence, UTILITIES, odd(evidence))).sum() == pytest.approx(1)


@pytest.mark.parametrize(("items", "levels"), [([0, 1], 2), ([0, 1], 3), ([0, 1], 4), ([0, 1], 5)])
def test_the_levels_of_a_difference_sum_to_one(items: list[int], levels: int) -> None:
    evidence = compiled([grade(items, level, levels, shown=(1, 0)) for level in range(levels)])
    assert np.exp(log_likelihood(evidence, UTILITIES, odd(evidence))).sum() == pytest.approx(1)


@pytest.mark.parametrize("levels", [2, 3, 7])
def test_the_levels_of_a_rating_sum_to_one(levels: int) -> None:
    evidence = compiled([grade([2], level, levels) for level in range(levels)])
    assert np.exp(log_likelihood(evidence, UTILITIES, odd(evidence))).sum() == pytest.approx(1)


def test_an_approval_is_a_logistic_of_utility_less_severity_and_threshold() -> None:
    evidence = compiled([grade([2], 1, 2)])
    people = replace(
        certain(evidence),
        sensitivity=np.array([0.5]),
        severity=np.array([0.3]),
        thresholds=(np.array([0.2]),),
    )
    found = log_likelihood(evidence, UTILITIES, people)
    assert found == pytest.approx([math.log(expit(0.5 * 2.0 - 0.3 - 0.2))])


def test_the_place_shown_first_gains_its_bias_whichever_option_stands_there() -> None:
    evidence = compiled([order([0, 1], [0, 1], shown=(1, 0)), grade([0, 1], 1, 2, shown=(1, 0))])
    people = replace(certain(evidence), position=np.array([0.4]))
    expected = math.log(expit(1.5 - 0.4))
    assert log_likelihood(evidence, UTILITIES, people) == pytest.approx([expected, expected])


def test_a_lapse_answers_uniformly() -> None:
    evidence = compiled([grade([0, 1], 4, 5), order([0, 1, 2], [0, 1, 2])])
    people = replace(typical(evidence), lapse=np.array([1 - 1e-15]))
    found = np.exp(log_likelihood(evidence, UTILITIES, people))
    assert found == pytest.approx([1 / 5, 1 / 6])


def test_a_lapse_mixes_with_what_the_annotator_would_have_said() -> None:
    evidence = compiled([order([0, 1], [0, 1])])
    people = replace(typical(evidence), lapse=np.array([0.3]))
    expected = 0.7 * expit(1.5) + 0.3 / 2
    assert np.exp(log_likelihood(evidence, UTILITIES, people)) == pytest.approx([expected])


def test_plackett_luce_is_choix_s() -> None:
    rankings = [[2, 0, 3, 1], [0, 1, 2, 3], [4, 5, 1, 0]]
    evidence = compiled([order(r, [0, 1, 2, 3]) for r in rankings])
    found = log_likelihood(evidence, UTILITIES, certain(evidence)).sum()
    assert found == pytest.approx(choix.log_likelihood_rankings(rankings, UTILITIES))


def test_bradley_terry_is_choix_s() -> None:
    pairs = [(0, 1), (2, 1), (3, 4), (4, 3)]
    evidence = compiled([order(list(pair), [0, 1]) for pair in pairs])
    found = log_likelihood(evidence, UTILITIES, certain(evidence)).sum()
    assert found == pytest.approx(choix.log_likelihood_pairwise(pairs, UTILITIES))


def numeric(function: Callable[[Doubles], float], at: Doubles) -> Doubles:
    found = np.empty(at.size)
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 1e-5
        moved = step.reshape(at.shape)
        found[i] = (function(at + moved) - function(at - moved)) / 2e-5
    return found.reshape(at.shape)


def test_the_gradient_by_utilities_is_that_of_finite_differences() -> None:
    evidence = mixed()
    people = odd(evidence)

    def total(utilities: Doubles) -> float:
        return float(log_likelihood(evidence, utilities, people).sum())

    _, found = utility_gradient(evidence, UTILITIES[None], people)
    assert found[0] == pytest.approx(numeric(total, UTILITIES), abs=1e-6)


@pytest.mark.parametrize(
    "name", ["sensitivity", "position", "severity", "lapse", "stretch", "temperature", "pace"]
)
def test_the_gradient_by_people_is_that_of_finite_differences(name: str) -> None:
    evidence = mixed()
    people = odd(evidence)

    def total(values: Doubles) -> float:
        plain = values
        if name == "lapse":
            plain = expit(values)
        if name == "temperature":
            plain = np.exp(values)
        moved = replace(people, **{name: plain})  # type: ignore[arg-type]
        return float(log_likelihood(evidence, UTILITIES, moved).sum())

    at = getattr(people, name)
    at = {"lapse": logit(people.lapse), "temperature": np.log(people.temperature)}.get(name, at)
    _, _, by = gradients(evidence, UTILITIES, people)
    assert getattr(by, name) == pytest.approx(numeric(total, at), abs=1e-6)


def test_the_gradient_by_what_sets_gaps_apart_is_that_of_finite_differences() -> None:
    evidence = mixed()
    people = odd(evidence)
    _, _, by = gradients(evidence, UTILITIES, people)
    for scale, found in enumerate(by.apart):

        def total(values: Doubles, scale: int = scale) -> float:
            moved = list(people.apart)
            moved[scale] = values
            changed = replace(people, apart=tuple(moved))
            return float(log_likelihood(evidence, UTILITIES, changed).sum())

        assert found == pytest.approx(numeric(total, people.apart[scale]), abs=1e-6)


def test_the_gradient_by_thresholds_is_that_of_finite_differences() -> None:
    evidence = mixed()
    people = odd(evidence)
    _, _, by = gradients(evidence, UTILITIES, people)
    for scale, found in enumerate(by.thresholds):

        def total(values: Doubles, scale: int = scale) -> float:
            moved = list(people.thresholds)
            moved[scale] = values
            changed = replace(people, thresholds=tuple(moved))
            return float(log_likelihood(evidence, UTILITIES, changed).sum())

        # A difference has symmetric thresholds; moving one alone is only a test of the sum.
        assert found == pytest.approx(numeric(total, people.thresholds[scale]), abs=1e-6)


@pytest.mark.parametrize("size", [1e3, -1e3, 1e6])
def test_extreme_utilities_have_finite_values_and_gradients(size: float) -> None:
    evidence = mixed()
    value, by_utility, by = gradients(evidence, UTILITIES * size, odd(evidence))
    numbers = [value, *by_utility, *by.sensitivity, *by.lapse, *by.stretch.ravel()]
    assert np.isfinite(numbers).all()


def test_adding_a_constant_changes_no_comparison() -> None:
    evidence = compiled([order([0, 1, 2], [1, 0, 0]), grade([3, 4], 0)])
    people = odd(evidence)
    assert log_likelihood(evidence, UTILITIES + 7, people) == pytest.approx(
        log_likelihood(evidence, UTILITIES, people)
    )


def test_the_order_in_which_options_are_listed_changes_nothing() -> None:
    one = compiled([order([0, 1, 2], [1, 0, 2], shown=(2, 0, 1)), grade([0, 1], 3, shown=(0, 1))])
    other = compiled([order([2, 0, 1], [2, 1, 0], shown=(0, 1, 2)), grade([1, 0], 1, shown=(1, 0))])
    assert log_likelihood(one, UTILITIES, odd(one)) == pytest.approx(
        log_likelihood(other, UTILITIES, odd(other))
    )


def test_splitting_the_evidence_changes_no_sum() -> None:
    evidence = mixed()
    people = odd(evidence)
    whole, by_whole = utility_gradient(evidence, UTILITIES[None], people)
    halves = [
        utility_gradient(evidence.take(index), UTILITIES[None], people)
        for index in (np.arange(0, 40, 2), np.arange(1, 40, 2))
    ]
    assert sum(v for v, _ in halves) == pytest.approx(whole)
    assert sum(g for _, g in halves) == pytest.approx(by_whole)


def test_items_that_nobody_judged_change_nothing_and_have_no_gradient() -> None:
    evidence = mixed()
    people = odd(evidence)
    value, gradient = utility_gradient(evidence, np.append(UTILITIES, 1e9)[None], people)
    assert gradient[0, -1] == 0
    assert value == pytest.approx(utility_gradient(evidence, UTILITIES[None], people)[0])


def test_an_ensemble_is_each_of_its_members() -> None:
    evidence = mixed()
    people = odd(evidence)
    members = np.stack([UTILITIES, -2 * UTILITIES])
    weight = np.random.default_rng(0).exponential(size=(2, evidence.count))
    value, gradient = utility_gradient(evidence, members, people, weight)
    for member in range(2):
        one = utility_gradient(evidence, members[[member]], people, weight[[member]])
        assert value[member] == pytest.approx(one[0][0])
        assert gradient[member] == pytest.approx(one[1][0])


def test_a_weight_of_two_is_the_judgement_twice() -> None:
    judgement = grade([0, 1], 4)
    twice = compiled([judgement, judgement])
    once = compiled([judgement])
    found, _ = utility_gradient(once, UTILITIES[None], typical(once), np.array([[2.0]]))
    assert found == pytest.approx(utility_gradient(twice, UTILITIES[None], typical(twice))[0])
