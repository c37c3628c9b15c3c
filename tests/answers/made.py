"""A small crowd that judged essays of known worth, as collections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assent.interop.collection import Collection
from assent.interop.gathering import Gathering, Said

WORTH = np.linspace(-2, 2, 8)


def pairs(count: int, seed: int = 0, inverted: int = 0, people: int = 6) -> Collection:
    """`count` comparisons of 8 essays by 6 people; the last `inverted` of them prefer the worse."""
    rng = np.random.default_rng(seed)
    gathering = Gathering(repeats=True)
    for number in range(len(WORTH)):
        gathering.entry(f"essay-{number}", None, None)
    for number in range(count):
        first, second = (int(i) for i in rng.choice(len(WORTH), 2, replace=False))
        who = number % people
        sign = -1 if who >= people - inverted else 1
        chance = 1 / (1 + np.exp(-sign * 2 * (WORTH[first] - WORTH[second])))
        value = 0 if rng.random() < chance else 1
        both = tuple(gathering.items_of(f"essay-{n}")[0] for n in (first, second))
        said = Said(f"p{who}", "comparison", both, None, {"levels": 2}, value, shown=(0, 1))
        gathering.add(said, f"labels:{number}")
    return gathering.collection()


def split(collection: Collection, count: int) -> tuple[Collection, Collection]:
    """The first `count` answers, and the rest."""
    answers = collection.answers
    return (
        replace(collection, answers=answers[:count]),
        replace(collection, answers=answers[count:]),
    )
