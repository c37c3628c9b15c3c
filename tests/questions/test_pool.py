from dataclasses import replace

import numpy as np
import pytest

from assent.errors import DataError
from assent.questions.pool import Pool
from assent.records import Segment


def pool(groups: str, features: np.ndarray | None = None) -> Pool:
    segments = tuple(Segment(f"t{number}", 0, 5) for number in range(len(groups)))
    return Pool(segments, tuple(groups), features)


def test_sets_are_counted_within_groups() -> None:
    # C(3, 2) + C(2, 2) + C(1, 2) = 3 + 1 + 0.
    assert pool("aaabbc").sets(2) == 4


def test_segments_that_look_the_same_count_once() -> None:
    features = np.array([[1.0, 0], [1.0, 0], [2.0, 5], [1.0, 0]])
    alike = pool("aaab", features)
    assert [group.tolist() for group in alike.distinct] == [[0, 2], [3]]


def test_rounding_does_not_make_equals_different() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((500, 64)).astype(np.float32)
    noisy = features * (1 + rng.uniform(-1e-7, 1e-7, features.shape).astype(np.float32))
    both = pool("a" * 1000, np.concatenate([features, noisy]))
    assert both.distinct[0].tolist() == list(range(500))


def test_a_constant_feature_with_rounding_errors_parts_nobody() -> None:
    features = np.array([[1.0, 3.0], [1.0 + 1e-8, 3.0], [1.0 - 1e-8, 4.0]])
    assert pool("aaa", features).distinct[0].tolist() == [0, 2]


def test_drawing_everything_gives_every_set_once() -> None:
    drawn = pool("aaabbc").draw(2, 100, np.random.default_rng(0))
    assert {frozenset(row) for row in drawn.tolist()} == {
        frozenset(pair) for pair in [(0, 1), (0, 2), (1, 2), (3, 4)]
    }


def test_few_sets_out_of_many_are_all_different() -> None:
    drawn = pool("a" * 40 + "b" * 3).draw(3, 500, np.random.default_rng(0))
    assert len({frozenset(row) for row in drawn.tolist()}) == 500
    assert all(len(set(row)) == 3 for row in drawn.tolist())


def test_groups_are_never_mixed() -> None:
    groups = "ab" * 30
    drawn = pool(groups).draw(2, 150, np.random.default_rng(0))
    assert all(groups[a] == groups[b] for a, b in drawn.tolist())


def test_every_set_is_as_likely_as_any_other() -> None:
    # 15 + 10 = 25 sets of which 1 is drawn, 10,000 times: 400 each. With 24 degrees of
    # freedom chi-square exceeds 51.2 once in a thousand.
    uneven, rng = pool("aaaaaabbbbb"), np.random.default_rng(5)
    counts: dict[frozenset[int], int] = {}
    for _ in range(10_000):
        drawn = frozenset(uneven.draw(2, 1, rng)[0].tolist())
        counts[drawn] = counts.get(drawn, 0) + 1
    assert len(counts) == 25
    assert sum((n - 400) ** 2 / 400 for n in counts.values()) < 51.2


def test_both_ways_of_drawing_are_uniform_over_members() -> None:
    # One draw of six out of ten: written down when 4 * count reaches 210, else by Floyd.
    ten, rng = pool("a" * 10), np.random.default_rng(6)
    shares = []
    for count in (20, 100):
        members = np.concatenate([ten.draw(6, count, rng).ravel() for _ in range(40)])
        shares.append(np.bincount(members, minlength=10) / len(members))
    # Standard error of a share of 0.1 among 4,800 members: 0.0043.
    np.testing.assert_allclose(shares, 0.1, atol=4 * 0.0043)


def test_members_stand_in_random_order() -> None:
    drawn = pool("a" * 50).draw(2, 200, np.random.default_rng(0))
    share = (drawn[:, 0] < drawn[:, 1]).mean()
    assert 0.35 < share < 0.65


@pytest.mark.parametrize(("groups", "size"), [("", 2), ("abc", 2), ("aab", 3)])
def test_a_pool_without_a_set_gives_none(groups: str, size: int) -> None:
    assert pool(groups).draw(size, 5, np.random.default_rng(0)).shape == (0, size)


def test_a_huge_pool_is_drawn_from_without_writing_it_down() -> None:
    huge = pool("a" * 4000)
    assert huge.draw(6, 50, np.random.default_rng(0)).shape == (50, 6)


def test_missing_groups_are_an_error() -> None:
    with pytest.raises(DataError, match="one each a segment"):
        Pool((Segment("t", 0, 1),), ())


def test_a_feature_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(DataError, match="not finite"):
        pool("aa", np.array([[1.0], [np.nan]]))


def test_what_was_asked_is_neither_drawn_nor_counted() -> None:
    asked = frozenset({frozenset({0, 2}), frozenset({3, 4})})
    some = replace(pool("aaabbc"), asked=asked)
    drawn = some.draw(2, 100, np.random.default_rng(0))
    assert {frozenset(row) for row in drawn.tolist()} == {frozenset({0, 1}), frozenset({1, 2})}
    assert (some.sets(2), some.sets(1), some.sets(3)) == (2, 6, 1)


def test_among_many_sets_those_that_were_asked_are_left_out() -> None:
    rng = np.random.default_rng(0)
    every = [frozenset(row) for row in pool("a" * 60).draw(2, 1770, rng).tolist()]
    asked = frozenset(every[:100])
    drawn = replace(pool("a" * 60), asked=asked).draw(2, 200, rng)
    found = {frozenset(row) for row in drawn.tolist()}
    assert (len(found), len(found & asked)) == (200, 0)
