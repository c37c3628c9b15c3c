"""Turns understood rows, one after the other, into a collection; refuses what cannot be true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, final

from assent.errors import DataError
from assent.interop.collection import (
    ANONYMOUS,
    UNKNOWN,
    Collection,
    Known,
    Refusal,
    digest,
    digest_of,
    given_by,
    item_of,
    segment_of,
    spelled,
)
from assent.interop.films import Film, item_of_film
from assent.records import Feedback, Json, Query
from assent.store.described import Described
from assent.store.items import Item

_QUESTIONS = {
    "comparison": "Which is better?",
    "ranking": "Put them in order, the best first.",
    "rating": "How good is it?",
    "approval": "Is it good?",
}
_LONGEST_NAME = 200
BATCH = 20_000  # answers that a sink takes at once
ASKED_TWICE = "where people were asked twice, import with --repeats"
MAX_NOTE_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """One row, understood.

    annotator: None where nobody knows. items: ids. options: of the question, `levels` and
    what they stand for. value: a level; the index of the option that was chosen, or None for
    a tie; the rank of each option, 0 best. strength: `some` or `much`, of a graded choice.
    shown: for each place on the screen the index of the option there; empty: not known.
    entry: the file's name for what was asked about. Under another name it is another question,
    even about the same items. given: the number or numbers of the row, where they say more than
    the answer.
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
    given: float | list[float] | None = None


@final
class Gathering:
    """A collection while it is being read.

    repeats: an annotator who answers a question again does so on purpose: keep every answer.
    known: what an earlier import brought; the same row again is no second answer.
    sink: takes what was read so far, every `BATCH` answers, so that a million need no memory;
        `collection` then has the rest, and everything that is to be told.
    """

    def __init__(
        self,
        repeats: bool = False,
        known: Known = UNKNOWN,
        sink: Callable[[Collection], None] | None = None,
    ) -> None:
        self.known = known
        self._repeats = repeats
        self._sink = sink
        self._items: dict[str, Item] = {}
        self._entries: dict[str, tuple[str, ...]] = {}
        self._unclear: set[str] = set()
        self._names: set[str] = set()
        self._told: dict[str, tuple[str, ...]] = {}
        self._described: dict[str, Described] = {}
        self._films: dict[str, Path] = {}
        self._first: Described | None = None
        self._queries: dict[str, Query] = {}
        self._answers: list[Feedback] = []
        self._places: dict[str, str] = {}
        self._refused: list[Refusal] = []
        self._duplicates: list[str] = []
        self._skipped: Counter[str] = Counter()
        self._options: dict[Any, tuple[Json, str]] = {}
        self._met = 0
        # By annotator and question, what was answered so far: the first answer, then others.
        self._given: dict[str, _Given] = {}
        self._more: dict[str, list[_Given]] = {}

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
        self._enter(name, made)

    def film(self, name: str, prompt: Any, film: Film, path: Path | None = None) -> None:
        """A film under its prompt. path: where its bytes are, to be kept; None: they are not here.

        Raises DataError when the name stands for something else already.
        """
        self._enter(name, [item_of_film(prompt, film, name)])
        if path is not None:
            self._films.setdefault(film.hash, path)

    def _enter(self, name: str, made: Sequence[Item]) -> None:
        ids = tuple(item.id for item in made)
        there = self.met(name)
        if there is not None and there != ids:
            self._unclear.add(name)
            raise DataError(
                f"item {name[:80]!r} is there already, with another content; answers about it are "
                "refused, for nobody can tell which it is: give one of the two another name"
            )
        for item in made:
            self._items.setdefault(item.id, item)
        self._entries[name] = self._told[name] = ids

    def describe(self, name: str, numbers: Sequence[Described | None]) -> None:
        """Say in numbers what the items of an entry are. Raises DataError when they cannot be."""
        ids = self.items_of(name)
        if len(numbers) != len(ids):
            raise DataError(f"{len(numbers)} vectors of features for {len(ids)} responses")
        for item, each in zip(ids, numbers, strict=True):
            if each is not None:
                first = self._first = self._first or each
                if each.widths() != first.widths():
                    raise DataError(
                        f"{each.words()}, where the first item of the file has {first.words()}"
                    )
                self._described.setdefault(item, each)

    def items_of(self, name: str) -> tuple[str, ...]:
        """The items of an entry, from here or from an earlier import. Raises DataError."""
        if name in self._unclear:
            raise DataError(f"item {name[:80]!r} stands for two things, with different contents")
        found = self.met(name)
        if found is None:
            raise DataError(f"there is no item {name[:80]!r} in the items file or in the project")
        return found

    def met(self, name: str) -> tuple[str, ...] | None:
        """The items of an entry; None when there is none of this name."""
        return self._entries.get(name) or self.known.entries.get(name)

    def add(self, said: Said, place: str) -> None:
        """Take an answer in. Raises DataError when it contradicts itself or an earlier one."""
        if said.annotator is not None:
            _check_name(said.annotator)
        if len(set(said.items)) < len(said.items):
            self.skip("its options are identical")
            return
        keys = [segment_of(item, said.dimension).key for item in said.items]
        query = self._query(said, keys)
        answer, text = _answer(said, keys)
        who = ANONYMOUS if said.annotator is None else said.annotator
        key = given_by(who, query.id)
        given = self._before(key)
        again = sum(each.text == text for each in given)
        if again and said.annotator is not None and not self._repeats:
            self._duplicates.append(place)
            return
        told = f'{spelled(who)},"{query.id}",{spelled(text)}'
        name, timed = digest_of(f"[{told},{again}]"), self._timed(said, told)
        if name in self.known.answers or timed in self.known.answers:
            self._met += 1
            self._remember(key, _Given(text, place, False))
            return
        if said.annotator is not None:
            query = self._turn(query, who, given)
        if self._repeats and timed is not None:
            name = timed
            if name in self._names:
                self._duplicates.append(place)
                return
            self._names.add(name)
        self._remember(key, _Given(text, place, True))
        self._queries[query.id] = query
        self._places[name] = place
        if said.given is not None:
            answer = {**answer, "given": said.given}
        self._answers.append(
            Feedback(name, query.id, who, answer, said.shown, said.time, note=said.note)
        )
        if self._sink is not None and len(self._answers) >= BATCH:
            self._sink(self._taken())

    @staticmethod
    def _timed(said: Said, told: str) -> str | None:
        """The name of an answer by its time: the same again at another time is another answer,
        also where another file has it. None where time or annotator is not known.
        """
        if not said.time or said.annotator is None:
            return None
        return digest_of(f'[{told},"{said.time!r}"]')

    def refuse(self, place: str, why: str) -> None:
        """Remember a row that cannot be true."""
        self._refused.append(Refusal(place, why))

    def skip(self, why: str) -> None:
        """Count a row that teaches nothing here."""
        self._skipped[why] += 1

    def collection(self) -> Collection:
        """Everything so far, or what the sink has not had."""
        return replace(
            self._taken(),
            refused=tuple(self._refused),
            duplicates=tuple(self._duplicates),
            known=self._met,
            skipped=dict(self._skipped),
        )

    def _taken(self) -> Collection:
        """The items, questions and answers since the last time."""
        found = Collection(
            self._items,
            self._told,
            self._queries,
            tuple(self._answers),
            self._places,
            described=self._described,
            films=self._films,
        )
        self._items, self._told, self._queries, self._described = {}, {}, {}, {}
        self._films = {}
        self._answers, self._places = [], {}
        return found

    def _before(self, key: str) -> Sequence[_Given]:
        first = self._given.get(key)
        return () if first is None else (first, *self._more.get(key, ()))

    def _remember(self, key: str, given: _Given) -> None:
        if key in self._given:
            self._more.setdefault(key, []).append(given)
        else:
            self._given[key] = given

    def _query(self, said: Said, keys: Sequence[str]) -> Query:
        options, written = self._options_of(said)
        name = digest_of(f'["{said.kind}",{_listed(keys)},{written},{spelled(said.entry)}]')
        found = self._queries.get(name)
        if found is not None:
            return found
        segments = tuple(segment_of(item, said.dimension) for item in said.items)
        return Query(
            name, said.kind, segments, _QUESTIONS[said.kind], "import", 1.0, options=options
        )

    def _options_of(self, said: Said) -> tuple[Json, str]:
        """A question's options, one object for all that are alike, and how they are spelled."""
        met = (said.kind, said.dimension, *map(str, said.options.items()))
        found = self._options.get(met)
        if found is None:
            options = {**said.options}
            if said.dimension is not None:
                options["dimension"] = said.dimension
                options["scale"] = f"{said.options.get('scale', said.kind)} of {said.dimension}"
            found = self._options[met] = options, spelled(options)
        return found

    def _turn(self, query: Query, who: str, given: Sequence[_Given]) -> Query:
        """The question, or its copy for an annotator who answers it once more."""
        earlier = self.known.given.get(given_by(who, query.id), 0)
        turn = earlier + sum(each.new for each in given)
        if turn and not self._repeats:
            where = "an earlier import" if earlier else given[0].place
            raise DataError(
                f"annotator {who!r} already gave another answer to this question ({where}); "
                f"{ASKED_TWICE}"
            )
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


class _Given(NamedTuple):
    """An answer that was read: how it is spelled, where, and whether no import had it before."""

    text: str
    place: str
    new: bool


def _response(prompt: Any, response: Any, name: str) -> Item:
    """A response; one that the file does not show is known by its name alone."""
    if response is None:
        return Item(digest(["name", name]), name, prompt, None)
    return item_of(prompt, response, name)


def _answer(said: Said, keys: Sequence[str]) -> tuple[Json, str]:
    """The answer as its kind spells it, and as `spelled` writes that; keys need no escapes."""
    if said.kind == "comparison":
        choice = "tie" if said.value is None else keys[said.value]
        if said.value is None or said.strength is None:
            return {"choice": choice}, f'{{"choice":"{choice}"}}'
        text = f'{{"choice":"{choice}","strength":"{said.strength}"}}'
        return {"choice": choice, "strength": said.strength}, text
    if said.kind == "ranking":
        groups: dict[int, list[str]] = {}
        for key, rank in zip(keys, said.value, strict=True):
            groups.setdefault(rank, []).append(key)
        ranking = [groups[rank] for rank in sorted(groups)]
        return {"ranking": ranking}, f'{{"ranking":[{",".join(map(_listed, ranking))}]}}'
    return {"level": said.value}, f'{{"level":{said.value}}}'


def _listed(keys: Sequence[str]) -> str:
    return '["' + '","'.join(keys) + '"]'


def _check_name(annotator: str) -> None:
    if not annotator.strip() or not annotator.isprintable() or len(annotator) > _LONGEST_NAME:
        raise DataError(
            f"annotator {annotator[:40]!r} is not a name of 1 to {_LONGEST_NAME} printable letters"
        )
    if annotator == ANONYMOUS:
        raise DataError(f"annotator {ANONYMOUS!r} is nobody's name; leave annotator_id null")
