"""Where a reply's reward stands, and what being cut off costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from assent import config
from assent.config import TextConfig
from assent.models.batch import Batch
from assent.store.store import open_store
from assent.worlds.text import TextWorld


def two_replies() -> Batch:
    """Two tokens of prompt and two of reply each; the second reply was cut."""
    return Batch(
        observations=torch.zeros(2, 5, dtype=torch.long),
        actions=torch.zeros(2, 4, dtype=torch.long),
        mask=torch.tensor([[False, True, True, False]] * 2),
        logprobs=torch.zeros(2, 4),
        terminated=torch.tensor([True, False]),
        truncated=torch.tensor([False, True]),
        lengths=torch.tensor([4, 4]),
    )


@pytest.mark.parametrize(("must_end", "cut"), [(True, -1.0), (False, 2.0)])
def test_a_cut_reply_scores_low_where_it_must_end(
    tmp_path: Path, must_end: bool, cut: float
) -> None:
    environment = {"world": "text", "prompts": "prompts.jsonl", "must_end": must_end}
    settings = config.parse({"project": {"name": "cut"}, "environment": environment})
    assert isinstance(settings, TextConfig)
    store = open_store(tmp_path)
    world = TextWorld(settings, tmp_path, store)

    rewards = world.place(torch.tensor([[2.0], [2.0]]), two_replies())

    store.close()
    assert rewards.tolist() == [[0.0, 0.0, 2.0, 0.0], [0.0, 0.0, cut, 0.0]]
