"""What is counted over all answers: at once where there are few, beside the page where many.

A page must not wait for a hundred thousand answers to be read. With many, a thread
counts them, and the page shows what was counted last and up to which event.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import final

from assent import desk
from assent.store.store import Store
from assent.web import agreement, cost, disputes, golds
from assent.web.agreement import AgreementOut
from assent.web.cost import Work
from assent.web.disputes import DisputeOut, WindowOut
from assent.web.golds import GoldOut

logger = logging.getLogger(__name__)

AT_ONCE = 500  # events that are counted while somebody waits
# Counting takes at most this share of the time: people answer in the same process.
_SHARE = 0.1
NOTHING = Work(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of all answers up to an event. by_round: answers in force.

    golds: from each annotator who was asked one to how they did.
    """

    event: int = 0
    by_round: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    agreement: tuple[AgreementOut, ...] = ()
    disputed: tuple[DisputeOut, ...] = ()
    over_time: tuple[WindowOut, ...] = ()
    work: Work = NOTHING
    golds: Mapping[str, GoldOut] = field(default_factory=lambda: MappingProxyType({}))


@final
class Tallies:
    """The counts of one store, brought up to date when somebody looks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last = Counted()
        self._not_before = 0.0
        self._thread: threading.Thread | None = None

    def counted(self) -> Counted:
        """The newest counts, after at most a moment."""
        event = self._store.answers.last_event()
        with self._lock:
            if self._last.event == event:
                return self._last
            if event <= AT_ONCE:
                self._last = count(self._store)
            elif not self._running() and time.monotonic() >= self._not_before:
                self._thread = threading.Thread(target=self._count, daemon=True)
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

    def _count(self) -> None:
        started = time.monotonic()
        try:
            self._last = count(self._store)
        except Exception:
            # The edge of a thread: the page goes on with what was counted before.
            logger.exception("the answers could not be counted")
        spent = time.monotonic() - started
        self._not_before = time.monotonic() + spent / _SHARE


def count(store: Store) -> Counted:
    """Everything, counted now."""
    event = store.answers.last_event()
    heard = desk.hear(store)
    return Counted(
        event,
        Counter(heard.queries[each.query].round for each in heard.events),
        tuple(agreement.of(heard.judgements)),
        tuple(disputes.disputed(heard)),
        tuple(disputes.over_time(heard)),
        cost.spent(heard.events),
        golds.of(heard),
    )


@lru_cache(maxsize=64)
def of(store: Store) -> Tallies:
    """The one that counts a store."""
    return Tallies(store)
