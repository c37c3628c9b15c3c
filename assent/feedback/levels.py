"""Scales of levels, for every kind that rates: how many levels, their words and their keys."""

from __future__ import annotations

from assent.errors import QueryError
from assent.feedback.kind import Choice
from assent.records import Query

MIN_LEVELS, MAX_LEVELS = 2, 201  # sliders from elsewhere come with a hundred
# One key a level, left to right as they stand on most keyboards.
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-")
_FIVE = ("Very bad", "Bad", "Middling", "Good", "Very good")


def levels_of(query: Query) -> int:
    """How many levels the question's options name. Raises QueryError."""
    levels = query.options.get("levels")
    if type(levels) is not int or not MIN_LEVELS <= levels <= MAX_LEVELS:
        raise QueryError(
            f"{query.kind} {query.id}: option levels is {levels!r}; a whole number from "
            f"{MIN_LEVELS} to {MAX_LEVELS} expected; set ask.rating_levels"
        )
    return levels


def anchors_of(query: Query) -> tuple[str, ...]:
    """One text a level: the query's own, else words at both ends. Raises QueryError."""
    levels = levels_of(query)
    own = query.options.get("anchors")
    if own is None:
        return _FIVE if levels == len(_FIVE) else (_FIVE[0], *[""] * (levels - 2), _FIVE[-1])
    if not isinstance(own, list | tuple) or [type(text) for text in own] != [str] * levels:
        raise QueryError(
            f"{query.kind} {query.id}: option anchors is {own!r}; a list of {levels} texts "
            "expected, one a level"
        )
    return tuple(own)


def level_choices(query: Query) -> tuple[Choice, ...]:
    """A button a level with its key and its anchor. Raises QueryError above eleven levels."""
    levels, anchors = levels_of(query), anchors_of(query)
    if levels > len(_KEYS):
        raise QueryError(
            f"{query.kind} {query.id} has {levels} levels; the page has keys for "
            f"{len(_KEYS)}; set ask.rating_levels lower"
        )
    return tuple(
        Choice(_KEYS[level], str(level + 1), {"level": level}, hint=anchors[level])
        for level in range(levels)
    )
