from __future__ import annotations

from assent.likelihood.evidence import Evidence, compile
from assent.likelihood.extremes import unbounded, unvaried, warnings
from assent.records import Grade, Judgement, Order, Segment, Target


def evidence(*targets: Target, shown: tuple[int, ...] = (0, 1)) -> Evidence:
    """Answers by one annotator about the items a to f."""
    told = [
        Judgement(t, "ann", shown[: len(t.segments)] if len(t.segments) == 2 else (), "kind", "f")
        for t in targets
    ]
    return compile(told, {f"{name}:0:1": row for row, name in enumerate("abcdef")}, {"ann": 0})


def pair(better: str, worse: str, level: int = 2) -> Grade:
    """What was said of two items: 2 is better, 1 a tie, 0 worse."""
    return Grade((Segment(better, 0, 1), Segment(worse, 0, 1)), level, 3, "pair")


def rated(item: str, level: int) -> Grade:
    return Grade((Segment(item, 0, 1),), level, 3, "marks")


def order(items: str, *ranks: int, partial: bool = False) -> Order:
    return Order(tuple(Segment(each, 0, 1) for each in items), ranks, partial)


def rows(items: str) -> list[int]:
    return ["abcdef".index(each) for each in items]


def test_an_item_that_won_against_all_is_unbounded() -> None:
    circle = [pair("b", "c"), pair("c", "d"), pair("d", "b")]
    assert unbounded(evidence(*circle, pair("a", "b"))).tolist() == rows("a")
    assert unbounded(evidence(*circle, pair("a", "b"), pair("b", "a"))).tolist() == []


def test_a_group_that_always_lost_is_unbounded_as_a_whole() -> None:
    circle = [pair("a", "b"), pair("b", "c"), pair("c", "a")]
    two = [pair("d", "e"), pair("e", "d"), pair("a", "d"), pair("b", "e")]
    assert unbounded(evidence(*circle, *two)).tolist() == rows("de")


def test_of_items_in_one_line_all_are_unbounded() -> None:
    assert unbounded(evidence(pair("a", "b"), pair("b", "c"))).tolist() == rows("abc")


def test_a_tie_bounds_both() -> None:
    assert unbounded(evidence(pair("a", "b", 1))).tolist() == []


def test_ratings_bound_what_was_not_always_at_one_end() -> None:
    found = evidence(rated("a", 2), rated("a", 2), rated("b", 1), rated("c", 0), rated("c", 2))
    assert unbounded(found).tolist() == rows("a")


def test_rankings_count_as_what_they_compare() -> None:
    assert unbounded(evidence(order("abc", 0, 1, 2), order("abc", 1, 0, 2))).tolist() == rows("c")
    assert unbounded(evidence(order("abc", 0, 0, 1), order("abc", 1, 1, 0))).tolist() == []
    # Of the last of a partial order nobody said which is better.
    partial = order("abcd", 0, 1, 1, 1, partial=True)
    assert unbounded(evidence(partial, order("ab", 1, 0))).tolist() == rows("cd")


def test_the_same_answer_throughout_is_told_by_scale() -> None:
    ties = evidence(pair("a", "b", 1), pair("b", "c", 1), rated("a", 0), rated("b", 2))
    assert unvaried(ties) == [("pair", 2, "a tie")]
    assert unvaried(evidence(order("abc", 0, 0, 0), order("bcd", 0, 0, 0))) == [
        ("ranking", 2, "all options alike")
    ]


def test_one_side_throughout_is_told_where_sides_are_known() -> None:
    sided = evidence(pair("a", "b", 0), pair("c", "d", 2), shown=(1, 0))
    assert unvaried(sided) == []
    sided = evidence(pair("a", "b"), pair("c", "d"), shown=(1, 0))
    assert unvaried(sided) == [("pair", 2, "the option shown second")]
    assert unvaried(evidence(pair("a", "b"), pair("c", "d"), shown=())) == []


def test_a_single_answer_has_a_warning() -> None:
    assert warnings(evidence(rated("a", 1))) == [
        "one answer in all: what is learnt is little more than the priors",
        "one item was judged: there is nothing to compare it with",
    ]
