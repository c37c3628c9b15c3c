import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from assent.report import figures
from assent.report.figures import Bar, Line, Words

WORDS = Words("Return <&> $x_1", "round", "return (units)")
LINES = [
    Line("first", (0.0, 1.0, 2.0), (1.0, 2.0, 3.0), (0.5, 1.5, 2.5), (1.5, 2.5, 3.5)),
    Line("second", (0.0, 1.0, 2.0), (3.0, 2.0, 1.0)),
]
SVG = "{http://www.w3.org/2000/svg}"


def drawn() -> dict[str, str]:
    return {
        "curves": figures.curves(LINES, WORDS),
        "reliability": figures.reliability([(0.2, 0.3, 5), (0.8, 0.7, 9)], WORDS),
        "scatter": figures.scatter([(0.0, 1.0), (2.0, 3.0)], WORDS),
        "bars": figures.bars([Bar("a", 1.0, 0.5, 1.5), Bar("b", -1.0)], WORDS, reference=0.0),
    }


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    return drawn()


def words_of(picture: str) -> set[str]:
    return {"".join(text.itertext()) for text in ElementTree.fromstring(picture).iter(f"{SVG}text")}


def test_the_same_numbers_give_the_same_figure(pictures: dict[str, str]) -> None:
    assert drawn() == pictures


@pytest.mark.parametrize("name", ["curves", "reliability", "scatter", "bars"])
def test_a_figure_says_its_title_and_axes_as_text(pictures: dict[str, str], name: str) -> None:
    assert {"Return <&> $x_1", "round", "return (units)"} <= words_of(pictures[name])


@pytest.mark.parametrize("name", ["curves", "reliability", "scatter", "bars"])
def test_a_figure_names_no_time_and_no_outside_place(pictures: dict[str, str], name: str) -> None:
    plain = pictures[name].replace("http://www.w3.org/", "")
    assert [word for word in ("http", "<metadata", "<style", "Date") if word in plain] == []


def test_a_figure_has_a_title_for_those_who_cannot_see_it(pictures: dict[str, str]) -> None:
    title = ElementTree.fromstring(pictures["curves"]).find(f"{SVG}title")
    assert title is not None
    assert title.text == "Return <&> $x_1"


def test_two_lines_differ_without_colour(pictures: dict[str, str]) -> None:
    # The second look is dashed; a solid line has no dash array.
    assert "stroke-dasharray" in pictures["curves"]


def test_the_looks_differ_in_dash_and_in_marker() -> None:
    dashes = {str(dash) for _, dash, _ in figures.LOOKS}
    markers = {marker for _, _, marker in figures.LOOKS}
    assert (len(dashes), len(markers)) == (6, 6)


def test_importing_the_figures_does_not_import_matplotlib() -> None:
    code = "import sys, assent.report.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
