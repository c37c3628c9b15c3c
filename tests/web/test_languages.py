"""The annotators' pages in other languages: nothing is left out, nothing is left over."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from assent import plugins, records
from assent.diagnosis import axes, flags
from assent.environments import controls
from assent.feedback import kind as kinds
from assent.feedback import played, quality
from assent.records import Query, Segment
from assent.sections import AskSection
from assent.web import languages
from assent.web.languages import LANGUAGES, Language
from assent.web.render import FOLDER
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor
from tests.web.said import every_signal

# Rooms outside the page whose words are said on it.
SAYING = (axes, controls, flags, played, quality, records)
CALL = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
# Said by the server: in answers put into words, of roles in a dialogue, on pages of errors.
BY_THE_SERVER = {
    "skipped",
    "good as it is",
    "nothing to mark",
    "taken back",
    "user",
    "assistant",
    "system",
    "This needs a link that works",
    "There is nothing here",
    "Try again in a moment",
    "That did not work",
    "you are not signed in; open your invite link to go on",
    "your account is paused; ask the project's owner",
    "answers that wait here are sent when you are let in again; this page goes on by itself",
    "your account was erased; nobody can answer with it",
    "what you answered stays, without your name; to go on, ask for a new invite link",
    "go on with the next question",
    "try again in a moment",
    "a name and your consent are needed before you can answer",
    # Where an episode is played.
    "left",
    "right",
    "played",
    "How should it be done? Play it.",
    # On the owner's pages: of people, kinds and charts.
    "simulated",
    "model",
    "expert",
    "dissenter",
    "inverted",
    "careless",
    "random",
    "position",
    "severe",
    "lenient",
    "drifting",
    "always the same",
    "prefers what others reject; check that the question was understood",
    "rates lower than the others",
    "rates higher than the others",
    "answers hardly depend on what is shown",
    "answers the same question differently each time",
    ", nor on what was said before",
    "; without repeats or circles nothing tells this from another opinion",
    "; too few repeats to be sure that it is no other opinion",
    "favours whatever is shown first",
    "favours whatever is shown last",
    "rates lower and lower",
    "rates higher and higher",
    "answers depend less and less on what is shown",
    "answers depend more and more on what is shown",
    "no item was answered twice",
    "one item alone has no interval",
    "all answers are the same",
    "same answer",
    "same answer when asked again",
    "Krippendorff's alpha",
    "Kendall's tau",
    "agreement with oneself",
    "agreement with the others",
    "until, UTC",
    "same answer, 0 to 1",
    "true return",
    "hidden score",
    "agreement on held-out answers",
}


def said_in_forms() -> set[str]:
    """The labels of every built-in kind, as its settings' defaults give them."""
    found: set[str] = set()
    for name in plugins.names("feedback"):
        kind = kinds.find(name)
        segments = tuple(Segment(f"t{n}", 0, 1) for n in range(kind.size(AskSection())))
        options = {**kind.options(AskSection()), "original": "A reply."}
        form = kind.form(Query("q", name, segments, kind.question, "u", 1.0, options=options))
        found |= {form.question, *(row.label for row in form.rows)}
        for choice in (*form.choices, *form.skips):
            found |= {choice.label, choice.hint}
    return {text for text in found if any(letter.isalpha() for letter in text)}


def said_on_pages() -> set[str]:
    """Every text that templates and scripts put through the catalogue."""
    files = [*(FOLDER / "templates").glob("*.html"), *(FOLDER / "static").rglob("*.js")]
    return {text for path in files for text in CALL.findall(path.read_text("utf-8"))}


def bare(template: str) -> set[str]:
    """The words of a template that go through no catalogue."""
    named = r"\{% block (name|data) %\}.*?\{% endblock %\}"  # of a page, for style and script
    comment = r"\{#.*?#\}"
    filled = r"\{%.*?%\}", r"\{\{.*?\}\}"
    for part in (comment, named, *filled, r"<code>.*?</code>", r"<[^>]*>", r"&\w+;"):
        template = re.sub(part, " ", template, flags=re.DOTALL)
    return set(re.findall(r"[^\W\d_]{2,}", template))


def catalogues() -> list[Path]:
    return sorted((FOLDER / "catalogues").glob("*.json"))


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_a_catalogue_has_every_text_and_no_other(path: Path) -> None:
    words = json.loads(path.read_text("utf-8"))["words"]
    names = {name.replace("_", " ") for name in plugins.names("feedback")}
    needed = said_on_pages() | said_in_forms() | BY_THE_SERVER | names | every_signal()
    assert (needed - set(words), set(words) - needed) == (set(), set())


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_a_translation_fills_in_the_same_names(path: Path) -> None:
    words = json.loads(path.read_text("utf-8"))["words"]
    names = re.compile(r"\{\w+\}")
    wrong = [text for text in words if set(names.findall(text)) != set(names.findall(words[text]))]
    assert wrong == []


def test_no_template_says_anything_of_its_own() -> None:
    keys = {"Esc", "Enter", "Shift", "Ctrl"}
    found = {
        path.name: left
        for path in (FOLDER / "templates").glob("*.html")
        if (left := bare(path.read_text("utf-8")) - keys - {"assent", "JSON", "Parquet"})
    }
    assert found == {}


def test_the_texts_of_the_server_are_said_there() -> None:
    code = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py"))
    code += Path(kinds.__file__).with_name("words.py").read_text("utf-8")
    code += "".join(path.read_text("utf-8") for path in (FOLDER / "static").rglob("*.js"))
    code += "".join(Path(str(each.__file__)).read_text("utf-8") for each in SAYING)
    roles = {"user", "assistant", "system"}
    # Filled in where it is said.
    roles |= {f"favours whatever is shown {side}" for side in ("first", "last")}
    assert "favours whatever is shown {side}" in code
    assert {text for text in BY_THE_SERVER - roles if f'"{text}"' not in code} == set()


def request(accepted: str = "", cookie: str = "", query: str = "") -> Request:
    headers = [(b"accept-language", accepted.encode()), (b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers, "query_string": query.encode()})


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en;q=0.4, de;q=0.8", "de"),
        ("de;q=0, en", "en"),
        ("fr, DE;q=0.3", "de"),
        ("fr-CA", "en"),
        ("*", "en"),
        ("de;q=x", "en"),
        ("de;q=nan", "en"),
        (";;;,,,=", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_browsers_wish_is_followed(accepted: str, expected: str) -> None:
    assert languages.of(request(accepted)).code == expected


def test_what_was_chosen_on_a_page_comes_before_the_browsers_wish() -> None:
    chosen = languages.of(request("de", cookie=f"{languages.COOKIE}=en"))
    anew = languages.of(request("en", cookie=f"{languages.COOKIE}=en", query="language=de"))
    odd = languages.of(request("de", query="language=../../etc/passwd"))
    assert (chosen.code, anew.code, odd.code) == ("en", "de", "de")


def test_a_choice_is_remembered(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"comparison": 1})
    first = person.get("work?language=de").text
    assert 'lang="de"' in first
    assert 'lang="de"' in person.get("work").text
    labels = [choice["label"] for choice in person.take()[0]["form"]["choices"]]
    assert labels[:2] == ["Besser", "Viel besser"]


def test_a_language_that_there_is_not_is_not_remembered(person: Visitor) -> None:
    response = person.get("work?language=tlh")
    assert languages.COOKIE not in response.headers.get("set-cookie", "")


def test_history_speaks_the_language_too(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"comparison": 1})
    question = person.take()[0]
    key = question["options"][0]["key"]
    person.answer(question, {"choice": key, "strength": "much"}, "0123456789abcdef")
    answers = person.get("api/history", headers={"Accept-Language": "de"}).json()["answers"]
    assert (answers[0]["words"], answers[0]["question"]) == ("A, viel besser", "Was ist besser?")


def test_history_quotes_as_the_language_does(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"demonstration": 1})
    person.answer(person.take()[0], {"text": "Gut so."}, "0123456789abcdef")
    said = [
        person.get("api/history", headers={"Accept-Language": code}).json()["answers"][0]["words"]
        for code in ("en", "de")
    ]
    assert said == ["\u201cGut so.\u201d", "\u201eGut so.\u201c"]


def test_answers_are_the_same_in_every_language(site: Site, person: Visitor) -> None:
    content.ask(site.store, dict.fromkeys(content.OPTIONS, 1))
    forms: list[list[Any]] = []
    for code in LANGUAGES:
        held = person.get("api/next?limit=16", headers={"Accept-Language": code}).json()
        forms.append(
            [
                [choice["answer"] for choice in (*q["form"]["choices"], *q["form"]["skips"])]
                + [row["name"] for row in q["form"]["rows"]]
                for q in held["questions"]
            ]
        )
    assert forms[0] == forms[1]


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("rate_then_rank", "rate then rank", "bewerten, dann ordnen"),
        ("attributes Clear", "attributes: Clear", "Eigenschaften: Klar"),
        ("how helpful", "how helpful", "how helpful"),
    ],
)
def test_kinds_and_scales_are_called_by_words(name: str, english: str, german: str) -> None:
    assert [LANGUAGES[code].kind(name) for code in ("en", "de")] == [english, german]


def test_numbers_have_the_point_of_the_language(site: Site, owner: Visitor) -> None:
    pages = {code: owner.get("owner", headers={"Accept-Language": code}).text for code in LANGUAGES}
    assert "-1200.0" in pages["en"]
    assert "-1200,0" in pages["de"]


def test_what_is_filled_in_is_escaped_unless_it_is_html() -> None:
    german = Language("de", "Deutsch", "ltr", {"Join {site}": "Bei {site} <mit>"})
    assert str(german.html("Join {site}", site="<b>x</b>")) == (
        "Bei &lt;b&gt;x&lt;/b&gt; &lt;mit&gt;"
    )


def test_an_error_page_speaks_the_language(stranger: Visitor) -> None:
    page = stranger.get("work", headers={"Accept-Language": "de"}).text
    assert "Du bist nicht angemeldet" in page
