"""The door that every answer passes: it trusts nothing, and says what it expected.

An answer comes from a browser, so it may be of any type, size or depth. Errors
quote what was found, cut short, so that a huge payload makes no huge message.
"""

from __future__ import annotations

import reprlib
from typing import Any
from unicodedata import category

from assent.errors import AnswerError
from assent.records import Json, Query

MAX_REASON_CHARACTERS = 200
_LARGEST = 1e100  # of a number that was given
_MAX_NAMES = 8  # far above what any kind uses; more is not an answer

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60
_short.maxdict = _short.maxlist = _short.maxtuple = 4
_short.maxlevel = 2


def quoted(found: object) -> str:
    """What was found, for a message: at most a line, whatever its size."""
    # Python refuses to print integers of thousands of digits.
    if isinstance(found, int) and found.bit_length() > 64:
        return "a number of more than 64 bits"
    try:
        text = _short.repr(found)
    except (ValueError, RecursionError):
        return f"a {type(found).__name__} that cannot be shown"
    return text if len(text) <= 200 else text[:200] + "..."


def refuse(query: Query, found: object, expected: str) -> AnswerError:
    """The error for an answer that does not fit: found, expected, what to do."""
    return AnswerError(
        f"answer to {query.kind} {query.id}: found {quoted(found)}; expected {expected}; "
        'correct it, or send {"skip": reason}'
    )


def with_given(query: Query, answer: object) -> tuple[object, Json]:
    """The answer without the numbers that it was made of elsewhere, and those, as `given`.

    A number, or one for each of the segments, where they say more than the answer does: a value
    between two levels, magnitudes behind a ranking. They are kept with it and teach nothing.
    """
    if not isinstance(answer, dict) or "given" not in answer:
        return answer, {}
    given = answer["given"]
    many = isinstance(given, list) and len(given) == len(query.segments)
    if not all(_finite(each) for each in (given if many else [given])):
        raise refuse(query, given, "`given` a finite number, or one for each segment")
    return {name: value for name, value in answer.items() if name != "given"}, {"given": given}


def _finite(value: object) -> bool:
    # No booleans, and no integer that is too long for any float.
    return type(value) in (int, float) and -_LARGEST <= value <= _LARGEST  # type: ignore[operator]


def opened(query: Query, answer: object, names: tuple[str, ...], expected: str) -> Json:
    """A copy of the answer, known to be an object with no other names than these.

    `{"skip": reason}` is accepted for every kind and comes back in normal spelling.
    expected: one example, for the message.
    """
    if not isinstance(answer, dict):
        raise refuse(query, answer, expected)
    if len(answer) > _MAX_NAMES:
        raise refuse(query, f"an object of {len(answer)} names", expected)
    if "skip" in answer:
        return {"skip": _reason(query, answer)}
    unknown = [name for name in answer if name not in names]
    if unknown:
        raise refuse(query, unknown, f"no names but {', '.join(names)}: {expected}")
    if not answer:
        raise refuse(query, answer, expected)
    return dict(answer)


def level_of(query: Query, given: Json, levels: int) -> int:
    """The level in an answer, a whole number from 0 to `levels - 1`."""
    level: Any = given.get("level")
    # True is an int in Python, and 1 is a level: only a real number counts.
    if type(level) is not int or not 0 <= level < levels:
        raise refuse(query, level, f'"level" to be a whole number from 0 to {levels - 1}')
    return level


def text_of(query: Query, found: object, most: int) -> str:
    """A text in an answer: line ends as `\\n`, nothing that cannot be shown or stored.

    found: of any type. most: characters, after normalising.
    """
    expected = f"a text of at most {most} characters"
    if not isinstance(found, str) or len(found) > 2 * most:
        raise refuse(query, found, expected)
    text = found.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most:
        raise refuse(query, found, expected)
    # Control characters, and halves of surrogate pairs, which no database takes.
    wrong = next((c for c in text if category(c) in ("Cc", "Cs") and c not in "\n\t"), None)
    if wrong is not None:
        raise refuse(query, wrong, "only characters that can be shown")
    return text


def _reason(query: Query, answer: Json) -> str:
    """Why somebody skipped, without the blanks around it."""
    reason = answer["skip"]
    expected = f'only {{"skip": reason}}, the reason a text of 1 to {MAX_REASON_CHARACTERS} letters'
    if len(answer) > 1 or not isinstance(reason, str):
        raise refuse(query, answer, expected)
    if len(reason) > MAX_REASON_CHARACTERS or not reason.strip():
        raise refuse(query, reason, expected)
    return reason.strip()
