"""What is in the repository, for the tests of the house itself."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LEFT_OUT = {".git", ".venv", "build", "dist", "demo", "node_modules"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: what git knows or would take in."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = asked.stdout.decode().split("\0")
        return tuple(sorted(path for name in names if name and (path := ROOT / name).is_file()))
    # An unpacked archive has no git.
    return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and not _made(path)))


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The name and the syntax tree of every Python file in the folders."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and name.startswith(tuple(f"{folder}/" for folder in folders)):
            yield name, _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _made(path: Path) -> bool:
    """Whether a file was made by a tool and not written."""
    parts = path.relative_to(ROOT).parts
    return any(part in _LEFT_OUT or part.endswith((".egg-info", "_cache", "__")) for part in parts)
