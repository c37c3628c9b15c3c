"""Texts that people write: names, differences, and what must not be slow."""

import random
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from assent.errors import QueryError
from assent.feedback.written import difference, original_of, segment_of
from tests.feedback.queries import query

ONE = query("correction", 1)


def test_the_difference_is_told_by_words() -> None:
    assert difference("It is a big cat.", "It is a small, grey cat.") == [
        ["=", "It is a "],
        ["-", "big"],
        ["+", "small, grey"],
        ["=", " cat."],
    ]


def test_equal_texts_differ_in_nothing() -> None:
    assert (difference("as it was", "as it was"), difference("", "")) == ([["=", "as it was"]], [])


def test_both_texts_can_be_put_together_from_the_difference() -> None:
    rng = random.Random(1)
    words = ["a", "bb", "c\n", " ", "  ", "é", "漢字", "🙂", ".", ","]
    for _ in range(500):
        old, new = ("".join(rng.choices(words, k=rng.randrange(30))) for _ in range(2))
        parts = difference(old, new)
        assert "".join(text for sign, text in parts if sign in "=-") == old
        assert "".join(text for sign, text in parts if sign in "=+") == new
        signs = [sign for sign, _ in parts]
        assert all(a != b for a, b in pairwise(signs))


def test_long_texts_without_anything_in_common_are_replaced_as_a_whole() -> None:
    old, new = "a " * 5000 + "end", "b " * 5000 + "end"
    before = time.process_time()
    parts = difference(old, new)
    assert [sign for sign, _ in parts] == ["-", "+", "="]
    # Word by word it would take minutes; this bound only tells the two apart.
    assert time.process_time() - before < 5


def test_the_same_text_has_the_same_name_and_another_has_another() -> None:
    names = [segment_of(ONE, text).key for text in ("one", "one", "two")]
    assert (names[0] == names[1], names[0] == names[2]) == (True, False)


def test_the_same_words_for_another_reply_have_another_name() -> None:
    other = query("correction", 2)
    turned = replace(other, segments=other.segments[1:])
    assert segment_of(ONE, "x") != segment_of(turned, "x")


def test_a_question_without_its_text_is_refused() -> None:
    with pytest.raises(QueryError, match="carries no text"):
        original_of(ONE)
