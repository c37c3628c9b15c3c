"""Films of one's own in a project of items: taken in, asked about, learnt from, told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent import desk
from assent.answers import asking
from assent.desk import Submission
from assent.errors import DataError
from assent.feedback import kind as kinds
from assent.feedback.simulated import SimulatedAnnotator
from assent.project import AnswersProject, open_answers
from assent.records import Annotator
from tests.answers.test_commands import run
from tests.interop.written import film

NAMES = ["bad", "fair", "good", "best"]  # what each film is worth, from the least


def folder_of(tmp_path: Path, *more: Any, names: list[str] = NAMES) -> Path:
    """A folder of films of one task, with the file that names them."""
    folder = tmp_path / "films"
    folder.mkdir(exist_ok=True)
    rows: list[Any] = []
    for name in names:
        (folder / f"{name}.mp4").write_bytes(film(name.encode()))
        rows.append({"item_id": name, "video": f"{name}.mp4", "prompt": "Stack the **cups**."})
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, *more])
    (folder / "items.jsonl").write_text(lines, "utf-8")
    return folder


def project_of(tmp_path: Path, kinds: str = "comparison = 1", name: str = "project") -> Path:
    folder = tmp_path / name
    run("init", "answers", folder)
    settings = (folder / "assent.toml").read_text("utf-8").split("[ask]")[0]
    asked = f"[ask]\nquestions = 6\nanswers_wanted = 2\n[ask.kinds]\n{kinds}\n"
    (folder / "assent.toml").write_text(settings + asked, "utf-8")
    return folder


def blobs(project: Path) -> list[bytes]:
    return [path.read_bytes() for path in (project / "blobs").rglob("*") if path.is_file()]


def judge(project: AnswersProject, people: int = 2) -> None:
    """Everybody prefers what is named better."""
    store = project.store
    worth = {f"{item.id}:0:1": float(NAMES.index(item.name)) for item in store.items.list()}
    rng = np.random.default_rng(0)
    for person in range(people):
        store.people.add(Annotator(f"p{person}", f"p{person}"))
        for slot in desk.claim(store, f"p{person}", 20, 1e9, 900.0):
            values = np.array([worth[s.key] for s in slot.query.segments])
            kind = kinds.find(slot.query.kind)
            sharp = SimulatedAnnotator("sharp")
            said = kind.simulate(slot.query, values, sharp, slot.shown_order, rng)
            given = (slot.id, slot.lease_token, f"p{person}", slot.query.id, said, slot.id)
            desk.answer(store, Submission(*given), 1e9)


def test_films_are_asked_about_and_learnt_from_and_told_by_their_hash(tmp_path: Path) -> None:
    folder = project_of(tmp_path, "comparison = 1\nrating = 1\nranking = 1")
    source = folder_of(tmp_path)
    run("import", source, folder)
    before = sorted(blobs(folder))
    told = json.loads(run("import", source, folder, "--json"))
    assert (told["refused"], sorted(blobs(folder))) == ([], before)
    with open_answers(folder).store as store:
        project = AnswersProject(folder, open_answers(folder).config, store)
        asking.ask(project)
        [scene] = {
            store.blobs.get(hash)
            for hash in store.questions.scene_hashes([f"{store.items.list()[0].id}:0:1"]).values()
        }
        judge(project)
    shown = json.loads(scene)
    run("reward", folder)
    scores = json.loads(run("score", folder, "--json"))
    assert "Stack the" in run("score", folder)
    assert (shown["type"], shown["prompt"], shown["fps"], "reply" in shown) == (
        "video",
        "Stack the **cups**.",
        30.0,
        False,
    )
    assert (scores[0]["name"], scores[-1]["name"]) == ("best", "bad")
    assert scores[-1]["response"]["video"] == shown["hash"]
    assert f'"hash":"{shown["hash"]}"' in run("export", folder).replace('": "', '":"')
    assert run("check", folder)


def test_what_was_said_of_films_elsewhere_is_said_of_the_same_films_here(tmp_path: Path) -> None:
    first, second = project_of(tmp_path), project_of(tmp_path, name="second")
    source = folder_of(tmp_path)
    run("import", source, first)
    asking.ask(open_answers(first))
    judge(open_answers(first))
    run("export", first, "--to", tmp_path / "said.jsonl")
    run("import", tmp_path / "said.jsonl", second)
    # Of films that were not sent along, nothing can be asked.
    with pytest.raises(DataError, match="a film has to be imported with its file"):
        asking.ask(open_answers(second))
    run("import", source, second)
    run("reward", second)
    assert len(open_answers(second).store.items.list()) == len(NAMES)
    assert asking.ask(open_answers(second))["ask/questions"] > 0


def test_films_and_texts_are_never_side_by_side(tmp_path: Path) -> None:
    folder = project_of(tmp_path)
    texts = {"item_id": "t", "prompt": "Stack the **cups**.", "responses": ["One.", "Two."]}
    run("import", folder_of(tmp_path, texts), folder)
    project = open_answers(folder)
    while asking.ask(project)["ask/questions"]:
        pass
    texts_of = {
        f"{item.id}:0:1": isinstance(item.response, str) for item in project.store.items.list()
    }
    asked = project.store.questions.list(project.store.counts().round)
    mixed = [{texts_of[segment.key] for segment in query.segments} for query in asked]
    assert (len(asked), {True, False} in mixed) == (7, False)  # 6 pairs of films, 1 of texts


@pytest.mark.parametrize("kind", ["correction", "demonstration", "spans"])
def test_a_kind_about_words_is_refused_for_films(tmp_path: Path, kind: str) -> None:
    folder = project_of(tmp_path, f"comparison = 1\n{kind} = 1")
    run("import", folder_of(tmp_path), folder)
    with pytest.raises(DataError, match=f"{kind} is about the words .* 4 of 4 items are films"):
        asking.ask(open_answers(folder))


def test_a_line_that_names_no_film_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = project_of(tmp_path)
    source = folder_of(tmp_path, {"item_id": "gone", "video": "gone.mp4"})
    before = blobs(folder)
    for more in ([], ["--strict"]):
        with pytest.raises(DataError, match=r"items.jsonl:5.*there is no film .*gone.mp4"):
            run("import", source, folder, *more)
    assert (open_answers(folder).store.items.list(), blobs(folder)) == ([], before)


def test_the_film_that_is_kept_is_the_one_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assent.answers import stored
    from assent.interop import files

    folder, source = open_answers(project_of(tmp_path)), folder_of(tmp_path)
    found = files.read(source)
    (source / "best.mp4").write_bytes(film(b"another"))
    with pytest.raises(DataError, match="changed while it was read"):
        stored.take_in(folder.store, found, 1e9)
    assert folder.store.items.list() == []
