from __future__ import annotations

import json

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


def test_a_new_guideline_is_a_new_version(site: Site, owner: Visitor) -> None:
    saved = owner.send("api/owner/guideline", {"markdown": "# Other"}, "PUT").json()
    assert (saved["version"], site.store.people.guideline().markdown) == (2, "# Other")


def test_an_invite_made_by_the_owner_lets_somebody_in(
    site: Site, owner: Visitor, stranger: Visitor
) -> None:
    path = owner.send("api/owner/invites", {"role": "annotator", "uses": 1}).json()["path"]
    assert stranger.client.get(path).status_code == 200


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
