"""Items in numbers: the `features` of a line, or the steps that a response is made of."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from assent.errors import DataError
from assent.store.described import Described, Numbers

_LARGEST = 1e100  # sums of squares beyond it are not finite
Row = dict[str, Any]


def described(row: Row, responses: Sequence[Any]) -> list[Described | None] | None:
    """The numbers of each response of a line; None where it has none.

    `features` go before what is in the responses. Raises DataError when they are no numbers.
    """
    if row.get("features") is not None:
        return _vectors(row["features"], max(len(responses), 1))
    if any(_has_steps(each) for each in responses):
        return [_clip(each) if _has_steps(each) else None for each in responses]
    return None


def _vectors(given: Any, count: int) -> list[Described | None]:
    if not isinstance(given, list) or not given:
        raise DataError(f"features is {reprlib.repr(given)}; a vector per response is expected")
    rows = given if isinstance(given[0], list) else [given]
    if len(rows) != count:
        raise DataError(f"features holds {len(rows)} vectors for {count} responses")
    lengths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(lengths) > 1 or not min(lengths):
        raise DataError(f"features holds vectors of different lengths: {sorted(lengths)}")
    return [Described(_table([row], "features"), np.zeros((1, 0))) for row in rows]


def _has_steps(response: Any) -> bool:
    return isinstance(response, dict) and any(
        isinstance(response.get(name), list) and response[name]
        for name in ("observations", "states")
    )


def _clip(response: Row) -> Described:
    """A clip of T steps: T or T + 1 observations, and T actions where there are any."""
    name = "observations" if response.get("observations") else "states"
    seen = _table(response[name], name)
    given = response.get("actions")
    if given is None:
        return Described(seen, np.zeros((len(seen), 0)), _phase(response))
    done = _table(given, "actions")
    if len(done) not in (len(seen), len(seen) - 1):
        raise DataError(
            f"{len(seen)} {name} and {len(done)} actions; one observation more than actions, or "
            "as many, are expected"
        )
    return Described(seen, done, _phase(response))


def _phase(response: Row) -> float | None:
    phase = response.get("phase")
    if phase is None:
        return None
    if isinstance(phase, bool) or not isinstance(phase, int | float) or not 0 <= phase <= 1:
        raise DataError(f"phase is {reprlib.repr(phase)}; a number from 0 to 1 is expected")
    return float(phase)


def _table(given: Any, name: str) -> Numbers:
    """`[rows, columns]` of a list of numbers, or of lists of as many numbers each."""
    # NumPy would take "1" and true for numbers.
    rows = given if isinstance(given, list) else [given]
    if not {kind for row in rows for kind in _kinds(row)} <= {int, float}:
        raise DataError(f"{name} is {reprlib.repr(given)}; rows of as many numbers each")
    try:
        table = np.array(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{name} is {reprlib.repr(given)}; rows of as many numbers each") from None
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or not table.size:
        raise DataError(f"{name} has {table.ndim} dimensions; rows of numbers are expected")
    if not np.isfinite(table).all():
        raise DataError(f"{name} holds a number that is not finite")
    if (np.abs(table) > _LARGEST).any():
        raise DataError(f"{name} holds a number that is too large; up to {_LARGEST:g} is expected")
    return table


def _kinds(row: Any) -> set[type]:
    """The types of what a row holds, or of what stands in its place."""
    return set(map(type, row)) if isinstance(row, list) else {type(row)}
