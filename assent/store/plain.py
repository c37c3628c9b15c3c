"""JSON as the store writes it: plain ASCII text, the same on every database."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from assent.errors import RecordError


def dumps(value: Any, finite: bool = False) -> str:
    """The value as compact ASCII JSON; NumPy scalars and arrays become numbers and lists.

    Non-ASCII characters are escaped, so NUL and lone surrogates survive any database.
    finite: refuse NaN and infinities, which a browser cannot read.
    Raises RecordError when the value is not JSON.
    """
    empty = None if value else _EMPTY.get(type(value))
    if empty is not None:
        return empty
    try:
        return (_FINITE if finite else _ANY).encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError(f"a value cannot be written as JSON: {error}") from None


def loads(text: str) -> Any:
    """The value of a text that `dumps` wrote."""
    return json.loads(text)


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


# Encoders are kept: json.dumps makes a new one at every call, at a million rows' cost.
_ANY = json.JSONEncoder(separators=(",", ":"), default=_plain)
_FINITE = json.JSONEncoder(separators=(",", ":"), default=_plain, allow_nan=False)
_EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]", str: '""'}
