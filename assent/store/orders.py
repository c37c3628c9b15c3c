"""Which option stands where on the screen: drawn at random once, then counterbalanced."""

from __future__ import annotations

import hashlib

import numpy as np

from assent.records import Query

_CLOCK_DIGITS = 12  # of an id's 32 hex digits, the first 48 bits: milliseconds


def order_seed(query_id: str) -> int:
    """The seed of a question's shuffle: the same for the same question, on any machine.

    Of a UUIDv7 only the part that was drawn counts, not the clock: a project that is run
    again from its seed shows its questions in the same order.
    """
    drawn = query_id[_CLOCK_DIGITS:] or query_id
    return int.from_bytes(hashlib.sha256(drawn.encode("utf-8")).digest()[:4], "big")


def shown_order(seed: int, place: int, options: int) -> tuple[int, ...]:
    """For each place on the screen, the option shown there, for a question's n-th slot.

    Slots rotate one shuffle, so that over `options` slots every option stands at every
    place equally often; with two options, neighbouring slots swap sides.
    """
    if options == 0:
        return ()
    shuffled = np.random.default_rng(seed).permutation(options).tolist()
    first = -place % options
    return tuple(shuffled[first:] + shuffled[:first])


def mirrored(
    repeat: Query, original: Query, original_order: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The order that shows the repeat back to front; None when it is not the same options."""
    places = {segment.key: index for index, segment in enumerate(repeat.segments)}
    keys = [original.segments[index].key for index in reversed(original_order)]
    if set(keys) != set(places):
        return None
    return tuple(places[key] for key in keys)
