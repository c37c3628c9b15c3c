"""What was counted over all answers, brought up to date when somebody looks.

A look costs what is new since the last. Where that is much, as after a start, a thread counts
it, and pages meanwhile show what was counted last and up to which event.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import lru_cache
from typing import final

from assent.store.store import Store
from assent.web.owner.counting import Counted, Counting

logger = logging.getLogger(__name__)

AT_ONCE = 500  # events that are counted while somebody waits
# Counting takes at most this share of a processor: people answer in the same process.
_SHARE = 0.25


@final
class Tallies:
    """The counts of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counting = Counting(store)
        self._last = Counted()
        self._not_before = 0.0
        self._thread: threading.Thread | None = None

    def counted(self) -> Counted:
        """The newest counts, after at most a moment."""
        event = self._store.answers.last_event()
        with self._lock:
            if self._last.event == event or self._running():
                return self._last
            new = event - self._counting.event
            # Few answers are told about at once; of many nobody misses the newest for a moment.
            if new <= AT_ONCE and (event <= AT_ONCE or time.monotonic() >= self._not_before):
                self._count(event, 1.0)
            elif new > AT_ONCE:
                self._thread = threading.Thread(target=self._beside, daemon=True)
                self._thread.start()
            return self._last

    def wait(self) -> Counted:
        """The counts, once whatever is being counted is done."""
        self.counted()
        thread = self._thread
        if thread is not None:
            thread.join()
        return self._last

    def _running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _beside(self) -> None:
        try:
            self._count(self._store.answers.last_event(), _SHARE)
        except Exception:
            # The edge of a thread: the page goes on with what was counted before.
            logger.exception("the answers could not be counted")

    def _count(self, event: int, share: float) -> None:
        """Count up to an event, at most this share of the time."""
        started = at = time.thread_time()
        try:
            for _ in self._counting.advance(event):
                spent = time.thread_time() - at
                time.sleep(spent / share - spent)
                at = time.thread_time()
            self._last = self._counting.told()
        except BaseException:
            self._counting = Counting(self._store)  # half of it was counted: anew
            raise
        self._not_before = time.monotonic() + (time.thread_time() - started) / _SHARE


@lru_cache(maxsize=64)
def of(store: Store) -> Tallies:
    """The one that counts a store."""
    return Tallies(store)
