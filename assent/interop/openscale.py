"""Scales without an upper end: cut into levels at the quantiles of the first file, then widened.

A later file may go beyond all that was met. What lies beyond gets levels of its own above the
others, so that no answer from before counts as another one. Each cut is an option of the
questions that were asked under it, and the options of a wider cut begin with those of a narrower
one: whoever reads answers of several imports together reads all of them on the widest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assent.records import Json

OPEN_LEVELS = 10  # that a scale is cut into at first, at most
_PARTS = ("levels", "edges", "values", "most")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a scale is cut. edges: the least value of each level but the first. values: what
    each level stands for. most: the greatest value that was met.
    """

    edges: tuple[float, ...]
    values: tuple[float, ...]
    most: float

    def level(self, value: float) -> int:
        """The level that a value counts as; above the others' ends, the highest."""
        return int(np.searchsorted(self.edges, value, side="right"))

    def options(self) -> Json:
        """As a question has it."""
        edges, values = list(self.edges), list(self.values)
        return {"levels": len(values), "edges": edges, "values": values, "most": self.most}

    @staticmethod
    def of(options: Json) -> Cut:
        """The cut in a question's options."""
        return Cut(tuple(options["edges"]), tuple(options["values"]), float(options["most"]))


def first(met: Sequence[float]) -> Cut:
    """Levels with as many of these values each, as far as that goes."""
    edges = _quantiles(np.array(met), OPEN_LEVELS)
    edges = edges or [max(met) + 1]
    return Cut(tuple(edges), _means(edges, met), max(met))


def wider(cut: Cut, met: Sequence[float]) -> Cut:
    """The cut with more levels above, for those of these values that lie beyond it."""
    above = [value for value in met if value > cut.most]
    if not above:
        return cut
    # As many values a level as in a first cut, so far as a tenth of them are beyond it.
    more = max(1, min(round(OPEN_LEVELS * len(above) / len(met)), len(set(above))))
    edges = [min(above), *_quantiles(np.array(above), more)]
    values = cut.values + _means(edges, above)[1:]
    return Cut(cut.edges + tuple(edges), values, max(above))


def widest(options: Iterable[Json]) -> dict[str, Json]:
    """From an open scale's name to its options where it has most levels."""
    found: dict[str, Json] = {}
    for each in options:
        if "edges" in each and each["levels"] > found.get(each["scale"], {"levels": 0})["levels"]:
            found[each["scale"]] = each
    return found


def widened(options: Json, scales: Mapping[str, Json]) -> Json:
    """A question's options with its open scale as wide as it ever became."""
    wide = scales.get(str(options.get("scale"))) if "edges" in options else None
    return options if wide is None else {**options, **{name: wide[name] for name in _PARTS}}


def _quantiles(values: np.ndarray, levels: int) -> list[float]:
    points = np.quantile(values, np.arange(1, levels) / levels)
    return sorted({float(point) for point in points if point > values.min()})


def _means(edges: Sequence[float], met: Sequence[float]) -> tuple[float, ...]:
    """The mean of the values in each level; an empty one stands for its lower end."""
    ordered = np.array(met)
    level = np.searchsorted(edges, ordered, side="right")
    within = [ordered[level == n] for n in range(len(edges) + 1)]
    return tuple(float(v.mean()) if len(v) else float(edges[n - 1]) for n, v in enumerate(within))
