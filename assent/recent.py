"""Values that were looked at a moment ago, kept in memory: for what never changes."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar, final

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@final
class Recent(Generic[K, V]):
    """The newest values by their keys: at least `most` of them, at most twice as many.

    Safe to share between threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[K, V] = {}

    def some(self, keys: Iterable[K]) -> dict[K, V]:
        """Those of these keys that are here, with their values."""
        with self._lock:
            kept = self._kept
            return {key: kept[key] for key in keys if key in kept}

    def keep(self, values: Mapping[K, V]) -> None:
        """Keep values; the oldest go when there are too many."""
        with self._lock:
            self._kept |= values
            if len(self._kept) > 2 * self._most:
                self._kept = dict(list(self._kept.items())[-self._most :])
