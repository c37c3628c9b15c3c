"""The whole loop with simulated people, on a tiny control and a tiny text task."""

from __future__ import annotations

import json
from pathlib import Path

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
