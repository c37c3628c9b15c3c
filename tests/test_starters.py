from __future__ import annotations

from pathlib import Path

import pytest

from assent import config, starters
from assent.config import ControlConfig, TextConfig
from assent.environments import prompts

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize(("world", "kind"), [("control", ControlConfig), ("text", TextConfig)])
def test_a_new_project_has_settings_that_can_be_read(
    world: str, kind: type[object], tmp_path: Path
) -> None:
    starters.make(world, tmp_path / "p", environment="CartPole-v1", model="tiny")
    assert isinstance(config.load(tmp_path / "p"), kind)


def test_a_new_text_project_has_prompts_to_run_on(tmp_path: Path) -> None:
    starters.make("text", tmp_path / "p", environment="", model="tiny")
    assert prompts.read_prompts(tmp_path / "p" / "prompts.jsonl")


def test_a_project_with_a_model_of_its_own_starts_from_it(tmp_path: Path) -> None:
    starters.make("text", tmp_path / "p", environment="", model="some/model")
    assert config.load(tmp_path / "p").imitate.demonstrations is None


@pytest.mark.parametrize("name", ["pendulum", "replies"])
def test_the_example_is_what_the_demonstration_runs(name: str, tmp_path: Path) -> None:
    starters.example(name, tmp_path / name, seed=0)
    assert config.load(tmp_path / name) == config.load(EXAMPLES / name)
