"""Turns understood rows, one after the other, into a collection; refuses what cannot be true."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from assent.errors import DataError
from assent.interop.collection import (
    ANONYMOUS,
    NOTHING,
    Collection,
    Refusal,
    digest,
    item_of,
    segment_of,
)
from assent.records import Feedback, Json, Query, Segment
from assent.store.described import Described
from assent.store.items import Item

_QUESTIONS = {
    "comparison": "Which is better?",
    "ranking": "Put them in order, the best first.",
    "rating": "How good is it?",
    "approval": "Is it good?",
}
_LONGEST_NAME = 200
MAX_NOTE_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """One row, understood.

    annotator: None where nobody knows. items: ids. options: of the question, `levels` and
    what they stand for. value: a level; the index of the option that was chosen, or None for
    a tie; the rank of each option, 0 best. strength: `some` or `much`, of a graded choice.
    shown: for each place on the screen the index of the option there; empty: not known.
    entry: the file's name for what was asked about. Under another name it is another question,
    even about the same items.
    """

    annotator: str | None
    kind: str
    items: tuple[str, ...]
    dimension: str | None
    options: Json
    value: Any
    strength: str | None = None
    shown: tuple[int, ...] = ()
    note: str = ""
    time: float = 0.0
    entry: str = ""


@final
class Gathering:
    """A collection while it is being read.

    repeats: an annotator who answers a question again does so on purpose: keep every answer.
    known: what an earlier import brought; the same row again is no second answer.
    """

    def __init__(self, repeats: bool = False, known: Collection = NOTHING) -> None:
        self.known = known
        self._repeats = repeats
        self._items: dict[str, Item] = {}
        self._entries: dict[str, tuple[str, ...]] = {}
        self._described: dict[str, Described] = {}
        self._queries: dict[str, Query] = {}
        self._answers: list[Feedback] = []
        self._places: dict[str, str] = {}
        self._refused: list[Refusal] = []
        self._duplicates: list[str] = []
        self._skipped: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._earlier = {answer.id for answer in known.answers}
        self._met = 0
        # From annotator and question to what was answered so far, and where.
        self._given: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for answer in known.answers:
            asked = str(known.queries[answer.query].options.get("repeat_of", answer.query))
            said = (_spelled(answer.answer), "an earlier import")
            self._given.setdefault((answer.annotator, asked), []).append(said)

    def entry(self, name: str, prompt: Any, responses: Sequence[Any] | None) -> None:
        """A prompt with its responses; without any, the prompt itself is what is judged.

        Raises DataError when the name stands for something else already.
        """
        if not responses:
            made = [item_of(prompt, None, name)]
        elif len(responses) == 1:
            made = [_response(prompt, responses[0], name)]
        else:
            made = [_response(prompt, each, f"{name}/{i}") for i, each in enumerate(responses)]
        ids = tuple(item.id for item in made)
        there = self._entries.get(name) or self.known.entries.get(name)
        if there is not None and there != ids:
            raise DataError(f"item {name[:80]!r} is there already, with another content")
        for item in made:
            self._items.setdefault(item.id, item)
        self._entries[name] = ids

    def describe(self, name: str, numbers: Sequence[Described | None]) -> None:
        """Say in numbers what the items of an entry are. Raises DataError when they cannot be."""
        ids = self.items_of(name)
        if len(numbers) != len(ids):
            raise DataError(f"{len(numbers)} vectors of features for {len(ids)} responses")
        for item, each in zip(ids, numbers, strict=True):
            if each is not None:
                first = next(iter(self._described.values()), each)
                if each.widths() != first.widths():
                    raise DataError(
                        f"{each.words()}, where the first item of the file has {first.words()}"
                    )
                self._described.setdefault(item, each)

    def items_of(self, name: str) -> tuple[str, ...]:
        """The items of an entry, from here or from an earlier import. Raises DataError."""
        found = self._entries.get(name) or self.known.entries.get(name)
        if found is None:
            raise DataError(f"there is no item {name[:80]!r} in the items file or in the project")
        return found

    def add(self, said: Said, place: str) -> None:
        """Take an answer in. Raises DataError when it contradicts itself or an earlier one."""
        if said.annotator is not None:
            _check_name(said.annotator)
        if len(set(said.items)) < len(said.items):
            self.skip("its options are identical")
            return
        query = self._query(said)
        answer = _answer(said, query.segments)
        spelled = _spelled(answer)
        who = ANONYMOUS if said.annotator is None else said.annotator
        again = self._seen[f"{who} {query.id} {spelled}"]
        if again and said.annotator is not None and not self._repeats:
            self._duplicates.append(place)
            return
        self._seen[f"{who} {query.id} {spelled}"] += 1
        name = digest([who, query.id, spelled, again])
        if name in self._earlier:
            self._met += 1
            return
        if said.annotator is not None:
            query = self._turn(query, who, spelled, place)
        self._queries[query.id] = query
        self._places[name] = place
        self._answers.append(
            Feedback(name, query.id, who, answer, said.shown, said.time, note=said.note)
        )

    def refuse(self, place: str, why: str) -> None:
        """Remember a row that cannot be true."""
        self._refused.append(Refusal(place, why))

    def skip(self, why: str) -> None:
        """Count a row that teaches nothing here."""
        self._skipped[why] += 1

    def collection(self) -> Collection:
        """Everything so far."""
        return Collection(
            self._items,
            self._entries,
            self._queries,
            tuple(self._answers),
            self._places,
            tuple(self._refused),
            tuple(self._duplicates),
            self._met,
            dict(self._skipped),
            self._described,
        )

    def _query(self, said: Said) -> Query:
        segments = tuple(segment_of(item, said.dimension) for item in said.items)
        options = {**said.options}
        if said.dimension is not None:
            options["dimension"] = said.dimension
            options["scale"] = f"{said.options.get('scale', said.kind)} of {said.dimension}"
        keys = [segment.key for segment in segments]
        name = digest([said.kind, keys, options, said.entry])
        there = self._queries.get(name) or self.known.queries.get(name)
        return there or Query(
            name, said.kind, segments, _QUESTIONS[said.kind], "import", 1.0, options=options
        )

    def _turn(self, query: Query, who: str, spelled: str, place: str) -> Query:
        """The question, or its copy for an annotator who answers it once more."""
        given = self._given.setdefault((who, query.id), [])
        if given and not self._repeats:
            raise DataError(
                f"annotator {who!r} already gave another answer to this question "
                f"({given[0][1]}); where people were asked twice, import with --repeats"
            )
        turn = len(given)
        given.append((spelled, place))
        if turn == 0:
            return query
        return Query(
            digest([query.id, "repeat", turn]),
            query.kind,
            query.segments,
            query.question,
            query.strategy,
            1.0,
            purpose="repeat",
            options={**query.options, "repeat_of": query.id},
        )


def _response(prompt: Any, response: Any, name: str) -> Item:
    """A response; one that the file does not show is known by its name alone."""
    if response is None:
        return Item(digest(["name", name]), name, prompt, None)
    return item_of(prompt, response, name)


def _answer(said: Said, segments: tuple[Segment, ...]) -> Json:
    """The answer as its kind spells it."""
    if said.kind == "comparison":
        if said.value is None:
            return {"choice": "tie"}
        chosen = {"choice": segments[said.value].key}
        return chosen if said.strength is None else {**chosen, "strength": said.strength}
    if said.kind == "ranking":
        groups: dict[int, list[str]] = {}
        for segment, rank in zip(segments, said.value, strict=True):
            groups.setdefault(rank, []).append(segment.key)
        return {"ranking": [groups[rank] for rank in sorted(groups)]}
    return {"level": said.value}


def _check_name(annotator: str) -> None:
    if not annotator.strip() or not annotator.isprintable() or len(annotator) > _LONGEST_NAME:
        raise DataError(
            f"annotator {annotator[:40]!r} is not a name of 1 to {_LONGEST_NAME} printable letters"
        )
    if annotator == ANONYMOUS:
        raise DataError(f"annotator {ANONYMOUS!r} is nobody's name; leave annotator_id null")


def _spelled(answer: Json | None) -> str:
    return json.dumps(answer, sort_keys=True, separators=(",", ":"))
