"""The examples: their settings are right, and they run."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assent import config, drive, worlds
from assent.environments import manners
from assent.models import tiny
from assent.models.pretrained import Parts
from assent.project import Project
from assent.store.store import open_store

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/assent.toml"))
CROWD = "3 sharp, 1 careless"

# Sizes at which an example goes round once in seconds; everything else stays as it is written.
SMALL: dict[str, dict[str, Any]] = {
    "project": {"rounds": 1},
    "rollout": {"trajectories": 8},
    "ask": {"questions": 8},
    "reward": {"members": 2, "max_epochs": 10},
    "improve": {"updates": 2, "episodes": 4},
    "evaluate": {"trajectories": 4},
}
CONTROL = {"environment": {"copies": 2, "horizon_steps": 60}}
TINY = {"width": 32, "layers": 2, "heads": 2, "vocabulary": 400}
# Only a hidden score lets simulated people judge replies.
TEXT = {"environment": {"max_new_tokens": 12, "score": "manners"}}
OWN: dict[str, dict[str, dict[str, Any]]] = {
    "cheetah": CONTROL,
    "own-model": TEXT,
    "pendulum": CONTROL,
    "replies": {**TEXT, "policy": TINY, "imitate": {"epochs": 1}},
}


def settings(name: str) -> dict[str, Any]:
    """What an example's file says."""
    return tomllib.loads((EXAMPLES / name / config.FILE_NAME).read_text("utf-8"))


def small(name: str) -> config.Config:
    """An example's settings at a size that a test can run."""
    tree = settings(name)
    for changes in (SMALL, OWN[name]):
        for section, change in changes.items():
            tree[section] = {**tree.get(section, {}), **change}
    return config.parse(tree)


def bring_a_model(folder: Path) -> None:
    """A language model as transformers saves it, in place of somebody's own."""
    texts = [(folder / manners.DEMONSTRATIONS_NAME).read_text("utf-8")]
    parts: Parts = tiny.build(texts, tiny.Shape(32, 2, 2, 400), seed=0)
    parts.model.save_pretrained(folder / "model")
    parts.tokens.tokenizer.save_pretrained(folder / "model")


def nothing(folder: Path) -> None:
    """Control needs no files."""


def corpus(folder: Path) -> None:
    """Prompts and demonstrations."""
    manners.write(folder, seed=0, prompts=20, demonstrations=60)


def corpus_and_model(folder: Path) -> None:
    """Prompts, and a model to improve."""
    corpus(folder)
    bring_a_model(folder)


BRINGS: dict[str, Callable[[Path], None]] = {
    "cheetah": nothing,
    "own-model": corpus_and_model,
    "pendulum": nothing,
    "replies": corpus,
}


@pytest.mark.parametrize("name", NAMES)
def test_an_examples_settings_are_right(name: str) -> None:
    assert config.parse(settings(name)).project.name == name


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_example_goes_round_the_loop(name: str, tmp_path: Path) -> None:
    BRINGS[name](tmp_path)
    with open_store(tmp_path) as store:
        project = Project(tmp_path, small(name), store)
        end = drive.drive(project, worlds.make(project), CROWD, lambda step: False)
        measured = [run.round for run in store.runs.list("evaluate")]
    assert (end.word, measured) == ("done", [0, 1])
