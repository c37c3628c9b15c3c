"""Pieces of trajectories for people to judge: how long, and which."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assent.errors import EnvironmentFault
from assent.records import Segment

SHORTEST_CLIP_STEPS = 8  # fewer steps than these show no motion


def clip_steps(seconds: float, seconds_per_step: float, horizon: int | None) -> int:
    """How many steps a clip of so many seconds has.

    At least 8, because fewer show no motion, and at most the horizon.
    horizon: the longest episode; None when there is no limit.
    """
    if not (seconds > 0 and seconds_per_step > 0):
        raise EnvironmentFault(
            f"a clip of {seconds} s at {seconds_per_step} s a step; both must be above 0"
        )
    steps = max(SHORTEST_CLIP_STEPS, round(seconds / seconds_per_step))
    return steps if horizon is None else min(steps, horizon)


def cut(
    lengths: Mapping[str, int], steps: int, count: int, rng: np.random.Generator
) -> list[Segment]:
    """At most `count` different segments, every possible start equally likely.

    A segment lies within one episode; the last possible start is drawn like the
    others. An episode shorter than `steps` is offered whole, never dropped.
    Fewer than `count` come back only when there are no more.

    lengths: steps of each trajectory, by id.
    """
    ids = list(lengths)
    starts = np.array([max(1, lengths[each] - steps + 1) for each in ids], dtype=np.int64)
    ends = np.cumsum(starts)
    total = int(ends[-1]) if ids else 0
    segments = []
    for number in rng.choice(total, size=min(count, total), replace=False) if total else ():
        row = int(np.searchsorted(ends, number, side="right"))
        start = int(number - (ends[row] - starts[row]))
        segments.append(Segment(ids[row], start, min(start + steps, lengths[ids[row]])))
    return segments
