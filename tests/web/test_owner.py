from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assent.web import excerpts
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import KEY, fitting

PEOPLE = {
    "sensitivity": 0.1,
    "lapse": 0.4,
    "position": 1.2,
    "severity": 0.0,
    "flag": "often guesses",
}


def test_the_overview_says_what_the_loop_waits_for(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 3})
    view = owner.get("api/owner/overview").json()
    assert (view["next"], view["why"], view["slots"]) == ("wait", "3 of 3 answers are missing", 3)


def test_the_overview_shows_the_true_return_with_its_interval(owner: Visitor) -> None:
    first = owner.get("api/owner/overview").json()["by_round"][0]
    assert first["true_return"] == {"value": -1200.0, "low": -1260.0, "high": -1140.0}


def test_the_overview_counts_agreement_between_people(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 2}, wanted=2)
    for name, levels in (("one", (1, 0)), ("two", (1, 0))):
        person = visitor([site], site).join(name)
        by_query = sorted(person.take(), key=lambda question: str(question["query"]))
        for question, level in zip(by_query, levels, strict=True):
            person.answer(question, {"level": level}, f"{name}-{level}-000")
    rows = owner.get("api/owner/overview").json()["agreement"]
    assert [row["value"] for row in rows if row["statistic"] == "same answer"] == [1.0]


def test_the_overview_says_what_stands_out_about_a_person(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    who = site.store.people.list()[0].id
    details = {"people": [{"annotator": who, **PEOPLE}]}
    site.store.checkpoints.add("reward", 1, b"weights", details, {}, None)

    row = owner.get("api/owner/overview").json()["people"][0]

    assert (
        row["flag"],
        row["parameters"]["sensitivity"],
        "often guesses" in owner.get("owner").text,
    ) == (
        "often guesses",
        0.1,
        True,
    )


def test_answers_are_leafed_through_by_person_kind_and_dispute(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 30, "rating": 1}, wanted=2)
    for name, level in (("Ada", 0), ("Bo", 1)):
        visited = visitor([site], site).join(name)
        for number in range(31):
            [question] = visited.take(1)
            said = level if question["kind"] == "rating" else 1
            visited.answer(question, {"level": said}, f"{name}-{number:08}", note=f"by {name}")
    ids = {each.name: each.id for each in site.store.people.list()}

    def rows(query: str) -> tuple[int, int, int]:
        page = owner.get(f"owner/answers?{query}").text
        names = [page.count(f'<th scope="row" dir="auto">{name}') for name in ("Ada", "Bo")]
        return page.count("data-look"), *names

    first = owner.get("owner/answers").text
    older = re.search(r'href="\?(before=\d+)"', first)
    assert older is not None
    assert (rows(""), rows(older[1])) == ((50, 19, 31), (12, 12, 0))
    assert rows(f"person={ids['Ada']}&kind=&before=0") == (31, 31, 0)
    assert rows(f"person={ids['Bo']}&kind=rating") == (1, 0, 1)
    assert rows("disputed=true") == (2, 1, 1)
    assert rows("person=nobody%00") == (0, 0, 0)
    assert ("My order 1042 has not arrived" in first, "by Ada" in first) == (True, True)


def test_a_dispute_is_told_by_what_was_shown(site: Site, owner: Visitor) -> None:
    [query] = content.ask(site.store, {"ranking": 1}, wanted=2)
    keys = [segment.key for segment in query.segments]
    for name, order in (("one", keys), ("two", keys[::-1])):
        visited = visitor([site], site).join(name)
        answer = {"ranking": [[key] for key in order]}
        visited.answer(visited.take()[0], answer, f"{name}00000000")
    told = owner.get("api/owner/overview").json()["excerpts"][query.id]
    assert told["before"] == "My order 1042 has not arrived. What now?"
    assert [text[:8] for text in told["options"]] == [f"Reply {n}:" for n in range(4)]
    assert "Reply 3: I am sorry to hear that." in owner.get("owner").text


def test_clips_are_told_by_the_numbers_of_their_episodes(site: Site, tmp_path: Path) -> None:
    made = content.site(tmp_path / "control", "control", "control")
    [query] = content.ask(made.store, {"comparison": 1}, "control")
    [told] = excerpts.of(made, [query]).values()
    made.store.close()
    assert (told.clips, told.options) == (True, ["1 (0–8)", "2 (0–8)"])


def test_a_new_guideline_is_a_new_version(site: Site, owner: Visitor) -> None:
    saved = owner.send("api/owner/guideline", {"markdown": "# Other"}, "PUT").json()
    assert (saved["version"], site.store.people.guideline().markdown) == (2, "# Other")


def test_an_owners_link_works_once_where_nothing_else_is_said(site: Site, owner: Visitor) -> None:
    owner.send("api/owner/invites", {"role": "owner"})
    made = site.store.people.invites()[-1]
    assert (made.role, made.uses_left) == ("owner", 1)


def test_an_invite_made_by_the_owner_lets_somebody_in(
    site: Site, owner: Visitor, stranger: Visitor
) -> None:
    path = owner.send("api/owner/invites", {"role": "annotator", "uses": 1}).json()["path"]
    assert stranger.client.get(path).status_code == 200


def test_a_link_for_one_person_lets_them_go_on_once_as_who_they_are(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 2})
    person.answer(person.take(1)[0], {"level": 1}, KEY)
    [who] = site.store.people.list()
    sent = {"annotator": who.id}
    token = owner.send("api/owner/invites", sent).json()["path"].split("/")[-1]
    page = person.get(f"join/{token}").text
    taken = {"token": token, "name": "another", "consent": True}
    anew, late = (visitor([site], site) for _ in range(2))
    statuses = [each.send("api/join", taken).status_code for each in (anew, late)]
    history = anew.get("api/history").json()["answers"]
    assert f'value="{who.name}" readonly' in page
    assert statuses == [200, 403]
    assert [each.id for each in site.store.people.list()] == [who.id]
    assert [each["answer"] for each in history] == [{"level": 1}]


def test_no_link_is_made_for_nobody_nor_for_whoever_was_erased(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    [who] = site.store.people.list()
    unknown = owner.send("api/owner/invites", {"annotator": "nobody"})
    site.store.people.erase(who.id, content.NOW)
    erased = owner.send("api/owner/invites", {"annotator": who.id})
    assert (unknown.status_code, erased.status_code) == (403, 403)
    assert "erased" in erased.json()["error"]


def test_a_paused_person_is_kept_and_can_be_let_in_again(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    who = site.store.people.list()[0].id
    statuses = []
    for active in (False, True):
        owner.send(f"api/owner/annotators/{who}/active", {"active": active}, "PUT")
        statuses.append(person.get("api/next").status_code)
    assert statuses == [403, 200]


def test_charts_are_drawn_light_and_dark(owner: Visitor) -> None:
    drawn = [
        owner.get(f"api/owner/charts/return?theme={theme}").text for theme in ("light", "dark")
    ]
    assert [text.startswith("<?xml") for text in drawn] == [True, True]


def test_the_export_holds_what_was_shown_and_chosen(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"ranking": 1})
    question = person.take()[0]
    person.answer(question, fitting(question), KEY)

    lines = [json.loads(line) for line in owner.get("api/owner/export").text.splitlines()]

    feedback = next(line for line in lines if line["type"] == "feedback")
    scenes = {line["segment"]: line["hash"] for line in lines if line["type"] == "scene"}
    assert (
        feedback["answer"],
        feedback["shown"],
        feedback["words"],
        feedback["in_force"],
        [scenes[key] for key in feedback["shown"]],
    ) == (
        fitting(question),
        [option["key"] for option in question["options"]],
        "1 > 2 > 3 > 4",
        True,
        [option["scene"] for option in question["options"]],
    )


def test_the_export_tells_an_answer_that_was_taken_back(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    receipt = person.answer(person.take()[0], {"level": 1}, KEY).json()
    person.send("api/undo", {"feedback": receipt["feedback"], "key": "undo0000"})

    lines = [json.loads(line) for line in owner.get("api/owner/export").text.splitlines()]

    told = [line["in_force"] for line in lines if line["type"] == "feedback"]
    assert told == [False, False]


def test_the_export_never_holds_the_true_reward(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    assert "environment_reward" not in owner.get("api/owner/export").text


def test_the_openapi_document_names_every_call(owner: Visitor) -> None:
    paths = owner.client.get("/api/openapi.json").json()["paths"]
    assert {"/{project}/api/next", "/{project}/api/answers", "/{project}/api/owner/export"} <= set(
        paths
    )


def test_a_project_that_only_asks_from_elsewhere_tells_what_is_left_of_that(
    tmp_path: Path,
) -> None:
    made = content.site(tmp_path / "labels", "labels")
    content.ask(made.store, {"approval": 3}, round=0, wanted=2)
    owner = visitor([made], made).join(role="owner")
    person = visitor([made], made).join("one")
    person.answer(person.take()[0], {"level": 1}, KEY)
    view = owner.get("api/owner/overview").json()
    page = owner.get("owner").text
    assert view["outside"] == {"questions": 3, "slots": 6, "answered": 1, "leased": 2}
    assert (view["labelling"], view["left"]["answers"], view["slots"]) == (True, 5, 0)
    assert "1 of 6 answers" in page
    assert "Round 1" not in page
    made.store.close()


def test_a_round_and_what_comes_from_elsewhere_are_told_apart(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 3})
    content.ask(site.store, {"rating": 2}, round=0)
    view, page = owner.get("api/owner/overview").json(), owner.get("owner").text
    assert (view["slots"], view["outside"]["slots"], view["left"]["answers"]) == (3, 2, 5)
    assert "From elsewhere: 0 of 2 answers" in page
    assert "Round 1" in page


@pytest.mark.parametrize(
    ("role", "uses", "expected"),
    [("owner", None, 1), ("owner", 3, 3), ("annotator", None, None)],
)
def test_an_owners_link_works_once_unless_more_is_said(
    owner: Visitor, role: str, uses: int | None, expected: int | None
) -> None:
    owner.send("api/owner/invites", {"role": role, "uses": uses})
    [*_, made] = owner.get("api/owner/invites").json()["invites"]
    assert (made["role"], made["uses_left"]) == (role, expected)
