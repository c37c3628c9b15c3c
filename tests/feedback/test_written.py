"""Texts that people write: names, differences, and what must not be slow."""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from assent.errors import QueryError
from assent.feedback import written
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
    parts = difference("a " * 5000 + "end", "b " * 5000 + "end")
    assert [sign for sign, _ in parts] == ["-", "+", "="]


def test_what_was_changed_in_a_long_text_is_told_word_by_word() -> None:
    # As in a language: some words everywhere, most of them seldom.
    rng = random.Random(3)
    words = [f"word{int(2000 * rng.random() ** 3)}" for _ in range(900)]
    changed = list(words)
    places = 3, 450, 451, 898
    for place in places:
        changed[place] = "other"
    parts = difference(" ".join(words), " ".join(changed))
    assert [text for sign, text in parts if sign == "-"] == [words[place] for place in places]


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of the module are run: time without a clock."""
    lines = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != written.__file__:
            return None
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


def hostile(name: str, size: int) -> tuple[str, str]:
    """Two texts of so many tokens that are hard to compare."""
    rng = random.Random(2)
    letters = [chr(0x4E00 + n) + "." for n in range(size // 2)]
    match name:
        case "alike":
            return "." * size, "," + "." * (size - 2) + ";"
        case "random":
            return "".join(rng.choices(".,", k=size)), "".join(rng.choices(".,", k=size))
        case "shifted":
            return "ab " * (size // 2), "ab b " * (size // 4)
        case "shuffled":
            return "".join(letters), "".join(rng.sample(letters, len(letters)))
        case _:  # each word stands once only after what is outside of it was found
            nested = [".".join(letters[: n + 1]) for n in range(int(size**0.5))]
            return ";".join(nested), ";".join(nested[::-1])


@pytest.mark.parametrize("name", ["alike", "random", "shifted", "shuffled", "nested"])
def test_whatever_is_sent_twice_as_much_takes_twice_as_long(name: str) -> None:
    once, twice = (
        lines_run(lambda size=size: difference(*hostile(name, size)))  # type: ignore[misc]
        for size in (4000, 8000)
    )
    assert twice < 2.5 * once + 1000
    assert twice < 60 * 8000


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
