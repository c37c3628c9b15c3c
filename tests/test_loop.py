from __future__ import annotations

from dataclasses import replace

import pytest

from assent import config, loop
from assent.store.counts import Counts

CONFIG = config.parse(
    {
        "project": {"name": "p", "rounds": 2},
        "environment": {"world": "control", "id": "Pendulum-v1"},
        "ask": {"enough": 0.5},
    }
)
NEW = Counts(
    round=1,
    imitated=False,
    baseline_evaluated=False,
    rollout=False,
    ask=False,
    reward=False,
    improve=False,
    evaluate=False,
    questions=0,
    slots=0,
    answered=0,
    leased=0,
    answers=0,
)
BEGUN = replace(NEW, imitated=True, baseline_evaluated=True)
ASKED = replace(BEGUN, rollout=True, ask=True, questions=10, slots=10)


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        (NEW, "imitate"),
        (replace(NEW, imitated=True), "evaluate"),
        (BEGUN, "rollout"),
        (replace(BEGUN, rollout=True), "ask"),
        (ASKED, "wait"),
        (replace(ASKED, answered=4), "wait"),
        (replace(ASKED, answered=5), "reward"),
        (replace(ASKED, reward=True), "improve"),
        (replace(ASKED, reward=True, improve=True), "evaluate"),
        (replace(BEGUN, round=3), "done"),
    ],
)
def test_the_next_stage_follows_from_the_counts_alone(counts: Counts, word: str) -> None:
    assert loop.next_stage(counts, CONFIG).word == word


def test_a_reward_made_by_hand_ends_the_waiting() -> None:
    assert loop.next_stage(replace(ASKED, reward=True, answered=1), CONFIG).word == "improve"


def test_an_endless_loop_goes_on_after_the_last_round() -> None:
    over = replace(BEGUN, round=3)
    assert loop.next_stage(over, CONFIG, endless=True).word == "rollout"


def test_the_baseline_is_measured_in_round_nought() -> None:
    assert loop.next_stage(replace(NEW, imitated=True), CONFIG).round == 0


def test_the_loop_ends_where_waiting_is_refused() -> None:
    performed: list[str] = []
    states = iter([NEW, replace(NEW, imitated=True), ASKED])
    end = loop.run(
        lambda: next(states), CONFIG, lambda step: performed.append(step.word), lambda step: False
    )
    assert (performed, end.word) == (["imitate", "evaluate"], "wait")
