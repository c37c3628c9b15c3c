"""Documentation: every number explained, every verb told, every example readable."""

import ast
import re

import pytest

from assent.cli import app
from tests.house.tree import ROOT, sources

STAGES = ("imitate", "rollout", "ask", "reward", "improve", "evaluate")
METRIC = re.compile(rf"({'|'.join(STAGES)})/[a-z_]+")
# Said once for all of them in docs/metrics.md.
INTERVAL = re.compile("_(low|high|sd)$")


def written() -> set[str]:
    """The names of metrics that stand in the code."""
    return {
        node.value
        for _, tree in sources("assent")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and METRIC.fullmatch(node.value)
    }


def explained() -> set[str]:
    """The names in the table of docs/metrics.md."""
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    return set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))


def verbs() -> set[str]:
    """The verbs of the command line."""
    return {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback is not None
    }


def test_metrics_are_found_in_the_code() -> None:
    assert {"improve/policy_loss", "reward/agreement", "ask/questions"} <= written()


def test_every_metric_is_explained() -> None:
    assert {INTERVAL.sub("", name) for name in written()} - explained() == set()


def test_no_metric_is_explained_that_is_gone() -> None:
    assert explained() - written() == set()


def test_every_verb_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    told = {word for line in re.findall(r"`assent ([^`]+)`", guide) for word in words(line)}
    assert verbs() - told == set()


def test_every_stage_is_a_verb_and_a_metrics_name() -> None:
    assert set(STAGES) - verbs() == set()


@pytest.mark.parametrize("line", ["run DIR", "imitate|rollout DIR", r"init control\|text DIR"])
def test_words_of_a_line_start_with_its_verb(line: str) -> None:
    assert words(line)[0] in verbs()


def test_the_pages_of_the_examples_name_verbs_that_exist() -> None:
    pages = [path.read_text("utf-8") for path in (ROOT / "examples").glob("*/README.md")]
    told = {word for page in pages for word in re.findall(r"^assent (\w+)", page, re.MULTILINE)}
    assert told - verbs() == set()


def words(line: str) -> list[str]:
    """The verbs that a line such as `imitate|rollout DIR` tells of."""
    return re.split(r"\\?\|", line.split()[0])
