"""Questions for the tests of this folder: segments are called a, b, c, ..."""

from assent.records import Json, Query, Segment


def query(kind: str, size: int, options: Json | None = None) -> Query:
    segments = tuple(Segment(letter, 0, 3) for letter in "abcdefgh"[:size])
    return Query("q1", kind, segments, "Which is better?", "uniform", 1.0, options=options or {})


A, B, C, D = "a:0:3", "b:0:3", "c:0:3", "d:0:3"
