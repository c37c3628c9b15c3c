"""What the server may say in a page is told in every language, by sentences of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assent.web.languages import LANGUAGES
from assent.web.sentences import Sentences
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor
from tests.web.said import NAME, every_signal, everything
from tests.web.test_languages import catalogues


def told(path: Path) -> dict[str, str]:
    """From each sentence of a catalogue, bare of names, to what it is in its language."""
    catalogue = json.loads(path.read_text("utf-8"))
    both = {**catalogue["words"], **catalogue["told"]}
    return {NAME.sub("{}", english): NAME.sub("{}", text) for english, text in both.items()}


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_every_text_of_the_server_is_told(path: Path) -> None:
    known = told(path)
    own = {NAME.sub("{}", each) for each in json.loads(path.read_text("utf-8"))["told"]}
    assert (sorted(everything() - set(known)), sorted(own - everything())) == ([], [])


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_what_is_filled_in_is_filled_in_again(path: Path) -> None:
    """Each sentence with odd things in its places comes out with the same ones."""
    catalogue = json.loads(path.read_text("utf-8"))["told"]
    language = LANGUAGES[path.stem]
    wrong = {}
    for english, sentence in catalogue.items():
        values = {name: f"<{n}>" for n, name in enumerate(re.findall(r"\{(\w+)\}", english))}
        said = _fill(english, values)
        if language.tell(said) != _fill(sentence, values):
            wrong[said] = language.tell(said)
    assert wrong == {}


def _fill(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)


def test_a_sentence_within_a_sentence_is_told_too() -> None:
    german = LANGUAGES["de"].tell
    assert german("exercise 3: comparison 01 has 4 levels; expected 2, 3 or 5") == (
        "\u00dcbung 3: Vergleich 01 hat 4 Stufen; erwartet sind 2, 3 oder 5"
    )
    assert german("rates lower and lower; answers the same 7 times") == (
        "bewertet immer niedriger; answers the same 7 times"
    )
    assert german("What nobody foresaw: 7") == "What nobody foresaw: 7"


def test_a_text_of_any_length_takes_no_time() -> None:
    sentences = Sentences({"{a}; {b}; {c}; expected {d}; {e}!": "{a}"})
    assert sentences.tell("; expected " * 100_000, str) == "; expected " * 100_000


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_every_curve_under_a_clip_has_a_name(path: Path) -> None:
    assert len(every_signal()) == 13
    assert every_signal() - set(json.loads(path.read_text("utf-8"))["words"]) == set()


GERMAN = {"Accept-Language": "de"}


def answers_of(site: Site, owner: Visitor, person: Visitor) -> dict[str, list[str]]:
    """What goes wrong for people, in German and without a wish: errors of every room."""
    content.ask(site.store, {"rating": 1})
    question = person.take(1)[0]
    asked = {
        "work": (person, "GET", "api/history/nobody", None),
        "scene": (person, "GET", f"api/scenes/{'0' * 64}", None),
        "hash": (person, "GET", "api/scenes/x", None),
        "owner": (person, "GET", "api/owner/overview", None),
        "level": (person, "POST", "api/answers", {**lease(question), "answer": {"level": 77}}),
        "long": (person, "POST", "api/flags", {"key": "k" * 9, "query": "q", "text": "x" * 9999}),
        "practice": (owner, "POST", "api/owner/practice/try", {"kind": "tarot", "replies": ["x"]}),
        "levels": (owner, "POST", "api/owner/practice/try", LEVELS),
        "put": (owner, "PUT", "api/owner/practice", {"exercises": [{**LEVELS, "answer": {}}]}),
        "person": (owner, "PUT", "api/owner/annotators/x/weight", {"weight": 0.5}),
        "invite": (person, "POST", "api/join", {"token": "x", "name": "y", "consent": True}),
    }
    found = {}
    for name, (who, method, path, body) in asked.items():
        pair = []
        for headers in (GERMAN, {}):
            sent = who.client.request(
                method, f"/replies/{path}", json=body, headers={"X-Assent": "1", **headers}
            )
            assert sent.status_code >= 400, name
            pair.append(sent.json()["error"])
        found[name] = pair
    return found


LEVELS = {"kind": "rating", "replies": ["x"], "options": {"levels": 99}}


def lease(question: dict[str, object]) -> dict[str, object]:
    kept = {name: question[name] for name in ("slot", "lease_token", "query")}
    return {"key": "0123456789abcdef", **kept}


def test_errors_of_the_api_are_told_in_the_browsers_language_and_else_in_english(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    found = answers_of(site, owner, person)
    same = {name: german for name, (german, english) in found.items() if german == english}
    assert same == {}
    assert found["work"] == [
        "eine solche Antwort von dir gibt es nicht",
        "there is no such answer of yours",
    ]
    assert found["put"][0].startswith("\u00dcbung 1: Bewertung checked hat 99 Stufen;")


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.stem)
def test_sentences_that_somebody_put_into_one_another_come_to_an_end(path: Path) -> None:
    language = LANGUAGES[path.stem]
    for english in json.loads(path.read_text("utf-8"))["told"]:
        own = re.split(r"\{\w+\}", english)
        nested = own[0] + "".join(f"x{part}" for part in own[1:]) * 200
        assert language.tell(nested[:900])
        assert len(nested) <= 1000 or language.tell(nested) == nested
