"""The README's example for answers alone runs as it stands, in ten lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.interop.written import row, write


def snippet() -> str:
    text = (ROOT / "README.md").read_text("utf-8").split("## Only answers")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return str(code)


def test_it_prints_what_items_are_worth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "answers", [row("q2", f"w{n}", "ranking", [1, 2, 3]) for n in range(50)])
    monkeypatch.chdir(tmp_path)
    exec(snippet(), {})
    assert capsys.readouterr().out.startswith("q1/1 ")


def test_it_has_at_most_ten_lines() -> None:
    lines = [line for line in snippet().splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 10
