"""One project as the server sees it."""

from __future__ import annotations

from dataclasses import dataclass

from assent.config import AnyConfig
from assent.store.store import Store


@dataclass(frozen=True, slots=True)
class Site:
    """A project under its own path: its name, what it knows, what it was told."""

    name: str
    store: Store
    config: AnyConfig
