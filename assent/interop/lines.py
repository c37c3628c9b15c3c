"""Text files, plain or gzipped, line by line with their numbers."""

from __future__ import annotations

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


def objects(path: Path, gathering: Gathering) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON object of each line with its place, `file:line`; other lines are refused."""
    for number, line in enumerate(content(path).split(b"\n"), 1):
        place = f"{path.name}:{number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            gathering.refuse(place, f"not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield place, row
        else:
            gathering.refuse(place, "a JSON object is expected on every line")
