"""Questions are written as the document of the API says, the first time and from memory."""

from __future__ import annotations

import json

import pytest

from assent.feedback import kind as kinds
from assent.web.schema import NextOut, QuestionOut
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor


def test_what_is_handed_out_is_what_the_document_says(site: Site, person: Visitor) -> None:
    content.ask(site.store, dict.fromkeys(content.OPTIONS, 1))
    sent = person.get("api/next?limit=16").text
    assert json.loads(sent) == NextOut.model_validate_json(sent).model_dump(mode="json")


@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_a_question_comes_with_its_form_however_often(
    site: Site, person: Visitor, kind: str
) -> None:
    content.ask(site.store, {kind: 1})
    [first], [again] = person.take(1), person.take(1)
    expected = kinds.find(kind).form(site.store.questions.get(first["query"])).json()
    assert first["form"] == json.loads(json.dumps(expected))
    assert again == first
    assert QuestionOut.model_validate(first).kind == kind


def test_a_form_is_remembered_for_each_language_apart(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"comparison": 1})
    labels = [
        [choice["label"] for choice in question["form"]["choices"]]
        for language in ("en", "de", "en")
        for question in person.get(f"api/next?limit=1&language={language}").json()["questions"]
    ]
    assert labels[0] == labels[2]
    assert labels[0] != labels[1]
