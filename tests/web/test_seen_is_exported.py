"""What was seen and chosen is what the export says: many random cases of every kind."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from assent.interop import jsonl
from assent.web.site import Site
from tests.web import cases, content
from tests.web.conftest import Visitor, visitor

CASES = 112  # of each of nine kinds: a thousand in all
NAMED = "Reply "


@pytest.fixture
def person(site: Site) -> Visitor:
    """Somebody who may ask as fast as a program can."""
    quick = Site(site.name, site.store, content.settings(site.name, requests_per_second=10_000))
    return visitor([quick], quick).join()


def name_of(reply: str) -> str:
    """A reply's number, which is all that names it to a person."""
    return reply.split(NAMED)[1].split(":")[0]


def exported(site: Site) -> list[tuple[list[str], Any, bool]]:
    """Of every answer in force: the replies as they stood, the answer by their names."""
    lines = [json.loads(line) for line in jsonl.lines(site.store, site.name, 0.0)]
    names = {
        line["segment"]: name_of(line["scene"]["reply"])
        for line in lines
        if line["type"] == "scene"
    }
    return [
        ([names[key] for key in line["shown"]], cases.readable(line["answer"], names), line["late"])
        for line in lines
        if line["type"] == "feedback" and line["in_force"]
    ]


def seen(person: Visitor, question: Any, known: dict[str, str]) -> list[str]:
    """The names of the replies on the screen, in their places."""
    for option in question["options"]:
        if option["scene"] not in known:
            html = person.get(f"api/scenes/{option['scene']}").json()["reply_html"]
            known[option["scene"]] = name_of(html)
    return [known[option["scene"]] for option in question["options"]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(content.OPTIONS))
def test_a_hundred_random_answers_are_exported_as_they_were_seen_and_chosen(
    site: Site, kind: str
) -> None:
    # Quicker than any person: it must not be told to wait.
    site = Site(site.name, site.store, content.settings(site.name, requests_per_second=1e6))
    person = visitor([site], site).join()
    rng = random.Random(f"seen and chosen {kind}")
    content.ask(site.store, {kind: CASES})
    known: dict[str, str] = {}
    chosen: list[tuple[list[str], Any, bool]] = []
    number = 0
    while questions := person.take(4):
        for question in questions:
            names = seen(person, question, known)
            opinion = cases.opinion(kind, question["form"], len(names), rng)
            keys = [option["key"] for option in question["options"]]
            sent = cases.by_name(opinion, keys)
            receipt = person.answer(question, sent, f"key-{number:06d}").json()
            number += 1
            if rng.random() < 0.1:
                # Taken back and said anew: only the second counts.
                undone = {"feedback": receipt["feedback"], "key": f"undo-{number:06d}"}
                question = person.send("api/undo", undone).json()["question"]
                opinion = cases.opinion(kind, question["form"], len(names), rng)
                sent = cases.by_name(opinion, keys)
                person.answer(question, sent, f"again-{number:06d}")
            chosen.append((names, cases.by_name(opinion, names), False))

    def by_first(entry: tuple[list[str], Any, bool]) -> list[str]:
        return entry[0]

    assert len(chosen) == CASES
    assert sorted(exported(site), key=by_first) == sorted(chosen, key=by_first)
