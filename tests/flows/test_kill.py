"""kill -9 anywhere, then resume: the same answers and the same next step."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.flows.projects import assent, command, make_control, quiet

CROWD = "3 sharp, 1 careless"
# Seconds after which the runs are killed: some within a stage, some between two.
KILLS = 6


def account(folder: Path) -> list[Any]:
    """What happened, without the names that differ from run to run: answers, then figures."""
    lines = [json.loads(line) for line in assent("export", folder).stdout.splitlines()]
    queries = {each["id"]: each for each in lines if each["type"] == "query"}
    place = {name: number for number, name in enumerate(queries)}
    told = []
    for event in (each for each in lines if each["type"] == "feedback"):
        asked = queries[event["query"]]
        answer = json.dumps(event["answer"])
        for number, key in enumerate(asked["segments"]):
            answer = answer.replace(key, f"segment {number}")
        told.append([place[event["query"]], event["annotator"], answer, event["shown_order"]])
    state = json.loads(assent("status", folder, "--json").stdout)
    return [sorted(told, key=str), state["rounds"], state["next"]]


@pytest.mark.slow
def test_a_loop_that_is_killed_again_and_again_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = make_control(tmp_path / "whole")
    assert assent("run", whole, "--once", "--simulate", CROWD).returncode == 0
    broken = make_control(tmp_path / "broken")
    rng = np.random.default_rng(0)
    for _ in range(KILLS):
        child = subprocess.Popen(
            command("run", broken, "--once", "--simulate", CROWD),
            stdout=subprocess.DEVNULL,
            env=quiet(),
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(float(rng.uniform(1.5, 7)))
        child.kill()
        child.wait()
    assert assent("run", broken, "--once", "--simulate", CROWD).returncode == 0
    assert account(broken) == account(whole)
