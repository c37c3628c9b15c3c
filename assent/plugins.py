"""From a name to an object, through Python entry points; nothing else is dynamic.

Groups: `assent.feedback`, `assent.algorithms`, `assent.strategies`,
`assent.scores`. A package of somebody else's registers there and is found by name.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from assent.errors import ConfigError


def names(group: str) -> list[str]:
    """What is registered under `assent.<group>`, sorted."""
    return sorted({point.name for point in entry_points(group=f"assent.{group}")})


def find(group: str, name: str) -> Any:
    """The object registered as `name` under `assent.<group>`.

    Raises ConfigError that lists the names there are.
    """
    for point in entry_points(group=f"assent.{group}"):
        if point.name == name:
            return point.load()
    raise ConfigError(f"no {group} called {name!r}; there are: {', '.join(names(group)) or 'none'}")
