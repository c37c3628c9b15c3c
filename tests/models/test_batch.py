"""Trajectories of different lengths become one padded batch and come apart again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch.testing import assert_close

from assent.errors import RecordError
from assent.models.batch import Batch
from assent.records import Trajectory


def trajectory(
    observations: npt.NDArray[Any], actions: npt.NDArray[Any], *, terminated: bool, off: int = 0
) -> Trajectory:
    """An episode whose first `off` steps were not the policy's choice."""
    steps = len(actions)
    mask = np.arange(steps) >= off
    logprobs = np.where(mask, -np.arange(steps) - 1.0, 0.0).astype(np.float32)
    return Trajectory(
        "t", observations, actions, logprobs, mask, terminated, not terminated, "0", 0
    )


def short_and_long() -> Batch:
    """Episodes of 1 and 3 steps; the first terminated, the second was cut."""
    return Batch.from_trajectories(
        [
            trajectory(np.array([[1.0], [2.0]]), np.array([[5.0]]), terminated=True),
            trajectory(
                np.array([[3.0], [4.0], [6.0], [7.0]]),
                np.array([[8.0], [9.0], [10.0]]),
                terminated=False,
            ),
        ]
    )


def test_short_episodes_are_padded_and_masked() -> None:
    batch = short_and_long()
    assert batch.observations.squeeze(-1).tolist() == [[1, 2, 0, 0], [3, 4, 6, 7]]
    assert batch.actions.squeeze(-1).tolist() == [[5, 0, 0], [8, 9, 10]]
    assert batch.mask.tolist() == [[True, False, False], [True, True, True]]
    assert batch.logprobs.tolist() == [[-1, 0, 0], [-1, -2, -3]]
    assert (batch.lengths.tolist(), len(batch)) == ([1, 3], 2)


def test_tokens_stay_whole_numbers_and_take_the_pad() -> None:
    batch = Batch.from_trajectories(
        [
            trajectory(np.array([1, 2, 3]), np.array([2, 3]), terminated=True, off=1),
            trajectory(np.array([4, 5]), np.array([5], np.uint16), terminated=True),
        ],
        pad=9,
    )
    assert (batch.observations.dtype, batch.actions.dtype) == (torch.int64, torch.int64)
    assert batch.observations.tolist() == [[1, 2, 3], [4, 5, 9]]
    assert batch.actions.tolist() == [[2, 3], [5, 9]]
    assert batch.mask.tolist() == [[False, True], [True, False]]


def test_steps_line_up_with_the_mask() -> None:
    batch = short_and_long()
    steps = batch.as_steps()
    assert_close(steps.logprobs[:, 0], batch.logprobs[batch.mask])
    assert steps.observations.squeeze(-1).tolist() == [[1, 2], [3, 4], [4, 6], [6, 7]]
    assert steps.actions.flatten().tolist() == [5, 8, 9, 10]
    assert steps.lengths.tolist() == [1, 1, 1, 1]


def test_only_the_last_step_of_an_episode_ends_it() -> None:
    steps = short_and_long().as_steps()
    assert steps.terminated.tolist() == [True, False, False, False]
    assert steps.truncated.tolist() == [False, False, False, True]


def test_steps_that_the_policy_did_not_choose_are_left_out() -> None:
    made = trajectory(np.arange(4.0)[:, None], np.zeros((3, 1)), terminated=True, off=2)
    assert Batch.from_trajectories([made]).as_steps().observations.flatten().tolist() == [2, 3]


def test_rows_keep_the_order_of_the_index() -> None:
    assert short_and_long().rows([1, 0]).lengths.tolist() == [3, 1]


def test_an_empty_batch_is_an_error() -> None:
    with pytest.raises(RecordError, match="at least one trajectory"):
        Batch.from_trajectories([])


def test_trajectories_of_different_make_are_an_error() -> None:
    narrow = trajectory(np.zeros((2, 1)), np.zeros((1, 1)), terminated=True)
    wide = trajectory(np.zeros((2, 3)), np.zeros((1, 1)), terminated=True)
    with pytest.raises(RecordError, match="different make"):
        Batch.from_trajectories([narrow, wide])
