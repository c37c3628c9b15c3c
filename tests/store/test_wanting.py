"""A question wants more answers or fewer after it was asked; on both databases."""

from __future__ import annotations

import pytest

from assent.errors import RecordError
from assent.store.store import Store
from tests.store.made import NOW, answer, claim, people, query


@pytest.fixture
def asked(store: Store) -> Store:
    """Three people, and a question that wants one answer and has it."""
    people(store, "ada", "bo", "cy")
    store.questions.add([query("q")], {})
    answer(store, claim(store, "ada")[0], "ada")
    return store


def test_more_answers_are_wanted_of_others(asked: Store) -> None:
    assert asked.questions.want("q", 3) == 3
    held = {who: len(claim(asked, who)) for who in ("ada", "bo", "cy")}
    counts = asked.counts(NOW)
    assert held == {"ada": 0, "bo": 1, "cy": 1}
    assert (counts.questions + counts.outside.questions) == 1
    assert asked.questions.get("q").answers_wanted == 3


def test_fewer_are_wanted_down_to_those_that_are_given_or_held(asked: Store) -> None:
    asked.questions.want("q", 4)
    claim(asked, "bo")
    assert asked.questions.want("q", 0) == 2
    assert claim(asked, "cy") == []
    counts = asked.counts(NOW)
    assert counts.slots + counts.outside.slots == 2


def test_nobody_wants_answers_to_what_was_never_asked(asked: Store) -> None:
    with pytest.raises(RecordError, match="add it first"):
        asked.questions.want("other", 2)
