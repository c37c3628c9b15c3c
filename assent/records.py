"""The frozen records that every room shares, and the two targets of learning.

Nothing here knows of databases, networks or torch. A record is checked when it
is made and never changed: a correction is a new record.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from assent.errors import RecordError

Floats = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]
Json = dict[str, Any]

Species = Literal["person", "simulated", "model"]
Purpose = Literal["normal", "repeat", "gold", "audit"]
Role = Literal["policy", "reward", "critic"]


def new_id(now: float | None = None, entropy: bytes | None = None) -> str:
    """A UUIDv7 (RFC 9562): 32 hex digits that sort by time of creation.

    now: seconds since 1970; the clock when absent.
    entropy: 10 bytes in place of the operating system's, for repeatable runs.
    """
    milliseconds = int((time.time() if now is None else now) * 1000)
    noise = int.from_bytes(os.urandom(10) if entropy is None else entropy, "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (noise >> 62 & 0xFFF) << 64  # version 7, 12 random bits
    value |= 0b10 << 62 | (noise & (2**62 - 1))  # variant, 62 random bits
    return uuid.UUID(int=value).hex


@dataclass(frozen=True, slots=True)
class Segment:
    """Steps `start` to `stop` (excluded) of one trajectory: a reference, never a copy."""

    trajectory: str
    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise RecordError(f"segment needs 0 <= start < stop, got {self.start} and {self.stop}")

    @property
    def key(self) -> str:
        """The name that answers use for this segment: `trajectory:start:stop`."""
        return f"{self.trajectory}:{self.start}:{self.stop}"


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode: what the policy saw, did, and how likely it was to do it.

    observations: `[T+1, *O]`; text: the token ids at positions 0 to T.
    actions: `[T, *A]`; text: the token ids at positions 1 to T.
    logprobs: `[T]` nats, of the policy that acted; 0 where it did not choose.
    mask: `[T]`, True where the policy chose (False on a prompt's tokens).
    states: `[T+1, S]` what the simulator needs to draw each moment, or None.
    terminated, truncated: the episode ended by itself, or was cut; kept apart.
    group: what is shared by trajectories that may be compared: prompt or start.
    text: the prompt and reply as people read them, for text; else None.
    environment_reward: `[T]`; None unless read through `truth`, which learning
        code never does.
    """

    id: str
    observations: npt.NDArray[Any]
    actions: npt.NDArray[Any]
    logprobs: Floats
    mask: Booleans
    terminated: bool
    truncated: bool
    group: str
    seed: int
    round: int = 0
    checkpoint: str | None = None
    states: npt.NDArray[Any] | None = None
    text: Json | None = None
    environment_reward: Floats | None = None

    def __post_init__(self) -> None:
        steps = len(self.actions)
        if steps == 0:
            raise RecordError(f"trajectory {self.id} has no step")
        if len(self.observations) != steps + 1:
            raise RecordError(
                f"trajectory {self.id} has {len(self.observations)} observations for {steps} "
                "actions; one more observation than actions is expected"
            )
        for name in ("logprobs", "mask", "environment_reward"):
            column = getattr(self, name)
            if column is not None and column.shape != (steps,):
                raise RecordError(f"trajectory {self.id}: {name} is {column.shape}, not ({steps},)")
        if self.terminated and self.truncated:
            raise RecordError(f"trajectory {self.id} is both terminated and truncated")
        if not np.isfinite(self.logprobs).all():
            raise RecordError(f"trajectory {self.id} has a log-probability that is not finite")

    @property
    def steps(self) -> int:
        """T, the number of actions."""
        return len(self.actions)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: what is asked, about which segments, and why it was chosen.

    options: what the kind needs to know, e.g. the number of levels of a rating.
    selection_probability: of this question among its candidates, for unbiased use.
    """

    id: str
    kind: str
    segments: tuple[Segment, ...]
    question: str
    strategy: str
    selection_probability: float
    answers_wanted: int = 1
    purpose: Purpose = "normal"
    round: int = 0
    options: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.answers_wanted < 1:
            raise RecordError(f"query {self.id} wants {self.answers_wanted} answers; at least 1")
        if not 0 < self.selection_probability <= 1:
            raise RecordError(f"query {self.id}: selection probability outside (0, 1]")
        if len({s.key for s in self.segments}) != len(self.segments):
            raise RecordError(f"query {self.id} shows one segment twice")

    def position(self, key: str) -> int:
        """The index in `segments` of the segment called `key`; KeyError when absent."""
        for index, segment in enumerate(self.segments):
            if segment.key == key:
                return index
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer as it was given. Undo and correction are new rows that name what they replace.

    answer: names segments by key, never left or right; None takes `replaces` back.
    shown_order: for each place on the screen, the index of the segment shown there.
    timings: milliseconds by name (`read`, `decide`, ...), as the page measured them.
    late: the lease had expired; the answer is kept and counted apart.
    """

    id: str
    query: str
    annotator: str
    answer: Json | None
    shown_order: tuple[int, ...]
    created_at: float
    timings: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    guideline_version: int = 0
    replaces: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Annotator:
    """Whoever answers: a person, a formula or a model; one type for all."""

    id: str
    name: str
    species: Species = "person"
    groups: tuple[str, ...] = ()
    consented_at: float | None = None
    active: bool = True
    settings: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights on disk and where they came from.

    weights: content hash of a safetensors blob. details: architecture and
    normalisation, enough to rebuild the model. metrics: what it was measured at.
    """

    id: str
    role: Role
    round: int
    weights: str
    details: Json
    metrics: Mapping[str, float]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order with ties over K segments. ranks: 0 is best; equal ranks are a tie.

    partial: those of the last rank were not compared with one another (the best of K,
        the top 3 of K), so that their equal rank is silence and not a tie.
    """

    segments: tuple[Segment, ...]
    ranks: tuple[int, ...]
    partial: bool = False

    def __post_init__(self) -> None:
        if len(self.segments) < 2 or len(self.segments) != len(self.ranks):
            raise RecordError(f"order of {len(self.segments)} segments and {len(self.ranks)} ranks")


@dataclass(frozen=True, slots=True)
class Grade:
    """An ordinal level of one segment's utility, or of the first's above the second's.

    level: 0 is lowest, `levels - 1` highest. scale: the name of the thresholds it is
    read on; answers on the same scale share the crowd's thresholds.
    """

    segments: tuple[Segment, ...]
    level: int
    levels: int
    scale: str

    def __post_init__(self) -> None:
        if len(self.segments) not in (1, 2):
            raise RecordError(f"grade of {len(self.segments)} segments; 1 or 2 expected")
        if self.levels < 2 or not 0 <= self.level < self.levels:
            raise RecordError(f"grade {self.level} is not one of {self.levels} levels")


Target = Order | Grade


@dataclass(frozen=True, slots=True)
class Judgement:
    """A target, who it came from and in which order the options stood on the screen.

    shown: for each place on the screen, the index in `target.segments` shown there.
    """

    target: Target
    annotator: str
    shown: tuple[int, ...]
    kind: str
    feedback: str
