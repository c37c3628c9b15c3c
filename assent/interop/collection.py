"""Items, questions and answers from outside, in memory: what files hold and stores take in.

Everything is named by its content, so that the same file read twice gives the same
names, and the same response under the same prompt is the same thing wherever it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assent.records import Feedback, Json, Query, Segment
from assent.store.described import Described
from assent.store.items import Item

ANONYMOUS = "anonymous"  # whoever answered without a name: many people, believed as one crowd


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be true, and why. place: `file:line`."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What people said about items.

    items: by id. entries: from a file's name for a prompt with its responses to the ids of
    its items. queries: by id. places: from an answer's id to `file:line`.
    known: answers that an earlier import brought; not in `answers`. duplicates: rows that
    say again what a row before them said. skipped: rows of a kind that teaches nothing
    here, counted by why. described: items in numbers, by id, where the files have them.
    films: from a film's hash to its file.
    """

    items: Mapping[str, Item]
    entries: Mapping[str, tuple[str, ...]]
    queries: Mapping[str, Query]
    answers: tuple[Feedback, ...]
    places: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    duplicates: tuple[str, ...] = ()
    known: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    described: Mapping[str, Described] = field(default_factory=dict)
    films: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier imports brought, in so far as a file that is read now depends on it.

    entries: as in a collection. scales: of the questions, each kind with its options once.
    answers: ids. given: how many answers there are by whom to which question, by `given_by`.
    fixed: open scales stay as they are, as whoever foretells answers needs them.
    """

    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scales: tuple[tuple[str, Json], ...] = ()
    fixed: bool = False
    answers: Set[str] = frozenset()
    given: Mapping[str, int] = field(default_factory=dict)


NOTHING = Collection({}, {}, {}, ())
UNKNOWN = Known()


def known_of(collection: Collection) -> Known:
    """What a file that is read after this collection needs to know of it."""
    given: dict[str, int] = {}
    for event in collection.answers:
        asked = collection.queries[event.query].options.get("repeat_of", event.query)
        key = given_by(event.annotator, str(asked))
        given[key] = given.get(key, 0) + 1
    scales = scales_of((query.kind, query.options) for query in collection.queries.values())
    answers = {event.id for event in collection.answers}
    return Known(collection.entries, scales, answers=answers, given=given)


def scales_of(questions: Iterable[tuple[str, Json]]) -> tuple[tuple[str, Json], ...]:
    """Each kind of question with its options once, repeats told as what they repeat."""
    met: dict[str, tuple[str, Json]] = {}
    for kind, options in questions:
        plain = {name: value for name, value in options.items() if name != "repeat_of"}
        met.setdefault(json.dumps([kind, plain], sort_keys=True), (kind, plain))
    return tuple(met.values())


def given_by(annotator: str, question: str) -> str:
    """The key under which an annotator's answers to a question are counted."""
    return f"{question} {annotator}"


def item_of(prompt: Any, response: Any, name: str) -> Item:
    """The item with this content; one without any content is known by its name."""
    content = ["name", name] if response is None and prompt is None else [prompt, response]
    return Item(digest(content), name, prompt, response)


def segment_of(item: str, dimension: str | None) -> Segment:
    """How questions name an item's worth in one dimension: each is a worth of its own."""
    name = item if dimension is None else f"{item}-{digest(dimension)[:8]}"
    return Segment(name, 0, 1)


def item_in(segment: Segment) -> str:
    """The id of the item that a segment of `segment_of` stands for."""
    return segment.trajectory.split("-")[0]


def dimension_of(query: Query) -> str | None:
    """The dimension that a question asks about; None where there is one only."""
    found = query.options.get("dimension")
    return None if found is None else str(found)


def level_values(options: Json) -> list[float]:
    """What each level of a rating or an approval stands for, as the file gives it."""
    if "values" in options:
        return [float(value) for value in options["values"]]
    levels = int(options.get("levels", 2))
    low, high = float(options.get("low", 0)), float(options.get("high", levels - 1))
    return [low + (high - low) * level / (levels - 1) for level in range(levels)]


def digest(content: Any) -> str:
    """32 hex digits that follow from a plain JSON value."""
    return digest_of(spelled(content))


def digest_of(text: str) -> str:
    """The digest of a value that was spelled already."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


# One encoder for all: json.dumps makes a new one at every call, at a million rows' cost.
spelled = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
