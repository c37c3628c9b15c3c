"""Texts that people write: what they are called, and how they differ from what was there.

The trajectory of a written text is made from its tokens when a reward is learnt; until
then the text stands in its answer alone, and its name follows from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from assent.errors import QueryError
from assent.records import Query, Segment

MAX_CHARACTERS = 20_000
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
# Matching costs the product of the lengths: beyond this, what lies between the common ends is
# called replaced as a whole. Nobody must be able to keep the server busy with one answer.
_MOST_PAIRS = 1_000_000

Difference = list[list[str]]


def segment_of(query: Query, text: str) -> Segment:
    """The written text as something that can be judged, under a name of its own.

    The same text written for the same segment has the same name. The step numbers mean
    nothing: a written text is always judged as a whole.
    """
    named = f"{query.segments[0].key}\n{text}".encode()
    return Segment(hashlib.sha256(named).hexdigest()[:32], 0, 1)


def original_of(query: Query) -> str:
    """The text that the question is about. Raises QueryError when it carries none."""
    original = query.options.get("original")
    if not isinstance(original, str):
        raise QueryError(
            f"{query.kind} {query.id} carries no text; ask it in a text project, about replies"
        )
    return original


def difference(old: str, new: str) -> Difference:
    """`["=", kept]`, `["-", taken out]` and `["+", put in]`, in order, by words.

    Joining what is kept and taken out gives `old`, what is kept and put in gives `new`.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    parts = [["=", "".join(before[:head])]]
    parts += _changes(*middle)
    parts.append(["=", "".join(before[len(before) - tail :])])
    return [part for part in _joined(parts) if part[1]]


def _common(one: list[str], other: list[str]) -> int:
    """How many tokens at the start are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _changes(before: list[str], after: list[str]) -> Iterator[list[str]]:
    if len(before) * len(after) > _MOST_PAIRS:
        yield ["-", "".join(before)]
        yield ["+", "".join(after)]
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for name, i, j, k, m in matcher.get_opcodes():
        if name == "equal":
            yield ["=", "".join(before[i:j])]
        else:
            yield ["-", "".join(before[i:j])]
            yield ["+", "".join(after[k:m])]


def _joined(parts: Difference) -> Difference:
    """Neighbours of one sort as one part."""
    joined: Difference = []
    for sign, text in parts:
        if not text:
            continue
        if joined and joined[-1][0] == sign:
            joined[-1][1] += text
        else:
            joined.append([sign, text])
    return joined
