"""Which things answer the same prompt, in the same dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.answers.judged import Thing
from assent.interop.collection import Collection
from assent.likelihood.evidence import Integers


def grouped(
    things: Sequence[Thing], collection: Collection, known: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], Integers]:
    """Names of prompts (in a dimension), the known ones first, and that of each thing `[N]`."""
    met = {name: row for row, name in enumerate(known)}
    rows = []
    for thing in things:
        item = collection.items.get(thing.item)
        name = repr([None if item is None else item.prompt, thing.dimension])
        rows.append(met.setdefault(name, len(met)))
    return tuple(met), np.array(rows, np.int64)
