"""Text files, plain or gzipped, line by line with their numbers."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assent.errors import DataError
from assent.interop.gathering import Gathering


def content(path: Path) -> bytes:
    """A file's bytes, unpacked when it is gzipped. Raises DataError when it cannot be read."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except FileNotFoundError:
        raise DataError(f"there is no file {path}; check the name") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}; fetch it again") from None


def first(path: Path) -> bytes:
    """The first line, of a plain or a gzipped file, cut at some 64 kilobytes; the rest is not read.

    Raises DataError when it cannot be read.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            return file.readline(1 << 16).removeprefix(codecs.BOM_UTF8).strip()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}; fetch it again") from None


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank with its number, from 1; a byte order mark is no part of it."""
    text = content(path).removeprefix(codecs.BOM_UTF8)
    start, number = 0, 0
    while start <= len(text):
        stop = text.find(b"\n", start)
        stop = len(text) if stop < 0 else stop
        number += 1
        line = text[start:stop].strip()
        if line:
            yield number, line
        start = stop + 1


def parsed(line: bytes) -> dict[str, Any]:
    """The JSON object of a line. Raises DataError when it is none."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8: {error}; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"not JSON: {error}") from None
    if not isinstance(row, dict):
        raise DataError("a JSON object is expected on every line")
    return row


def objects(path: Path, gathering: Gathering) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON object of each line with its place, `file:line`; other lines are refused."""
    for number, line in lines(path):
        place = f"{path.name}:{number}"
        try:
            row = parsed(line)
        except DataError as error:
            gathering.refuse(place, str(error))
            continue
        yield place, row
