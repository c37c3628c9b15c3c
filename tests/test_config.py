from __future__ import annotations

from pathlib import Path

import pytest

from assent import config, reference
from assent.errors import ConfigError

CONTROL = {"project": {"name": "p"}, "environment": {"world": "control", "id": "Pendulum-v1"}}
TEXT = {"project": {"name": "p"}, "environment": {"world": "text", "prompts": "p.jsonl"}}


def test_a_project_needs_a_name_and_an_environment_only() -> None:
    assert config.parse(CONTROL).ask.questions == 50


def test_an_unknown_key_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"ask\.qestions: unknown setting; allowed .* questions"):
        config.parse({**CONTROL, "ask": {"qestions": 3}})


def test_a_key_of_the_other_world_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"policy\.lora_rank: unknown setting"):
        config.parse({**CONTROL, "policy": {"lora_rank": 8}})


def test_a_setting_without_effect_is_an_error() -> None:
    with pytest.raises(ConfigError, match="lora_rank has no effect"):
        config.parse({**TEXT, "policy": {"model": "tiny", "lora_rank": 8}})


def test_every_bad_key_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse({**CONTROL, "ask": {"questions": 0, "colour": "red"}})
    assert "ask.questions" in str(caught.value)
    assert "ask.colour" in str(caught.value)


def test_a_world_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match='world = "control" or "text", found \'speech\''):
        config.parse({**CONTROL, "environment": {"world": "speech"}})


def test_worlds_have_their_own_defaults_and_the_file_comes_over_them() -> None:
    text = config.parse({**TEXT, "improve": {"kl_weight": 0.2}})
    assert (text.improve.start, text.improve.kl_weight) == ("baseline", 0.2)
    assert config.parse(CONTROL).improve.start == "both"


def test_a_project_of_answers_has_its_own_three_sections() -> None:
    answers = {"project": {"name": "p"}, "environment": {"world": "answers"}}
    assert config.parse_answers(answers).reward.held_out == 0.1
    with pytest.raises(ConfigError, match=r"policy: unknown setting"):
        config.parse_answers({**answers, "policy": {}})
    with pytest.raises(ConfigError, match=r"reward\.members: unknown setting"):
        config.parse_answers({**answers, "reward": {"members": 3}})


def test_the_loop_refuses_a_project_of_answers_and_says_what_it_is_for(tmp_path: Path) -> None:
    text = '[project]\nname = "p"\n[environment]\nworld = "answers"\n'
    (tmp_path / config.FILE_NAME).write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="only items and answers"):
        config.load(tmp_path)


def test_a_folder_without_settings_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="assent init"):
        config.load(tmp_path)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_text("[project\n", "utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        config.load(tmp_path)


def test_the_page_of_settings_is_current() -> None:
    page = Path(__file__).parent.parent / "docs" / "settings.md"
    assert page.read_text("utf-8") == reference.page(), (
        "renew it: python -m assent.reference > docs/settings.md"
    )
