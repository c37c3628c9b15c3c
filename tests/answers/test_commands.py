"""The verbs for answers as people call them, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assent.cli import app
from assent.errors import AssentError, CheckpointError, ConfigError, DataError
from tests.interop.written import row, write

ITEMS = [
    {"item_id": f"e{n}", "prompt": "p", "responses": [f"text {n}", f"text {(n + 1) % 6}"]}
    for n in range(6)
]


def run(*arguments: object) -> str:
    """The verb's standard output; errors of ours come through."""
    found = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(found.exception, AssentError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    rows: list[Any] = [row(f"e{n % 6}", f"w{n // 6}", "pair", n % 2) for n in range(60)]
    return write(tmp_path / "set", rows, ITEMS)


@pytest.fixture
def project(tmp_path: Path, labels: Path) -> Path:
    folder = tmp_path / "project"
    run("init", "answers", folder)
    run("import", labels, folder)
    return folder


def test_importing_twice_brings_nothing_new(project: Path, labels: Path) -> None:
    told = json.loads(run("import", labels, project, "--json"))
    assert (told["new"], told["known"], told["refused"]) == (0, 60, [])


def test_the_project_says_what_comes_next(project: Path) -> None:
    assert json.loads(run("status", project, "--json"))["next"].startswith("reward")
    run("reward", project)
    assert json.loads(run("status", project, "--json"))["next"].startswith("score")
    assert "answers" in run("status", project)


def test_a_fit_is_told_in_numbers(project: Path, labels: Path) -> None:
    figures = json.loads(run("reward", project, "--json"))
    assert {"answers", "items", "annotators", "held_out", "log_loss", "accuracy"} <= set(figures)
    scores = json.loads(run("score", project, "--json"))
    assert {"name", "dimension", "mean", "sd", "answers", "prompt", "response"} <= set(scores[0])
    assert len(scores) == 6
    assert scores == sorted(scores, key=lambda s: -s["mean"])
    people = json.loads(run("annotators", project, "--json"))
    assert len(people) == 10
    assert {"sensitivity", "low", "high", "flag", "flags"} <= set(people[0])
    assert {"self_consistency", "agreement", "standing", "severity_drift"} <= set(people[0])
    assert figures["pair_ceiling_by"] in ("annotators", "model")
    assert 0.5 <= figures["pair_ceiling"] <= 1
    about = {each["statistic"] for each in figures["agreement"]}
    assert {"same answer", "Fleiss' kappa", "alpha, nominal"} <= about
    table = run("annotators", project)
    assert "sensitivity" in table
    assert "agreement, comparison" in table
    assert "pair accuracy" in run("reward", project)
    assert "text" in run("score", project)


def test_new_answers_are_predicted(project: Path, tmp_path: Path) -> None:
    run("reward", project)
    new = [
        row("e0", "w1", "pair", "tie"),
        row("e1", "nobody yet", "pair", 1),
        row("e2", "w0", "pair", 9),
    ]
    labels = write(tmp_path / "new", new, ITEMS) / "labels.jsonl"
    told = json.loads(run("predict", project, "--labels", labels, "--json"))
    assert [p["place"] for p in told["predictions"]] == ["labels.jsonl:1", "labels.jsonl:2"]
    assert (told["answers"], told["refused"][0]["place"]) == (2, "labels.jsonl:3")
    assert told["accuracy_ceiling_by"] == told["pair_ceiling_by"] == "model"
    assert "log_loss" in run("predict", project, "--labels", labels)


def test_a_set_is_checked_as_files_and_as_a_project(project: Path, labels: Path) -> None:
    for path in (labels, project):
        told = json.loads(run("check", path, "--json"))
        assert told["answers"] == 60
    assert "60 answers" in run("check", labels)


def test_refused_rows_are_told_and_the_others_taken(project: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad", [row("e0", "new", "pair", 0), row("e0", "new", "pair", 7)], ITEMS)
    with pytest.raises(DataError, match=r"labels\.jsonl:2"):
        run("import", bad, project, "--strict")
    told = json.loads(run("import", bad, project, "--json"))
    assert (told["new"], [r["place"] for r in told["refused"]]) == (1, ["labels.jsonl:2"])


def test_a_file_of_which_nothing_can_be_believed_is_an_error(project: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad", [row("e0", "new", "pair", 7)], ITEMS)
    with pytest.raises(DataError, match="no row"):
        run("import", bad, project)


def test_a_table_comes_in_with_its_kind(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("worker,item,label\nw1,i1,1\nw1,i2,2\nw2,i1,1\n", "utf-8")
    run("init", "answers", tmp_path / "p")
    run("import", tmp_path / "t.csv", tmp_path / "p", "--kind", "approval")
    run("reward", tmp_path / "p")
    best = json.loads(run("score", tmp_path / "p", "--json"))[0]
    assert best["name"] == "i2"


def test_a_plan_is_printed(tmp_path: Path) -> None:
    told = json.loads(
        run(
            "plan",
            "--items",
            5,
            "--people",
            3,
            "--answers",
            30,
            "--repetitions",
            2,
            "--accuracy",
            0.5,
            "--json",
        )
    )
    assert told["enough"]["answers"] == 30


def test_verbs_of_the_loop_refuse_a_project_of_answers(project: Path) -> None:
    with pytest.raises(ConfigError, match="only items and answers"):
        run("rollout", project)


def test_verbs_of_answers_refuse_a_project_of_the_loop(tmp_path: Path) -> None:
    run("init", "control", tmp_path / "loop")
    with pytest.raises(ConfigError, match="assent init answers"):
        run("import", tmp_path, tmp_path / "loop")


def test_scores_before_a_fit_say_what_to_do(project: Path) -> None:
    with pytest.raises(CheckpointError, match="assent reward"):
        run("score", project)
