from __future__ import annotations

import pytest
import torch

from assent.errors import ConfigError
from assent.models import tiny

TEXTS = ("hello there, order 12", "one two three", "hello one, order 12")
SHAPE = tiny.Shape(width=16, layers=2, heads=2, vocabulary=290, positions=64)


def test_any_text_can_be_written_and_read_back() -> None:
    made = tiny.train_tokens(TEXTS, 290)
    text = "Zürich — 東京 \U0001f375, 98.6%"
    assert made.text(made.reply(text)) == text


def test_frequent_words_of_the_corpus_are_one_token() -> None:
    made = tiny.train_tokens(["order 4127 of the kettle"] * 3, 320)
    assert len(made.reply("order 4127")) == 3  # order, its number, the end


def test_the_same_seed_builds_the_same_weights() -> None:
    first, second = (tiny.build(TEXTS, SHAPE, seed=4).model.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_building_leaves_torchs_own_randomness_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    tiny.build(TEXTS, SHAPE, seed=4)
    assert torch.equal(torch.rand(1), expected)


def test_the_model_has_the_shape_that_was_asked_for() -> None:
    config = tiny.build(TEXTS, SHAPE, seed=0).model.config
    assert (config.hidden_size, config.num_hidden_layers, config.max_position_embeddings) == (
        16,
        2,
        64,
    )


def test_a_width_that_heads_cannot_share_is_refused_with_one_that_they_can() -> None:
    with pytest.raises(ConfigError, match="use width 128"):
        tiny.build(TEXTS, tiny.Shape(width=130, heads=4), seed=0)
