"""What people played, as it comes in: actions in runs, `[action, steps]` one after another.

An action is a category or a vector; a question's option `play` says which, within which bounds,
and for how many steps at most (see `environments/controls.py`, which writes it).
"""

from __future__ import annotations

import math
from typing import Any

from assent.errors import QueryError
from assent.feedback.answers import refuse
from assent.feedback.kind import Choice
from assent.records import Json, Query

QUESTION = "How should it be done? Play it."
MOST_RUNS = 4000  # a hand changes its mind a few times a second
_NEEDED = frozenset({"categories", "low", "high", "steps", "fps", "speed", "rest", "controls"})
_EXPECTED = '{"actions": [[action, steps], ...]}'


def play_of(query: Query) -> Json:
    """What can be played. Raises QueryError when the question's options do not say."""
    play = query.options.get("play")
    if not isinstance(play, dict) or not set(play) >= _NEEDED:
        raise QueryError(f"{query.kind} {query.id}: option play does not say what can be played")
    return play


def choices(query: Query) -> tuple[Choice, ...]:
    """What can be held, each with its key; the answer is its action."""
    return tuple(
        Choice(str(each["key"]), str(each["label"]), {"action": each["action"]})
        for each in play_of(query)["controls"]
    )


def runs(query: Query, found: Any) -> list[list[Any]]:
    """The runs in their one normal spelling: neighbours differ, numbers are plain.

    Raises AnswerError when an action is none, or there are too many steps or none.
    """
    play = play_of(query)
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_RUNS:
        raise refuse(query, found, f"1 to {MOST_RUNS} runs: {_EXPECTED}")
    joined: list[list[Any]] = []
    for run in found:
        if not isinstance(run, list) or len(run) != 2:
            raise refuse(query, run, _EXPECTED)
        action, steps = _action(query, play, run[0]), run[1]
        if type(steps) is not int or not 1 <= steps <= play["steps"]:
            raise refuse(query, steps, f"a whole number of steps, 1 to {play['steps']}")
        if joined and joined[-1][0] == action:
            joined[-1][1] += steps
        else:
            joined.append([action, steps])
    total = sum(steps for _, steps in joined)
    if total > play["steps"]:
        raise refuse(query, f"{total} steps", f"at most {play['steps']} in all")
    return joined


def _action(query: Query, play: Json, found: Any) -> Any:
    if play["categories"]:
        if type(found) is not int or not 0 <= found < play["categories"]:
            raise refuse(query, found, f"an action from 0 to {play['categories'] - 1}")
        return found
    width = len(play["low"])
    if not isinstance(found, list) or len(found) != width:
        raise refuse(query, found, f"a vector of {width} numbers")
    for value, low, high in zip(found, play["low"], play["high"], strict=True):
        number = type(value) in (int, float) and math.isfinite(value)
        above = number and (low is None or value >= low)
        if not above or not (high is None or value <= high):
            raise refuse(query, value, f"a number from {low} to {high}")
    return [float(value) for value in found]
