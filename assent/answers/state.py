"""A fit as arrays and plain values, and back: npz and JSON, never pickle.

Which records a fit is made of is read off their annotations, from `Fit` down; a field
that is added to one of them is kept without a change here.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import numpy as np

from assent.answers.featured import Featured
from assent.answers.fit import Fitted
from assent.answers.judged import Thing
from assent.errors import CheckpointError
from assent.likelihood.items import Fit
from assent.records import Json

_MAKE = "items-1"


def state(fitted: Fitted) -> tuple[bytes, Json]:
    """The arrays as a file, and everything else, for a checkpoint."""
    arrays: dict[str, Any] = {"counts": fitted.counts, "answers": fitted.answers}
    details = {
        "make": _MAKE,
        "fit": _taken_apart(fitted.fit, "fit", arrays),
        "things": [[thing.key, thing.item, thing.dimension] for thing in fitted.things],
        "annotators": list(fitted.annotators),
        "pooled": fitted.pooled,
        "featured": _taken_apart(fitted.featured, "featured", arrays),
        "arrays": sorted(arrays),
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue(), details


def restored(weights: bytes, details: Json) -> Fitted:
    """The fit that `state` took apart. Raises CheckpointError when it is damaged."""
    if details.get("make") != _MAKE:
        raise CheckpointError(
            f"the fit is of make {details.get('make')!r}, not {_MAKE!r}; run `assent reward` again"
        )
    try:
        with np.load(io.BytesIO(weights), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        made: Fit = _put_together(details["fit"], arrays, _records(Fit))
        return Fitted(
            made,
            tuple(Thing(*each) for each in details["things"]),
            tuple(details["annotators"]),
            arrays["counts"],
            arrays["answers"],
            bool(details["pooled"]),
            featured=_put_together(details.get("featured"), arrays, _records(Featured)),
        )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"the fit is damaged: {error}; run `assent reward` again") from None


def _taken_apart(value: Any, name: str, arrays: dict[str, Any]) -> Any:
    """A value as JSON, its arrays put into `arrays` under dotted names."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if is_dataclass(value) and not isinstance(value, type):
        made = {
            f.name: _taken_apart(getattr(value, f.name), f"{name}.{f.name}", arrays)
            for f in fields(value)
        }
        return {"record": type(value).__name__, "fields": made}
    if isinstance(value, tuple | list):
        return {"row": [_taken_apart(v, f"{name}.{i}", arrays) for i, v in enumerate(value)]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _put_together(value: Any, arrays: dict[str, Any], records: dict[str, type]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "row" in value:
        return tuple(_put_together(each, arrays, records) for each in value["row"])
    made = {n: _put_together(v, arrays, records) for n, v in value["fields"].items()}
    return records[value["record"]](**made)


def _records(kind: Any) -> dict[str, type]:
    """The dataclasses that a dataclass is made of, itself among them, by name."""
    found: dict[str, type] = {}
    waiting = [kind]
    while waiting:
        each = waiting.pop()
        waiting.extend(get_args(each))
        if isinstance(each, type) and is_dataclass(each) and each.__name__ not in found:
            found[each.__name__] = each
            waiting.extend(get_type_hints(each).values())
    return found
