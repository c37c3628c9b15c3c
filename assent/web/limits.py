"""How often somebody may ask: a bucket of requests that fills again with time.

A session has one, so that a program gone wild cannot make others wait. An address that is
refused again and again has another, whatever sessions it makes up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import final

BURST_SECONDS = 10.0  # of a session's rate, saved up
REFUSALS = 600.0  # of one address, before it has to wait
REFUSALS_PER_SECOND = 5.0
_MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@final
class Limits:
    """Buckets in this process's memory; a restart forgives."""

    def __init__(self, requests_per_second: float) -> None:
        self._rate = requests_per_second
        self._sessions: dict[bytes, _Bucket] = {}
        self._refusals: dict[str, _Bucket] = {}

    def allow(self, address: str, cookies: str, now: float) -> bool:
        """Whether a request may pass; takes one from its session's bucket.

        now: seconds of a clock that never goes back.
        """
        refused = self._refusals.get(address)
        if refused is not None and _fill(refused, REFUSALS_PER_SECOND, REFUSALS, now) < 1:
            return False
        # A hash: no list of sessions lies about. Without a cookie, an address is one visitor.
        key = hashlib.sha256((cookies or address).encode()).digest()
        most = self._rate * BURST_SECONDS
        bucket = self._sessions.setdefault(key, _Bucket(most, now))
        if _fill(bucket, self._rate, most, now) < 1:
            return False
        bucket.left -= 1
        if len(self._sessions) > _MOST_BUCKETS:
            self._forget(now)
        return True

    def refused(self, address: str, now: float) -> None:
        """Count that an address was refused."""
        bucket = self._refusals.setdefault(address, _Bucket(REFUSALS, now))
        bucket.left = max(0.0, _fill(bucket, REFUSALS_PER_SECOND, REFUSALS, now) - 1)

    def _forget(self, now: float) -> None:
        """Drop full buckets: they know nothing that a new one would not."""
        most = self._rate * BURST_SECONDS
        self._sessions = {
            key: bucket
            for key, bucket in self._sessions.items()
            if _fill(bucket, self._rate, most, now) < most
        }
        if len(self._sessions) > _MOST_BUCKETS:
            self._sessions.clear()
        self._refusals = {
            address: bucket
            for address, bucket in self._refusals.items()
            if _fill(bucket, REFUSALS_PER_SECOND, REFUSALS, now) < REFUSALS
        }


def _fill(bucket: _Bucket, rate: float, most: float, now: float) -> float:
    """What is left in a bucket now."""
    bucket.left = min(most, bucket.left + rate * (now - bucket.at))
    bucket.at = now
    return bucket.left
