import math
from collections import Counter

import numpy as np
import pytest

from assent.errors import DataError
from assent.questions.information import choose, information
from assent.questions.pool import Pool
from assent.questions.strategy import Choice, Need
from assent.records import Segment


def pool(size: int) -> Pool:
    return Pool(tuple(Segment(f"t{n}", 0, 5) for n in range(size)), ("a",) * size)


def test_members_who_contradict_each_other_are_worth_log_two() -> None:
    posterior = np.array([[50.0, 0.0], [0.0, 50.0]])
    gain = information(posterior, np.array([[0, 1]]))
    assert gain[0] == pytest.approx(math.log(2))


def test_a_pair_that_every_member_calls_even_is_worth_nothing() -> None:
    gain = information(np.zeros((5, 2)), np.array([[0, 1]]))
    assert gain[0] == pytest.approx(0.0, abs=1e-12)


def test_information_is_mean_entropy_taken_off_the_entropy_of_the_mean() -> None:
    # Choice probabilities 3/4 and 1/2: H(5/8) - (H(3/4) + H(1/2)) / 2.
    posterior = np.array([[math.log(3), 0.0], [0.0, 0.0]])
    expected = 0.6615632 - (0.5623351 + 0.6931472) / 2
    assert information(posterior, np.array([[0, 1]]))[0] == pytest.approx(expected, abs=1e-6)


def test_an_offset_of_a_member_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    posterior, offset = rng.standard_normal((4, 6)), rng.standard_normal((4, 1)) * 100
    for candidates in (np.array([[0], [3]]), np.array([[0, 1], [4, 5]]), np.array([[0, 1, 2]])):
        one, other = information(posterior, candidates), information(posterior + offset, candidates)
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_a_ranking_is_worth_the_sum_of_its_pairs() -> None:
    posterior = np.random.default_rng(0).standard_normal((4, 3))
    pairs = information(posterior, np.array([[0, 1], [0, 2], [1, 2]]))
    assert information(posterior, np.array([[0, 1, 2]]))[0] == pytest.approx(pairs.sum())


def test_a_single_segment_is_worth_half_the_log_of_its_spread() -> None:
    # Centred by member: -1, 1 and 1, -1: variance 1 for both.
    gain = information(np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([[0], [1]]))
    np.testing.assert_allclose(gain, 0.5 * math.log(2))


def test_what_members_disagree_about_is_asked_first() -> None:
    # Twenty segments; the members disagree only about segments 0 to 4.
    rng = np.random.default_rng(0)
    posterior = np.zeros((5, 20))
    posterior[:, :5] = 3 * rng.standard_normal((5, 5))
    chosen = choose(pool(20), posterior, Need(2, 10), np.random.default_rng(1))
    told = sum(any(member < 5 for member in choice.members) for choice in chosen)
    # Drawn uniformly, 85 of 190 pairs have one of the five.
    assert told >= 9


def test_one_interesting_segment_is_not_asked_about_again_and_again() -> None:
    posterior = 0.3 * np.random.default_rng(0).standard_normal((5, 60))
    posterior[:, 0] = [-9, -4, 0, 4, 9]
    chosen = choose(pool(60), posterior, Need(2, 20), np.random.default_rng(1))
    uses = Counter(member for choice in chosen for member in choice.members)
    assert uses[0] <= 10


def test_a_share_of_the_questions_is_drawn_at_random_and_says_so() -> None:
    posterior = np.random.default_rng(0).standard_normal((5, 60))
    chosen = choose(pool(60), posterior, Need(2, 40, 0.25), np.random.default_rng(1))
    assert Counter(c.strategy for c in chosen) == {"information": 30, "uniform": 10}


def test_a_small_share_is_kept_on_average() -> None:
    posterior = np.random.default_rng(0).standard_normal((5, 20))
    rng = np.random.default_rng(1)
    chosen: list[Choice] = []
    for _ in range(400):
        chosen += choose(pool(20), posterior, Need(2, 2, 0.1), rng)
    # 800 questions, 80 at random; standard error sqrt(400 * 0.2 * 0.8) = 8.
    assert abs(sum(c.strategy == "uniform" for c in chosen) - 80) < 32


def test_the_control_arm_does_not_depend_on_the_posterior() -> None:
    rng = np.random.default_rng(0)
    arms = []
    for _ in range(2):
        posterior = rng.standard_normal((5, 60))
        chosen = choose(pool(60), posterior, Need(2, 40, 0.25), np.random.default_rng(1))
        arms.append({c.members for c in chosen if c.strategy == "uniform"})
    assert arms[0] == arms[1]


def test_probabilities_are_those_of_the_softmax() -> None:
    # Three pairs among three segments, worth log 2, log 2 and 0: the first draw has
    # chances e^10, e^10 and 1 over their sum.
    posterior = np.array([[50.0, 0.0, 0.0], [0.0, 50.0, 50.0]])
    seen = set()
    for seed in range(40):
        choice = choose(pool(3), posterior, Need(2, 1), np.random.default_rng(seed))[0]
        seen.add((frozenset(choice.members), round(choice.probability, 6)))
    chance = round(math.exp(10) / (2 * math.exp(10) + 1), 6)
    assert seen == {(frozenset({0, 1}), chance), (frozenset({0, 2}), chance)}


@pytest.mark.parametrize("members", [0, 1])
def test_without_disagreement_everything_is_drawn_uniformly(members: int) -> None:
    chosen = choose(pool(9), np.ones((members, 9)), Need(2, 5, 0.2), np.random.default_rng(0))
    assert [c.strategy for c in chosen] == ["uniform"] * 5


def test_members_who_agree_on_everything_still_get_questions() -> None:
    chosen = choose(pool(9), np.ones((5, 9)), Need(2, 5), np.random.default_rng(0))
    assert [c.strategy for c in chosen] == ["information"] * 5


def test_all_sets_are_used_up_without_a_crash() -> None:
    posterior = np.random.default_rng(0).standard_normal((5, 4))
    chosen = choose(pool(4), posterior, Need(2, 50, 0.05), np.random.default_rng(0))
    assert len({frozenset(c.members) for c in chosen}) == len(chosen) == 6


def test_a_posterior_of_another_pool_is_an_error() -> None:
    with pytest.raises(DataError, match=r"\[members, 4\] expected"):
        choose(pool(4), np.zeros((5, 3)), Need(2, 1), np.random.default_rng(0))


def test_a_posterior_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(DataError, match="fit the reward again"):
        choose(pool(4), np.full((5, 4), np.nan), Need(2, 1), np.random.default_rng(0))
