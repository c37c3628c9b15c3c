"""What the owner sees of disputes, costs and known questions, and what they do about it."""

from __future__ import annotations

import json

import pytest

from assent import desk
from assent.config import AskSection
from assent.desk import Heard
from assent.questions import ask
from assent.records import Feedback, Grade, Judgement, Order, Query, Segment
from assent.web import cost, disputes
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor

A, B, C = (Segment(name, 0, 1) for name in "abc")


def levels(*given: int) -> Heard:
    """One question of five levels, and an answer of another person a second."""
    query = Query("q", "rating", (A,), "?", "uniform", 1.0)
    events = tuple(
        Feedback(str(n), "q", f"p{n}", {"level": level}, (0,), float(n))
        for n, level in enumerate(given)
    )
    said = tuple(
        Judgement(Grade((A,), level, 5, "rating"), f"p{n}", (0,), "rating", str(n))
        for n, level in enumerate(given)
    )
    return Heard(events, {"q": query}, said)


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (Grade((A,), 0, 5, "x"), Grade((A,), 4, 5, "x"), 1.0),
        (Grade((A,), 1, 5, "x"), Grade((A,), 2, 5, "x"), 0.25),
        (Order((A, B, C), (0, 1, 2)), Order((C, B, A), (0, 1, 2)), 1.0),
        (Order((A, B, C), (0, 1, 2)), Order((B, A, C), (0, 1, 2)), 1 / 3),
        (Order((A, B), (0, 0)), Order((A, B), (0, 1)), 0.5),
    ],
)
def test_the_difference_of_two_answers(
    first: Grade | Order, second: Grade | Order, apart: float
) -> None:
    assert disputes.difference([first], [second]) == pytest.approx(apart)


def test_answers_that_teach_more_than_others_differ_by_what_both_teach() -> None:
    x, y = Segment("x", 0, 1), Segment("y", 0, 1)
    equal: list[Grade | Order] = [
        Grade((x,), 1, 3, "r"),
        Grade((y,), 1, 3, "r"),
        Order((x, y), (0, 1)),
    ]
    apart = [Grade((x,), 2, 3, "r"), Grade((y,), 1, 3, "r")]
    assert disputes.difference(equal, apart) == pytest.approx(0.25)


def test_levels_of_different_scales_do_not_differ() -> None:
    x = (Segment("x", 0, 1),)
    assert disputes.difference([Grade(x, 0, 3, "clear")], [Grade(x, 2, 3, "helpful")]) is None


def test_a_dispute_is_the_mean_difference_of_its_pairs() -> None:
    [found] = disputes.disputed(levels(0, 4, 4))
    assert found.answers == 3
    assert found.difference == pytest.approx(2 / 3)


def test_where_all_agree_there_is_no_dispute() -> None:
    assert disputes.disputed(levels(3, 3, 3)) == []


def test_costs_are_the_time_that_was_spent_times_its_price() -> None:
    timed = [
        Feedback(str(n), "q", "p", {}, (), 0.0, {"read": 4000.0, "decide": 1000.0 * n, "idle": 9e6})
        for n in (1, 2, 6)
    ]
    told = cost.of(cost.spent([*timed, Feedback("x", "q", "p", {}, (), 0.0)]), 36.0)
    assert (told.answers, told.median_seconds, told.mean_seconds) == (3, 6.0, 7.0)
    assert told.per_answer == pytest.approx(0.07)
    assert told.total == pytest.approx(0.21)


def test_a_dispute_is_told_with_every_answer_and_why(site: Site, owner: Visitor) -> None:
    [query] = content.ask(site.store, {"approval": 1}, wanted=2)
    for name, level in (("one", 0), ("two", 1)):
        person = visitor([site], site).join(name)
        person.answer(person.take()[0], {"level": level}, f"{name}00000000", note=f"by {name}")

    [found] = owner.get("api/owner/disputes").json()["disputes"]
    said = owner.get(f"api/owner/questions/{query.id}").json()["said"]

    assert (found["query"], found["difference"]) == (query.id, 1.0)
    assert [(each["name"], each["answer"], each["note"]) for each in said] == [
        ("one", {"level": 0}, "by one"),
        ("two", {"level": 1}, "by two"),
    ]


def test_a_verdict_makes_a_question_whose_answer_is_known(site: Site, owner: Visitor) -> None:
    [query] = content.ask(site.store, {"approval": 1})

    for level in (0, 1):
        owner.send(f"api/owner/questions/{query.id}/verdict", {"answer": {"level": level}})

    [gold] = desk.golds(site.store)
    assert (gold.id, gold.options["gold"]) == (query.id, {"level": 1})
    assert site.store.counts().answered == 0


def test_golds_are_mixed_in_at_the_stated_rate() -> None:
    import numpy as np

    golds = [Query(str(n), "approval", (A,), "?", "uniform", 1.0) for n in range(50)]
    settings = AskSection(questions=100, gold_share=0.2)
    rng = np.random.default_rng(0)
    asked = ask.known(golds, settings, 3, rng)
    others = [Query(f"o{n}", "approval", (B,), "?", "uniform", 1.0) for n in range(100)]

    mixed = ask.mixed(others, asked, rng)

    assert (len(asked), len({query.id for query in asked})) == (20, 20)
    assert {(query.purpose, query.round) for query in asked} == {("gold", 3)}
    assert [query for query in mixed if query.purpose == "normal"] == others
    assert mixed[-20:] != asked


def test_tables_have_a_row_an_answer_and_a_row_a_question(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 1}, wanted=2)
    for name, level in (("one", 0), ("two", 1)):
        person = visitor([site], site).join(name)
        timings = {"read": 10, "decide": 20}
        person.answer(person.take()[0], {"level": level}, f"{name}00000000", timings=timings)

    rows = {
        table: [
            json.loads(line) for line in owner.get(f"api/owner/export/{table}").text.splitlines()
        ]
        for table in ("answers", "questions")
    }

    told = [(row["name"], row["answer"], row["decide_ms"]) for row in rows["answers"]]
    assert told == [("one", '{"level": 0}', 20.0), ("two", '{"level": 1}', 20.0)]
    [question] = rows["questions"]
    assert (question["answers"], question["mean_level"], question["levels"]) == (2, 0.5, 2)


def test_a_question_that_asks_for_several_levels_has_no_mean_of_them(
    site: Site, person: Visitor, owner: Visitor
) -> None:
    content.ask(site.store, {"attributes": 1})
    question = person.take()[0]
    levels = {row["name"]: place for place, row in enumerate(question["form"]["rows"])}
    person.answer(question, {"levels": levels}, "0123456789")

    row = json.loads(owner.get("api/owner/export/questions").text)

    assert (len(levels), row["mean_level"], row["levels"]) == (3, None, None)


def test_the_live_stream_tells_how_things_stand(site: Site, owner: Visitor) -> None:
    content.ask(site.store, {"approval": 3})
    response = owner.get("api/owner/live?once=true")
    tick = json.loads(response.text.removeprefix("data: "))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert (tick["slots"], tick["answered"], tick["event"]) == (3, 0, 0)


def test_times_to_read_and_decide_are_kept_and_odd_ones_left_out(
    site: Site, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    timings = {"read": 1500, "decide": 750.5, "blurs": 1}
    person.answer(person.take()[0], {"level": 1}, "0123456789", timings=timings)
    assert dict(site.store.answers.all()[0].timings) == timings
    submitted = desk._timings({"read": float("nan"), "decide": True, "total": 3})
    assert submitted == {"total": 3.0}
