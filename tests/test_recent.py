"""Values kept in memory for a while."""

from __future__ import annotations

from assent.recent import Recent


def test_what_was_kept_is_found_and_the_rest_is_not() -> None:
    recent: Recent[str, int] = Recent(10)
    recent.keep({"a": 1, "b": 2})
    assert recent.some(["b", "c"]) == {"b": 2}


def test_the_oldest_go_and_the_newest_stay() -> None:
    recent: Recent[int, int] = Recent(10)
    for number in range(100):
        recent.keep({number: -number})
        kept = recent.some(range(100))
        assert len(kept) <= 20
        newest = range(max(0, number - 9), number + 1)
        assert {key: kept[key] for key in newest} == {key: -key for key in newest}
