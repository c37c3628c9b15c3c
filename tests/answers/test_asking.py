"""A project of items asks people about them, learns from what they say, and asks again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent import desk
from assent.answers import asking, running
from assent.answers import reward as learning
from assent.answers.scenes import scene_of
from assent.desk import Submission
from assent.errors import ConfigError, DataError
from assent.feedback import kind as kinds
from assent.feedback.simulated import SimulatedAnnotator
from assent.project import AnswersProject, open_answers
from assent.records import Annotator, Query
from assent.store.items import Item
from tests.answers.test_commands import run

SHARP = SimulatedAnnotator("sharp")
FEW = "[ask]\nquestions = 6\nanswers_wanted = 2\n"
KINDS = ["comparison", "ranking", "rating", "approval", "attributes", "rate_then_rank", "spans"]
Make = Callable[..., AnswersProject]


def items(prompts: int, replies: int) -> list[dict[str, Any]]:
    """Prompts with replies, the later the better."""
    return [
        {
            "item_id": f"q{number}",
            "prompt": f"Question {number}?",
            "responses": [f"Reply {place} to {number}, which goes on." for place in range(replies)],
        }
        for number in range(prompts)
    ]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    opened: list[AnswersProject] = []

    def made(rows: list[dict[str, Any]], more: str = FEW, name: str = "labels") -> AnswersProject:
        folder = tmp_path / name
        run("init", "answers", folder)
        settings = (folder / "assent.toml").read_text("utf-8")
        (folder / "assent.toml").write_text(
            settings.split("[ask]")[0] + more,
            "utf-8",
        )
        source = tmp_path / f"{name}-items.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        if rows:
            run("import", source, folder)
        opened.append(open_answers(folder))
        return opened[-1]

    yield made
    for project in opened:
        project.store.close()


def answer_all(project: AnswersProject, people: int = 2) -> int:
    """Everybody answers what they get, the later replies being the better ones."""
    store = project.store
    place = {
        f"{item.id}:0:1": float(str(item.response or item.prompt).split()[1])
        for item in store.items.list()
    }
    store.people.add_all([Annotator(f"p{n}", f"p{n}") for n in range(people)])
    rng = np.random.default_rng(store.answers.last_event())
    given = 0
    for person in range(people):
        while slots := desk.claim(store, f"p{person}", 8, 1e9, 900.0):
            for slot in slots:
                worth = np.array([place[s.key] for s in slot.query.segments])
                kind = kinds.find(slot.query.kind)
                said = kind.simulate(slot.query, worth, SHARP, slot.shown_order, rng)
                key = f"{slot.id}-{person}"
                token = slot.lease_token
                desk.answer(
                    store, Submission(slot.id, token, f"p{person}", slot.query.id, said, key), 1e9
                )
                given += 1
    return given


def sets(project: AnswersProject) -> list[frozenset[str]]:
    """What each question was about, in their order."""
    return [frozenset(s.key for s in query.segments) for query in questions(project)]


def questions(project: AnswersProject) -> list[Query]:
    return project.store.questions.list(project.store.counts().round)


ASK = f"{FEW}[ask.kinds]\n"


def test_only_replies_to_one_prompt_stand_side_by_side_and_none_twice(make: Make) -> None:
    project = make(items(3, 4))
    asked = [asking.ask(project)["ask/questions"] for _ in range(4)]
    prompts = {f"{item.id}:0:1": item.prompt for item in project.store.items.list()}
    found = sets(project)
    assert asked == [6, 6, 6, 0]  # 3 prompts with 6 pairs each
    assert len(set(found)) == len(found) == 18
    assert all(len({prompts[key] for key in each}) == 1 for each in found)


def test_what_people_see_is_the_prompt_and_the_reply(make: Make) -> None:
    project = make(items(1, 2))
    asking.ask(project)
    [query] = questions(project)
    hashes = project.store.questions.scene_hashes([s.key for s in query.segments])
    scenes = [project.store.blobs.get_json(hashes[s.key]) for s in query.segments]
    assert {scene["prompt"] for scene in scenes} == {"Question 0?"}
    assert {scene["reply"][:7] for scene in scenes} == {"Reply 0", "Reply 1"}
    assert (query.answers_wanted, project.store.counts().slots) == (2, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_page_brings_teaches_what_its_export_does(
    make: Make, tmp_path: Path, kind: str
) -> None:
    project = make(items(3, 5), ASK + f"{kind} = 1\n")
    asking.ask(project)
    given = answer_all(project)
    assert given == project.store.counts().slots > 0
    run("export", project.folder, "--to", tmp_path / "said.jsonl")
    if kind == "spans":
        with pytest.raises(DataError):
            learning.learn(project)
        return
    fitted, _ = learning.learn(project)
    other = make([], name="other")
    run("import", tmp_path / "said.jsonl", other.folder)
    again, _ = learning.learn(other)
    texts = {item.id: item.response for item in other.store.items.list()}
    ours = {item.id: item.response for item in project.store.items.list()}
    worth = {texts[t.item]: u for t, u in zip(again.things, again.fit.utilities, strict=True)}
    found = {ours[t.item]: u for t, u in zip(fitted.things, fitted.fit.utilities, strict=True)}
    assert found.keys() == worth.keys()
    assert [found[text] for text in found] == pytest.approx(
        [worth[text] for text in found], abs=1e-3
    )


@pytest.mark.parametrize(
    ("kind", "said"), [("correction", "Reply 9 to 0."), ("demonstration", "D")]
)
def test_texts_that_people_write_are_kept_and_teach_no_item(
    make: Make, kind: str, said: str
) -> None:
    project = make(items(2, 2), ASK + f"{kind} = 1\ncomparison = 1\n")
    asking.ask(project)
    project.store.people.add(Annotator("p0", "p0"))
    written = 0
    for slot in desk.claim(project.store, "p0", 20, 1e9, 900.0):
        answer: dict[str, Any] = {"text": said} if slot.query.kind == kind else {"choice": "tie"}
        given = Submission(slot.id, slot.lease_token, "p0", slot.query.id, answer, slot.id)
        desk.answer(project.store, given, 1e9)
        written += slot.query.kind == kind
    fitted, _ = learning.learn(project)
    assert written > 0
    assert {thing.item for thing in fitted.things} <= {i.id for i in project.store.items.list()}
    assert said in run("export", project.folder)


def test_the_loop_goes_on_until_every_set_was_asked(make: Make) -> None:
    project = make(items(3, 4))
    waited = []
    for _ in range(10):
        step = running.go_on(project)
        if step is None:
            break
        waited.append(step.why)
        answer_all(project)
    scores = learning.scores(project.store, 0)
    assert waited == [f"12 of {12 * n} answers are missing" for n in (1, 2, 3)]
    assert (len(sets(project)), step) == (18, None)
    assert scores[0]["response"].startswith("Reply 3")
    assert scores[-1]["response"].startswith("Reply 0")


def test_once_it_stops_where_people_are_needed(make: Make) -> None:
    project = make(items(2, 3))
    running.run(project, serve=False, once=True)
    first = sets(project)
    running.run(project, serve=False, once=True)
    assert (len(first), sets(project)) == (6, first)


def test_after_a_fit_it_asks_what_is_not_known(make: Make) -> None:
    # Of one pair everything was said, of the other nothing: the fit says which to ask about.
    project = make(items(1, 12), "[ask]\nquestions = 8\nanswers_wanted = 2\nrandom_share = 0\n")
    asking.ask(project)
    answer_all(project)
    learning.learn(project)
    asking.ask(project)
    drawn = {query.strategy for query in questions(project)[8:]}
    assert drawn == {"information"}


def test_answers_of_a_group_that_teach_nothing_do_not_stop_the_loop(make: Make) -> None:
    project = make(items(1, 4), "[ask]\nquestions = 2\nanswers_wanted = 1\n")
    assert running.go_on(project) is not None
    project.store.people.add(Annotator("p0", "p0"))
    for slot in desk.claim(project.store, "p0", 8, 1e9, 900.0):
        skip = Submission(
            slot.id, slot.lease_token, "p0", slot.query.id, {"skip": "cant_tell"}, slot.id
        )
        desk.answer(project.store, skip, 1e9)
    step = running.go_on(project)
    assert step is not None
    assert (step.word, project.store.counts().slots) == ("wait", 4)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no items"),
        (
            [{"item_id": "a", "prompt": None, "responses": [{"x": 1}, {"x": 2}]}],
            "none of the 2 items",
        ),
        (
            [{"item_id": f"a{n}", "prompt": f"P{n}", "responses": ["r"]} for n in range(3)],
            "side by",
        ),
    ],
)
def test_items_of_which_no_question_can_be_made_are_refused(
    make: Make, rows: list[dict[str, Any]], why: str
) -> None:
    with pytest.raises(DataError, match=why):
        asking.ask(make(rows))


def test_the_same_text_with_other_blanks_is_not_asked_about(make: Make) -> None:
    project = make([{"item_id": "a", "prompt": "P", "responses": ["same", " same\n", "other"]}])
    figures = asking.ask(project)
    assert figures == {"ask/questions": 2.0, "ask/alike": 1.0}


@pytest.mark.parametrize(
    ("prompt", "response", "scene"),
    [
        ("P", "r", {"type": "text", "prompt": "P", "reply": "r"}),
        (None, "r", {"type": "text", "prompt": "", "reply": "r"}),
        ("An essay.", None, {"type": "text", "prompt": "", "reply": "An essay."}),
        (
            [{"role": "user", "content": "Hi", "more": 1}],
            "r",
            {"type": "text", "messages": [{"role": "user", "content": "Hi"}], "reply": "r"},
        ),
        ([{"role": "user"}], "r", None),
        ({"text": "P"}, "r", None),
        ("P", " ", None),
        ("P", 3, None),
        (None, None, None),
    ],
)
def test_texts_and_conversations_can_be_shown(prompt: Any, response: Any, scene: Any) -> None:
    assert scene_of(Item("i", "i", prompt, response)) == scene


def test_simulated_people_cannot_judge_items(make: Make) -> None:
    project = make(items(1, 2))
    with pytest.raises(ConfigError, match="true reward"):
        run("run", project.folder, "--simulate", "2 sharp")


def test_the_verbs_say_where_it_stands(make: Make) -> None:
    project = make(items(1, 3))
    before = json.loads(run("status", project.folder, "--json"))["next"]
    told = run("ask", project.folder)
    waiting = json.loads(run("status", project.folder, "--json"))["next"]
    assert (before[:3], "questions 3" in told, waiting) == (
        "run",
        True,
        "serve: 6 answers are waited for",
    )
    assert "/labels/join/" in run("invite", project.folder)
