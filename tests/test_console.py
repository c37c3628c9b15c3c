from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from assent import console

ROWS = [
    ("12.50", "", "a name that is quite long", "what it says " * 9),
    ("-3.25", "", "short", "little"),
]


@pytest.mark.parametrize("width", [40, 60, 200])
def test_numbers_are_whole_and_rows_are_lines_however_narrow(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    file = StringIO()
    monkeypatch.setattr(console, "out", Console(width=width, file=file))
    console.table("worth", ("mean", "consensus", "item", "text"), ROWS, cut=True)
    lines = [line for line in file.getvalue().splitlines() if ".5" in line or ".25" in line]
    assert [line.split()[0] for line in lines] == ["12.50", "-3.25"]
    assert "consensus" not in file.getvalue()
    assert max(map(len, lines)) <= width


def test_a_long_text_goes_on_below_where_rows_may_be_tall(monkeypatch: pytest.MonkeyPatch) -> None:
    file = StringIO()
    monkeypatch.setattr(console, "out", Console(width=60, file=file))
    console.table("worth", ("mean", "consensus", "item", "text"), ROWS)
    assert len(file.getvalue().splitlines()) > 10
    assert "…" not in file.getvalue()
