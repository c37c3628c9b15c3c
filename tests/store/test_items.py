from __future__ import annotations

import numpy as np
import pytest

from assent.errors import RecordError
from assent.records import Annotator, Feedback, Query, Segment
from assent.store.described import Described
from assent.store.items import Item
from assent.store.store import Store

ITEM = Item("i1", "first", "prompt \x00", {"states": [1.5, None]})
QUERY = Query("q1", "rating", (Segment("i1", 0, 1),), "?", "import", 1.0, options={"levels": 3})
ANSWER = Feedback("f1", "q1", "ann", {"level": 2}, (), 0.0)


def brought(store: Store, *answers: Feedback) -> int:
    """Bring these answers in, with their question and annotator."""
    store.questions.keep([QUERY])
    store.people.add_all([Annotator("ann", "ann")])
    return store.answers.take_in(answers, now=1.0)


def test_items_come_back_as_they_were_and_once(store: Store) -> None:
    for _ in range(2):
        store.items.add([ITEM], {"e": ["i1", "i1"]})
    assert (store.items.list(), store.items.entries()) == ([ITEM], {"e": ("i1", "i1")})


def test_an_answer_that_is_there_is_no_second_one(store: Store) -> None:
    assert (brought(store, ANSWER), brought(store, ANSWER, ANSWER)) == (1, 0)
    assert store.answers.current() == [ANSWER]
    assert (store.answers.last_event(), store.counts().answers) == (1, 1)


def test_questions_that_came_with_answers_wait_for_nobody(store: Store) -> None:
    brought(store, ANSWER)
    assert store.questions.claim("ann", 5, 0.0, 60.0) == []
    assert store.counts().slots == 0


def test_all_answers_come_in_or_none(store: Store) -> None:
    stranger = Feedback("f2", "q1", "nobody", {"level": 2}, (), 0.0)
    with pytest.raises(RecordError):
        brought(store, ANSWER, stranger)
    assert store.answers.all() == []


def test_answers_from_elsewhere_correct_nothing(store: Store) -> None:
    with pytest.raises(RecordError, match="correct"):
        brought(store, Feedback("f2", "q1", "ann", None, (), 0.0, replaces="f1"))


def test_answers_in_force_are_counted_by_annotator(store: Store) -> None:
    brought(store, ANSWER)
    assert store.answers.counts() == {"ann": 1}


def test_numbers_come_back_as_they_were_and_once(store: Store) -> None:
    first = Described(np.array([[1.5, 2.0]]), np.zeros((1, 0)), 0.25)
    store.described.add({"i1": first})
    store.described.add({"i1": Described(np.zeros((2, 2)), np.ones((2, 1))), "i2": first})
    found = store.described.all()
    assert list(found) == ["i1", "i2"]
    assert found["i1"].observations.tolist() == [[1.5, 2.0]]
    assert found["i1"].actions.shape == (1, 0)
    assert found["i1"].phase == 0.25
