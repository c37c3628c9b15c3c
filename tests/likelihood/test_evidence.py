from __future__ import annotations

import numpy as np
import pytest

from assent.errors import RecordError
from assent.likelihood.evidence import compile, order_shares
from assent.likelihood.joint import log_likelihood
from assent.likelihood.people import typical
from tests.likelihood.crowd import compiled, grade, mixed

UTILITIES = np.array([0.5, -1.0, 2.0, 0.0, 0.3, -0.7])


def test_a_tie_of_two_leaves_half_of_each_for_the_second_choice() -> None:
    remaining, chosen, _ = order_shares((2, 1), partial=False)
    assert np.exp(remaining).tolist() == [[1, 1, 1], [0.5, 0.5, 1]]
    assert chosen.tolist() == [1, 1, 0]


def test_the_best_of_four_is_one_choice() -> None:
    remaining, chosen, log_uniform = order_shares((1, 3), partial=True)
    assert np.exp(remaining).tolist() == [[1, 1, 1, 1]]
    assert chosen.tolist() == [1, 0, 0, 0]
    assert np.exp(log_uniform) == pytest.approx(1 / 4)


def test_taking_judgements_gives_their_likelihoods_in_the_order_taken() -> None:
    evidence = mixed()
    people = typical(evidence)
    index = np.array([17, 3, 25, 4])
    assert log_likelihood(evidence.take(index), UTILITIES, people) == pytest.approx(
        log_likelihood(evidence, UTILITIES, people)[index]
    )


def test_judgements_of_the_same_items_are_one_question() -> None:
    evidence = compiled([grade([0, 1], 3), grade([1, 0], 3), grade([0, 2], 1)])
    assert evidence.question.tolist() == [0, 0, 1]


def test_a_segment_without_a_row_is_refused() -> None:
    with pytest.raises(RecordError, match="t1:0:4"):
        compile([grade([0, 1], 2)], {"t0:0:4": 0}, {"a": 0})


def test_an_annotator_without_a_row_is_refused() -> None:
    with pytest.raises(RecordError, match="'a'"):
        compile([grade([0], 1, 2)], {"t0:0:4": 0}, {})


def test_an_impossible_order_of_showing_is_refused() -> None:
    with pytest.raises(RecordError, match="each of 0 to 1 once"):
        compiled([grade([0, 1], 2, shown=(0, 0))])


def test_a_weight_that_is_no_number_is_refused() -> None:
    with pytest.raises(RecordError, match="finite"):
        compile([grade([0], 1, 2)], {"t0:0:4": 0}, {"a": 0}, [np.nan])


def test_no_judgement_at_all_compiles_to_nothing() -> None:
    assert compile([], {}, {}).count == 0
