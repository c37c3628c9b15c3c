"""Texts that would be programs, in every place that takes a text (the class of CVE-2025-25296)."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from assent.records import Query, Segment, new_id
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.payloads import PAYLOADS

SCRIPTS = {f"/static/{name}.js" for name in ("early", "work/work", "owner/owner", "join", "again")}


class Danger(HTMLParser):
    """Collects whatever in a page could run or load something it should not."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and values.get("src") not in SCRIPTS:
            self.found.append(tag)
        if tag in ("iframe", "object", "embed", "base", "svg", "style", "math", "video"):
            self.found.append(tag)
        self.found += [
            name for name in values if name.startswith("on") or name in ("style", "srcdoc")
        ]
        for name in ("href", "src", "action", "srcset"):
            value = values.get(name, "/").strip().lower()
            if not value.startswith(("/", "#", "?", "http://", "https://", "mailto:")):
                self.found.append(f"{name}={value}")


def dangers(html: str) -> list[str]:
    parser = Danger()
    parser.feed(html)
    return parser.found


def scene_query(site: Site, payload: str) -> Query:
    acted = content.trajectory(0, round=1)
    site.store.trajectories.add([acted])
    segment = Segment(acted.id, 0, 8)
    scene = {
        "type": "text",
        "prompt": payload,
        "messages": [{"role": payload, "content": payload}],
        "reply": payload,
    }
    query = Query(new_id(), "approval", (segment,), payload, "uniform", 1.0, round=1)
    site.store.questions.add([query], {segment.key: site.store.blobs.put_json(scene)})
    return query


@pytest.mark.slow
def test_no_payload_in_prompts_or_replies_leaves_the_api_alive(site: Site, person: Visitor) -> None:
    for payload in PAYLOADS:
        if "\x00" not in payload:
            scene_query(site, payload)
    found: list[Any] = []
    for number in range(len(PAYLOADS)):
        questions = person.take(1)
        if not questions:
            break
        shown = person.get(f"api/scenes/{questions[0]['options'][0]['scene']}").json()
        html = shown["reply_html"] + shown["prompt_html"] + shown["messages"][0]["html"]
        found += dangers(html)
        person.answer(questions[0], {"level": 1}, f"key-{number:08d}")
    assert found == []


@pytest.mark.parametrize("payload", PAYLOADS[::6])
def test_no_payload_in_a_name_or_a_guideline_runs_on_any_page(site: Site, payload: str) -> None:
    site.store.people.set_guideline(payload)
    token = site.store.people.invite("annotator", time.time(), 1.0, 1)
    person, owner = visitor([site], site), visitor([site], site).join(role="owner")
    person.send("api/join", {"token": token, "name": payload[:60], "consent": True})

    pages = [
        person.get("guideline"),
        person.get("work"),
        owner.get("owner"),
        owner.get("owner/live"),
    ]

    assert [dangers(page.text) for page in pages] == [[], [], [], []]


@pytest.mark.parametrize("payload", PAYLOADS[::10])
def test_no_payload_in_an_address_runs_on_the_page_of_an_error(
    stranger: Visitor, payload: str
) -> None:
    response = stranger.client.get("/replies/join/" + quote(payload, safe=""))
    assert dangers(response.text) == []


@pytest.mark.parametrize("payload", PAYLOADS[::10])
def test_the_preview_is_as_harmless_as_the_page(owner: Visitor, payload: str) -> None:
    assert dangers(owner.send("api/owner/preview", {"markdown": payload}).json()["html"]) == []
