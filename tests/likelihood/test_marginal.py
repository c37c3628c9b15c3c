from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import Evidence
from assent.likelihood.items import fit_items
from assent.likelihood.marginal import Search, applies, begin, nodes
from assent.likelihood.packing import Packing
from assent.likelihood.people import typical
from assent.likelihood.priors import USUAL
from assent.records import Judgement
from tests.likelihood.crowd import compiled, grade, mixed
from tests.likelihood.test_joint import numeric

NAMES = ("a", "b", "c")


def rated(items: int = 12, count: int = 60, seed: int = 0) -> Evidence:
    rng = np.random.default_rng(seed)
    judgements: list[Judgement] = [
        grade([n % items], int(rng.integers(5)), 5, NAMES[n % 3], scale="rating")
        for n in range(count)
    ]
    return compiled(judgements, items, NAMES)


def test_only_grades_of_single_items_are_integrated() -> None:
    assert applies(rated())
    assert not applies(mixed())


def test_the_nodes_integrate_a_normal_density_and_half_of_one() -> None:
    around = nodes(np.array([0.3]), np.array([0.5]), 15)
    likelihood = norm.logpdf(around.at, 0.4, 0.55)
    found = np.exp(likelihood + around.log_weight).sum()
    assert found == pytest.approx(norm.pdf(0.4, 0, np.sqrt(1 + 0.55**2)), rel=1e-4)
    around = nodes(np.array([1.0]), np.array([0.8]), 15)
    found = (expit(3 * around.at) * np.exp(around.log_weight)).sum()
    assert found == pytest.approx(0.5, abs=0.01)


def test_the_density_is_the_integral_over_each_item() -> None:
    evidence = compiled(
        [grade([0], 1, 2, "a", scale="approval"), grade([0], 0, 2, "b", scale="approval")],
        1,
        ("a", "b"),
    )
    people = typical(evidence)
    search = Search(Mapping(Effects(), evidence, 1), Packing(evidence), USUAL)
    found = search.best(begin(Mapping(Effects(), evidence, 1), people, 2.0), 1.0)
    eps, threshold = found.people.lapse, found.people.thresholds[0][0]
    beta, severity = found.people.sensitivity, found.people.severity

    def integrand(x: float) -> float:
        yes = expit(beta * found.spread * x - severity - threshold)
        return float(
            norm.pdf(x)
            * ((1 - eps[0]) * yes[0] + eps[0] / 2)
            * ((1 - eps[1]) * (1 - yes[1]) + eps[1] / 2)
        )

    assert np.exp(found.value) == pytest.approx(quad(integrand, -8, 8)[0], rel=1e-3)


def test_the_gradient_of_the_density_is_that_of_finite_differences() -> None:
    evidence = rated()
    effects = Effects(np.repeat([0, 1, 2], 4), np.arange(12.0)[:, None] ** 2)
    mapping = Mapping(effects, evidence, 12)
    packing = Packing(mapping.evidence)
    search = Search(mapping, packing, USUAL)
    around = nodes(np.zeros(mapping.evidence.items), np.ones(mapping.evidence.items), 15)
    rng = np.random.default_rng(1)
    vector = np.concatenate([[0.4], rng.normal(0, 0.3, 4), packing.pack(typical(evidence))])
    free = np.flatnonzero(~np.concatenate([np.zeros(5, bool), packing.fixed]))
    vector[free] += rng.normal(0, 0.05, len(free))

    def value(at: np.ndarray) -> float:
        return search._surprise(at, around)[0]

    found = search._surprise(vector, around)[1] / search._unit
    assert found[free] == pytest.approx(numeric(value, vector)[free], abs=1e-4)


def test_a_posterior_has_the_mean_and_the_deviation_of_its_integral() -> None:
    judgements = [
        grade([n % 10], n % 10 // 2 - (n // 10) % 2 * (n % 10 > 1), 5, NAMES[n % 3], scale="rating")
        for n in range(120)
    ]
    judgements.append(grade([10], 0, 5, "a", scale="rating"))
    fit = fit_items(compiled(judgements, 11, NAMES))
    first = fit.people.own_thresholds(0)[0, 0]
    beta, severity, lapse = (
        float(column[0])
        for column in (fit.people.sensitivity, fit.people.severity, fit.people.lapse)
    )

    def posterior(u: float, power: int) -> float:
        lowest = (1 - lapse) * expit(first - beta * u + severity) + lapse / 5
        return float(u**power * lowest * norm.pdf(u, 0, fit.priors.utility_sd))

    whole, once, twice = (quad(posterior, -30, 30, args=(power,))[0] for power in range(3))
    mean = once / whole
    assert fit.utilities[10] == pytest.approx(mean, rel=0.003)
    assert fit.errors[10] == pytest.approx(np.sqrt(twice / whole - mean**2), rel=0.003)
    assert fit.shape is not None
    assert fit.shape[1].sum(0) == pytest.approx(np.ones(11))


def test_the_order_of_answers_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    judgements = [
        grade([int(rng.integers(12))], int(rng.integers(5)), 5, NAMES[n % 3], scale="rating")
        for n in range(60)
    ]
    one = fit_items(compiled(judgements, 12, NAMES))
    other = fit_items(compiled(judgements[::-1], 12, NAMES))
    assert one.utilities == pytest.approx(other.utilities, abs=1e-2)


@pytest.mark.slow
def test_ratings_recover_severity_and_worth_with_intervals_that_cover() -> None:
    likeness, severe, worthy = [], [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        worth, severity = rng.normal(0, 1.5, 200), rng.normal(0, 1, 20)
        judgements = []
        for n in range(3000):
            i, k = int(rng.integers(200)), n % 20
            seen = worth[i] - severity[k] + rng.logistic()
            level = int((seen > np.array([-2.0, -0.6, 0.6, 2.0])).sum())
            judgements.append(grade([i], level, 5, f"k{k}", scale="rating"))
        fit = fit_items(compiled(judgements, 200, tuple(f"k{k}" for k in range(20))))
        truth = severity - severity.mean()
        likeness.append(np.corrcoef(fit.people.severity, truth)[0, 1])
        severe.append(np.abs(fit.people.severity - truth) < 1.96 * fit.people_errors.severity)
        worthy.append(np.abs(fit.utilities - worth) < 1.96 * fit.errors)
    assert np.mean(likeness) > 0.95
    assert 0.9 < np.mean(severe) <= 0.99
    assert 0.9 < np.mean(worthy) <= 0.98
