from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, log_expit
from scipy.stats import norm

from assent.likelihood.cavities import Guess
from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.items import fit_items
from assent.likelihood.joint import log_likelihood
from assent.likelihood.people import People, typical
from assent.likelihood.prediction import predict_items
from assent.likelihood.priors import USUAL
from assent.likelihood.propagation import Posterior, Search, applies
from assent.records import Judgement
from tests.likelihood.crowd import compiled, grade, order
from tests.likelihood.test_joint import numeric, odd

NONE = np.zeros(0)


def guessed(people: People, spread: float, linear: Doubles = NONE) -> Guess:
    return Guess(people, USUAL, spread, linear)


def settled(evidence: Evidence, items: int, spread: float) -> Posterior:
    posterior = Posterior(Mapping(Effects(), evidence, items))
    for _ in range(5):
        posterior.settle(guessed(typical(evidence), spread))
    return posterior


@dataclass(frozen=True)
class Whole:
    """The joint posterior of two items on a fine grid."""

    value: float
    mean: Doubles
    covariance: Doubles


def integrated(evidence: Evidence, spread: float) -> Whole:
    side = np.linspace(-8, 8, 801)
    both = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
    logs = log_likelihood(evidence, spread * both, typical(evidence)).sum(1)
    density = np.exp(logs + norm.logpdf(both).sum(1))
    total = density.sum()
    mean = density @ both / total
    covariance = (density[:, None] * (both - mean)).T @ (both - mean) / total
    return Whole(float(np.log(total * (side[1] - side[0]) ** 2)), mean, covariance)


def test_one_answer_gives_the_moments_of_its_integral() -> None:
    evidence = compiled([grade([0, 1], 4, 5)], 2)
    people, spread = typical(evidence), 2.0
    posterior, exact = settled(evidence, 2, spread), integrated(evidence, spread)
    (factors,) = posterior.factors
    told = factors.told(factors.at(), guessed(people, spread))
    assert told.value[0] == pytest.approx(exact.value, abs=1e-4)
    assert posterior.mean == pytest.approx(exact.mean, abs=1e-3)
    covariance = np.linalg.inv(posterior.joint.precision.reshape(2, 2))
    assert covariance == pytest.approx(exact.covariance, abs=5e-3)


def test_answers_by_several_people_give_nearly_the_moments_of_theirs() -> None:
    said = [
        order([0, 1], [0, 1], "a"),
        grade([0, 1], 3, 5, "b", (1, 0)),
        order([0, 1], [1, 0], "c"),
        grade([1], 2, 4, "a", scale="rating"),
    ]
    evidence = compiled(said, 2, ("a", "b", "c"))
    posterior, exact = settled(evidence, 2, 1.5), integrated(evidence, 1.5)
    assert posterior.mean == pytest.approx(exact.mean, abs=0.005)
    covariance = np.linalg.inv(posterior.joint.precision.reshape(2, 2))
    assert covariance == pytest.approx(exact.covariance, abs=0.02)


def test_a_ranking_of_three_has_the_probability_of_its_integral() -> None:
    evidence = compiled([order([0, 1, 2], [0, 1, 2])], 3)
    posterior = settled(evidence, 3, 2.0)
    (factors,) = posterior.factors
    told = factors.told(factors.at(), guessed(typical(evidence), 2.0))
    assert told.value[0] == pytest.approx(-np.log(6), abs=2e-3)
    assert posterior.mean[0] > posterior.mean[1] > posterior.mean[2]
    assert posterior.mean.sum() == pytest.approx(0, abs=1e-2)


def test_the_cavity_of_a_lone_answer_is_the_prior() -> None:
    evidence = compiled([grade([0], 3, 4, "a", scale="rating")], 1)
    people, spread = odd(evidence), 2.0
    posterior = Posterior(Mapping(Effects(), evidence, 1))
    for _ in range(5):
        posterior.settle(guessed(people, spread))
    (factors,) = posterior.factors
    found = float(factors.told(factors.at(), guessed(people, spread)).value[0])
    beta, severity, lapse = people.sensitivity[0], people.severity[0], people.lapse[0]
    last = people.own_thresholds(0)[0, -1]

    def integrand(x: float) -> float:
        at = beta * spread * x / people.temperature[1] - severity - last
        return float(norm.pdf(x) * ((1 - lapse) * expit(at) + lapse / 4))

    assert found == pytest.approx(np.log(quad(integrand, -8, 8)[0]), abs=2e-4)


def everything() -> tuple[Evidence, int]:
    """Pairs, ratings and rankings, each item judged few times."""
    rng, names = np.random.default_rng(4), ("a", "b", "c")
    said: list[Judgement] = []
    for pair in range(30):
        for who in names:
            said.append(grade([2 * pair, 2 * pair + 1], int(rng.integers(5)), 5, who))
    for item in range(20):
        said.append(grade([item], int(rng.integers(4)), 4, names[item % 3], scale="rating"))
    for start in range(0, 30, 3):
        said.append(order([start, start + 1, start + 2], rng.permutation(3).tolist()))
    return compiled(said, 60, names), 60


def test_the_gradient_is_that_of_finite_differences() -> None:
    evidence, items = everything()
    effects = Effects(np.arange(items) % 4, np.arange(float(items))[:, None] ** 2)
    mapping = Mapping(effects, evidence, items)
    assert applies(mapping)
    posterior = Posterior(mapping)
    guess = guessed(typical(evidence), 2.0, np.zeros(5))
    posterior.settle(guess)
    search = Search(mapping, USUAL, posterior)
    packing = search.packing
    rng = np.random.default_rng(1)
    vector = np.concatenate([[0.4], rng.normal(0, 0.3, 5), packing.pack(typical(evidence))])
    free = np.flatnonzero(~np.concatenate([np.zeros(6, bool), packing.fixed]))
    vector[free] += rng.normal(0, 0.05, len(free))

    def value(at: Doubles) -> float:
        return search.surprise(at / search.unit, guess)[0]

    found = search.surprise(vector / search.unit, guess)[1] / search.unit
    assert found[free] == pytest.approx(numeric(value, vector)[free], abs=1e-4)


def alone(seed: int, pairs: int = 600) -> list[Judgement]:
    """Each pair judged once, by one annotator."""
    rng = np.random.default_rng(seed)
    return [
        grade([2 * n, 2 * n + 1], 2 * int(rng.integers(2)), 3, "a", (0, 1)) for n in range(pairs)
    ]


def test_pairs_that_were_judged_once_teach_nothing_about_who_judged_them() -> None:
    said = alone(0)
    fit = fit_items(compiled(said, 1200))
    assert fit.people.sensitivity == pytest.approx([1.0])
    assert fit.people.lapse[0] < 0.05
    unseen = compiled([grade([1200 + i, 1201 + i], 2, 3) for i in (0, 2)], 1204)
    (part,) = predict_items(fit, unseen, np.random.default_rng(0))
    # Ties were never given; what is left is even.
    assert part.probability[:, 1].max() < 0.02
    assert part.probability[:, 2] == pytest.approx([0.5, 0.5], abs=0.1)


def test_utilities_of_pairs_are_as_good_as_when_the_people_are_known() -> None:
    rng, names = np.random.default_rng(7), tuple(f"k{n}" for n in range(6))
    apart, side = rng.normal(0, 3, 300), np.linspace(-15, 15, 601)
    said, logs = [], np.tile(norm.logpdf(side, 0, 3), (300, 1))
    for n in range(300):
        for k in rng.choice(6, 3, replace=False).tolist():
            first = bool(apart[n] + rng.logistic() > 0)
            said.append(grade([2 * n, 2 * n + 1], 2 * int(first), 3, names[k]))
            logs[n] += log_expit(side if first else -side)
    fit = fit_items(compiled(said, 600, names))
    density = np.exp(logs - logs.max(1, keepdims=True))
    best = density @ side / density.sum(1)
    found = np.corrcoef(fit.utilities[::2] - fit.utilities[1::2], apart)[0, 1]
    assert found > np.corrcoef(best, apart)[0, 1] - 0.01


def test_what_is_drawn_of_a_pair_hangs_together() -> None:
    said = [grade([0, 1], 4, 5, who) for who in "abc"] + [grade([2, 3], 2, 5, who) for who in "abc"]
    fit = fit_items(compiled(said, 4, ("a", "b", "c")))
    assert fit.joint is not None
    noise = np.random.default_rng(0).standard_normal((4000, 4))
    drawn = fit.joint.draws(noise)
    difference = (drawn[:, 2] - drawn[:, 3]).var()
    assert difference < 0.6 * (drawn[:, 2].var() + drawn[:, 3].var())
    assert np.corrcoef(drawn[:, 0], drawn[:, 2])[0, 1] == pytest.approx(0, abs=0.05)


def test_rows_and_options_in_another_order_change_nothing() -> None:
    evidence, items = everything()
    said = [
        grade([2 * n, 2 * n + 1], (3 * n + k) % 5, 5, "abc"[k]) for n in range(30) for k in range(3)
    ]
    turned = [
        grade([2 * n + 1, 2 * n], 4 - (3 * n + k) % 5, 5, "abc"[k])
        for n in range(30)
        for k in range(3)
    ]
    one = fit_items(compiled(said, items, ("a", "b", "c")))
    back = fit_items(compiled(said[::-1], items, ("a", "b", "c")))
    other = fit_items(compiled(turned, items, ("a", "b", "c")))
    assert one.utilities == pytest.approx(back.utilities, abs=2e-3)
    assert one.utilities == pytest.approx(other.utilities, abs=2e-3)
    assert evidence.count == 120


@pytest.mark.slow
def test_sensitivities_are_found_from_pairs_that_three_judged() -> None:
    likeness, covered, worthy = [], [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        sensitivity = np.exp(rng.normal(0, 0.5, 12))
        names = tuple(f"k{n}" for n in range(12))
        worth = rng.normal(0, 2, 1200)
        said = []
        for n in range(600):
            for k in rng.choice(12, 3, replace=False).tolist():
                away = sensitivity[k] * (worth[2 * n] - worth[2 * n + 1]) + rng.logistic()
                said.append(order([2 * n, 2 * n + 1], [0, 1] if away > 0 else [1, 0], names[k]))
        fit = fit_items(compiled(said, 1200, names))
        scale = np.exp(np.log(sensitivity).mean())
        likeness.append(np.corrcoef(fit.people.sensitivity, sensitivity)[0, 1])
        away = np.abs(fit.people.sensitivity - sensitivity / scale)
        covered.append(away < 1.96 * fit.people_errors.sensitivity)
        worthy.append(np.abs(fit.utilities - worth * scale) < 1.96 * fit.errors)
    assert np.mean(likeness) > 0.7
    assert np.mean(covered) > 0.85
    assert 0.9 < np.mean(worthy) < 0.99
