"""Half characters and numbers that are none: in no part of a body where anything goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assent.web.site import Site
from tests.web import content
from tests.web.conftest import WRITE, Visitor

KEY = "0123456789abcdef"
ODD: list[Any] = [
    {"x": "\ud800"},
    {"\udfff": 1},
    {"x": [{"y": "a\ud83d"}]},
    {"x": float("nan")},
    {"x": float("inf")},
]
EXERCISE = {"kind": "approval", "replies": ["x"], "answer": {"level": 1}}
ITEM = {"id": "a", "reply": "x"}


def given(question: dict[str, Any], odd: Any) -> dict[str, Any]:
    lease = {name: question[name] for name in ("slot", "lease_token", "query")}
    return {"key": KEY, "answer": {"level": 1, **odd}, **lease}


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_cannot_be_written_out_again_is_not_let_in(
    site: Site, person: Visitor, owner: Visitor, odd: Any
) -> None:
    content.ask(site.store, {"approval": 2})
    [question, other] = person.take(2)
    where = f"api/owner/questions/{other['query']}/verdict"
    asked = {"id": "q", "kind": "approval", "items": [ITEM], "options": odd}
    practised = [{**EXERCISE, "options": odd}, {**EXERCISE, "answer": {"level": 1, **odd}}]
    tried: list[tuple[Visitor, str, str, Any]] = [
        (person, "POST", "api/answers", given(question, odd)),
        (person, "POST", "api/answers/many", {"answers": [given(question, odd)]}),
        (owner, "POST", "api/owner/questions", {"questions": [asked]}),
        (owner, "POST", where, {"answer": {"level": 1, **odd}}),
        *((owner, "PUT", "api/owner/practice", {"exercises": [each]}) for each in practised),
        *((owner, "POST", "api/owner/practice/try", each) for each in practised),
    ]

    # Not as httpx writes JSON: it would refuse to, which whoever means harm does not.
    headers = {**WRITE, "Content-Type": "application/json"}
    found = [
        who.client.request(method, f"/replies/{path}", content=json.dumps(body), headers=headers)
        for who, method, path, body in tried
    ]

    assert [response.status_code for response in found] == [422] * len(tried)
    told = [owner.get(f"api/owner/export{table}") for table in ("", "/answers", "/questions")]
    assert [response.status_code for response in told] == [200, 200, 200]


@pytest.mark.parametrize("text", ["\0", "\u202e\u200b", "\x1b[31m", "\ufeff", "\uffff", "🙂" * 500])
def test_characters_that_are_odd_and_whole_come_back_as_they_were(
    owner: Visitor, site: Site, person: Visitor, text: str
) -> None:
    item = {"id": "a", "reply": f"x{text}", "prompt": text}
    asked = {"id": "q", "kind": "approval", "items": [item]}
    assert owner.send("api/owner/questions", {"questions": [asked]}).status_code == 200

    lines = [json.loads(line) for line in owner.get("api/owner/export").text.splitlines()]

    [scene] = [line["scene"] for line in lines if line["type"] == "scene"]
    assert (scene["prompt"], scene["reply"]) == (text, f"x{text}")
    [question] = person.take(1)
    shown = person.get(f"api/scenes/{question['options'][0]['scene']}")
    assert (shown.status_code, "x" in shown.json()["reply_html"]) == (200, True)
