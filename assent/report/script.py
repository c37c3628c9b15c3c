"""The one script of a report: the clip painter of the answering page, and a small player.

The painter is read as text, so that a clip looks the same where people judge it
and where they read about it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

PARTS = (
    "web/static/clips/projection.js",
    "web/static/clips/painter.js",
    "web/static/clips/clock.js",
    "report/clips.js",
)
_IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=class|const|function|async)", re.MULTILINE)


def bundle() -> str:
    """All parts as one module without imports, in the order in which they need each other."""
    texts = [(files("assent") / part).read_text("utf-8") for part in PARTS]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def fingerprint(script: str) -> str:
    """What a content security policy calls this script, and no other: `sha256-...`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
