from __future__ import annotations

import numpy as np
import pytest
import torch

from assent.errors import CheckpointError, RecordError
from assent.likelihood.evidence import Doubles, Evidence
from assent.options import RewardOptions
from assent.records import Judgement
from assent.reward.described import Described
from assent.reward.fit import FittedReward, fit
from assent.reward.learning import divide
from tests.likelihood.crowd import compared, compiled, grade, mixed, order

QUICK = RewardOptions(members=3, hidden=(16,), max_epochs=40, patience_epochs=15)
LINEAR = RewardOptions(heads="linear", members=3)
BOTH = pytest.mark.parametrize("options", [QUICK, LINEAR], ids=["network", "linear"])


def world(count: int, steps: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, Doubles]:
    """Clips of two features whose reward is minus their squared length; utilities standardised."""
    features = np.random.default_rng(seed).normal(size=(count, 1, 2))
    features = features + 0.3 * np.random.default_rng(seed + 1).normal(size=(count, steps, 2))
    utilities = -(features**2).sum((1, 2))
    utilities = (utilities - utilities.mean()) / utilities.std()
    mask = torch.ones((count, steps), dtype=torch.bool)
    return torch.from_numpy(features).float(), mask, utilities


def learnt(evidence: Evidence, options: RewardOptions = QUICK, seed: int = 0) -> FittedReward:
    features, mask, _ = world(evidence.items, 4, 0)
    return fit(Described(features, mask), evidence, options, np.random.default_rng(seed))


def example(count: int = 60) -> Evidence:
    _, _, utilities = world(30, 4, 0)
    return compared(utilities, [3.0, 3.0], count, np.random.default_rng(5))


@BOTH
def test_scores_have_the_unit_of_the_trajectories_they_were_standardised_on(
    options: RewardOptions,
) -> None:
    features, mask, _ = world(50, 7, 9)
    mask[0, 3:] = False
    fitted = learnt(example(), options).standardise(features, mask)
    scores = fitted.score(features, mask)
    assert scores.shape == (3, 50, 7)
    assert scores[:, mask].mean(1).abs().max() < 1e-5
    assert float(scores.mean(0)[mask].std(unbiased=False)) == pytest.approx(1, abs=1e-4)
    assert scores[:, 0, 3:].abs().max() == 0


@BOTH
def test_a_reward_comes_back_from_its_state(options: RewardOptions) -> None:
    features, mask, _ = world(10, 4, 9)
    fitted = learnt(example(), options).standardise(features, mask)
    back = FittedReward.load(*fitted.state())
    assert torch.equal(back.score(features, mask), fitted.score(features, mask))
    assert torch.equal(back.samples(features, mask), fitted.samples(features, mask))
    assert back.people.thresholds[0].tolist() == fitted.people.thresholds[0].tolist()
    assert back.metrics == fitted.metrics


@pytest.mark.parametrize("key", ["annotators", "mean", "metrics"])
def test_damaged_details_say_so(key: str) -> None:
    weights, details = learnt(example()).state()
    with pytest.raises(CheckpointError, match="damaged"):
        FittedReward.load(weights, {**details, key: 3})


@BOTH
def test_the_same_random_numbers_give_the_same_reward(options: RewardOptions) -> None:
    one, other = learnt(example(), options), learnt(example(), options)
    assert one.state()[0] == other.state()[0]
    assert one.metrics == other.metrics


def test_questions_are_held_out_whole_and_learning_never_sees_them() -> None:
    evidence = compiled([grade([i % 5, 5], i % 5) for i in range(40)])
    split = divide(evidence, RewardOptions(held_out=0.4), np.random.default_rng(0))
    held, kept = evidence.question[split.held_out], evidence.question[split.train]
    assert len(split.held_out) == 16
    assert not set(held.tolist()) & set(kept.tolist())


def test_every_answer_that_is_learnt_is_hidden_from_one_member() -> None:
    split = divide(example(), RewardOptions(members=4), np.random.default_rng(0))
    assert set(split.hidden.tolist()) == {0, 1, 2, 3}


@BOTH
@pytest.mark.parametrize(
    "judgements",
    [
        [grade([0, 1], 4)],
        [grade([0, 1], 2)] * 30,
        [grade([i % 5, 5], 2) for i in range(30)],
        [order([0, 1], [0, 0])] * 12,
        [grade([0, 1], 4), grade([0, 1], 0)] * 20,
        [grade([i % 5, 5], 4, shown=(0, 1)) for i in range(40)],
        [order([i % 3, 3 + i % 3], [0, 1]) for i in range(40)],
        [grade([i % 6], 1, 2) for i in range(30)],
    ],
    ids=[
        "one",
        "one tie",
        "ties",
        "tied",
        "contradictory",
        "one side",
        "separable",
        "all approved",
    ],
)
def test_whatever_people_say_the_reward_is_finite_and_warns(
    judgements: list[Judgement], options: RewardOptions
) -> None:
    features, mask, _ = world(6, 4, 0)
    fitted = learnt(compiled(judgements), options).standardise(features, mask)
    assert torch.isfinite(fitted.score(features, mask)).all()
    assert np.isfinite(list(fitted.metrics.values())).all()
    assert fitted.warnings


def test_every_kind_of_answer_teaches_together() -> None:
    fitted = learnt(mixed())
    assert np.isfinite(list(fitted.metrics.values())).all()


def test_batches_of_judgements_learn_as_well() -> None:
    options = QUICK.model_copy(update={"batch_size": 16})
    fitted = learnt(example(200), options)
    assert fitted.metrics["reward/train_agreement"] > 0.7


def test_one_member_alone_learns_as_well() -> None:
    fitted = learnt(example(200), QUICK.model_copy(update={"members": 1}))
    assert fitted.metrics["reward/train_agreement"] > 0.7


def test_a_linear_head_adds_up_over_the_steps_of_a_clip() -> None:
    features, mask, _ = world(60, 4, 0)
    truth = features.sum((1, 2)).numpy()
    evidence = compared(truth / truth.std(), [3.0], 150, np.random.default_rng(0))
    fitted = fit(Described(features, mask), evidence, LINEAR, np.random.default_rng(0))
    guess = fitted.samples(features, mask).mean(0).numpy()
    assert np.corrcoef(guess, truth)[0, 1] > 0.95


def test_a_damaged_linear_head_says_so() -> None:
    weights, details = learnt(example(), LINEAR).state()
    with pytest.raises(CheckpointError, match="damaged"):
        FittedReward.load(weights[:-9], details)
    with pytest.raises(CheckpointError, match="another shape"):
        FittedReward.load(weights, {**details, "members": 4})


def test_progress_is_told() -> None:
    told: list[int] = []
    features, mask, _ = world(30, 4, 0)
    rng = np.random.default_rng(0)
    fit(
        Described(features, mask),
        example(),
        QUICK,
        rng,
        lambda done, total, text: told.append(done),
    )
    assert told == list(range(1, len(told) + 1))


def test_no_answer_is_an_error() -> None:
    with pytest.raises(RecordError, match="no answer"):
        learnt(compiled([]))


def test_a_feature_that_is_no_number_is_an_error() -> None:
    features, mask, _ = world(30, 4, 0)
    features[2, 1, 0] = torch.nan
    with pytest.raises(RecordError, match="NaN"):
        fit(Described(features, mask), example(), QUICK, np.random.default_rng(0))


def test_a_judged_segment_without_steps_is_an_error() -> None:
    features, mask, _ = world(30, 4, 0)
    mask[:] = False
    with pytest.raises(RecordError, match="no valid step"):
        fit(Described(features, mask), example(), QUICK, np.random.default_rng(0))


@pytest.mark.slow
def test_a_crowd_with_careless_and_inverted_people_teaches_more_than_it_does_pooled() -> None:
    crowd = [3.0, 3.0, 3.0, 3.0, 0.3, 0.3, -3.0, -3.0]
    fresh, whole, truth = world(300, 4, 100)
    first, second = np.random.default_rng(1).integers(0, 300, (2, 3000))
    apart = truth[first] != truth[second]
    found: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(4):
        features, mask, utilities = world(200, 4, seed)
        evidence = compared(utilities, crowd, 150, np.random.default_rng(seed))
        for known, accuracies in found.items():
            options = RewardOptions(annotators=known)
            reward = fit(Described(features, mask), evidence, options, np.random.default_rng(seed))
            guess = reward.samples(fresh, whole).mean(0).numpy()
            right = (guess[first] > guess[second]) == (truth[first] > truth[second])
            accuracies.append(float(right[apart].mean()))
    assert np.mean(found[True]) > 0.85
    assert np.mean(found[True]) > np.mean(found[False]) + 0.03
