"""What goes wrong at the command line: one message that says what to do, a code, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assent import cli
from assent.project import hold, open_project
from tests.flows.projects import assent, make_control

Call = Callable[..., tuple[int, str]]


def rewrite(folder: Path, old: str, new: str) -> Path:
    path = folder / "assent.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return folder


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `assent WORDS` in this process; the exit code and what it complained of, on one line.

    Starting a process of its own for each would take longer than everything else here.
    """

    def main(*words: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["assent", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), " ".join(capsys.readouterr().err.split())

    return main


def test_a_wrong_key_is_named_with_the_keys_there_are(tmp_path: Path) -> None:
    folder = rewrite(make_control(tmp_path / "p"), "questions = 12", "qestions = 12")
    done = assent("status", folder)
    assert (done.returncode, "ask.qestions: unknown setting" in done.stderr) == (2, True)


@pytest.mark.slow
def test_an_environment_that_does_not_exist_is_named(tmp_path: Path) -> None:
    folder = rewrite(make_control(tmp_path / "p"), "Pendulum-v1", "Pendulun-v1")
    done = assent("run", folder, "--once")
    assert (done.returncode, "Pendulum-v1" in done.stderr) == (3, True)


WITHOUT_TORCH = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("no torch", name=name)

sys.meta_path.insert(0, Without())
from assent.cli import main

main()
"""


def without_torch(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """`assent WORDS` where only the base of assent is installed."""
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_loop_without_torch_says_what_to_install(tmp_path: Path) -> None:
    done = without_torch("run", make_control(tmp_path / "p"), "--once")
    assert (done.returncode, 'pip install "assent[all]"' in done.stderr) == (1, True)


def test_a_project_of_answers_needs_no_torch_to_say_that_it_has_no_loop(tmp_path: Path) -> None:
    without_torch("init", "answers", tmp_path / "p")
    done = without_torch("rollout", tmp_path / "p")
    asked = without_torch("run", tmp_path / "p", "--once")
    assert (done.returncode, "only items and answers" in done.stderr) == (2, True)
    assert (asked.returncode, "no items to ask about" in asked.stderr) == (8, True)


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path, call: Call) -> None:
    code, said = call("status", tmp_path)
    assert (code, "assent init" in said) == (2, True)


def test_a_project_is_never_made_over_another(tmp_path: Path, call: Call) -> None:
    folder = make_control(tmp_path / "p")
    before = (folder / "assent.toml").read_bytes()
    code, _ = call("init", "control", folder)
    assert (code, (folder / "assent.toml").read_bytes()) == (2, before)


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path, call: Call) -> None:
    folder = make_control(tmp_path / "p")
    with hold(folder):
        code, said = call("run", folder, "--once")
    assert (code, "already run by process" in said) == (7, True)


@pytest.mark.slow
def test_a_damaged_checkpoint_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = make_control(tmp_path / "p")
    assert assent("imitate", folder).returncode == 0
    store = open_project(folder).store
    checkpoint = store.checkpoints.latest("policy")
    assert checkpoint is not None
    path = store.blobs.path(checkpoint.weights)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-7])
    done = assent("run", folder, "--once")
    after = json.loads(assent("status", folder, "--json").stdout)
    assert (done.returncode, checkpoint.id in done.stderr, after["next"]["stage"]) == (
        6,
        True,
        "evaluate",
    )


def test_an_unknown_crowd_lists_the_kinds_of_people(tmp_path: Path, call: Call) -> None:
    code, said = call("simulate", "2", make_control(tmp_path / "p"), "--crowd", "2 clever")
    assert (code, "no annotator called 'clever'; there are: sharp" in said) == (2, True)


def test_simulated_people_without_a_question_are_told_how_one_is_asked(
    tmp_path: Path, call: Call
) -> None:
    code, said = call("simulate", "2", make_control(tmp_path / "p"))
    assert (code, "ask some with `assent ask`" in said) == (2, True)


def test_the_page_refuses_a_network_without_a_proxy(tmp_path: Path, call: Call) -> None:
    folder = make_control(tmp_path / "p")
    text = (folder / "assent.toml").read_text("utf-8")
    (folder / "assent.toml").write_text(text + '[serve]\nhost = "0.0.0.0"\n', "utf-8")
    code, said = call("serve", folder)
    assert (code, "proxy" in said) == (5, True)


def test_an_old_invite_says_that_it_expired(tmp_path: Path) -> None:
    from assent.errors import AccessError

    store = open_project(make_control(tmp_path / "p")).store
    token = store.people.invite("annotator", time.time() - 3 * 86400, 1)
    with pytest.raises(AccessError, match="expired"):
        store.people.redeem(token, "somebody", time.time())
