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
    assert figures["pair_ceiling_by"] == "annotators"
    assert 0.5 <= figures["pair_ceiling"] <= 1
    assert 0.5 <= figures["accuracy_expected"] <= 1
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
    assert {"accuracy_expected", "pair_expected"} <= set(told)
    assert not {"accuracy_ceiling", "pair_ceiling"} & set(told)
    assert (told["unknown_items"], told["unknown_annotators"]) == (0, 1)
    assert [p["answer"] for p in told["predictions"]] == ["tie", "1"]
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
    with pytest.raises(DataError, match="nothing is imported"):
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
            4,
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


def test_repeats_are_no_finding_where_people_were_asked_twice(tmp_path: Path) -> None:
    rows = [row("e0", "ann", "pair", value) for value in (0, 1, 0)]
    path = write(tmp_path / "set", [*rows, row("e0", "bea", "pair", "tie")], ITEMS)

    def found(*options: str) -> set[str]:
        told = json.loads(run("check", path, "--json", *options))
        return {each["name"] for each in told["findings"]}

    assert {"refused", "duplicated rows"} <= found()
    assert not {"refused", "duplicated rows"} & found("--repeats")


def test_numbers_are_told_with_their_nouns(tmp_path: Path) -> None:
    run("init", "answers", tmp_path / "project")
    bad = [row("e0", f"w{n}", "pair", 7) for n in range(25)]
    path = write(tmp_path / "set", [row("e0", "ann", "pair", 0), *bad], ITEMS)
    told = CliRunner().invoke(app, ["import", str(path), str(tmp_path / "project")]).output
    assert "1 answer taken in, about 6 items, by 1 annotator\n" in told
    assert "25 rows refused:" in told
    assert "... and 5 more; --json lists all" in told
    one = write(tmp_path / "one", [row("e0", "ann", "pair", 0), bad[0]], ITEMS)
    told = CliRunner().invoke(app, ["import", str(one), str(tmp_path / "project")]).output
    assert "1 answer was there before" in told
    assert "1 row refused:" in told


def test_the_scales_of_a_consensus_are_named(tmp_path: Path) -> None:
    run("init", "answers", tmp_path / "project")
    rows = [row(f"e{n % 6}", f"w{n}", "binary", n % 2, response=0) for n in range(12)]
    run("import", write(tmp_path / "set", rows, ITEMS), tmp_path / "project")
    run("reward", tmp_path / "project")
    assert run("score", tmp_path / "project").splitlines()[0].strip() == "worth"
    more = [row("e0", f"w{n}", "rating", 1 + n % 5, scale=[1, 5], response=0) for n in range(12)]
    run("import", write(tmp_path / "more", more, ITEMS), tmp_path / "project")
    run("reward", tmp_path / "project")
    told = " ".join(run("score", tmp_path / "project").split())
    assert told.startswith("worth; consensus is on the scales approval, then rating 1 to 5 mean")


@pytest.mark.parametrize("verb", ["import", "reward"])
def test_outside_a_project_the_way_to_one_for_answers_is_told(
    verb: str, labels: Path, tmp_path: Path
) -> None:
    (tmp_path / "nowhere").mkdir()
    given = [labels, tmp_path / "nowhere"] if verb == "import" else [tmp_path / "nowhere"]
    with pytest.raises(ConfigError, match="assent init answers"):
        run(verb, *given)
