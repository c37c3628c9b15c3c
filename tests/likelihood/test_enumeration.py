"""The likelihood against enumeration, written out once more without arrays, and choix's optima."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product

import choix
import numpy as np
import pytest

from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.items import fit_items
from assent.likelihood.joint import gradients, log_likelihood, utility_gradient
from assent.likelihood.people import People
from assent.records import Judgement
from tests.likelihood.crowd import compiled, grade, mixed, order
from tests.likelihood.test_joint import UTILITIES, certain, numeric, odd


def luce(weights: Sequence[float], sequence: Sequence[int]) -> float:
    """Plackett-Luce by its definition: one choice after the other among what is left."""
    chance, left = 1.0, list(range(len(weights)))
    for option in sequence:
        chance *= weights[option] / sum(weights[i] for i in left)
        left.remove(option)
    return chance


def efron(weights: Sequence[float], ranks: Sequence[int], partial: bool = False) -> float:
    """Efron's tie correction by its definition (science of Cox regression, Efron 1977)."""
    chance, groups = 1.0, sorted(set(ranks))
    for rank in groups:
        tied = [i for i, r in enumerate(ranks) if r == rank]
        later = [i for i, r in enumerate(ranks) if r > rank]
        if rank == groups[-1] and (partial or len(tied) == 1):
            break
        for number, option in enumerate(tied):
            rest = (1 - number / len(tied)) * sum(weights[i] for i in tied)
            chance *= weights[option] / (rest + sum(weights[i] for i in later))
    return chance


def weights_of(people: People, items: Sequence[int], places: Sequence[float]) -> list[float]:
    """What each option weighs to the only annotator, seen at these places."""
    slope = people.sensitivity[0] / people.temperature[0]
    return [
        math.exp(slope * UTILITIES[i] + people.position[0] * s)
        for i, s in zip(items, places, strict=True)
    ]


def likelihood(evidence: Evidence, people: People) -> float:
    (found,) = np.exp(log_likelihood(evidence, UTILITIES, people))
    return float(found)


ORDERS = [ranks for size in (2, 3, 4) for ranks in sorted(set(product(range(size), repeat=size)))]
DENSE = [ranks for ranks in ORDERS if set(ranks) == set(range(max(ranks) + 1))]


@pytest.mark.parametrize("partial", [False, True])
def test_every_order_of_up_to_four_is_efron_s_mixed_with_a_lapse(partial: bool) -> None:
    for ranks in DENSE:
        items = list(range(len(ranks)))
        shown = tuple(reversed(items))
        if partial and len(set(ranks)) == 1:
            continue  # nothing was chosen
        evidence = compiled([order(items, list(ranks), shown=shown, partial=partial)])
        people = odd(evidence)
        people = replace(people, pace=np.zeros_like(people.pace))
        places = [0.5 - shown.index(i) / (len(items) - 1) for i in items]
        looked = efron(weights_of(people, items, places), ranks, partial)
        last = ranks.count(max(ranks)) if partial else 1
        uniform = math.factorial(last) / math.factorial(len(items))
        lapse = people.lapse[0]
        expected = (1 - lapse) * looked + lapse * uniform
        assert likelihood(evidence, people) == pytest.approx(expected, rel=1e-12)


def test_each_choice_of_an_order_has_its_own_pace() -> None:
    evidence = compiled([order([0, 1, 2], [0, 1, 2])])
    people = replace(certain(evidence), pace=np.array([0.0, 0.7]))
    first = np.exp(UTILITIES[:3])
    second = np.exp(math.exp(0.7) * UTILITIES[:3])
    expected = first[0] / first.sum() * second[1] / second[1:].sum()
    assert likelihood(evidence, people) == pytest.approx(expected)


def test_a_partial_order_is_the_sum_of_the_orders_that_continue_it() -> None:
    for ranks in ([0, 1, 2, 2], [0, 1, 1, 1], [2, 0, 2, 1], [0, 1, 1]):
        items = list(range(len(ranks)))
        evidence = compiled([order(items, ranks, partial=True)])
        weights = [math.exp(u) for u in UTILITIES[: len(items)]]
        chosen = sorted((i for i in items if ranks[i] < max(ranks)), key=ranks.__getitem__)
        rest = [i for i in items if ranks[i] == max(ranks)]
        total = sum(luce(weights, [*chosen, *tail]) for tail in permutations(rest))
        assert likelihood(evidence, certain(evidence)) == pytest.approx(total)


def test_a_tie_of_options_that_are_close_is_near_the_mean_of_the_orders_it_hides() -> None:
    utilities = np.array([0.1, 0.0, -0.1, 1.0, 0.0, 0.0])
    evidence = compiled([order([0, 1, 2, 3], [1, 1, 1, 0])])
    weights = [math.exp(u) for u in utilities[:4]]
    mean = np.mean([luce(weights, [3, *tail]) for tail in permutations([0, 1, 2])])
    (found,) = np.exp(log_likelihood(evidence, utilities, certain(evidence)))
    # Efron's error is of second order in the differences: .1 squared.
    assert found == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize("levels", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("items", [[2], [0, 1]])
def test_every_level_is_a_difference_of_logistics_mixed_with_a_lapse(
    items: list[int], levels: int
) -> None:
    for level in range(levels):
        shown = (1, 0) if len(items) == 2 else ()
        evidence = compiled([grade(items, level, levels, shown=shown)])
        people = odd(evidence)
        slope = people.sensitivity[0] / people.temperature[1]
        if len(items) == 1:
            at = slope * UTILITIES[2] - people.severity[0]
        else:
            # The second was shown first.
            at = slope * (UTILITIES[0] - UTILITIES[1]) - people.position[0]
        edges = people.own_thresholds(0)[0]
        below = [0.0, *(1 / (1 + math.exp(at - edge)) for edge in edges), 1.0]
        lapse = people.lapse[0]
        expected = (1 - lapse) * (below[level + 1] - below[level]) + lapse / levels
        assert likelihood(evidence, people) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "judgement",
    [
        order([0, 1, 2, 3], [1, 0, 0, 2], shown=(3, 1, 0, 2)),
        order([0, 1, 2, 3], [0, 0, 1, 1]),
        order([0, 1, 2, 3], [0, 1, 2, 2], partial=True),
        order([4, 5, 1], [1, 0, 1], shown=(2, 1, 0), partial=True),
        grade([0, 1], 0, 3, shown=(1, 0)),
        grade([3], 8, 9),
    ],
)
def test_gradients_of_single_answers_are_those_of_finite_differences(judgement: Judgement) -> None:
    evidence = compiled([judgement])
    people = odd(evidence)

    def by_utilities(utilities: Doubles) -> float:
        return float(log_likelihood(evidence, utilities, people).sum())

    def by_sensitivity(values: Doubles) -> float:
        return float(log_likelihood(evidence, UTILITIES, replace(people, sensitivity=values)).sum())

    _, found, by = gradients(evidence, UTILITIES, people)
    assert found == pytest.approx(numeric(by_utilities, UTILITIES), abs=1e-7)
    expected = numeric(by_sensitivity, people.sensitivity)
    assert by.sensitivity == pytest.approx(expected, abs=1e-7)


ALPHA = 0.05  # choix takes alpha |u|^2 off the log-likelihood: a normal prior of variance 10


def test_our_gradient_vanishes_at_choix_s_bradley_terry() -> None:
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.choice(6, 2, replace=False).tolist()) for _ in range(200)]
    optimum = choix.opt_pairwise(6, pairs, alpha=ALPHA, method="BFGS", tol=1e-9)
    evidence = compiled([order(list(pair), [0, 1]) for pair in pairs])
    value, slope = utility_gradient(evidence, optimum[None], certain(evidence))
    assert slope[0] == pytest.approx(2 * ALPHA * optimum, abs=1e-4)
    assert value[0] == pytest.approx(choix.log_likelihood_pairwise(pairs, optimum))


def test_our_gradient_vanishes_at_choix_s_plackett_luce() -> None:
    rng = np.random.default_rng(1)
    rankings = [rng.permutation(6)[:4].tolist() for _ in range(100)]
    optimum = choix.opt_rankings(6, rankings, alpha=ALPHA, method="BFGS", tol=1e-9)
    evidence = compiled([order(ranking, [0, 1, 2, 3]) for ranking in rankings])
    value, slope = utility_gradient(evidence, optimum[None], certain(evidence))
    assert slope[0] == pytest.approx(2 * ALPHA * optimum, abs=1e-4)
    assert value[0] == pytest.approx(choix.log_likelihood_rankings(rankings, optimum))


def test_a_pooled_fit_of_many_rankings_is_as_likely_as_choix_s() -> None:
    rng = np.random.default_rng(2)
    truth = np.array([0.8, 0.4, 0.0, 0.0, -0.4, -0.8])
    rankings = [np.argsort(-(truth + rng.gumbel(size=6))).tolist() for _ in range(600)]
    best = choix.opt_rankings(6, rankings)
    found = fit_items(compiled([order(r, list(range(6))) for r in rankings]), pooled=True)
    # A pooled crowd lapses now and then, so its utilities are a little wider: the same but for
    # a factor.
    factor = float(found.utilities @ best) / float(found.utilities @ found.utilities)
    ours = choix.log_likelihood_rankings(rankings, factor * found.utilities)
    theirs = choix.log_likelihood_rankings(rankings, best)
    assert 0 <= theirs - ours < 1.0  # nats, of 600 rankings


def fitted(evidence: Evidence) -> Doubles:
    return fit_items(evidence).utilities


def test_the_order_of_rows_changes_no_fit() -> None:
    evidence = mixed()
    turned = evidence.take(np.arange(evidence.count)[::-1])
    assert fitted(turned) == pytest.approx(fitted(evidence), abs=2e-2)


def test_items_that_nobody_judged_change_no_likelihood_and_stay_at_the_mean() -> None:
    evidence = compiled([order([0, 1], [0, 1]), grade([1, 2], 0)] * 20, 3)
    fit = fit_items(evidence, n_items=9)
    assert np.ptp(fit.utilities[3:]) == pytest.approx(0, abs=1e-9)
    assert fit.utilities[0] > fit.utilities[3] > fit.utilities[1]
    assert "6 of 9 items were never judged" in fit.warnings[0]
