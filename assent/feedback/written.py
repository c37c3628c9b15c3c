"""Texts that people write: what they are called, and how they differ from what was there.

The trajectory of a written text is made from its tokens when a reward is learnt; until
then the text stands in its answer alone, and its name follows from it.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from assent.errors import QueryError
from assent.records import Query, Segment

MAX_CHARACTERS = 40_000  # six thousand words
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
# How often words are looked for between words. Each time takes as long as reading both texts:
# nobody must be able to keep the server busy with one answer.
_DEPTH = 5

Tokens = list[str]
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
    Between their common ends the texts are held together by the words that each has once,
    and so again between those ("patience", by Bram Cohen); this takes about as long as reading
    them does, whatever somebody sends.
    """
    return _joined(_changes(_tokens(old), _TOKEN.findall(new), _DEPTH))


@lru_cache(maxsize=64)
def _tokens(old: str) -> Tokens:
    """The words, blanks and marks of a text that many answers may be about."""
    return _TOKEN.findall(old)


def _changes(before: Tokens, after: Tokens, depth: int) -> Iterator[tuple[str, str]]:
    """The parts of a difference. depth: how often words may still be looked for in between."""
    head = _common(before, after)
    yield "=", "".join(before[:head])
    before, after = before[head:], after[head:]
    tail = _common(before[::-1], after[::-1])
    end = before[len(before) - tail :]
    before, after = before[: len(before) - tail], after[: len(after) - tail]
    held = _held(before, after) if depth else []
    if held:
        ends = [*held, (len(before), len(after))]
        starts = [(0, 0), *((one + 1, other + 1) for one, other in held)]
        for (i, k), (j, m) in zip(starts, ends, strict=True):
            yield from _changes(before[i:j], after[k:m], depth - 1)
            yield "=", "".join(before[j : j + 1])
    else:
        yield "-", "".join(before)
        yield "+", "".join(after)
    yield "=", "".join(end)


def _common(one: Tokens, other: Tokens) -> int:
    """How many tokens at the start are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _held(before: Tokens, after: Tokens) -> list[tuple[int, int]]:
    """Where tokens stand that both have once: as many as are in the same order in both."""
    if set(after).isdisjoint(before):
        return []
    place = {token: number for number, token in enumerate(after)}
    once = {token for token, times in Counter(before).items() if times == 1}
    once &= {token for token, times in Counter(after).items() if times == 1}
    pairs = [(number, place[token]) for number, token in enumerate(before) if token in once]
    # The longest rising run of places: of each length, which ends lowest, and what came before.
    lowest: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (_, there) in enumerate(pairs):
        length = bisect_left(lowest, there)
        previous.append(last[length - 1] if length else -1)
        lowest[length : length + 1] = [there]
        last[length : length + 1] = [number]
    found = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(pairs[at])
        at = previous[at]
    return found[::-1]


def _joined(parts: Iterable[tuple[str, str]]) -> Difference:
    """Neighbours of one sort as one part; empty ones left out."""
    filled = (part for part in parts if part[1])
    return [
        [sign, "".join(text for _, text in some)]
        for sign, some in groupby(filled, key=itemgetter(0))
    ]
