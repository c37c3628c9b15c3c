"""What a control policy is given and what it may choose; no torch, no simulator."""

from __future__ import annotations

from dataclasses import dataclass

from assent.errors import CheckpointError
from assent.records import Json


@dataclass(frozen=True, slots=True)
class Spaces:
    """The sizes on both sides of a control policy.

    observation: O, the length of an observation vector.
    categories: the number of discrete actions; 0 when actions are vectors.
    low, high: `[A]` bounds of an action vector, possibly infinite; empty when discrete.
    """

    observation: int
    categories: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        assert (self.categories > 0) != (len(self.low) > 0), "actions are categories or vectors"
        assert len(self.low) == len(self.high)

    @property
    def discrete(self) -> bool:
        """Whether an action is one of `categories`."""
        return self.categories > 0

    @property
    def action(self) -> int:
        """How many numbers the network gives for an action: A, or the categories."""
        return self.categories or len(self.low)

    def to_json(self) -> Json:
        """Plain values; infinite bounds become None, which JSON can carry."""
        return {
            "observation": self.observation,
            "categories": self.categories,
            "low": [None if value == float("-inf") else value for value in self.low],
            "high": [None if value == float("inf") else value for value in self.high],
        }

    @staticmethod
    def from_json(saved: Json) -> Spaces:
        """The spaces that `to_json` gave; CheckpointError when it is something else."""
        try:
            return Spaces(
                int(saved["observation"]),
                int(saved["categories"]),
                tuple(float("-inf") if v is None else float(v) for v in saved["low"]),
                tuple(float("inf") if v is None else float(v) for v in saved["high"]),
            )
        except (KeyError, TypeError, ValueError, AssertionError) as error:
            raise CheckpointError(
                f"the checkpoint's spaces cannot be read ({error}); it is damaged or not a "
                "control policy's; take an older checkpoint"
            ) from None
