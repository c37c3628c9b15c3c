from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from assent.algorithms.imitate import METRICS, Imitated, imitate
from assent.errors import RecordError
from assent.models.batch import Batch
from assent.options import ImitateOptions
from tests.algorithms.worlds import TokenPolicy, bandit, dialogues, pulls


def shown_tokens(rows: int = 40) -> Batch:
    """Dialogues of a speaker who has habits of its own."""
    speaker = TokenPolicy(3)
    with torch.no_grad():
        next(speaker.net["head"].parameters()).mul_(3)
    return Batch.from_trajectories(dialogues(speaker, rows, np.random.default_rng(0)))


def learn(
    policy: TokenPolicy, shown: Batch, seed: int = 0, **options: float
) -> tuple[Imitated, list[tuple[int, int, str]]]:
    told: list[tuple[int, int, str]] = []
    settings = ImitateOptions.model_validate(
        {"batch_size": 8, "learning_rate": 0.05, "held_out": 0.2} | options
    )
    learnt = imitate(
        policy, shown, settings, np.random.default_rng(seed), lambda *news: told.append(news)
    )
    return learnt, told


def test_the_demonstrated_tokens_become_likelier() -> None:
    policy, shown = TokenPolicy(0), shown_tokens()

    learnt, _ = learn(policy, shown, epochs=10)

    first, last = learnt.curve[0], learnt.metrics
    assert last["imitate/held_out_nats"] < first["imitate/held_out_nats"] - 0.05


def test_every_metric_is_explained_and_every_explained_metric_is_given() -> None:
    learnt, _ = learn(TokenPolicy(0), shown_tokens(), epochs=2)

    assert sorted(learnt.metrics) == sorted(METRICS)
    assert all(math.isfinite(value) for value in learnt.metrics.values())


def test_the_weights_that_are_kept_have_the_lowest_held_out_loss() -> None:
    # A learning rate at which learning comes apart.
    policy, after_each_step = TokenPolicy(0), []
    options = ImitateOptions(epochs=8, batch_size=8, learning_rate=3.0, held_out=0.2)

    learnt = imitate(
        policy,
        shown_tokens(),
        options,
        np.random.default_rng(0),
        lambda *_: after_each_step.append(policy.state()),
    )

    held_out = [epoch["imitate/held_out_nats"] for epoch in learnt.curve]
    assert learnt.metrics["imitate/held_out_nats"] == min(held_out)
    assert learnt.metrics["imitate/epoch"] == 1 + int(np.argmin(held_out))
    assert held_out[-1] > min(held_out)
    best = 4 * int(learnt.metrics["imitate/epoch"])  # four minibatches an epoch
    assert policy.state() == after_each_step[best - 1]


def test_learning_stops_when_held_out_demonstrations_do_not_get_likelier() -> None:
    learnt, _ = learn(TokenPolicy(0), shown_tokens(), epochs=200, learning_rate=3.0)

    assert len(learnt.curve) == learnt.metrics["imitate/epoch"] + 3


def test_nothing_is_learnt_from_what_the_policy_did_not_choose() -> None:
    shown = shown_tokens()
    policy, other = TokenPolicy(0), TokenPolicy(0)
    altered = shown.actions.clone()
    altered[~shown.mask] = 0

    learn(policy, shown, epochs=2)
    learn(other, Batch(**{**_columns(shown), "actions": altered}), epochs=2)

    assert other.state() == policy.state()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    def weights(seed: int) -> bytes:
        policy = TokenPolicy(0)
        learn(policy, shown_tokens(), seed, epochs=2)
        return policy.state()[0]

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_four_demonstrations_are_all_learnt_from() -> None:
    learnt, _ = learn(TokenPolicy(0), shown_tokens(4), epochs=2)

    assert learnt.metrics["imitate/held_out_rows"] == 0
    assert learnt.metrics["imitate/epoch"] == 2
    assert "imitate/held_out_nats" not in learnt.metrics


def test_the_learning_rate_falls_on_a_cosine_to_a_tenth() -> None:
    learnt, _ = learn(TokenPolicy(0), shown_tokens(), epochs=3, held_out=0.0, batch_size=40)

    # One step an epoch: start, half way, end.
    rates = [epoch["imitate/learning_rate"] for epoch in learnt.curve]
    assert rates == pytest.approx([0.05, 0.05 * 0.55, 0.005])


def test_progress_counts_the_minibatches() -> None:
    _, told = learn(TokenPolicy(0), shown_tokens(), epochs=2)

    # 32 of 40 rows are learnt from, 8 at a time.
    assert [news[:2] for news in told] == [(step, 8) for step in range(1, 9)]


def test_demonstrated_actions_become_likelier_in_control() -> None:
    torch.manual_seed(0)
    policy = bandit()
    rng = np.random.default_rng(0)
    shown = Batch.from_trajectories(pulls(policy, 20, 10, rng))
    signs = (shown.observations[:, :-1, 0] > 0).long()
    shown = Batch(**{**_columns(shown), "actions": signs})

    learnt = imitate(policy, shown, ImitateOptions(epochs=30, learning_rate=0.02), rng)

    # ln 2 by chance.
    assert learnt.metrics["imitate/held_out_nats"] < 0.2


def test_demonstrations_without_a_choice_are_an_error() -> None:
    shown = shown_tokens()
    nothing = Batch(**{**_columns(shown), "mask": torch.zeros_like(shown.mask)})

    with pytest.raises(RecordError, match="empty mask"):
        learn(TokenPolicy(0), nothing)


def _columns(batch: Batch) -> dict[str, torch.Tensor]:
    return {name: getattr(batch, name) for name in Batch.__dataclass_fields__}
