"""What the owner sees of disputes, costs and known questions, and what they do about it."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent import desk, hearing
from assent.errors import ConfigError
from assent.questions import ask
from assent.records import Grade, Order, Query, Segment
from assent.sections import AskSection
from assent.web.owner import cost, disputes
from assent.web.owner.cost import Times
from assent.web.owner.disputes import Apart, DisputeOut, Disputes, Given
from assent.web.site import Site
from tests.web import content
from tests.web.conftest import Visitor, visitor

A, B, C = (Segment(name, 0, 1) for name in "abc")


def levels(*given: int) -> DisputeOut | None:
    """One question of five levels, and an answer of another person a second; if it is disputed."""
    query = Query("q", "rating", (A,), "?", "uniform", 1.0)
    found = [
        Given([Grade((A,), level, 5, "rating")], given.count(level), 1.0)
        for level in sorted(set(given))
    ]
    told = Disputes()
    told.put(1, disputes.apart(found), len(given))
    return told.told(1, query) if told.most() == [1] else None


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
    found = levels(0, 4, 4)
    assert found is not None
    assert found.answers == 3
    assert found.difference == pytest.approx(2 / 3)


def test_where_all_agree_there_is_no_dispute() -> None:
    assert levels(3, 3, 3) is None


def test_of_a_question_with_very_many_answers_each_is_compared_with_few() -> None:
    given = [Given([Grade((A,), n % 5, 5, "rating")], 1, float(n)) for n in range(10_000)]
    found = disputes.apart(given)
    assert found is not None
    assert found.pairs == disputes.MOST_COMPARED * (disputes.MOST_COMPARED - 1) / 2


@pytest.mark.parametrize("rest", [0, 40, 60])
def test_the_most_disputed_are_those_that_differ_most_then_in_most_pairs_then_newest(
    rest: int,
) -> None:
    rng = np.random.default_rng(rest)
    rows = [
        (float(rng.integers(0, 3 if rest else 300)) / 300, int(rng.integers(1, 4)), number)
        for number in range(1, 2000)
    ]
    rows += [(0.9, 1, number) for number in range(2000, 2000 + rest)]
    found = Disputes()
    for difference, pairs, number in rows:
        found.put(number, Apart(difference, pairs, 0.0), 2)
    expected = sorted((row for row in rows if row[0]), reverse=True)[: disputes.MOST]
    assert found.most() == [number for _, _, number in expected]


@pytest.mark.parametrize(
    ("ends", "sizes"),
    [((10, 3600, 7200), [20, 20, 20]), ((10, 40, 3600), [40, 20]), ((9, 8, 7), [])],
)
def test_windows_that_end_in_one_minute_are_one(ends: tuple[float, ...], sizes: list[int]) -> None:
    found = Disputes()
    for number, end in enumerate(end for end in ends for _ in range(20)):
        found.put(number, Apart(0.0, 1, end), 2)
    assert [each.questions for each in found.over_time()] == sizes


def test_costs_are_the_time_that_was_spent_times_its_price() -> None:
    times = Times()
    for n in (1, 2, 6):
        times.put(n, {"read": 4000.0, "decide": 1000.0 * n, "idle": 9e6})
    times.put(7, {})
    told = cost.of(times.spent(), 36.0)
    assert (told.answers, told.median_seconds, told.mean_seconds) == (3, 6.0, 7.0)
    assert told.per_answer == pytest.approx(0.07)
    assert told.total == pytest.approx(0.21)


@pytest.mark.parametrize(("currency", "told"), [("", "1.00<"), ("EUR", "1.00&nbsp;EUR<")])
def test_money_is_told_in_its_currency(tmp_path: Path, currency: str, told: str) -> None:
    made = content.site(tmp_path / "paid", "paid", pay_per_hour=3600, currency=currency)
    content.ask(made.store, {"approval": 1})
    person = visitor([made], made).join()
    person.answer(person.take()[0], {"level": 1}, "0123456789", timings={"decide": 1000})
    page = visitor([made], made).join(role="owner").get("owner").text
    made.store.close()
    assert told in page


def test_a_currency_is_a_few_letters() -> None:
    with pytest.raises(ConfigError, match="currency"):
        content.settings("paid", currency="gold and silver")


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


def test_answers_of_people_who_saw_other_orders_are_told_in_the_same_letters(
    site: Site, owner: Visitor
) -> None:
    [query] = content.ask(site.store, {"ranking": 1}, wanted=3)
    keys = [segment.key for segment in query.segments]
    orders = set()
    for name in ("one", "two", "three"):
        person = visitor([site], site).join(name)
        question = person.take()[0]
        orders.add(tuple(question["shown_order"]))
        ranking = {"ranking": [[keys[2]], [keys[1], keys[0]], [keys[3]]]}
        person.answer(question, ranking, f"{name}00000000")

    said = owner.get(f"api/owner/questions/{query.id}").json()["said"]

    assert len(orders) > 1
    assert [each["words"] for each in said] == ["C > A = B > D"] * 3


def test_a_verdict_makes_a_question_whose_answer_is_known(site: Site, owner: Visitor) -> None:
    [query] = content.ask(site.store, {"approval": 1})

    for level in (0, 1):
        owner.send(f"api/owner/questions/{query.id}/verdict", {"answer": {"level": level}})

    [gold] = hearing.golds(site.store)
    assert (gold.id, gold.options["gold"]) == (query.id, {"level": 1})
    assert site.store.counts().answered == 0


def test_a_verdict_changes_neither_agreement_nor_the_dispute(site: Site, owner: Visitor) -> None:
    [query] = content.ask(site.store, {"approval": 1}, wanted=2)
    for name, level in (("one", 0), ("two", 1)):
        person = visitor([site], site).join(name)
        person.answer(person.take()[0], {"level": level}, f"{name}00000000")

    def told() -> list[Any]:
        view = owner.get("api/owner/overview").json()
        return [view[name] for name in ("agreement", "disputed", "cost")]

    before = told()
    owner.send(f"api/owner/questions/{query.id}/verdict", {"answer": {"level": 1}})

    assert (told(), before[1][0]["answers"]) == (before, 2)
    assert [each.id for each in hearing.golds(site.store)] == [query.id]


def test_golds_are_mixed_in_at_the_stated_rate() -> None:
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


@pytest.mark.parametrize("table", ["answers", "questions", "annotators"])
def test_parquet_says_what_the_lines_say(site: Site, owner: Visitor, table: str) -> None:
    files = pytest.importorskip("pyarrow.parquet")

    def both() -> tuple[list[Any], list[Any]]:
        lines = owner.get(f"api/owner/export/{table}").text.splitlines()
        found = files.read_table(
            BytesIO(owner.get(f"api/owner/export/{table}?format=parquet").content)
        )
        return found.to_pylist(), [json.loads(line) for line in lines]

    before = both()
    content.ask(site.store, {"approval": 1, "attributes": 1, "comparison": 1})
    person = visitor([site], site).join("one")
    for number, question in enumerate(person.take()):
        form = question["form"]
        said = {
            "approval": {"level": 1},
            "attributes": {"levels": {r["name"]: n for n, r in enumerate(form.get("rows", ()))}},
            "comparison": {"choice": question["options"][0]["key"], "strength": "some"},
        }
        person.answer(question, said[question["kind"]], f"{number}000000000")
    after = both()

    assert before[0] == before[1]
    assert after[0] == after[1]
    assert len(after[0]) > len(before[0]) or table == "annotators"


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
