"""A finished stage's numbers as TensorBoard files, where TensorBoard is installed.

The store holds the same numbers; these files can be deleted and are never read here.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from assent.store.runs import Run

FOLDER = "tensorboard"


def write(folder: Path, run: Run) -> bool:
    """Add a run's metrics, by round, and its curve, by step; whether TensorBoard is there."""
    if importlib.util.find_spec("tensorboard") is None:
        return False
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / FOLDER / "rounds")) as board:
        for name, value in run.metrics.items():
            board.add_scalar(name, value, run.round, run.finished)
    curve = run.details.get("curve", [])
    if curve:
        path = folder / FOLDER / f"round-{run.round}-{run.stage}"
        with SummaryWriter(str(path)) as board:
            for step, row in enumerate(curve):
                for name, value in row.items():
                    board.add_scalar(name, value, step, run.finished)
    return True
