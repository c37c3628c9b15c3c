"""What the demonstration reaches, over seeds: first and last true return and hidden score.

    python benchmarks/demo.py --seeds 5 --folder build/demo-seeds

Runs `assent demo --once` once per seed, prints a table of every run, and per project the
mean over seeds with a 95 % interval (Student's t). Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy import stats

ASSENT = (sys.executable, "-m", "assent")
COLUMNS = ("first", "last", "gain in first sd", "answers", "KL nats", "minutes")


def main() -> None:
    """Run all seeds, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/demo-seeds"))
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    found: dict[str, list[list[float]]] = {"pendulum": [], "replies": []}
    for seed in seeds:
        folder = options.folder / str(seed)
        started = time.monotonic()
        subprocess.run([*ASSENT, "demo", str(folder), "--once", "--seed", str(seed)], check=True)
        minutes = (time.monotonic() - started) / 60
        for name, rows in found.items():
            rows.append([*figures(folder / name), minutes])
    for name, rows in found.items():
        report(name, list(seeds), np.array(rows))


def figures(folder: Path) -> list[float]:
    """First and last mean, the gain in standard deviations of the first, answers, KL."""
    done = subprocess.run(
        [*ASSENT, "status", str(folder), "--json"], capture_output=True, text=True, check=True
    )
    state = json.loads(done.stdout)
    measured = [each for each in state["rounds"] if "evaluate/true_return" in each]
    first, last = measured[0], measured[-1]
    gain = last["evaluate/true_return"] - first["evaluate/true_return"]
    return [
        first["evaluate/true_return"],
        last["evaluate/true_return"],
        gain / first["evaluate/true_return_sd"],
        state["counts"]["answers"],
        last.get("evaluate/kl_nats", float("nan")),
    ]


def report(name: str, seeds: list[int], rows: np.ndarray) -> None:
    """One project's table: a row per seed, then mean and interval."""
    print(f"\n{name}\n{'seed':>6}" + "".join(f"{column:>18}" for column in COLUMNS))
    for seed, row in zip(seeds, rows, strict=True):
        print(f"{seed:>6}" + "".join(f"{value:>18.3f}" for value in row))
    mean = rows.mean(0)
    half = np.zeros_like(mean)
    if len(rows) > 1:
        half = stats.t.ppf(0.975, len(rows) - 1) * rows.std(0, ddof=1) / len(rows) ** 0.5
    print(f"{'mean':>6}" + "".join(f"{value:>18.3f}" for value in mean))
    print(f"{'+-':>6}" + "".join(f"{value:>18.3f}" for value in half))


if __name__ == "__main__":
    main()
