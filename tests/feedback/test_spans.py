from typing import Any

import numpy as np
import pytest

from assent.errors import AnswerError, QueryError
from assent.feedback.spans import MAX_MARKED, MAX_MARKS, Spans
from assent.sections import AskSection
from assent.testing import check_feedback_kind
from tests.feedback.queries import query

KIND = Spans()
TEXT = "A 🙂 cat sat."
ONE = query("spans", 1, {"original": TEXT, "labels": ["Good", "Bad"]})
CAT = {"start": 4, "stop": 7, "label": "Bad"}


def test_the_contract() -> None:
    check_feedback_kind(KIND, ONE, np.random.default_rng(0))


def test_a_mark_says_what_it_marks_and_why() -> None:
    assert KIND.check(ONE, {"marks": [{**CAT, "reason": " a dog "}]}) == {
        "marks": [{**CAT, "reason": "a dog", "text": "cat"}]
    }


def test_marks_come_back_from_first_to_last_and_may_overlap() -> None:
    early = {"start": 2, "stop": 7, "label": "Good"}
    given = KIND.check(ONE, {"marks": [CAT, early]})
    assert [mark["text"] for mark in given["marks"]] == ["🙂 cat", "cat"]


def test_nothing_to_mark_is_an_answer() -> None:
    assert KIND.check(ONE, {"marks": []}) == {"marks": []}


def test_a_page_that_counts_in_halves_of_characters_is_found_out() -> None:
    # In UTF-16 the smile is two: "cat" would be at 5 to 8.
    with pytest.raises(AnswerError, match="the words at 5 to 8"):
        KIND.check(ONE, {"marks": [{"start": 5, "stop": 8, "label": "Bad", "text": "cat"}]})


@pytest.mark.parametrize(
    "mark",
    [
        None,
        [],
        {},
        {**CAT, "start": -1},
        {**CAT, "stop": 4},
        {**CAT, "stop": len(TEXT) + 1},
        {**CAT, "start": 4.0},
        {**CAT, "start": True},
        {**CAT, "label": "Other"},
        {**CAT, "label": ["Bad"]},
        {**CAT, "reason": 1},
        {**CAT, "reason": "x" * 501},
        {**CAT, "more": 1},
    ],
)
def test_what_is_no_mark_is_refused(mark: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(ONE, {"marks": [mark]})


@pytest.mark.parametrize("marks", [None, {}, [CAT, CAT], [CAT] * (MAX_MARKS + 1)])
def test_what_are_no_marks_is_refused(marks: Any) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(ONE, {"marks": marks})


@pytest.mark.parametrize("labels", [None, [], ["a", "a"], [""], [1], ["x"] * 10, "Good"])
def test_labels_that_cannot_be_asked_are_refused(labels: Any) -> None:
    with pytest.raises(QueryError, match=r"ask\.span_labels"):
        KIND.form(query("spans", 1, {"original": TEXT, "labels": labels}))


def test_a_label_has_a_digit() -> None:
    assert [(c.key, c.label) for c in KIND.form(ONE).choices] == [("1", "Good"), ("2", "Bad")]


def test_the_settings_name_the_labels() -> None:
    assert KIND.options(AskSection(span_labels=("Wrong",))) == {"labels": ["Wrong"], "original": ""}


def test_marks_teach_no_worth() -> None:
    assert KIND.targets(ONE, KIND.check(ONE, {"marks": [CAT]})) == []


def test_marks_that_repeat_a_long_text_again_and_again_are_refused() -> None:
    length = 10_000
    long = query("spans", 1, {"original": "x" * length, "labels": ["Good", "Bad"]})
    fit = [{"start": n, "stop": length, "label": "Bad"} for n in range(MAX_MARKED // length)]
    assert len(KIND.check(long, {"marks": fit})["marks"]) == len(fit)
    over = {"start": 0, "stop": length, "label": "Good"}
    with pytest.raises(AnswerError, match="40000 characters in all"):
        KIND.check(long, {"marks": [*fit, over]})
