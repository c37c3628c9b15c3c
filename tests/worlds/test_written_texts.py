"""A text that a person wrote, as something that the reward can score."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from assent import config, desk, stages
from assent.config import TextConfig
from assent.desk import Submission
from assent.environments.prompts import Demonstration
from assent.environments.text import demonstrate
from assent.errors import DataError
from assent.feedback.written import segment_of
from assent.project import Project
from assent.records import Annotator, Query
from assent.store.store import open_store
from assent.worlds.text import TextWorld
from tests.flows import projects


@dataclass(frozen=True)
class Asked:
    """A small project whose baseline has acted and whose corrections wait for answers."""

    project: Project
    world: TextWorld
    queries: list[Query]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("written")
    projects.make_text(folder, rounds=1)
    text = (folder / "assent.toml").read_text("utf-8")
    head, _, tail = text.partition("[ask.kinds]")
    kinds = "[ask.kinds]\ncorrection = 1\ncomparison = 1\n"
    (folder / "assent.toml").write_text(head + kinds + tail[tail.index("[reward]") :], "utf-8")
    settings = config.load(folder)
    assert isinstance(settings, TextConfig)
    store = open_store(folder)
    project = Project(folder, settings, store)
    world = TextWorld(settings, folder, store)
    stages.imitate(project, world, 0)
    stages.rollout(project, world, 1)
    stages.ask(project, world, 1)
    yield Asked(project, world, store.questions.list(round=1))
    store.close()


def test_a_correction_carries_the_reply_as_it_is_shown(asked: Asked) -> None:
    store = asked.project.store
    shown = [
        (query.options["original"], (store.questions.scene(query.segments[0].key) or {})["reply"])
        for query in asked.queries
        if query.kind == "correction"
    ]
    assert (len(shown) > 0, all(text == reply for text, reply in shown)) == (True, True)


def test_a_written_text_looks_to_the_reward_like_a_demonstration_of_it(asked: Asked) -> None:
    trajectories = asked.project.store.trajectories
    model = trajectories.get(trajectories.list(round=1)[0])
    messages = tuple((model.text or {})["messages"])
    shown = Demonstration(messages, "I am sorry, it is on its way.", "line 1")

    written = asked.world.written(model, shown.reply, "w")
    expected = demonstrate(shown, asked.world._base().tokens, "d")

    both = [written, expected]
    described = asked.world.describe_segments(both, [asked.world.whole(each) for each in both])
    torch.testing.assert_close(described.features[0], described.features[1])
    assert list(written.observations) == list(expected.observations)


def test_the_prompt_stays_token_for_token(asked: Asked) -> None:
    trajectories = asked.project.store.trajectories
    model = trajectories.get(trajectories.list(round=1)[0])
    written = asked.world.written(model, "Something else entirely.", "w")
    first = int(np.flatnonzero(model.mask)[0])
    assert list(written.observations[: first + 1]) == list(model.observations[: first + 1])
    assert (written.group, written.text) == (
        model.group,
        {**(model.text or {}), "reply": "Something else entirely."},
    )


def test_in_a_dialogue_of_several_turns_the_last_reply_is_replaced(asked: Asked) -> None:
    trajectories = asked.project.store.trajectories
    model = trajectories.get(trajectories.list(round=1)[0])
    first = int(np.flatnonzero(model.mask)[0])
    mask = model.mask.copy()
    mask[0], mask[1:first] = True, False  # as if the policy had said the first token, too
    dialogue = replace(model, mask=mask)
    written = asked.world.written(dialogue, "Yes.", "w")
    own = written.steps - first
    assert written.mask.tolist() == [True] + [False] * (first - 1) + [True] * own


def test_a_text_beyond_the_models_room_is_refused(asked: Asked) -> None:
    trajectories = asked.project.store.trajectories
    model = trajectories.get(trajectories.list(round=1)[0])
    with pytest.raises(DataError, match="has room for 1024"):
        asked.world.written(model, "no " * 3000, "w")


def test_corrections_are_learnt_from_and_unreadable_ones_are_counted(asked: Asked) -> None:
    project = asked.project
    store = project.store
    store.people.add(Annotator("ada", "Ada"))
    texts: dict[str, str] = {}
    for slot in desk.claim(store, "ada", 100, time.time(), 900.0):
        query = slot.query
        answer: dict[str, object] = {"choice": "tie"}
        if query.kind == "correction":
            texts[query.id] = f"No. {len(texts)}, as it should be." if texts else "no " * 3000
            answer = {"text": texts[query.id]}
        desk.answer(
            store,
            Submission(slot.id, slot.lease_token, "ada", query.id, answer, f"key-{query.id}"),
            time.time(),
        )

    metrics = stages.reward(project, asked.world, 1)

    readable = [q for q in asked.queries if q.id in texts and len(texts[q.id]) < 100]
    names = {segment_of(query, texts[query.id]).trajectory for query in readable}
    kept = set(store.trajectories.list(purpose="written"))
    assert (kept, metrics["reward/unreadable"]) == (names, 1.0)
    assert not kept & set(store.trajectories.list())
