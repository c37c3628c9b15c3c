from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.correction import Correction
from assent.feedback.written import MAX_CHARACTERS, segment_of
from assent.records import Order
from assent.sections import AskSection
from assent.testing import check_feedback_kind
from tests.feedback.queries import query

KIND = Correction()
ONE = query("correction", 1, {"original": "Teh cat sat."})


def test_the_contract() -> None:
    check_feedback_kind(KIND, ONE, np.random.default_rng(0))


def test_what_was_changed_is_kept_beside_the_text() -> None:
    assert KIND.check(ONE, {"text": "The cat sat."}) == {
        "text": "The cat sat.",
        "difference": [["-", "Teh"], ["+", "The"], ["=", " cat sat."]],
    }


def test_a_difference_that_is_sent_is_not_believed() -> None:
    given = KIND.check(ONE, {"text": "The cat sat.", "difference": [["=", "nothing"]]})
    assert given["difference"][0] == ["-", "Teh"]


def test_the_text_as_written_stands_above_the_text_as_it_was() -> None:
    answer = KIND.check(ONE, {"text": "The cat sat."})
    new = segment_of(ONE, "The cat sat.")
    assert KIND.targets(ONE, answer) == [Order((new, ONE.segments[0]), (0, 1))]


def test_a_text_that_was_left_as_it_is_teaches_nothing() -> None:
    answer = KIND.check(ONE, {"text": "Teh cat sat."})
    assert (answer["difference"], KIND.targets(ONE, answer)) == ([["=", "Teh cat sat."]], [])


def test_line_ends_are_those_of_one_system() -> None:
    assert KIND.check(ONE, {"text": "a\r\nb\rc"})["text"] == "a\nb\nc"


@pytest.mark.parametrize(
    "text", [None, 1, "", "  \n", "x" * (MAX_CHARACTERS + 1), "\ud800", "\x00", "\x1b[31m", ["a"]]
)
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(ONE, {"text": text})


def test_the_longest_text_is_accepted() -> None:
    assert len(KIND.check(ONE, {"text": "x" * MAX_CHARACTERS})["text"]) == MAX_CHARACTERS


def test_the_form_begins_with_the_text_as_it_was() -> None:
    form = KIND.form(ONE)
    assert (form.layout, form.text, form.most_characters) == (
        "write",
        "Teh cat sat.",
        MAX_CHARACTERS,
    )


def test_two_replies_are_two_corrections() -> None:
    with pytest.raises(QueryError, match="needs 1 segments"):
        KIND.form(query("correction", 2, {"original": "x"}))


def test_its_options_ask_for_the_text() -> None:
    assert KIND.options(AskSection()) == {"original": ""}
