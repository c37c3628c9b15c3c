import numpy as np
import pytest

from assent.questions import uniform
from assent.questions.pool import Pool
from assent.questions.strategy import Need
from assent.records import Segment

FOUR = Pool(tuple(Segment(f"t{n}", 0, 5) for n in range(4)), ("a",) * 4)
NOBODY = np.zeros((0, 4))


def test_probabilities_are_those_of_drawing_without_replacement() -> None:
    # Six pairs: the first is one of 6, the second one of 5, ...
    chosen = uniform.choose(FOUR, NOBODY, Need(2, 4), np.random.default_rng(0))
    assert [choice.probability for choice in chosen] == pytest.approx([1 / 6, 1 / 5, 1 / 4, 1 / 3])


def test_fewer_sets_than_wanted_give_fewer_questions() -> None:
    chosen = uniform.choose(FOUR, NOBODY, Need(2, 50), np.random.default_rng(0))
    assert len(chosen) == 6
    assert chosen[-1].probability == 1.0


def test_its_questions_carry_its_name() -> None:
    chosen = uniform.choose(FOUR, NOBODY, Need(1, 2), np.random.default_rng(0))
    assert {choice.strategy for choice in chosen} == {"uniform"}
