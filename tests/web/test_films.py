"""Films over the API: sent in as bytes, asked about and told by their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assent import config
from assent.interop import flat, jsonl
from assent.store.store import open_store
from assent.web import guard
from assent.web.site import Site
from tests.interop.written import film
from tests.web.conftest import WRITE, Visitor, visitor
from tests.web.test_answers import KEY

ONE, TWO = film(b"one"), film(b"two")
PROMPT = "Put the *red* block away."


def send(owner: Visitor, content: Any, **headers: str) -> Any:
    return owner.client.post(
        f"/{owner.site.name}/api/media", content=content, headers={**WRITE, **headers}
    )


def push(owner: Visitor, items: list[Any], **more: Any) -> Any:
    question = {"id": "q", "kind": "comparison", "items": items, **more}
    return owner.send("api/owner/questions", {"questions": [question]})


def pair(owner: Visitor, **more: Any) -> list[Any]:
    hashes = [send(owner, content).json()["hash"] for content in (ONE, TWO)]
    return [
        {"id": f"run/{n}", "video": {"hash": hash}, "meta": {"seed": n}, "prompt": PROMPT, **more}
        for n, hash in enumerate(hashes)
    ]


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[Site]:
    """A project of items and answers."""
    settings = {"project": {"name": "labels", "seed": 1}, "environment": {"world": "answers"}}
    with open_store(tmp_path / "labels") as store:
        yield Site("labels", store, config.parse_answers(settings))


def stored(site: Site) -> int:
    return sum(path.is_file() for path in site.store.blobs.path("0" * 64).parents[1].rglob("*"))


def test_a_film_comes_in_once_under_its_hash(site: Site, owner: Visitor) -> None:
    expected = {"hash": hashlib.sha256(ONE).hexdigest(), "mime": "video/mp4", "size": len(ONE)}
    lying = {"Content-Type": "text/html"}
    found = [send(owner, ONE).json(), send(owner, iter([ONE[:5], ONE[5:]]), **lying).json()]
    count = stored(site)
    send(owner, ONE)
    assert (found, stored(site)) == ([expected, expected], count)
    back = owner.get(f"api/media/{expected['hash']}")
    assert (back.content, back.headers["content-type"]) == (ONE, "video/mp4")
    assert back.headers["content-length"] == str(len(ONE))


@pytest.mark.parametrize("content", [b"", b"<script>", b"\x1a\x45\xdf\xa3\x42\x82\x88matroska"])
def test_what_is_no_film_is_refused_and_not_kept(
    site: Site, owner: Visitor, content: bytes
) -> None:
    before = stored(site)
    refused = send(owner, content)
    assert (refused.status_code, stored(site)) == (422, before)
    assert "MP4 or WebM is expected" in refused.json()["error"]


@pytest.mark.parametrize("declared", [True, False])
def test_only_this_route_takes_more_than_others_and_no_more_than_its_own(
    site: Site, owner: Visitor, monkeypatch: pytest.MonkeyPatch, declared: bool
) -> None:
    monkeypatch.setattr(guard, "MAX_BODY_BYTES", 100)
    monkeypatch.setattr(guard, "MAX_FILM_BYTES", 1000)
    before = stored(site)

    def sized(size: int) -> Any:
        content = ONE.ljust(size)
        return content if declared else iter([content[:60], content[60:]])

    assert (send(owner, sized(1000)).status_code, stored(site)) == (200, before + 1)
    assert (send(owner, sized(1001)).status_code, stored(site)) == (413, before + 1)
    for path in ("api/owner/questions", f"api/media/{'0' * 64}", "x/api/media"):
        response = owner.client.post(f"/replies/{path}", content=sized(101), headers=WRITE)
        assert response.status_code in (404, 405, 413), path
    assert stored(site) == before + 1


def test_a_form_on_another_site_sends_no_film(site: Site, owner: Visitor) -> None:
    refused = owner.client.post("/replies/api/media", content=ONE)
    foreign = send(owner, ONE, Origin="http://elsewhere.example")
    assert (refused.status_code, foreign.status_code) == (403, 403)


def test_films_are_asked_about_and_named_by_their_hash_in_what_comes_back(
    site: Site, owner: Visitor
) -> None:
    items = pair(owner)
    assert push(owner, items).json()["added"] == 1
    assert push(owner, items).json() == {"added": 0, "known": 1, "more": 0, "changed": []}
    person = visitor([site], site).join("one")
    [question] = person.take()
    scenes = [person.get(f"api/scenes/{o['scene']}").json() for o in question["options"]]
    films = [person.get(f"api/media/{scene['hash']}").content for scene in scenes]
    person.answer(question, {"choice": question["options"][0]["key"], "strength": "some"}, KEY)
    [event] = owner.get("api/owner/events").json()["events"]
    exported = [json.loads(line) for line in jsonl.lines(site.store, "replies", 0.0)]
    hashes = {row["segment"]: row["scene"]["hash"] for row in exported if row["type"] == "scene"}
    [said] = [row["answer"]["choice"] for row in exported if row["type"] == "feedback"]
    chosen = int(event["answer"]["choice"].removeprefix("run/"))
    assert sorted(films) == [ONE, TWO]
    assert scenes[0]["prompt_html"] == "<p>Put the <em>red</em> block away.</p>\n"
    assert (films[0], hashes[said]) == ([ONE, TWO][chosen], items[chosen]["video"]["hash"])
    assert event["item_meta"] == [{"seed": 0}, {"seed": 1}]
    assert event["films"] == [item["video"]["hash"] for item in items]
    [row] = flat.answers(site.store)
    assert '"seed": 1' in row["meta"]


def test_in_lists_films_are_named_to_their_owner_and_never_to_those_who_judge(
    site: Site, owner: Visitor
) -> None:
    push(owner, pair(owner))
    person = visitor([site], site).join("one")
    person.answer(person.take()[0], {"choice": "tie"}, KEY)
    history = person.get("api/history").json()["answers"][0]
    page = owner.get("owner/answers").text
    assert (history["prompt"], history["replies"]) == ("Put the red block away.", [])
    assert ("run/0, run/1" in page, "Put the red block away." in page) == (True, True)


def test_a_dialogue_stands_above_a_film(site: Site, owner: Visitor) -> None:
    messages = [{"role": "user", "content": "Fold *it*."}]
    assert push(owner, pair(owner, prompt="", messages=messages)).json()["added"] == 1
    person = visitor([site], site).join("one")
    scene = person.get(f"api/scenes/{person.take()[0]['options'][0]['scene']}").json()
    assert scene["messages"] == [{"role": "user", "html": "<p>Fold <em>it</em>.</p>\n"}]


def test_a_question_about_no_film_or_about_unlike_things_is_refused(
    site: Site, owner: Visitor
) -> None:
    one, two = pair(owner)
    text = {"id": "t", "reply": "Done."}
    page = site.store.blobs.put(b"<html>")
    both = {**one, "reply": "x"}
    told = {
        "needs a reply or a video": [[both, two], [{"id": "n"}, two]],
        "names a film that is not here": [
            [one, {"id": "x", "video": {"hash": hash}}] for hash in ("0" * 64, page)
        ],
        "shows texts and films": [[one, text]],
        "shows the same twice": [
            [one, {**one, "id": "again", "video": {**one["video"], "fps": 9}}]
        ],
    }
    for why, refused in told.items():
        for items in refused:
            response = push(owner, items)
            assert (response.status_code, why in response.text) == (400, True), response.text
    for video in ({"hash": "../x"}, {"hash": "0" * 64, "fps": 0}, {"url": "http://x"}, {}):
        assert push(owner, [one, {"id": "x", "video": video}]).status_code == 422
    words = push(owner, [one], kind="correction")
    assert (words.status_code, "about the words of a text" in words.text) == (400, True)
    assert site.store.questions.list() == []


def test_where_there_are_items_a_film_is_one_of_them(labels: Site) -> None:
    owner = visitor([labels], labels).join(role="owner")
    push(owner, pair(owner))
    push(owner, pair(owner), id="again")
    items = labels.store.items.list()
    assert [item.response["video"] for item in items] == [
        hashlib.sha256(content).hexdigest() for content in (ONE, TWO)
    ]
    assert {item.prompt for item in items} == {PROMPT}


def test_an_exercise_shows_films_or_texts(site: Site, owner: Visitor) -> None:
    push(owner, pair(owner))
    person = visitor([site], site).join("one")
    films = [option["scene"] for option in person.take()[0]["options"]]
    text = site.store.blobs.put_json({"type": "text", "prompt": "", "reply": "x"})
    draft = {"kind": "comparison", "scenes": films}
    tried = owner.send("api/owner/practice/try", draft)
    mixed = owner.send("api/owner/practice/try", {**draft, "scenes": [films[0], text]})
    shown = owner.get("api/owner/practice/shown").json()["shown"]
    assert (tried.status_code, mixed.status_code) == (200, 422)
    assert "do not stand side by side" in mixed.json()["error"]
    assert {each["name"] for each in shown} == {"run/0", "run/1"}
