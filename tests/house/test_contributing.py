"""The worked examples of CONTRIBUTING.md keep the contracts that they are examples of."""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from assent import testing
from assent.environments.control import ControlEnvironment
from assent.records import Query, Segment
from tests.house.tree import ROOT

EXAMPLE = re.compile(r"```python\n# (\w+)\.py\n(.*?)```", re.DOTALL)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def example(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_there_is_one_example_for_each_thing_to_add(examples: Path) -> None:
    assert sorted(path.stem for path in examples.glob("*.py")) == [
        "clipped",
        "doubt",
        "lever",
        "marks",
    ]


def test_the_environment_keeps_its_contract(examples: Path, rng: np.random.Generator) -> None:
    environment = ControlEnvironment("lever:Lever-v0", horizon_steps=20)

    def act(observation: Any, moves: np.random.Generator) -> Any:
        return moves.uniform(-1, 1, 1).astype(np.float32)

    testing.check_environment(environment, act, rng)


def test_the_kind_keeps_its_contract(examples: Path, rng: np.random.Generator) -> None:
    query = Query("q", "marks", (Segment("a", 0, 5),), "How is it?", "uniform", 1.0)
    testing.check_feedback_kind(example("marks").Marks(), query, rng)


def test_the_algorithm_keeps_its_contract(examples: Path, rng: np.random.Generator) -> None:
    testing.check_algorithm(example("clipped").ClippedPPO, rng)


def test_the_strategy_keeps_its_contract(examples: Path, rng: np.random.Generator) -> None:
    testing.check_strategy(example("doubt").choose, rng)


def test_every_command_of_the_makefile_that_is_named_exists() -> None:
    told = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert told - there == set()
