import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assent.report import page, script
from assent.report.findings import Findings
from tests.report import made

OUTWARD = {"src", "href", "action", "poster", "data", "srcset", "formaction", "xlink:href"}


class Reader(HTMLParser):
    """Collects the elements of a page and where their attributes lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def reader(text: str) -> Reader:
    found = Reader()
    found.feed(text)
    return found


@pytest.fixture(scope="module")
def plain() -> str:
    return page.render(made.findings())


@pytest.fixture(scope="module")
def attacked() -> str:
    return page.render(made.findings(said=made.EVIL))


def test_the_same_findings_give_the_same_page(plain: str) -> None:
    assert page.render(made.findings()) == plain


def test_the_words_of_others_add_no_element(plain: str, attacked: str) -> None:
    assert reader(attacked).elements == reader(plain).elements


def test_the_words_of_others_are_shown_as_they_are(attacked: str) -> None:
    assert html.escape(made.EVIL) in attacked


def test_no_attribute_listens_for_events(attacked: str) -> None:
    assert [name for name, _ in reader(attacked).attributes if name.startswith("on")] == []


def test_the_page_leads_nowhere_outside_itself(plain: str) -> None:
    led = [value for name, value in reader(plain).attributes if name in OUTWARD]
    assert [value for value in led if not value.startswith(("#", "data:"))] == []


def test_the_page_names_no_address_but_those_of_svg(plain: str) -> None:
    assert set(re.findall(r"https?://[^\"'\s<]+", plain)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_the_policy_inside_the_page_allows_its_own_script(plain: str) -> None:
    match = re.search(r'<script type="module">(.*?)</script>', plain, re.DOTALL)
    assert match is not None
    assert script.fingerprint(match.group(1)) in plain


def test_the_script_is_one_module_without_imports() -> None:
    lines = script.bundle().splitlines()
    assert [line for line in lines if line.startswith(("import", "export"))] == []


def test_no_name_of_the_script_is_defined_twice() -> None:
    names = re.findall(r"^(?:class|const|let|function) (\w+)", script.bundle(), re.MULTILINE)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "words",
    [
        "−1200 [−1240, −1160] (round 0)",
        "−200 [−240, −160] (round 2)",
        "150 (120 comparison, 30 rating)",
        "Round 2, worst",
        "Where is order 7?",
        "0.611 to 0.953",
        "ppo",
    ],
)
def test_the_page_states(plain: str, words: str) -> None:
    assert words in html.unescape(plain)


def test_every_figure_stands_beside_its_numbers(plain: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", plain, re.DOTALL)
    assert [f for f in figures if "<svg" not in f or "<td>" not in f] == []


def test_every_figure_of_the_findings_is_drawn(plain: str) -> None:
    titles = re.findall(r"<title>([^<]*)</title>", plain)
    assert titles == [
        "made-up: report",
        "True return",
        "Distance from the baseline",
        "Imitation",
        "Learnt reward while improving",
        "KL while improving",
        "Agreement with held-out answers",
        "Surprise at held-out answers",
        "Disagreement within the ensemble",
        "Calibration of the reward model",
        "Reward against truth, round 2",
        "How far each annotator is believed",
        "Agreement between people",
    ]


def test_a_project_in_which_nothing_happened_has_a_page() -> None:
    nothing = Findings(made.findings().config, (), (), {}, 0, (), ())
    assert "Nothing has been done yet" in page.render(nothing)


def test_the_address_of_a_database_is_not_told() -> None:
    found = made.findings()
    project = found.config.project.model_copy(update={"store": "postgresql://me:secret@there/x"})
    config = found.config.model_copy(update={"project": project})
    told = page.render(Findings(config, (), (), {}, 0, (), ()))
    assert "secret" not in told


@pytest.mark.browser
def test_clips_move_in_a_browser_and_nothing_is_complained_about(
    tmp_path: Path, attacked: str, chromium: Browser
) -> None:
    path = tmp_path / "report.html"
    path.write_text(attacked, "utf-8")
    complaints: list[str] = []
    tab = chromium.new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))
    tab.goto(path.as_uri())
    tab.locator("[data-scene]").first.scroll_into_view_if_needed()
    expect(tab.locator(".time").first).to_have_text(re.compile(r"^(0\.[3-9]|1)"))
    drawn = tab.evaluate(
        "() => { const c = document.querySelector('canvas'); return c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some(Boolean); }"
    )
    tab.close()
    assert (drawn, complaints) == (True, [])
