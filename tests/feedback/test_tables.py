import numpy as np

from assent.feedback.tables import grades, orders, repeats
from assent.records import Grade, Judgement, Order, Segment, Target

A, B, C = (Segment(letter, 0, 3) for letter in "abc")
N = np.nan


def judged(annotator: str, target: Target) -> Judgement:
    return Judgement(target, annotator, tuple(range(len(target.segments))), "kind", "f")


def pair(annotator: str, level: int, first: Segment = A, second: Segment = B) -> Judgement:
    return judged(annotator, Grade((first, second), level, 5, "comparison"))


def test_a_pair_the_other_way_round_is_the_same_item_with_its_grade_turned() -> None:
    people, table = grades([pair("k1", 4), pair("k2", 4, B, A), pair("k2", 1, A, C)], "comparison")
    assert people == ["k1", "k2"]
    np.testing.assert_array_equal(table, [[4, N], [0, 1]])


def test_only_the_first_grade_of_an_item_counts_between_annotators() -> None:
    _, table = grades([pair("k1", 4), pair("k1", 2)], "comparison")
    np.testing.assert_array_equal(table, [[4]])


def test_other_scales_are_left_out() -> None:
    people, table = grades([pair("k1", 4)], "rating")
    assert (people, table.shape) == ([], (0, 0))


def test_repeats_are_the_first_two_grades_of_one_annotator() -> None:
    given = [pair("k1", 4), pair("k2", 0), pair("k1", 1, B, A), pair("k1", 0)]
    first, again = repeats(given, "comparison")
    assert (first.tolist(), again.tolist()) == ([4], [3])


def test_repeats_of_one_annotator_leave_out_the_others() -> None:
    given = [pair("k1", 4), pair("k1", 4), pair("k2", 1), pair("k2", 2)]
    first, again = repeats(given, "comparison", "k2")
    assert (first.tolist(), again.tolist()) == ([1], [2])


def test_without_repeats_there_are_none() -> None:
    first, again = repeats([pair("k1", 4)], "comparison")
    assert (first.shape, again.shape) == ((0,), (0,))


def test_ranks_stand_in_the_order_of_keys() -> None:
    given = [
        judged("k1", Order((C, A, B), (0, 1, 2))),
        judged("k2", Order((A, B, C), (2, 0, 1))),
        judged("k2", Order((B, A), (0, 1))),
    ]
    people, table = orders(given)
    assert people == ["k1", "k2"]
    # Items sorted: (a, b), then (a, b, c).
    np.testing.assert_array_equal(table[0], [[N, N, N], [1, 2, 0]])
    np.testing.assert_array_equal(table[1], [[1, 0, N], [2, 0, 1]])
