"""What starts light stays light, and every name that is registered is there."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

HEAVY = ("torch", "transformers", "tokenizers", "gymnasium", "mujoco", "matplotlib", "peft", "ray")
GROUPS = ("feedback", "strategies", "algorithms", "scores")
LIGHT = ("assent.cli", "assent.web.app", "assent.desk", "assent.store.store", "assent.report.page")


def heavy_after(statement: str) -> list[str]:
    """The heavy packages that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("module", LIGHT)
def test_it_loads_nothing_heavy(module: str) -> None:
    assert heavy_after(f"import {module}") == []


def test_a_heavy_package_is_noticed() -> None:
    assert heavy_after("import matplotlib") == ["matplotlib"]


def registered() -> list[tuple[str, str]]:
    return [
        (group, point.name)
        for group in GROUPS
        for point in entry_points(group=f"assent.{group}")
        if point.dist is not None and point.dist.name == "assent"
    ]


@pytest.mark.parametrize(("group", "name"), registered())
def test_a_registered_name_leads_to_something(group: str, name: str) -> None:
    (point,) = entry_points(group=f"assent.{group}", name=name)
    assert callable(point.load())


def test_the_command_is_there() -> None:
    (point,) = entry_points(group="console_scripts", name="assent")
    assert callable(point.load())
