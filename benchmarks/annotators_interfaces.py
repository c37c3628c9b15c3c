"""Ratings, magnitudes and rankings of the same texts: do they foretell rankings better together?

    ASSENT_DATA=DIR python benchmarks/annotators_interfaces.py
    python benchmarks/annotators_interfaces.py --seeds 20

`rankme`: likert 1 to 6, magnitude estimates with 100 as the reference (cut into ten levels), and
three systems side by side, of one set of generated sentences, in three dimensions, each with
utilities of its own. By seed a fifth of the rankings is held out; the model learns from the
ratings, from the magnitudes, from the other rankings, or from all of it. Log-loss is in nats a
ranking, ties among them; `pairs` is the share of untied pairs that utilities order as people did.
Plackett-Luce: rankings alone, everybody believed alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student
from sets import Answers, folder, lines
from sets import segment as named

from assent.likelihood.items import fit_items
from assent.likelihood.prediction import predict_items
from assent.records import Grade, Order
from assent.reward.measures import agreement

Mask = npt.NDArray[np.bool_]
_LEVELS = 10


def read() -> tuple[Answers, npt.NDArray[np.str_]]:
    """Every answer, and the interface it was given on."""
    entries = {r["item_id"]: r for r in lines(folder() / "rankme" / "items.jsonl.gz")}
    texts: dict[tuple[str, str, str], int] = {}
    rows = list(lines(folder() / "rankme" / "labels.jsonl.gz"))
    cuts = _cuts(rows)
    found, interface = Answers([]), []
    for row in rows:
        entry, dimension = entries[row["item_id"]], row["dimension"]
        keys = [(dimension, entry["prompt"], text) for text in entry["responses"]]
        segments = tuple(named(f"t{texts.setdefault(key, len(texts))}") for key in keys)
        if len(set(segments)) < len(segments):
            continue
        target: Grade | Order
        if row["method"] == "rankME":
            order = sorted(set(row["value"]), reverse=True)
            target = Order(segments, tuple(order.index(v) for v in row["value"]))
        elif row["method"] == "likert":
            target = Grade(segments, int(row["value"]) - 1, 6, f"likert {dimension}")
        else:
            edges = cuts[dimension]
            level = int(np.searchsorted(edges, row["value"], side="right"))
            target = Grade(segments, level, len(edges) + 1, f"magnitude {dimension}")
        found.add(target, row["annotator_id"])
        interface.append(row["method"])
    return found, np.array(interface)


def _cuts(rows: Sequence[dict[str, object]]) -> dict[object, npt.NDArray[np.float64]]:
    """Where magnitudes are cut into levels that were used about equally often."""
    met: dict[object, list[object]] = {}
    for row in rows:
        if row["method"] == "plainME":
            met.setdefault(row["dimension"], []).append(row["value"])
    cuts = {}
    for name, said in met.items():
        values = np.array(said, np.float64)
        edges = np.unique(np.quantile(values, np.arange(1, _LEVELS) / _LEVELS))
        cuts[name] = edges[edges > values.min()]
    return cuts


def foretold(found: Answers, train: Mask, test: Mask, pooled: bool = False) -> tuple[float, float]:
    """Log-loss of the held-out rankings, and the share of their pairs that are ordered right."""
    keep = train | test
    chosen = [j for j, kept in zip(found.judgements, keep, strict=True) if kept]
    learnt, unseen, items, _ = Answers(chosen).split(train[keep])
    fit = fit_items(learnt, len(items), pooled=pooled)
    parts = predict_items(fit, unseen, np.random.default_rng(0))
    loss = float(-np.log(np.concatenate([part.observed for part in parts])).mean())
    return loss, agreement("pairs", unseen, fit.utilities)["pairs"]


def main() -> None:
    """Every interface alone, and together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    found, interface = read()
    ranked = interface == "rankME"
    every = np.ones(len(interface), bool)
    models = {
        "Plackett-Luce": (ranked, True),
        "likert": (interface == "likert", False),
        "magnitudes": (interface == "plainME", False),
        "rankings": (ranked, False),
        "all three": (every, False),
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    for seed in range(seeds):
        test = ranked & (np.random.default_rng(seed).random(len(ranked)) < 0.2)
        for name, (mask, pooled) in models.items():
            figures[name].append(foretold(found, mask & ~test, test, pooled))
    best = np.array(figures["rankings"])
    for name, rows in figures.items():
        values = np.array(rows)
        columns = (values[:, 0], values[:, 1], values[:, 0] - best[:, 0])
        told = [_interval(column) for column in columns]
        print(f"{name:14} log-loss {told[0]}  pairs {told[1]}  less rankings alone {told[2]}")


def _interval(values: npt.NDArray[np.float64]) -> str:
    width = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.4f} ±{width:.4f}"


if __name__ == "__main__":
    main()
