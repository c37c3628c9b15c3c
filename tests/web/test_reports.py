"""What annotators report, and what the owner does about it."""

from __future__ import annotations

from typing import Any

import pytest

from assent.store.flags import Flag
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import KEY

WRONG = "The second reply is <b>cut off</b>."


@pytest.fixture
def reported(site: Site, person: Visitor) -> dict[str, Any]:
    """A report about a question that was answered afterwards."""
    content.ask(site.store, {"comparison": 1})
    question = person.take()[0]
    body = {"key": KEY, "query": question["query"], "text": WRONG}
    assert person.send("api/flags", body).status_code == 200
    key = question["options"][1]["key"]
    person.answer(question, {"choice": key, "strength": "much"}, KEY)
    return question


def reports(owner: Visitor) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = owner.get("api/owner/flags").json()["flags"]
    return rows


def test_a_report_comes_with_its_question_and_what_was_answered(
    owner: Visitor, reported: dict[str, Any]
) -> None:
    [row] = reports(owner)
    assert (row["name"], row["text"], row["kind"], row["words"], row["settled_at"]) == (
        "somebody",
        WRONG,
        "comparison",
        "B, much better",
        None,
    )
    assert {each["scene"] for each in row["options"]} == {
        each["scene"] for each in reported["options"]
    }


def test_a_reply_reaches_whoever_reported_and_settles_the_report(
    owner: Visitor, person: Visitor, reported: dict[str, Any]
) -> None:
    [row] = reports(owner)
    told = owner.send(
        f"api/owner/flags/{row['id']}", {"settled": True, "reply": "Mended, thank you."}, "PUT"
    ).json()
    [message] = person.get("api/messages").json()["messages"]
    assert (message["text"], told["reply"], told["settled_at"] is None) == (
        "Mended, thank you.",
        "Mended, thank you.",
        False,
    )


def test_a_settled_report_can_be_opened_again(owner: Visitor, reported: dict[str, Any]) -> None:
    [row] = reports(owner)
    counts = []
    for settled in (True, False):
        owner.send(f"api/owner/flags/{row['id']}", {"settled": settled}, "PUT")
        counts.append(reports(owner)[0]["settled_at"] is not None)
    assert counts == [True, False]


def test_without_a_reply_nobody_is_written_to(
    owner: Visitor, person: Visitor, reported: dict[str, Any]
) -> None:
    owner.send(f"api/owner/flags/{reports(owner)[0]['id']}", {"settled": True}, "PUT")
    assert person.get("api/messages").json()["messages"] == []


def test_the_page_shows_words_of_others_as_text_and_counts_what_is_open(
    owner: Visitor, reported: dict[str, Any]
) -> None:
    page = owner.get("owner/reports").text
    overview = owner.get("owner").text
    owner.send(f"api/owner/flags/{reports(owner)[0]['id']}", {"settled": True}, "PUT")
    after = owner.get("owner").text
    assert "&lt;b&gt;cut off&lt;/b&gt;" in page
    assert "<b>cut off" not in page
    assert ('class="count">1' in overview, 'class="count"' in after) == (True, False)


@pytest.mark.parametrize("name", ["7", "x", "-1", "1e3"])
def test_there_is_no_report_but_those_that_were_made(owner: Visitor, name: str) -> None:
    assert owner.send(f"api/owner/flags/{name}", {"settled": True}, "PUT").status_code == 404


def test_reports_of_somebody_erased_are_gone(
    site: Site, owner: Visitor, reported: dict[str, Any]
) -> None:
    who = reports(owner)[0]["annotator"]
    owner.send(f"api/owner/annotators/{who}/erase", {"name": "somebody"})
    assert (reports(owner), owner.get("owner/reports").status_code) == ([], 200)


def test_an_annotator_cannot_settle_reports(
    site: Site, owner: Visitor, reported: dict[str, Any]
) -> None:
    path = f"api/owner/flags/{reports(owner)[0]['id']}"
    other = visitor([site], site).join("other")
    assert other.send(path, {"settled": True}, "PUT").status_code == 403


def test_the_page_shows_a_hundred_reports_and_says_how_many_more(
    site: Site, owner: Visitor, reported: dict[str, Any]
) -> None:
    who = reports(owner)[0]["annotator"]
    for number in range(104):
        flag = Flag(reported["query"], who, f"report {number}", float(number), f"key-{number}")
        site.store.flags.add(flag)
    page = owner.get("owner/reports?language=en").text
    assert (page.count('class="card report"'), "And 5 more" in page) == (100, True)
    assert len(reports(owner)) == 105
