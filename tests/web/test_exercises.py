"""The editor of exercises, through the API: tried before they are in force, made from verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assent import hearing
from assent.records import Json, Segment, new_id
from assent.web.owner import exercises
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import KEY
from tests.web.test_practice import ONE, PAIR, practise

DRAFTS: dict[str, Json] = {
    "comparison": {"replies": ["a", "b"], "answer": {"choice": "B"}},
    "ranking": {"replies": ["a", "b", "c"], "answer": {"ranking": [["C"], ["A", "B"]]}},
    "rating": {"replies": ["a"], "options": {"levels": 7}, "answer": {"level": 6}},
    "approval": {"replies": ["a"], "answer": {"level": 1}},
    "attributes": {
        "replies": ["a"],
        "options": {"attributes": ["Kind", "Short"]},
        "answer": {"levels": {"Kind": 0, "Short": 4}},
    },
    "rate_then_rank": {
        "replies": ["a", "b"],
        "answer": {"levels": {"A": 2, "B": 2}, "ranking": [["B"], ["A"]]},
    },
}
WORDS = {
    "comparison": "B, better",
    "ranking": "3 > 1 = 2",
    "rating": "7, very good",
    "approval": "Good",
    "attributes": "Kind 1, Short 5",
    "rate_then_rank": "1: 3, 2: 3 (2 > 1)",
}


def tried(owner: Visitor, kind: str, **more: Any) -> Any:
    return owner.send("api/owner/practice/try", {"kind": kind, **DRAFTS[kind], **more})


def test_every_kind_that_has_a_known_answer_can_be_practised(site: Site) -> None:
    assert {each.name for each in exercises.practisable(site)} == set(DRAFTS)


def test_a_kind_says_how_many_options_it_may_show(site: Site) -> None:
    sizes = {each.name: (each.least, each.most) for each in exercises.practisable(site)}
    assert (sizes["comparison"], sizes["rating"], sizes["ranking"][1]) == ((2, 2), (1, 1), 6)


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_draft_is_shown_as_annotators_would_see_it(owner: Visitor, kind: str) -> None:
    told = tried(owner, kind, because="It *is*.").json()
    assert (told["known"], told["because_html"]) == (WORDS[kind], "<p>It <em>is</em>.</p>\n")
    assert len(told["task"]["options"]) == len(DRAFTS[kind]["replies"])


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_draft_is_tried_before_its_answer_is_known(owner: Visitor, kind: str) -> None:
    told = tried(owner, kind, answer=None).json()
    assert (told["known"], told["task"]["kind"]) == ("", kind)


@pytest.mark.parametrize("kind", DRAFTS)
def test_what_was_tried_can_be_put_in_force(owner: Visitor, kind: str) -> None:
    put = practise(owner, {"kind": kind, **DRAFTS[kind]}).json()
    assert put["exercises"] == [{"kind": kind, **DRAFTS[kind]}]


def test_trying_puts_nothing_in_force(owner: Visitor) -> None:
    tried(owner, "rating")
    assert owner.get("api/owner/practice").json() == {"version": 0, "exercises": []}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "tarot"}, "tarot"),
        ({"replies": []}, "either replies or scenes"),
        ({"replies": ["a", "b", "c"]}, "comparison"),
        ({"answer": {"choice": "Z"}}, "Z"),
        ({"answer": {"level": 1}}, "comparison"),
        ({"options": {"levels": 99}}, "levels"),
    ],
)
def test_a_draft_that_cannot_be_says_why(owner: Visitor, change: Json, said: str) -> None:
    draft = {"kind": "comparison", **DRAFTS["comparison"], **change}
    response = owner.send("api/owner/practice/try", draft)
    assert (400 <= response.status_code < 500, said in response.text) == (True, True)


def decided(site: Site, owner: Visitor, kind: str, answer: Any) -> str:
    """A question about which the owner gave a verdict; answer: with places for keys."""
    [query] = content.ask(site.store, {kind: 1}, wanted=2)
    keys = [segment.key for segment in query.segments]
    said = answer(keys)
    sent = owner.send(f"api/owner/questions/{query.id}/verdict", {"answer": said})
    assert sent.status_code == 200, sent.text
    return query.id


def test_a_verdict_becomes_an_exercise_with_the_same_scenes(site: Site, owner: Visitor) -> None:
    query = decided(
        site, owner, "ranking", lambda keys: {"ranking": [[keys[2]], keys[:2], [keys[3]]]}
    )
    begun = owner.get(f"api/owner/practice/from/{query}").json()
    put = practise(owner, PAIR, begun["exercise"]).json()
    added = put["exercises"][1]
    look = owner.get(f"api/owner/questions/{query}").json()
    assert (added["answer"], begun["source"]) == (
        {"ranking": [["C"], ["A", "B"], ["D"]]},
        "verdict",
    )
    assert added["scenes"] == [option["scene"] for option in look["options"]]


def test_an_exercise_from_a_verdict_is_met_by_whoever_answers(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    query = decided(site, owner, "approval", lambda keys: {"level": 0})
    practise(owner, owner.get(f"api/owner/practice/from/{query}").json()["exercise"])
    task = person.get("api/practice").json()["tasks"][0]
    told = person.send(f"api/practice/{task['id']}", {"answer": {"level": 0}}).json()
    assert told["right"] is True


def begun(site: Site, owner: Visitor, levels: list[int | None]) -> tuple[Any, str, int, int]:
    """What an exercise begins with after some ratings; None: a skip."""
    [query] = content.ask(site.store, {"rating": 1}, wanted=len(levels) or 1)
    for number, level in enumerate(levels):
        somebody = visitor([site], site).join(f"somebody {number}")
        answer = {"skip": "cannot_tell"} if level is None else {"level": level}
        assert somebody.answer(somebody.take(1)[0], answer, KEY).status_code == 200
    told = owner.get(f"api/owner/practice/from/{query.id}").json()
    return told["exercise"]["answer"], told["source"], told["same"], told["given"]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([3, 1, 3], ({"level": 3}, "answers", 2, 3)),
        ([2], ({"level": 2}, "answers", 1, 1)),
        ([2, None, None], ({"level": 2}, "answers", 1, 1)),
        ([2, 4], (None, "", 0, 2)),
        ([], (None, "", 0, 0)),
    ],
)
def test_an_exercise_begins_with_what_most_people_said(
    site: Site, owner: Visitor, levels: list[int | None], expected: Any
) -> None:
    assert begun(site, owner, levels) == expected


def test_the_owners_verdict_comes_before_what_people_said(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    query = decided(site, owner, "approval", lambda keys: {"level": 0})
    person.answer(person.take(1)[0], {"level": 1}, KEY)
    told = owner.get(f"api/owner/practice/from/{query}").json()
    assert (told["exercise"]["answer"], told["source"]) == ({"level": 0}, "verdict")


def test_of_what_cannot_be_practised_there_is_no_exercise(site: Site, owner: Visitor) -> None:
    [spans] = content.ask(site.store, {"spans": 1})
    said = owner.get(f"api/owner/practice/from/{spans.id}")
    look = owner.get(f"api/owner/questions/{spans.id}").json()
    assert (said.status_code, look["practisable"]) == (422, False)
    missing = [owner.get(f"api/owner/practice/from/{each}") for each in ("nowhere", "%00")]
    assert [each.status_code for each in missing] == [404, 404]


def test_of_a_question_that_came_without_its_text_there_is_no_exercise(
    site: Site, owner: Visitor
) -> None:
    [asked] = content.ask(site.store, {"approval": 1})
    other = content.trajectory(99, round=1)
    site.store.trajectories.add([other])
    # As answers that were imported: of what they are, only the name is known.
    bare = replace(asked, id=new_id(), segments=(Segment(other.id, 0, 8),))
    site.store.questions.add([bare], {})

    said = owner.get(f"api/owner/practice/from/{bare.id}")
    looks = [owner.get(f"api/owner/questions/{each.id}").json() for each in (asked, bare)]
    for each in (asked, bare):
        owner.send(f"api/owner/questions/{each.id}/verdict", {"answer": {"level": 1}})
    assert [gold.id for gold in hearing.golds(site.store)] == [asked.id]
    assert (said.status_code, "nothing is here" in said.text) == (422, True)
    assert [look["practisable"] for look in looks] == [True, False]


def test_what_nobody_has_answered_can_be_chosen_from_newest_first(
    site: Site, owner: Visitor
) -> None:
    made = content.ask(site.store, {"comparison": 8})
    first = owner.get("api/owner/practice/shown").json()
    second = owner.get(f"api/owner/practice/shown?before={first['older']}").json()
    keys = [segment.key for query in made[::-1] for segment in query.segments]
    hashes = site.store.questions.scene_hashes(keys)
    scenes = [each["scene"] for each in (*first["shown"], *second["shown"])]
    assert scenes == [hashes[key] for key in keys]
    assert second["older"] is None


def test_what_was_shown_twice_is_there_once(site: Site, owner: Visitor) -> None:
    scene = {"type": "text", "prompt": "", "reply": "The same."}
    content.ask(site.store, {"approval": 3}, shown=scene)
    assert len(owner.get("api/owner/practice/shown").json()["shown"]) == 1


def test_clips_are_named_by_their_episodes(tmp_path: Path) -> None:
    control = content.site(tmp_path / "control", "control", world="control")
    content.ask(control.store, {"comparison": 1}, world="control")
    keeper = visitor([control], control).join(role="owner")
    names = [each["name"] for each in keeper.get("api/owner/practice/shown").json()["shown"]]
    control.store.close()
    assert names == ["1 (0\u20138)", "2 (0\u20138)"]


def test_clips_that_were_shown_can_be_practised(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 2}, world="control")
    shown = owner.get("api/owner/practice/shown").json()["shown"]
    scenes = [each["scene"] for each in shown]
    put = practise(owner, {"kind": "comparison", "scenes": scenes, "answer": {"choice": "B"}})
    assert put.json()["exercises"][0]["scenes"] == scenes


def test_the_editor_is_the_owners(site: Site, owner: Visitor, person: Visitor) -> None:
    practise(owner, ONE)
    assert person.get("owner/practice").status_code == 403
    assert visitor([site], site).get("api/owner/practice").status_code == 403
