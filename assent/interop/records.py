"""assent's interchange format: `items.jsonl` and `labels.jsonl`; see docs/interchange.md."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from assent.errors import DataError
from assent.interop import openscale
from assent.interop.collection import Known
from assent.interop.films import film_of
from assent.interop.gathering import MAX_NOTE_CHARACTERS, Gathering, Said
from assent.interop.lines import lines, objects, parsed
from assent.interop.numbers import described
from assent.interop.openscale import Cut
from assent.records import Json

MAX_LEVELS = 201
MAX_OPTIONS = 100
_WIDEST = 1e6  # of a scale whose levels can be counted
LARGEST = 1e100  # of a number; sums of squares beyond it are not finite
_UNUSED = ("spans", "demonstration", "correction")
Row = dict[str, Any]
Cuts = dict[str, list[Cut]]  # by the name of an open scale, narrower ones first


def read_items(path: Path, gathering: Gathering) -> None:
    """Take in every item of a file; rows that cannot be true are refused by line."""
    for place, row in objects(path, gathering):
        try:
            responses = row.get("responses")
            if responses is not None and not isinstance(responses, list):
                raise DataError(f"responses is {_quoted(responses)}; a list is expected")
            name = _name(row)
            numbers = described(row, responses or [])
            if row.get("video") is not None:
                gathering.film(name, row.get("prompt"), *film_of(row, path.parent))
            elif "prompt" in row or responses:
                gathering.entry(name, row.get("prompt"), responses)
            else:
                raise DataError("an item needs a prompt, or responses, or both; or a video")
            if numbers is not None:
                gathering.describe(name, numbers)
        except DataError as error:
            gathering.refuse(place, str(error))


def read_labels(path: Path, gathering: Gathering) -> None:
    """Take in every answer of a file; rows that cannot be true are refused by line."""
    cuts = _cuts(_open(path), gathering.known)
    for place, row in objects(path, gathering):
        try:
            kind = row.get("feedback")
            if kind in _UNUSED:
                gathering.skip(f"feedback {kind!r} teaches no worth")
            elif not isinstance(kind, str) or kind not in _KINDS:
                raise DataError(
                    f"feedback is {_quoted(kind)}; one of {', '.join((*_KINDS, *_UNUSED))} expected"
                )
            else:
                gathering.add(_said(row, kind, gathering, cuts), place)
        except DataError as error:
            gathering.refuse(place, str(error))


def _said(row: Row, kind: str, gathering: Gathering, cuts: Cuts) -> Said:
    items = gathering.items_of(_name(row))
    chosen = _options(row, len(items), single=kind in ("rating", "binary", "approval"))
    ours, options, value, strength = _KINDS[kind](row, len(chosen), cuts)
    number = between(options, value, row["value"]) if ours == "rating" else None
    given = row["value"] if kind == "magnitudes" else number
    dimension = row.get("dimension")
    if dimension is not None and not (isinstance(dimension, str) and 0 < len(dimension) <= 200):
        raise DataError(f"dimension is {_quoted(dimension)}; a short text is expected")
    note = next((row[n] for n in ("note", "reason", "comment") if isinstance(row.get(n), str)), "")
    return Said(
        _annotator(row),
        ours,
        tuple(items[index] for index in chosen),
        dimension,
        options,
        value,
        strength,
        _shown(row, len(chosen), ours),
        note[:MAX_NOTE_CHARACTERS],
        _number(row["time"], "time") if row.get("time") is not None else 0.0,
        _name(row),
        given,
    )


def _pair(row: Row, count: int, cuts: object) -> tuple[str, Json, Any, str | None]:
    if count != 2:
        raise DataError(f"a pair compares 2 responses, found {count}; name them in `responses`")
    value: Any = row.get("value")
    strength: Any = row.get("strength")
    ties: Any = row.get("ties")
    if ties is not None and not isinstance(ties, bool):
        raise DataError(f"ties is {_quoted(ties)}; true or false is expected")
    tie = value == "tie"
    if not tie and (isinstance(value, bool) or value not in (0, 1)):
        raise DataError(f'value is {_quoted(value)}; 0 (the first), 1 or "tie" is expected')
    if strength is None:
        levels = 2 if ties is False else 3
        if tie and levels == 2:
            raise DataError('value is "tie" where `ties` is false')
        return "comparison", {"levels": levels}, None if tie else int(value), None
    if isinstance(strength, bool) or strength not in (0, 1, 2) or (strength == 0) != tie:
        raise DataError(
            f"strength {_quoted(strength)} contradicts value {_quoted(value)}; 0 goes with a tie, "
            "1 (slightly) or 2 (much) with a choice"
        )
    words = {0: None, 1: "some", 2: "much"}[strength]
    return "comparison", {"levels": 5}, None if tie else int(value), words


def _rating(row: Row, count: int, cuts: Cuts) -> tuple[str, Json, Any, None]:
    value = _number(row.get("value"), "value")
    scale = row.get("scale")
    if not isinstance(scale, list) or len(scale) != 2:
        raise DataError(f"scale is {_quoted(scale)}; [lowest, highest] is expected")
    low = _number(scale[0], "scale")
    if scale[1] is None:
        if value < low:
            raise DataError(f"value {value:g} is below the scale's end {low:g}")
        cut = _cut_of(value, cuts[_open_name(row)])
        options: Json = {"scale": f"rating from {low:g}", "from": scale[0], **cut.options()}
        return "rating", options, cut.level(value), None
    high = _number(scale[1], "scale")
    if high - low > _WIDEST and "levels" not in row:
        raise DataError(f"a scale from {low:g} to {high:g} needs `levels`, 2 to {MAX_LEVELS}")
    levels = row.get("levels", int(high - low) + 1)
    if type(levels) is not int or not 2 <= levels <= MAX_LEVELS or high <= low:
        raise DataError(
            f"a scale from {low:g} to {high:g} of {_quoted(levels)} levels; 2 to {MAX_LEVELS} "
            "levels are expected; give `levels` for a finer or coarser one"
        )
    options = {"levels": levels, "low": low, "high": high}
    options["scale"] = f"rating {low:g} to {high:g}"
    return "rating", options, graded(value, low, high, levels, "levels" in row), None


def graded(value: float, low: float, high: float, levels: int, coarse: bool) -> int:
    """The level of a value on a scale; the nearest one where the scale was made `coarse`.

    Raises DataError when it is outside, or between two levels.
    """
    if not low <= value <= high:
        raise DataError(f"value {value:g} is outside the scale from {low:g} to {high:g}")
    level = (value - low) / (high - low) * (levels - 1)
    if not coarse and abs(level - round(level)) > 1e-6:
        raise DataError(
            f"value {value:g} is between two of the {levels} levels from {low:g} to {high:g}; "
            "give `levels` where the scale is finer"
        )
    return round(level)


def between(options: Json, level: int, value: float) -> float | None:
    """The number that was given, where it is not what its level stands for; else None."""
    if "values" in options:
        stands_for = options["values"][level]
    else:
        width = (options["high"] - options["low"]) / (options["levels"] - 1)
        stands_for = options["low"] + width * level
    return None if abs(value - stands_for) <= 1e-9 * max(1.0, abs(value)) else float(value)


def _binary(row: Row, count: int, cuts: object) -> tuple[str, Json, Any, None]:
    value = row.get("value")
    if value not in (0, 1):
        raise DataError(f"value is {_quoted(value)}; 0 or 1 is expected")
    return "approval", {}, int(value), None


def _ranking(row: Row, count: int, cuts: object) -> tuple[str, Json, Any, None]:
    ranks = _each(row, count, "the rank of each response, 1 the best")
    whole = [int(rank) for rank in ranks if rank == int(rank) and rank >= 1]
    if len(whole) < count or min(whole) != 1:
        raise DataError(f"value is {_quoted(row['value'])}; ranks are whole numbers from 1 up")
    return "ranking", {}, tuple(rank - 1 for rank in whole), None


def _magnitudes(row: Row, count: int, cuts: object) -> tuple[str, Json, Any, None]:
    values = _each(row, count, "one number per response, higher is better")
    order = sorted(set(values), reverse=True)
    return "ranking", {}, tuple(order.index(value) for value in values), None


_KINDS: dict[str, Callable[[Row, int, Any], tuple[str, Json, Any, str | None]]] = {
    "pair": _pair,
    "comparison": _pair,
    "rating": _rating,
    "binary": _binary,
    "approval": _binary,
    "ranking": _ranking,
    "magnitudes": _magnitudes,
}


def _each(row: Row, count: int, expected: str) -> list[float]:
    value = row.get("value")
    if not isinstance(value, list) or len(value) != count or not 2 <= count <= MAX_OPTIONS:
        found = f"{len(value)} values" if isinstance(value, list) else _quoted(value)
        raise DataError(
            f"found {found} for {count} options; {expected} is expected, none missing (2 to "
            f"{MAX_OPTIONS} options)"
        )
    return [_number(each, "value") for each in value]


def _options(row: Row, count: int, single: bool) -> list[int]:
    """Which responses of the item the row is about, in the row's order."""
    given: Any = row.get("responses")
    if single:
        given = [row.get("response", 0 if count == 1 else None)]
    elif given is None:
        given = list(range(count))
    if not isinstance(given, list) or any(type(i) is not int or not 0 <= i < count for i in given):
        raise DataError(
            f"the row is about responses {_quoted(given)} of an item that has {count}; name "
            f"{'one in `response`' if single else 'them in `responses`'}, from 0 to {count - 1}"
        )
    if len(set(given)) < len(given):
        raise DataError(f"responses {_quoted(given)} name one twice")
    return given


def _shown(row: Row, count: int, kind: str) -> tuple[int, ...]:
    """The order on the screen: as the row says; pairs as they are listed; else not known."""
    shown = row.get("shown_order")
    if shown is None:
        return (0, 1) if kind == "comparison" else ()
    if not isinstance(shown, list) or not _counts_up(shown, count):
        raise DataError(f"shown_order {_quoted(shown)} does not name each of {count} options once")
    return tuple(shown)


def _counts_up(shown: Sequence[Any], count: int) -> bool:
    return len(shown) == count and set(map(str, shown)) == {str(i) for i in range(count)}


def _name(row: Row) -> str:
    name = row.get("item_id")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not 0 < len(name) <= 1000:
        raise DataError(f"item_id is {_quoted(name)}; a text is expected")
    return name


def _annotator(row: Row) -> str | None:
    who = row.get("annotator_id")
    if isinstance(who, int) and not isinstance(who, bool):
        return str(who)
    if who is not None and not isinstance(who, str):
        raise DataError(f"annotator_id is {_quoted(who)}; a text or null is expected")
    return who


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{name} is {_quoted(value)}; a finite number is expected")
    # Not `isfinite`: an integer may be too long for any float.
    if not -math.inf < value < math.inf:
        raise DataError(f"{name} is {_quoted(value)}; a finite number up to {LARGEST:g} expected")
    if not -LARGEST <= value <= LARGEST:
        raise DataError(
            f"{name} is {_quoted(value)}, which is too large; up to {LARGEST:g} expected"
        )
    return float(value)


def _open_name(row: Row) -> str:
    return f"{row.get('dimension')} from {row['scale'][0]}"


def _open(path: Path) -> Iterator[Row]:
    """The rows that may be ratings on an open scale; the others are not even parsed."""
    for _, line in lines(path):
        if b"null" in line:
            with suppress(DataError):
                yield parsed(line)


def _cuts(rows: Iterable[Row], known: Known) -> Cuts:
    """How open scales are cut into levels, narrower cuts of earlier imports first.

    What lies beyond them widens a scale once more, unless it is to stay as it is.
    """
    met: dict[str, list[float]] = {}
    for row in rows:
        scale = row.get("scale")
        if row.get("feedback") != "rating" or not isinstance(scale, list) or len(scale) != 2:
            continue
        if scale[1] is None:
            with suppress(DataError):
                met.setdefault(_open_name(row), []).append(_number(row.get("value"), "value"))
    cuts: Cuts = {}
    for _, options in known.scales:
        if "edges" in options:
            name = f"{options.get('dimension')} from {options['from']}"
            cuts.setdefault(name, []).append(Cut.of(options))
    for name, values in met.items():
        earlier = sorted(cuts.get(name, []), key=lambda cut: len(cut.edges))
        wide = openscale.wider(earlier[-1], values) if earlier else openscale.first(values)
        if known.fixed and earlier:
            cuts[name] = [*earlier, replace(earlier[-1], most=LARGEST)]
        elif wide in earlier or len(wide.values) > MAX_LEVELS:
            cuts[name] = earlier
        else:
            cuts[name] = [*earlier, wide]
    return cuts


def _cut_of(value: float, cuts: Sequence[Cut]) -> Cut:
    """The first of the cuts that a value lies in: an earlier answer keeps the question it had."""
    found = next((cut for cut in cuts if value <= cut.most), None)
    if found is None:
        raise DataError(
            f"value {value:g} is beyond {cuts[-1].most:g}, the most that was met before, and this "
            f"open scale has {MAX_LEVELS} levels already; give `scale` an upper end"
        )
    return found


def _quoted(value: object) -> str:
    return reprlib.repr(value)
