"""Reads public sets of answers by real people into judgements, for `annotators_real.py`.

Each set is a folder under `ASSENT_DATA` (or `../shared/data`); its README says where it is
from and under which licence.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.likelihood.evidence import Evidence, Scale, compile
from assent.records import Grade, Judgement, Order, Segment, Target

Doubles = npt.NDArray[np.float64]
MOST_LEVELS = 25  # finer scales are cut into levels that were used about equally often


def folder() -> Path:
    """Where the sets are."""
    given = os.environ.get("ASSENT_DATA")
    return Path(given) if given else Path(__file__).resolve().parents[1] / "../shared/data"


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a `.jsonl.gz`."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a `.csv.gz`."""
    with gzip.open(path, "rb") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


def segment(name: str) -> Segment:
    """A name as a segment."""
    return Segment(name.replace(":", "_"), 0, 1)


@dataclass
class Answers:
    """Answers with the names of what they are about and who gave them."""

    judgements: list[Judgement]

    def add(self, target: Target, who: str, shown: tuple[int, ...] = ()) -> None:
        """One more answer."""
        self.judgements.append(Judgement(target, who, shown, "", str(len(self.judgements))))

    def names(self, first: Sequence[str] = ()) -> tuple[dict[str, int], dict[str, int]]:
        """Rows of items and of annotators."""
        items = sorted({s.key for j in self.judgements for s in j.target.segments})
        people = sorted({j.annotator for j in self.judgements} - set(first))
        return {k: i for i, k in enumerate(items)}, {k: i for i, k in enumerate([*first, *people])}

    def split(
        self, train: npt.NDArray[np.bool_]
    ) -> tuple[Evidence, Evidence, dict[str, int], dict[str, int]]:
        """What is learnt from and what is predicted, on the same rows and scales.

        Annotators who are only predicted come last.
        """
        chosen = [j for j, keep in zip(self.judgements, train, strict=True) if keep]
        rest = [j for j, keep in zip(self.judgements, train, strict=True) if not keep]
        items, people = self.names(sorted({j.annotator for j in chosen}))
        known = {j.annotator: people[j.annotator] for j in chosen}
        learnt = compile(chosen, items, known)
        scales: tuple[Scale, ...] = learnt.scales
        return learnt, compile(rest, items, people, known=scales), items, people

    def whole(self) -> tuple[Evidence, dict[str, int], dict[str, int]]:
        """Everything, to be fitted at once."""
        items, people = self.names()
        return compile(self.judgements, items, people), items, people


@dataclass
class Ratings:
    """n ratings: rows of raters and items, values, and the values that the levels stand for."""

    rater: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    value: Doubles
    level: npt.NDArray[np.int64]
    worth: Doubles
    edges: Doubles

    def answers(self) -> Answers:
        """As grades of single items."""
        found = Answers([])
        levels = len(self.worth)
        for rater, item, level in zip(self.rater, self.item, self.level, strict=True):
            target = Grade((segment(f"i{item:06d}"),), int(level), levels, "rating")
            found.add(target, f"r{rater:06d}")
        return found


def ratings(rows: Sequence[tuple[str, str, float]]) -> Ratings:
    """Ratings of (rater, item, value), with at most `MOST_LEVELS` levels."""
    raters = {name: i for i, name in enumerate(sorted({r for r, _, _ in rows}))}
    items = {name: i for i, name in enumerate(sorted({i for _, i, _ in rows}))}
    value = np.array([v for _, _, v in rows])
    worth = np.unique(value)
    if len(worth) > MOST_LEVELS:
        cuts = np.unique(np.quantile(value, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]))
        level = np.searchsorted(cuts, value, side="left")
        _, level = np.unique(level, return_inverse=True)
        worth = np.array([value[level == at].mean() for at in range(level.max() + 1)])
    else:
        level = np.searchsorted(worth, value)
    return Ratings(
        np.array([raters[r] for r, _, _ in rows]),
        np.array([items[i] for _, i, _ in rows]),
        value,
        level,
        worth,
        (worth[1:] + worth[:-1]) / 2,
    )


def rated(name: str) -> Ratings:
    """A set whose labels are ratings."""
    found = lines(folder() / name / "labels.jsonl.gz")
    return ratings([(r["annotator_id"], r["item_id"], float(r["value"])) for r in found])


def crowd(name: str) -> tuple[Ratings, list[str], dict[str, float]]:
    """A set of `crowd_labels`, its items' names, and the gold values of some of them."""
    rows = table(folder() / "crowd_labels" / f"{name}.labels.csv.gz")
    gold = table(folder() / "crowd_labels" / f"{name}.truth.csv.gz")
    found = ratings([(r["worker"], r["item"], float(r["label"])) for r in rows])
    names = sorted({r["item"] for r in rows})
    return found, names, {r["item"]: float(r["truth"]) for r in gold}


def compared_arguments() -> Answers:
    """`ukp_convarg1`: which of two arguments convinces more, or a tie, by identified workers."""
    items = {r["item_id"]: r for r in lines(folder() / "ukp_convarg1" / "items.jsonl.gz")}
    found = Answers([])
    for row in lines(folder() / "ukp_convarg1" / "labels.jsonl.gz"):
        item = items[row["item_id"]]["meta"]
        pair = tuple(segment(f"{item['side']}/{name}") for name in item["argument_ids"])
        level = {0: 2, 1: 0, "tie": 1}[row["value"]]
        found.add(Grade(pair, level, 3, "comparison"), row["annotator_id"], (0, 1))
    return found


def ranked(name: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """A set of `item_rankings`: names of the options, and `[people, options]` ranks from 0."""
    rows = table(folder() / "item_rankings" / f"{name}.csv.gz")
    options = [key for key in rows[0] if key != "person"]
    return options, np.array([[int(row[o]) - 1 for o in options] for row in rows])


def rankings(options: Sequence[str], ranks: npt.NDArray[np.int64]) -> Answers:
    """One order of all options by each person."""
    found = Answers([])
    for person, row in enumerate(ranks):
        target = Order(tuple(segment(o) for o in options), tuple(int(r) for r in row))
        found.add(target, f"p{person:05d}")
    return found
