from __future__ import annotations

import numpy as np
import pytest

from assent.errors import RecordError
from assent.likelihood.effects import Effects
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import curvature, utility_gradient
from assent.likelihood.people import typical
from assent.reward.posterior import Latent, _choose, fit_linear
from tests.likelihood.crowd import compared, compiled, grade, mixed, order
from tests.likelihood.test_joint import UTILITIES, certain, numeric


def world(count: int, seed: int = 0) -> tuple[Doubles, Doubles]:
    """Items of 40 features whose spread falls, and a linear truth about them."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 40)) / np.arange(1, 41)
    utilities = features @ rng.normal(size=40)
    return features @ np.linalg.qr(rng.normal(size=(40, 40)))[0], utilities / utilities.std()


def likeness(sensitivity: list[float], answers: int, pooled: bool = False) -> float:
    """Correlation of the posterior's mean with the truth on items that nobody judged."""
    features, utilities = world(600)
    rng = np.random.default_rng(3)
    evidence = compared(utilities[:200], sensitivity, answers, rng)
    fit = fit_linear(features[:200], evidence, rng, pooled=pooled)
    guess = fit.samples(features[200:], 5, rng).mean(0)
    return float(np.corrcoef(guess, utilities[200:])[0, 1])


def test_curvature_is_minus_the_second_derivative_without_lapses() -> None:
    evidence = compiled([order([0, 1, 2], [0, 1, 1]), grade([3, 4], 3), grade([5], 2, 4)])
    people = certain(evidence)
    found = curvature(evidence, UTILITIES, people).toarray()
    for item in range(6):

        def slope(utilities: Doubles, item: int = item) -> float:
            return float(utility_gradient(evidence, utilities[None], people)[1][0, item])

        assert found[item] == pytest.approx(-numeric(slope, UTILITIES), abs=1e-6)


def test_a_few_answers_about_many_features_give_the_reward() -> None:
    assert likeness([3.0, 3.0], 100) > 0.9


def test_careless_and_inverted_people_are_seen_through() -> None:
    crowd = [3.0, 3.0, 3.0, 0.2, -3.0]
    assert likeness(crowd, 200) > max(0.9, likeness(crowd, 200, pooled=True))


def test_draws_have_the_mean_of_the_posterior_and_the_spread_of_its_covariance() -> None:
    features, utilities = world(100)
    evidence = compared(utilities, [2.0], 150, np.random.default_rng(0))
    fit = fit_linear(features, evidence, np.random.default_rng(0))
    drawn = fit.weights(4000, np.random.default_rng(1))
    assert drawn.mean(0) == pytest.approx(fit.mean)
    width, _ = fit.space.prior(fit.prior.scale, fit.prior.shape)
    into = fit.space.judged * width / fit.space.deviation[:, None]
    design = fit.latent.design(fit.prior)
    curved = curvature(evidence, design.seen(fit.mode.numbers), fit.people)
    information = design.dense.T @ (curved @ design.dense) + np.eye(40)
    covariance = np.diag(into @ np.linalg.inv(information) @ into.T)
    assert drawn.var(0) == pytest.approx(covariance, rel=0.15)


def test_directions_in_which_nothing_was_judged_keep_the_spread_of_the_prior() -> None:
    features, utilities = world(100)
    features = np.hstack([features, np.zeros((100, 1))])
    evidence = compared(utilities, [2.0], 150, np.random.default_rng(0))
    fit = fit_linear(features, evidence, np.random.default_rng(0))
    drawn = fit.weights(4000, np.random.default_rng(1))[:, -1]
    assert drawn.std() == pytest.approx(fit.loose, rel=0.1)


def test_the_evidence_is_the_integral_of_the_answers_over_the_weights() -> None:
    features = np.linspace(-1, 1, 6)[:, None]
    evidence = mixed(12)
    people = typical(evidence)
    latent = Latent(features, evidence, Effects(), False)
    prior, found = _choose(latent, people)
    grid = np.linspace(-8, 8, 4001)
    utilities = grid[:, None] * latent.design(prior).dense[:, 0]
    value = utility_gradient(evidence, utilities, people)[0] - grid**2 / 2
    whole = np.log(np.exp(value).sum() * (grid[1] - grid[0]) / np.sqrt(2 * np.pi))
    assert found.evidence == pytest.approx(whole, abs=0.05)


def test_rows_and_scale_of_features_change_nothing() -> None:
    features, utilities = world(60)
    evidence = compared(utilities, [2.0, 1.0], 120, np.random.default_rng(0))
    one = fit_linear(features, evidence, np.random.default_rng(0))
    other = fit_linear(features * 7 + 3, evidence, np.random.default_rng(0))
    again = other.samples(features * 7 + 3, 1, np.random.default_rng(0))
    assert again == pytest.approx(one.samples(features, 1, np.random.default_rng(0)), abs=1e-6)


@pytest.mark.parametrize(
    "evidence",
    [
        compiled([grade([0, 1], 4)]),
        compiled([grade([0, 1], 2)] * 30),
        compiled([grade([0, 1], 4), grade([0, 1], 0)] * 20),
        compiled([order([i % 3, 3 + i % 3], [0, 1]) for i in range(40)]),
        compiled([grade([i % 6], 1, 2) for i in range(30)]),
        mixed(),
    ],
    ids=["one", "ties", "contradictory", "separable", "all approved", "mixed"],
)
def test_whatever_people_say_the_posterior_is_finite(evidence: Evidence) -> None:
    fit = fit_linear(world(6)[0], evidence, np.random.default_rng(0))
    assert np.isfinite(fit.samples(world(20)[0], 3, np.random.default_rng(0))).all()


def test_constant_features_say_nothing() -> None:
    fit = fit_linear(np.ones((6, 3)), mixed(), np.random.default_rng(0))
    assert np.isfinite(fit.samples(np.ones((6, 3)), 3, np.random.default_rng(0))).all()


def test_no_answer_and_no_number_are_errors() -> None:
    with pytest.raises(RecordError, match="no answer"):
        fit_linear(np.ones((6, 3)), compiled([]), np.random.default_rng(0))
    with pytest.raises(RecordError, match="finite"):
        fit_linear(np.full((6, 3), np.nan), mixed(), np.random.default_rng(0))


def liking(covariate: float, count: int = 300) -> tuple[Doubles, Doubles, Doubles, Evidence]:
    """Features, truth, a covariate that the crowd likes, and its answers."""
    features, utilities = world(150)
    z = np.random.default_rng(5).normal(size=150)
    seen = utilities + covariate * z
    return features, utilities, z, compared(seen, [2.0, 2.0], count, np.random.default_rng(0))


def test_what_a_crowd_likes_of_length_stays_out_of_the_reward() -> None:
    features, truth, z, evidence = liking(1.5)
    rng = np.random.default_rng(0)
    fit = fit_linear(features, evidence, rng, beside=Effects(nuisance=z))
    without = fit_linear(features, evidence, rng)
    reward = [f.samples(features, 1, rng)[0] for f in (fit, without)]
    assert np.corrcoef(reward[0], truth)[0, 1] > max(0.9, np.corrcoef(reward[1], truth)[0, 1])
    assert abs(np.corrcoef(reward[0], z)[0, 1]) < 0.3
    scale = np.polyfit(truth, reward[0], 1)[0]
    assert fit.nuisance[0] / scale == pytest.approx(1.5 * z.std(), rel=0.25)
    assert fit.nuisance[0] > 5 * fit.nuisance_errors[0]


def test_a_covariate_that_moves_nobody_has_no_effect() -> None:
    features, _, z, evidence = liking(0.0)
    fit = fit_linear(features, evidence, np.random.default_rng(0), beside=Effects(nuisance=z))
    assert abs(fit.nuisance[0]) < 3 * fit.nuisance_errors[0]


def test_the_unit_of_a_covariate_changes_nothing() -> None:
    features, _, z, evidence = liking(1.0, 100)
    one, other = (
        fit_linear(features, evidence, np.random.default_rng(0), beside=Effects(nuisance=c))
        for c in (z, 9 * z - 4)
    )
    assert other.nuisance == pytest.approx(one.nuisance, abs=1e-6)
    assert other.mean == pytest.approx(one.mean, abs=1e-6)


def test_an_easy_prompt_is_told_from_a_good_answer() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    ease = 3.0 * rng.normal(size=40)
    features = rng.normal(size=(200, 30))
    truth = features[:, 0]
    said = [
        grade([i], int(2 * truth[i] + ease[groups[i]] + rng.logistic() > 0), 2, scale="approval")
        for i in range(200)
    ]
    evidence = compiled(said, 200)
    with_ease, without = (
        fit_linear(features, evidence, np.random.default_rng(0), beside=beside)
        for beside in (Effects(groups=groups), Effects())
    )
    found = with_ease.draws(50, np.random.default_rng(0)).offsets.mean(0)
    assert with_ease.prior.offset >= 2.0
    assert np.corrcoef(found, ease)[0, 1] > 0.8
    likeness = [
        np.corrcoef(f.samples(features, 1, rng)[0], truth)[0, 1] for f in (with_ease, without)
    ]
    assert likeness[0] > likeness[1]


def test_an_item_that_is_judged_often_may_differ_from_what_its_features_say() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(12, 2))
    truth = features[:, 0] + 2 * rng.normal(size=12)
    evidence = compared(truth, [2.0], 600, rng)
    fit = fit_linear(features, evidence, np.random.default_rng(0), beside=Effects())
    drawn = fit.draws(100, np.random.default_rng(0))
    worth = (drawn.weights @ (features - fit.centre).T + drawn.own).mean(0)
    assert fit.prior.own > 0
    assert np.corrcoef(worth, truth)[0, 1] > 0.97
    assert np.corrcoef(fit.samples(features, 1, rng)[0], truth)[0, 1] < 0.9
