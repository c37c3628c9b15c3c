"""How people do on questions whose answer the owner decided."""

from __future__ import annotations

from collections import defaultdict
from typing import final

from pydantic import BaseModel


class GoldOut(BaseModel):
    """Known questions that somebody answered. agreement: with the known answers, 0 to 1."""

    answers: int
    agreement: float


@final
class Golds:
    """From each annotator to their answers to such questions, and how far each agrees."""

    def __init__(self) -> None:
        self._agreement: defaultdict[str, dict[int, float]] = defaultdict(dict)

    def put(self, annotator: str, event: int, agreement: float) -> None:
        """An answer is in force."""
        self._agreement[annotator][event] = agreement

    def drop(self, annotator: str, event: int) -> None:
        """An answer is in force no more."""
        self._agreement[annotator].pop(event, None)

    def told(self) -> dict[str, GoldOut]:
        """How everybody did who answered one."""
        return {
            who: GoldOut(answers=len(values), agreement=_mean(values))
            for who, values in self._agreement.items()
            if values
        }


def _mean(values: dict[int, float]) -> float:
    """In the order of the events: the same sum, whatever was counted first."""
    return sum(values[event] for event in sorted(values)) / len(values)
