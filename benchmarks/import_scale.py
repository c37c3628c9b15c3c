"""How long very many answers take to be imported and fitted, by the commands that people use.

Made-up annotators of known sensitivity compare made-up items; their answers are written as JSON
lines. Then `assent init answers`, `assent import`, the same import again (which adds nothing),
and `assent reward`.

    python benchmarks/import_scale.py                          # 100,000 answers
    python benchmarks/import_scale.py --answers 1000000

Printed are for each command the seconds, the processor time, and the most memory that any command
took so far. What it must reach: 100,000 answers imported within 20 s.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PEOPLE = 1000
PER_ITEM = 10  # answers to one pair of responses


def main() -> None:
    """Write the files, run the commands, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--import-only", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assent-import-") as home:
        files, project = Path(home) / "files", Path(home) / "project"
        files.mkdir()
        write(files, given.answers, np.random.default_rng(0))
        size = sum(path.stat().st_size for path in files.iterdir()) / 1e6
        print(f"{given.answers:,} answers in {size:.0f} MB, load {os.getloadavg()[0]:.1f}")
        run("init", "answers", str(project))
        run("import", str(files), str(project))
        run("import", str(files), str(project))
        if not given.import_only:
            run("reward", str(project))


def write(folder: Path, answers: int, rng: np.random.Generator) -> None:
    """Pairs of responses, and what people said of them."""
    pairs = max(1, answers // PER_ITEM)
    worth = rng.normal(0, 1, (pairs, 2))
    sensitivity = rng.lognormal(0.5, 0.5, PEOPLE)
    with (folder / "items.jsonl").open("w", encoding="utf-8") as items:
        for number in range(pairs):
            texts = [f"Reply {side} to prompt {number}" for side in "ab"]
            line = {"item_id": f"q{number}", "prompt": f"Prompt {number}", "responses": texts}
            items.write(json.dumps(line) + "\n")
    with (folder / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for number in range(answers):
            pair = number % pairs
            # Each pair meets ten different people.
            who = (pair * 7 + number // pairs * 101) % PEOPLE
            logit = sensitivity[who] * (worth[pair, 0] - worth[pair, 1])
            value = int(rng.random() > 1 / (1 + np.exp(-logit)))
            line = {"item_id": f"q{pair}", "annotator_id": f"w{who}", "feedback": "pair"}
            labels.write(json.dumps({**line, "value": value}) + "\n")


def run(*arguments: str) -> None:
    """One command, and what it took."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "assent", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    spent = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = after.ru_maxrss / 1024
    print(f"    {arguments[0]:8} {spent:6.1f} s, {cpu:6.1f} s of processor, {memory:.0f} MiB")


if __name__ == "__main__":
    main()
