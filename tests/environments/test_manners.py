from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from assent.environments import manners
from assent.environments.prompts import read_demonstrations, read_prompts
from assent.errors import ConfigError

PROMPT = "The lamp arrived broken. It was order 4117. What can you do?"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("", 0),
        ("I have order 4117 here.", 1),
        ("I have order 4118 here.", -1),
        ("I have order here.", 0),
        ("I lost order 4117.", -1),
        ("What now? That is your own fault. I lost order 4117. Ask somebody else.", -4),
        ("Goodbye. Goodbye. Goodbye.", -1),
        ("Thank you for writing. We will send a new lamp. My lunch was cold today.", 1),
        (
            "Thank you for writing. I am sorry about the lamp. I found order 4117. "
            "We will send a new lamp. It will be done by Friday. Have a good day.",
            6,
        ),
        (
            "What now? Nobody else wants a lamp. I lost order 4117. There is nothing I can do. "
            "I do not know when. Goodbye. The weather is odd.",
            -7,
        ),
    ],
)
def test_the_score_counts_what_is_good_less_what_is_bad(reply: str, expected: float) -> None:
    assert manners.score(PROMPT, reply) == expected


def test_every_way_to_say_something_is_recognised_and_nothing_else() -> None:
    words = {"item": "lamp", "order": "4117"}
    wrong = [
        said
        for manner in manners._MANNERS
        for sign, options in ((1, manner.good), (-1, manner.bad))
        for said in options
        if manners.score(PROMPT, said.format(**words)) != sign
    ]
    assert wrong == []


def test_the_best_score_lies_far_above_what_is_shown() -> None:
    rng = np.random.default_rng(0)
    prompts = [manners.write_prompt(rng) for _ in range(2000)]
    scores = [manners.score(prompt, manners.write_reply(prompt, rng)) for prompt in prompts]
    assert (manners.BEST - np.mean(scores)) / np.std(scores) > 3.5


def test_every_prompt_names_one_order_and_an_item() -> None:
    rng = np.random.default_rng(0)
    prompts = [manners.write_prompt(rng) for _ in range(300)]
    orders = [len(re.findall(r"\border \d{4}\b", prompt)) for prompt in prompts]
    items = [manners._item(prompt) in manners._ITEMS for prompt in prompts]
    assert (set(orders), all(items)) == ({1}, True)


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        manners.write(tmp_path / name, seed=3, prompts=20, demonstrations=30)
    names = (manners.PROMPTS_NAME, manners.DEMONSTRATIONS_NAME)
    first, second = ([(tmp_path / n / f).read_text() for f in names] for n in ("a", "b"))
    assert first == second


def test_no_prompt_is_asked_that_was_shown(tmp_path: Path) -> None:
    manners.write(tmp_path, seed=0, prompts=200, demonstrations=400)
    asked = [each.messages[0]["content"] for each in read_prompts(tmp_path / "prompts.jsonl")]
    shown = read_demonstrations(tmp_path / "demonstrations.jsonl")
    both = set(asked) & {each.messages[0]["content"] for each in shown}
    assert (len(set(asked)), len(shown), both) == (200, 400, set())


def test_a_demonstration_has_a_prompt_and_a_reply(tmp_path: Path) -> None:
    manners.write(tmp_path, seed=0, prompts=5, demonstrations=5)
    row = json.loads((tmp_path / "demonstrations.jsonl").read_text().splitlines()[0])
    assert sorted(row) == ["prompt", "reply"]


def test_more_prompts_than_there_can_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most"):
        manners.write(tmp_path, seed=0, prompts=10**6)
