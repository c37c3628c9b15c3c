"""The whole loop with simulated people, on a tiny control and a tiny text task."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.flows.projects import assent, make_control, make_text

MAKERS = {"control": make_control, "text": make_text}


@pytest.fixture(scope="module", params=["control", "text"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = MAKERS[request.param](tmp_path_factory.mktemp(request.param) / "small", rounds=2)
    done = assent("run", folder, "--once", "--simulate", "3 sharp, 1 careless")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_round_ends_with_a_measured_policy(finished: Path) -> None:
    state = json.loads(assent("status", finished, "--json").stdout)
    assert [("evaluate/true_return" in each) for each in state["rounds"]] == [True, True, True]


@pytest.mark.slow
def test_a_finished_project_has_nothing_left_to_do(finished: Path) -> None:
    state = json.loads(assent("status", finished, "--json").stdout)
    assert state["next"]["stage"] == "done"


@pytest.mark.slow
def test_every_question_was_answered_as_often_as_it_wanted(finished: Path) -> None:
    lines = [json.loads(line) for line in assent("export", finished).stdout.splitlines()]
    wanted = sum(each["answers_wanted"] for each in lines if each["type"] == "query")
    assert sum(each["type"] == "feedback" for each in lines) == wanted


@pytest.mark.slow
def test_everybody_who_answered_is_believed_to_some_degree(finished: Path) -> None:
    people = json.loads(assent("annotators", finished, "--json").stdout)
    assert all("sensitivity" in each for each in people)


@pytest.mark.slow
def test_the_report_is_one_file_without_references(finished: Path) -> None:
    assert assent("report", finished).returncode == 0
    page = (finished / "report.html").read_text("utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.slow
def test_the_reward_of_the_loop_hears_less_of_whom_the_owner_believes_less(
    finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    before = _people(folder)
    who = before[0]["name"]
    for weight in ("0", "1"):
        told = assent("annotators", folder, "--believe", f"{who}={weight}", "--because", "rushes")
        assert told.returncode == 0, told.stderr
        assert ("the answers count 0 times: rushes" in told.stdout) == (weight == "0")
        fitted = assent("reward", folder)
        assert fitted.returncode == 0, fitted.stderr
        row = next(each for each in _people(folder) if each["name"] == who)
        # Without an answer that counts, nothing is known of somebody but what is of everybody.
        unsure = row["sensitivity_error"] > 1.05 * before[0]["sensitivity_error"]
        assert (row["weight"], unsure) == (float(weight), weight == "0")


def _people(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(assent("annotators", folder, "--json").stdout)
    return sorted(rows, key=lambda each: str(each["name"]))
