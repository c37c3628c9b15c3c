"""Which scripts a page needs: its own, and all that one imports."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from assent.web.render import STATIC

_IMPORT = re.compile(r'^import\b[^;"]*"(?P<path>\.[^"]+)";', re.MULTILINE)


@lru_cache(maxsize=64)
def needed(name: str) -> tuple[str, ...]:
    """Paths below the static folder, each after those that it imports; `name` is the last.

    A page names them all at its top: a browser that found them import by import
    would wait once for each level.
    """
    found: dict[str, None] = {}
    _follow(name, found)
    return tuple(found)


def _follow(name: str, found: dict[str, None]) -> None:
    text = (STATIC / name).read_text("utf-8")
    for match in _IMPORT.finditer(text):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), match["path"]))
        if path not in found:
            _follow(path, found)
    found[name] = None
