"""Trajectories, questions, checkpoints and the journal read back as written; on both databases."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assent.errors import CheckpointError, QueryError, RecordError, StoreError
from assent.store.store import Store
from tests.store.made import query, trajectory


def test_a_trajectory_reads_back_without_its_true_reward(store: Store) -> None:
    given = trajectory()
    store.trajectories.add([given])
    back = store.trajectories.get("t")
    assert back.environment_reward is None
    for name in ("observations", "actions", "logprobs", "mask", "states"):
        np.testing.assert_array_equal(getattr(back, name), getattr(given, name))
    plain = ("id", "terminated", "truncated", "group", "seed", "round", "checkpoint", "text")
    assert [getattr(back, name) for name in plain] == [getattr(given, name) for name in plain]


def test_the_true_reward_is_read_through_truth_alone(store: Store) -> None:
    store.trajectories.add([trajectory(), replace(trajectory("u"), environment_reward=None)])
    truth = store.trajectories.truth("t")
    assert truth is not None
    assert (truth.tolist(), store.trajectories.truth("u")) == ([0, 1, 2], None)


def test_what_was_acted_for_measuring_is_kept_apart(store: Store) -> None:
    store.trajectories.add([trajectory("a"), replace(trajectory("b"), round=2)])
    store.trajectories.add([trajectory("c")], purpose="evaluate")
    lists = (
        store.trajectories.list(),
        store.trajectories.list(round=1),
        store.trajectories.list(purpose="evaluate"),
    )
    assert lists == (["a", "b"], ["a"], ["c"])


def test_many_trajectories_come_in_the_order_asked_for(store: Store) -> None:
    store.trajectories.add([trajectory(name) for name in "abc"])
    assert [t.id for t in store.trajectories.many(["c", "a", "c"])] == ["c", "a", "c"]


def test_a_seed_of_any_size_is_kept(store: Store) -> None:
    store.trajectories.add([replace(trajectory(), seed=2**100)])
    assert store.trajectories.get("t").seed == 2**100


def test_an_unknown_trajectory_is_said(store: Store) -> None:
    with pytest.raises(RecordError, match="no trajectory 'x'"):
        store.trajectories.get("x")


def test_the_same_trajectory_twice_is_refused(store: Store) -> None:
    store.trajectories.add([trajectory()])
    with pytest.raises(RecordError, match="it is there already"):
        store.trajectories.add([trajectory()])


def test_a_question_reads_back(store: Store) -> None:
    given = query("q", answers_wanted=3, options={"levels": 5})
    store.questions.add([given], {})
    assert store.questions.get("q") == given


def test_questions_are_listed_by_round_and_kind(store: Store) -> None:
    first, second = query("a"), replace(query("b", round=2), kind="rating")
    store.questions.add([first, second], {})
    lists = (store.questions.list(), store.questions.list(round=2), store.questions.list(kind="x"))
    assert lists == ([first, second], [second], [])


def test_an_unknown_question_is_said(store: Store) -> None:
    with pytest.raises(QueryError, match="no question 'x'"):
        store.questions.get("x")


def test_a_scene_is_found_by_its_segment_and_never_changes(store: Store) -> None:
    first, other = (store.blobs.put_json({"type": "text", "reply": r}) for r in "ab")
    store.questions.add([query("q")], {"q-a:0:5": first})
    store.questions.add([query("r")], {"q-a:0:5": other})
    assert store.questions.scene("q-a:0:5") == {"type": "text", "reply": "a"}
    assert (store.questions.scene_hash("q-a:0:5"), store.questions.scene("x")) == (first, None)


def test_the_newest_checkpoint_of_a_role_is_found(store: Store) -> None:
    add = store.checkpoints.add
    baseline = add("policy", 0, b"w0", {"hidden": [4]}, {"loss": math.inf}, None)
    newest = add("policy", 1, b"w1", {}, {}, baseline.id)
    add("reward", 1, b"w2", {}, {}, None)
    assert store.checkpoints.latest("policy") == newest
    assert store.checkpoints.latest("policy", round=0) == baseline
    assert store.checkpoints.latest("critic") is None
    assert store.checkpoints.list("policy") == [baseline, newest]
    assert store.checkpoints.get(baseline.id) == baseline


def test_weights_read_back_or_are_said_to_be_damaged(store: Store) -> None:
    made = store.checkpoints.add("policy", 0, b"w0", {}, {}, None)
    assert store.checkpoints.weights(made) == b"w0"
    store.blobs.path(made.weights).write_bytes(b"w1")
    with pytest.raises(CheckpointError, match=r"policy, round 0.*damaged"):
        store.checkpoints.weights(made)


def test_the_journal_keeps_metrics_and_curves(store: Store) -> None:
    curve = [{"x/loss": 1.0}, {"x/loss": 0.5}]
    float32: Any = np.float32(2)  # what learning code hands over by mistake
    store.runs.finish("improve", 1, 10.0, 20.0, {"x/n": float32, "x/bad": math.nan}, {})
    store.runs.finish("improve", 2, 30.0, 40.0, {}, {"curve": curve})
    first, last = store.runs.list("improve")
    assert (first.metrics["x/n"], math.isnan(first.metrics["x/bad"])) == (2, True)
    assert (store.runs.last("improve"), store.runs.last("ask")) == (last, None)
    assert store.runs.series("improve", 2) == curve
    assert store.runs.series("improve", 9) == []


def test_the_counts_say_which_stages_of_the_round_are_done(store: Store) -> None:
    def done() -> list[bool]:
        c = store.counts()
        stages = (c.rollout, c.ask, c.reward, c.improve, c.evaluate)
        return [c.imitated, c.baseline_evaluated, *stages]

    assert (store.counts().round, done()) == (1, [False] * 7)
    for stage, round in (("imitate", 0), ("evaluate", 0), ("rollout", 1), ("ask", 1)):
        store.runs.finish(stage, round, 0.0, 1.0, {}, {})
    assert (store.counts().round, done()) == (1, [True] * 4 + [False] * 3)
    store.runs.finish("evaluate", 1, 0.0, 1.0, {}, {})
    assert (store.counts().round, done()) == (2, [True] * 2 + [False] * 5)


def test_a_stage_is_written_whole_or_not_at_all(store: Store) -> None:
    def stage() -> None:
        with store.write():
            store.trajectories.add([trajectory()])
            store.runs.finish("rollout", 1, 0.0, 1.0, {}, {})
            assert store.counts().rollout  # a unit sees its own rows
            raise ValueError("stopped in the middle")

    with pytest.raises(ValueError, match="stopped"):
        stage()
    assert (store.trajectories.list(), store.runs.list()) == ([], [])


def test_a_part_that_fails_takes_only_itself_out_of_a_unit(store: Store) -> None:
    with store.write():
        store.runs.finish("rollout", 1, 0.0, 1.0, {}, {})
        store.trajectories.add([trajectory()])
        with pytest.raises(RecordError):
            store.trajectories.add([trajectory("u"), trajectory()])
    assert (store.trajectories.list(), store.counts().rollout) == (["t"], True)


def test_text_that_a_database_cannot_hold_is_refused_with_words(store: Store) -> None:
    with pytest.raises(RecordError, match="remove odd characters"):
        store.questions.add([replace(query("q"), question="\ud800")], {})


def test_a_store_that_lost_a_blob_says_so(store: Store) -> None:
    store.questions.add([query("q")], {"q-a:0:5": "0" * 64})
    with pytest.raises(StoreError, match="missing"):
        store.questions.scene("q-a:0:5")
