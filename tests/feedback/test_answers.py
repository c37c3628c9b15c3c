from typing import Any

import pytest

from assent.errors import AnswerError
from assent.feedback.answers import opened, quoted
from assent.feedback.kind import find
from tests.feedback.queries import query

PAIR = query("comparison", 2)


def test_an_error_says_what_was_found_what_was_expected_and_what_to_do() -> None:
    with pytest.raises(AnswerError) as caught:
        opened(PAIR, {"chioce": "tie"}, ("choice",), '{"choice": "tie"}')
    assert str(caught.value) == (
        "answer to comparison q1: found ['chioce']; expected no names but choice: "
        '{"choice": "tie"}; correct it, or send {"skip": reason}'
    )


@pytest.mark.parametrize(
    "found",
    [
        pytest.param("x" * 10**6, id="text"),
        pytest.param(["x" * 10**6] * 10**5, id="list"),
        pytest.param({str(number): "y" * 1000 for number in range(1000)}, id="object"),
        pytest.param(10**10_000, id="number"),
        pytest.param([10**10_000], id="list of a number"),
    ],
)
def test_a_huge_payload_makes_a_short_message(found: Any) -> None:
    assert len(quoted(found)) < 210


def test_a_deep_payload_makes_a_short_message() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(quoted(deep)) < 210


def test_blanks_around_a_reason_are_taken_off() -> None:
    assert find("comparison").check(PAIR, {"skip": " too dark \n"}) == {"skip": "too dark"}


def test_a_skip_beside_an_answer_is_refused() -> None:
    with pytest.raises(AnswerError, match="only"):
        find("comparison").check(PAIR, {"skip": "other", "choice": "tie"})


def test_an_answer_is_copied_not_shared() -> None:
    answer = {"choice": "tie"}
    assert opened(PAIR, answer, ("choice",), "") is not answer
