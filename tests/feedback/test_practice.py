"""How near an answer comes to the known one, worked out by hand."""

from typing import Any

import pytest

from assent.errors import AnswerError, ConfigError, QueryError
from assent.feedback import practice
from assent.records import Json

KEYS = {letter: f"e:{n}:{n + 1}" for n, letter in enumerate("ABCD")}
A, B, C, D = KEYS.values()


def content(kind: str, size: int, answer: Any, **options: Any) -> Json:
    return {
        "kind": kind,
        "question": "",
        "scenes": ["h"] * size,
        "options": options,
        "answer": answer,
        "because": "",
    }


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"choice": A, "strength": "much"}, 1.0),
        ({"choice": A, "strength": "some"}, 1.0),
        ({"choice": "tie"}, 0.5),
        ({"choice": "both_bad"}, 0.5),
        ({"choice": B, "strength": "some"}, 0.0),
        ({"skip": "cannot_tell"}, 0.0),
    ],
)
def test_of_a_pair_the_side_counts(given: Json, near: float) -> None:
    told = content("comparison", 2, {"choice": "A"})
    query = practice.question("e", told)
    assert practice.agreement(query, practice.known(query, told), given) == near


@pytest.mark.parametrize(("level", "near"), [(3, 1.0), (4, 0.75), (2, 0.75), (1, 0.5), (0, 0.25)])
def test_of_a_rating_the_distance_counts(level: int, near: float) -> None:
    told = content("rating", 1, {"level": 3}, levels=5)
    query = practice.question("e", told)
    assert practice.agreement(query, practice.known(query, told), {"level": level}) == near


@pytest.mark.parametrize(
    ("ranking", "near"),
    [
        ([[A], [B], [C]], 1.0),
        ([[B], [A], [C]], 2 / 3),
        ([[A, B], [C]], 5 / 6),
        ([[C], [B], [A]], 0.0),
    ],
)
def test_of_a_ranking_the_pairs_count(ranking: Any, near: float) -> None:
    told = content("ranking", 3, {"ranking": [["A"], ["B"], ["C"]]})
    query = practice.question("e", told)
    right = practice.known(query, told)
    assert practice.agreement(query, right, {"ranking": ranking}) == pytest.approx(near)


def test_of_attributes_each_counts_the_same() -> None:
    told = content("attributes", 1, {"levels": {"x": 4, "y": 0}}, levels=5, attributes=["x", "y"])
    query = practice.question("e", told)
    given = {"levels": {"x": 4, "y": 4}}
    assert practice.agreement(query, practice.known(query, told), given) == 0.5


def test_two_who_cannot_tell_agree() -> None:
    told = content("comparison", 2, {"skip": "cannot_tell"})
    query = practice.question("e", told)
    right = practice.known(query, told)
    assert practice.agreement(query, right, {"skip": "cannot_tell"}) == 1.0
    assert practice.agreement(query, right, {"choice": A}) == 0.0


def test_a_known_answer_names_options_by_letters() -> None:
    told = content("rate_then_rank", 2, {"levels": {"A": 1, "B": 3}}, levels=5)
    query = practice.question("e", told)
    assert practice.known(query, told) == {"levels": {A: 1, B: 3}, "ranking": [[B], [A]]}


def test_a_letter_that_is_an_attribute_stays_one() -> None:
    told = content("attributes", 1, {"levels": {"A": 2}}, levels=5, attributes=["A"])
    query = practice.question("e", told)
    assert practice.known(query, told) == {"levels": {"A": 2}}


def test_without_a_question_it_is_the_kinds_own() -> None:
    assert practice.question("e", content("approval", 1, {})).question == "Is this good enough?"


def test_what_cannot_be_compared_is_no_exercise() -> None:
    told = content("demonstration", 1, {"text": "a reply"})
    query = practice.question("e", told)
    with pytest.raises(QueryError, match="could be compared with"):
        practice.known(query, told)


@pytest.mark.parametrize("answer", [{"choice": "C"}, {"level": 1}, {}, {"choice": 0}])
def test_a_known_answer_that_is_none_is_refused(answer: Json) -> None:
    told = content("comparison", 2, answer)
    with pytest.raises(AnswerError):
        practice.known(practice.question("e", told), told)


def test_an_exercise_of_no_kind_or_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ConfigError, match="no feedback called 'applause'"):
        practice.question("e", content("applause", 1, {}))
    with pytest.raises(QueryError, match="needs 2 segments"):
        practice.question("e", content("comparison", 3, {}))
