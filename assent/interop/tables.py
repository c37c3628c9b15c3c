"""Plain CSV tables, gzipped or not: worker, item, label; winners and losers; whole rankings."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assent.errors import DataError
from assent.interop.collection import Known
from assent.interop.gathering import Gathering, Said
from assent.interop.lines import content
from assent.interop.records import LARGEST, MAX_LEVELS, between, graded
from assent.records import Json

_WHO = ("worker", "annotator", "annotator_id", "person", "rater", "user")
_WHAT = ("item", "item_id", "task", "question")
_VALUE = ("label", "value", "rating", "answer")
_YES = {"1": 1, "yes": 1, "true": 1, "good": 1, "0": 0, "no": 0, "false": 0, "bad": 0}


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is to be understood; what it cannot say itself.

    kind: approval, rating, comparison or ranking; None: as its columns say.
    levels: of a rating. low, high: the labels of its lowest and highest level; absent: the
        whole numbers from 1, or from 0 where the table has a 0.
    """

    kind: str | None = None
    levels: int | None = None
    low: float | None = None
    high: float | None = None


class _Reader(Protocol):
    """What `csv.reader` makes."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def read_table(path: Path, gathering: Gathering, table: Table) -> None:
    """Take in every row; those that cannot be true are refused by line.

    Raises DataError when the columns do not fit the kind.
    """
    try:
        text = content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}; save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        heading = [name.strip() for name in next(reader, [])]
        _read(path, heading, _rows(path, gathering, reader, len(heading)), gathering, table)
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num} is no CSV: {error}") from None


def _delimiter(text: str) -> str:
    """A comma; where the heading has none, a tab or a semicolon, whichever it has more of."""
    heading = text.split("\n", 1)[0]
    return "," if "," in heading else max(",\t;", key=heading.count)


def _read(
    path: Path,
    heading: list[str],
    rows: Iterator[tuple[str, list[str]]],
    gathering: Gathering,
    table: Table,
) -> None:
    if not any(heading):
        raise DataError(f"{path} is empty; a heading and rows are expected: docs/interchange.md")
    if {"winner", "loser"} <= set(heading):
        _pairs(heading, rows, gathering)
    elif table.kind == "ranking":
        _rankings(path, heading, rows, gathering)
    elif table.kind in ("approval", "rating"):
        _labels(path, heading, list(rows), gathering, table)
    else:
        raise DataError(
            f"{path} has columns {', '.join(heading)[:200]}; say what they mean: "
            "`--kind approval`, `--kind rating --levels N` (worker, item, label) or "
            "`--kind ranking` (worker, then a column of ranks for each item); columns winner and "
            "loser need no kind"
        )


def _rows(
    path: Path, gathering: Gathering, reader: _Reader, width: int
) -> Iterator[tuple[str, list[str]]]:
    """Each row's cells with the line on which it starts; a text in quotes may take several."""
    line = reader.line_num + 1
    for cells in reader:
        place, line = f"{path.name}:{line}", reader.line_num + 1
        if not cells:
            continue
        if len(cells) != width:
            found = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            gathering.refuse(place, f"{found}; {width} are expected")
            continue
        yield place, [cell.strip() for cell in cells]


def _pairs(
    heading: Sequence[str], rows: Iterator[tuple[str, list[str]]], gathering: Gathering
) -> None:
    who = _column(heading, _WHO, needed=False)
    winner, loser = _column(heading, ("winner",)), _column(heading, ("loser",))
    assert winner is not None
    assert loser is not None
    for place, cells in rows:
        try:
            both = (_item(gathering, cells[winner]), _item(gathering, cells[loser]))
            name = None if who is None else cells[who] or None
            if both[0] == both[1]:
                raise DataError(f"{cells[winner]!r} is compared with itself")
            # In the order of their names: a table of winners does not say who stood first.
            ordered = tuple(sorted(both))
            said = Said(name, "comparison", ordered, None, {"levels": 2}, ordered.index(both[0]))
            gathering.add(said, place)
        except DataError as error:
            gathering.refuse(place, str(error))


def _rankings(
    path: Path, heading: Sequence[str], rows: Iterator[tuple[str, list[str]]], gathering: Gathering
) -> None:
    who = _column(heading, _WHO, needed=False)
    columns = [i for i in range(len(heading)) if i != who]
    if len(columns) < 2:
        raise DataError(f"{path}: a ranking needs a column for each of 2 or more items")
    for i in columns:
        _once(heading, heading[i])
    items = tuple(_item(gathering, heading[i]) for i in columns)
    for place, cells in rows:
        try:
            ranks = [_number(cells[i], heading[i]) for i in columns]
            if any(rank != int(rank) or rank < 1 for rank in ranks):
                raise DataError("ranks are whole numbers, 1 the best")
            name = None if who is None else cells[who] or None
            value = tuple(int(rank) - 1 for rank in ranks)
            gathering.add(Said(name, "ranking", items, None, {}, value), place)
        except DataError as error:
            gathering.refuse(place, str(error))


def _labels(
    path: Path,
    heading: Sequence[str],
    rows: list[tuple[str, list[str]]],
    gathering: Gathering,
    table: Table,
) -> None:
    who, what = _column(heading, _WHO), _column(heading, _WHAT)
    value = _column(heading, _VALUE)
    assert who is not None
    assert what is not None
    assert value is not None
    kind, options, plain = _scale(path, [cells[value] for _, cells in rows], table, gathering.known)
    for place, cells in rows:
        try:
            label = cells[value]
            level = _level(label, plain, options)
            item = _item(gathering, cells[what])
            number = None if plain else between(options, level, float(label))
            said = Said(cells[who] or None, kind, (item,), None, options, level, given=number)
            gathering.add(said, place)
        except DataError as error:
            gathering.refuse(place, str(error))


def _scale(
    path: Path, labels: list[str], table: Table, known: Known
) -> tuple[str, Json, dict[str, int]]:
    """The kind, its options, and the labels whose level is plain; the rest is computed."""
    met = {label.lower() for label in labels}
    if table.kind == "approval":
        if table.levels is not None or table.low is not None or table.high is not None:
            raise DataError("an approval has two levels; leave --levels, --low and --high out")
        before = [o for kind, o in known.scales if kind == "approval" and "low" in o]
        if met <= {"1", "2"} and ("2" in met or before):
            return "approval", {"low": 1, "high": 2}, {"1": 0, "2": 1}
        return "approval", {}, _YES
    if table.levels is None or not 2 <= table.levels <= MAX_LEVELS:
        raise DataError(f"a rating needs --levels from 2 to {MAX_LEVELS}")
    low, high = table.low, table.high
    if low is None and high is None:
        low, high = _ends_before(table.levels, met, known)
    if low is None:
        low = 0.0 if any(_is_zero(label) for label in met) else 1.0
    high = low + table.levels - 1 if high is None else high
    if not -LARGEST <= low < high <= LARGEST:
        raise DataError(f"{path}: --high {high:g} is not above --low {low:g}, or not finite")
    scale = f"rating {low:g} to {high:g}"
    return "rating", {"levels": table.levels, "low": low, "high": high, "scale": scale}, {}


def _ends_before(levels: int, met: set[str], known: Known) -> tuple[float | None, float | None]:
    """The ends of the one scale of so many levels that an earlier table had, if it still fits.

    A later table need not have a 0, and is read on the same scale all the same.
    """
    ends = {
        (float(o["low"]), float(o["high"]))
        for kind, o in known.scales
        if kind == "rating" and o.get("levels") == levels and "low" in o and "dimension" not in o
    }
    if len(ends) != 1:
        return None, None
    low, high = next(iter(ends))
    fits = low == 0.0 or not any(_is_zero(label) for label in met)
    return (low, high) if fits else (None, None)


def _level(label: str, plain: dict[str, int], options: Json) -> int:
    if plain:
        if label.lower() not in plain:
            raise DataError(f"label {label[:40]!r}; one of {', '.join(plain)} is expected")
        return plain[label.lower()]
    low, high, levels = options["low"], options["high"], options["levels"]
    return graded(_number(label, "label"), low, high, levels, high - low + 1 != levels)


def _item(gathering: Gathering, name: str) -> str:
    """The item that a table speaks of; a table says no more of it than its name."""
    if not name:
        raise DataError("the item has no name")
    if gathering.met(name) is None:
        gathering.entry(name, None, None)
    items = gathering.items_of(name)
    if len(items) != 1:
        raise DataError(f"{name[:80]!r} has {len(items)} responses; a table cannot say which")
    return items[0]


def _column(heading: Sequence[str], names: tuple[str, ...], needed: bool = True) -> int | None:
    for index, name in enumerate(heading):
        if name.lower() in names:
            _once(heading, name)
            return index
    if needed:
        raise DataError(f"no column is called {' or '.join(names)}; found {', '.join(heading)}")
    return None


def _once(heading: Sequence[str], name: str) -> None:
    """Raises DataError when two columns have this name: nothing tells which one is meant."""
    count = [each.lower() for each in heading].count(name.lower())
    if count > 1:
        raise DataError(f"{count} columns are called {name[:80]!r}; give each a name of its own")


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if LARGEST < abs(value) < math.inf:
        raise DataError(f"{name} is {text[:40]!r}, which is too large; up to {LARGEST:g} expected")
    if not -LARGEST <= value <= LARGEST:
        raise DataError(f"{name} is {text[:40]!r}; a finite number is expected")
    return value


def _is_zero(label: str) -> bool:
    try:
        return float(label) == 0
    except ValueError:
        return False
