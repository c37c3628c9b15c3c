"""Small projects that go round the loop in seconds, and the command line as people call it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONTROL = """
[project]
name = "small"
rounds = {rounds}
[environment]
world = "control"
id = "Pendulum-v1"
copies = 4
horizon_steps = 40
clip_seconds = 0.5
[policy]
hidden = [16]
[rollout]
trajectories = 6
[ask]
questions = 12
[ask.kinds]
comparison = 2
ranking = 1
rating = 1
approval = 1
[reward]
members = 2
hidden = [16]
max_epochs = 20
[improve]
updates = 2
episodes = 4
[evaluate]
trajectories = 4
"""

TEXT = """
[project]
name = "small"
rounds = {rounds}
[environment]
world = "text"
prompts = "prompts.jsonl"
max_new_tokens = 12
score = "manners"
[policy]
model = "tiny"
width = 32
layers = 2
heads = 2
vocabulary = 400
[imitate]
demonstrations = "demonstrations.jsonl"
epochs = 1
[rollout]
trajectories = 16
[ask]
questions = 8
[ask.kinds]
comparison = 2
ranking = 1
rating = 1
[reward]
members = 2
hidden = [16]
max_epochs = 20
[improve]
updates = 2
episodes = 8
[evaluate]
trajectories = 8
"""


def make_control(folder: Path, rounds: int = 1) -> Path:
    """A control project in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assent.toml").write_text(CONTROL.format(rounds=rounds), "utf-8")
    return folder


def make_text(folder: Path, rounds: int = 1) -> Path:
    """A text project in `folder`, with a small corpus."""
    from assent.environments import manners

    folder.mkdir(parents=True, exist_ok=True)
    manners.write(folder, seed=0, prompts=20, demonstrations=60)
    (folder / "assent.toml").write_text(TEXT.format(rounds=rounds), "utf-8")
    return folder


def command(*words: str | Path) -> list[str]:
    """The command line of `assent WORDS`."""
    return [sys.executable, "-m", "assent", *map(str, words)]


def quiet() -> dict[str, str]:
    """An environment in which a child uses one thread."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def assent(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `assent WORDS` to its end."""
    return subprocess.run(
        command(*words), capture_output=True, text=True, timeout=300, env=quiet(), check=False
    )
