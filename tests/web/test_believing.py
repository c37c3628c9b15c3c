"""What the owner decides about people, and that nothing of it touches an answer."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from assent.store.store import Store
from assent.web.owner import charts, cost, people
from assent.web.owner.people import AxisOut, FlagOut, PersonOut
from assent.web.site import Site
from tests.web import answered, content
from tests.web.conftest import Visitor, visitor
from tests.web.test_practice import ONE, PAIR, attempt, practise


def only(site: Site) -> str:
    [person] = site.store.people.list()
    return person.id


def decided(owner: Visitor, who: str) -> list[tuple[str, float, str]]:
    rows = owner.get(f"api/owner/annotators/{who}/decisions").json()["decisions"]
    return [(row["verb"], row["value"], row["reason"]) for row in rows]


def test_a_weight_is_kept_as_an_event_and_taken_back_by_another(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    who = only(site)
    beliefs = []
    for body in ({"weight": 0.25, "reason": "rushes"}, {"weight": 1}):
        owner.send(f"api/owner/annotators/{who}/weight", body, "PUT")
        beliefs.append(site.store.decisions.beliefs())
    assert beliefs == [{who: 0.25}, {}]
    assert decided(owner, who) == [("believe", 0.25, "rushes"), ("believe", 1.0, "")]


@pytest.mark.parametrize("weight", [-0.1, 1.01, "much", None, "NaN"])
def test_a_weight_outside_0_to_1_is_refused(
    site: Site, owner: Visitor, person: Visitor, weight: Any
) -> None:
    said = owner.send(f"api/owner/annotators/{only(site)}/weight", {"weight": weight}, "PUT")
    assert (said.status_code, site.store.decisions.beliefs()) == (422, {})


def test_the_page_of_people_shows_the_weight_and_the_words(
    crowd: list[str], owner: Visitor
) -> None:
    owner.send(f"api/owner/annotators/{crowd[3]}/weight", {"weight": 0.35}, "PUT")
    page = owner.get("owner/people").text
    german = owner.get("owner/people", headers={"Accept-Language": "de"}).text
    rows = {row["name"]: row for row in owner.get("api/owner/overview").json()["people"]}
    assert (rows["Dana"]["weight"], rows["Ada"]["weight"]) == (0.35, 1.0)
    assert ">0.35<" in page
    assert "prefers what others reject" in page
    assert "zieht vor, was andere ablehnen" in german
    assert rows["Emre"]["agreement"]["high"] < 0 < rows["Emre"]["self_consistency"]["low"]


def test_what_stands_out_is_said_alike_on_every_page_and_drawn_so() -> None:
    flag = FlagOut(name="inverted", probability=0.99, words="prefers what others reject")
    habit = FlagOut(name="position", probability=0.99, words="favours whatever is shown first")
    plain = {"id": "p", "number": 1, "name": "Bo", "species": "person", "active": True}
    rest = {"answers": 9, "parameters": {}, "flag": "", "standing_probability": 0.82}

    def person(standing: str, *flags: FlagOut) -> PersonOut:
        return PersonOut(**plain, **rest, standing=standing, flags=list(flags))

    told = [
        people.called(each)
        for each in (person("", flag), person("expert", flag), person("careless", habit))
    ]
    assert told == [("inverted", 0.99), ("inverted", 0.99), ("careless", 0.82)]


def test_the_overview_says_of_somebody_what_the_page_of_people_says(
    crowd: list[str], owner: Visitor
) -> None:
    pages = [owner.get(path).text for path in ("owner", "owner/people")]
    told = [re.findall(r"(?:likeliest: |class=.flag.>)[^<]*", page) for page in pages]
    assert sorted(told[0]) == sorted(told[1])
    assert len(told[0]) >= 3


def test_numbers_in_the_chart_of_people_do_not_cover_each_other() -> None:
    names = [str(number) for number in range(1, 13)]
    places = [(0.25 + 0.01 * (number % 3), 0.25) for number in range(12)]
    away = charts.apart(places, names)
    middles = [
        (x * charts._UNIT[0] + dx, y * charts._UNIT[1] + dy)
        for (x, y), (dx, dy) in zip(places, away, strict=True)
    ]
    near = [
        (one, other)
        for one, other in combinations(range(12), 2)
        if abs(middles[one][0] - middles[other][0]) < 7
        and abs(middles[one][1] - middles[other][1]) < 11
    ]
    assert near == []


def test_a_name_on_the_page_is_only_text(site: Site, owner: Visitor) -> None:
    visitor([site], site).join("<img src=x onerror=alert(1)>")
    assert "<img src=x" not in owner.get("owner/people").text


def test_whoever_is_sent_back_to_practice_practises_anew(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    content.ask(site.store, {"approval": 1})
    practise(owner, PAIR, ONE)
    attempt(person, 0, {"choice": "A"})
    attempt(person, 1, {"level": 0})
    before = person.get("api/next").json()
    owner.send(f"api/owner/annotators/{only(site)}/retrain", {})
    during = person.get("api/next").json()
    tasks = person.get("api/practice").json()["tasks"]
    attempt(person, 0, {"choice": "A"})
    attempt(person, 1, {"level": 0})
    after = person.get("api/next").json()
    assert [len(each["questions"]) for each in (before, during, after)] == [1, 0, 1]
    assert (during["practise"], [task["done"] for task in tasks]) == (True, [False, False])


def test_without_exercises_nobody_is_sent_to_practise(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    said = owner.send(f"api/owner/annotators/{only(site)}/retrain", {})
    assert (said.status_code, "write exercises first" in said.text) == (422, True)


def test_a_pause_is_written_down_and_ended(site: Site, owner: Visitor, person: Visitor) -> None:
    who = only(site)
    for active in (False, True):
        owner.send(f"api/owner/annotators/{who}/active", {"active": active}, "PUT")
    assert decided(owner, who) == [("pause", 1.0, ""), ("pause", 0.0, "")]


def test_erasing_somebody_forgets_why_they_were_believed_less_and_not_how_far(
    site: Site, owner: Visitor, person: Visitor
) -> None:
    who = only(site)
    owner.send(f"api/owner/annotators/{who}/weight", {"weight": 0.5, "reason": "ill"}, "PUT")
    owner.send(f"api/owner/annotators/{who}/erase", {"name": "somebody"})
    assert decided(owner, who) == [("believe", 0.5, "")]


@pytest.mark.parametrize("deed", ["weight", "retrain", "decisions", "active"])
def test_nobody_of_another_project_can_be_decided_about(owner: Visitor, deed: str) -> None:
    path = f"api/owner/annotators/{'0' * 32}/{deed}"
    bodies = {"weight": {"weight": 0}, "retrain": {}, "active": {"active": False}}
    way = "PUT" if deed in ("weight", "active") else "POST"
    said = owner.get(path) if deed == "decisions" else owner.send(path, bodies[deed], way)
    assert (said.status_code, "no such annotator" in said.text) == (403, True)


def test_decisions_are_in_the_export(site: Site, owner: Visitor, person: Visitor) -> None:
    who = only(site)
    owner.send(f"api/owner/annotators/{who}/weight", {"weight": 0.5, "reason": "x"}, "PUT")
    text = owner.get("api/owner/export").text
    assert '"type": "decision", "verb": "believe"' in text


def test_the_table_of_people_has_both_axes_and_the_weight(crowd: list[str], owner: Visitor) -> None:
    owner.send(f"api/owner/annotators/{crowd[4]}/weight", {"weight": 0}, "PUT")
    text = owner.get("api/owner/export/annotators").text
    rows = [json.loads(line) for line in text.splitlines()]
    emre = next(row for row in rows if row["name"] == "Emre")
    assert (emre["weight"], emre["answers"], emre["standing"]) == (0.0, 45, "inverted")
    assert emre["agreement_low"] <= emre["agreement"] <= emre["agreement_high"] < 0


def person_of(agreement: float, answers: int = 10) -> PersonOut:
    axis = AxisOut(value=agreement, low=agreement, high=agreement, pairs=30)
    return PersonOut(
        id=str(agreement), number=1, name="x", species="person", active=True, answers=answers,
        parameters={}, flag="", agreement=axis,
    )  # fmt: skip


def test_how_steady_people_are_follows_from_how_far_they_agree() -> None:
    steady = [0.9, 0.8, 0.5, -0.7, 0.0]
    total = sum(steady)
    agreement = [one * (total - one) / 4 for one in steady]
    told = cost.steadiness(np.array(agreement))
    assert told.tolist() == pytest.approx(steady, abs=1e-3)


def test_who_never_errs_tells_a_bit_and_who_guesses_nothing() -> None:
    sure = cost.bits([person_of(1.0), person_of(1.0)])
    # One always right, one at chance: they agree to nothing, and nobody can say who is which.
    guess = cost.bits([person_of(0.0), person_of(0.0)])
    assert [sure, guess] == pytest.approx([1.0, 0.0], abs=1e-3)


def test_a_bit_costs_more_than_an_answer_where_people_err() -> None:
    # Both say 3 of 4 as they mean: (1 - 1/2)^2 = 1/4, and 1 - H(1/4) = 0.1887 bits.
    work = cost.Work(10, 100.0, 10.0)
    told = cost.of(work, 36.0, [person_of(0.25), person_of(0.25)])
    found = [told.bits, told.seconds_per_bit, told.per_answer, told.per_bit]
    assert found == pytest.approx([0.18872, 10 / 0.18872, 0.1, 0.1 / 0.18872], rel=1e-3)


def test_nothing_is_told_of_bits_before_people_are_known() -> None:
    assert cost.of(cost.Work(10, 100.0, 10.0), 36.0, []).bits is None


def test_charts_of_people_and_of_the_course_are_drawn_light_and_dark(
    crowd: list[str], owner: Visitor
) -> None:
    drawn = {
        (name, theme): owner.get(f"api/owner/charts/{name}?theme={theme}").content
        for name in ("people", "course")
        for theme in ("light", "dark")
    }
    assert all(each.startswith(b"<?xml") for each in drawn.values())
    assert len(set(drawn.values())) == 4


def test_a_chart_places_only_those_of_whom_an_axis_is_known(sqlite_store: Store) -> None:
    answered.answer(sqlite_store, {"comparison": 20})
    before = charts.placed(people.of(sqlite_store))
    answered.fit(sqlite_store)
    after = charts.placed(people.of(sqlite_store))
    assert (len(before), len(after)) == (0, len(answered.CROWD))
