"""Collections and stores: what was read goes in once, and comes back as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from assent.answers.columns import columns
from assent.answers.judged import Judged, on_widest
from assent.errors import DataError
from assent.interop import openscale
from assent.interop.collection import ANONYMOUS, Collection, Known, given_by, scales_of
from assent.records import Annotator, Query, Segment
from assent.store.store import Store

_PIECE = 1 << 20  # bytes of a film at once


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did. new: answers; known: those that were there before."""

    items: int
    annotators: int
    new: int
    known: int


@final
class Taking:
    """An import under way, batch by batch, inside one transaction of the store."""

    def __init__(self, store: Store, now: float, progress: Callable[[int], None]) -> None:
        """progress: is told how many answers were taken so far."""
        self._store = store
        self._now = now
        self._progress = progress
        self.films: dict[str, Path] = {}
        self._items: set[str] = set()
        self._people: set[str] = set()
        self._new = self._answers = 0

    def __call__(self, batch: Collection) -> None:
        """Put a batch into the store; what is there already is no second answer."""
        names = dict.fromkeys(answer.annotator for answer in batch.answers)
        self._items.update(batch.items)
        self.films.update(batch.films)
        self._store.items.add(batch.items.values(), batch.entries)
        self._store.described.add(batch.described)
        self._store.questions.keep(list(batch.queries.values()))
        self._store.people.add_all(
            Annotator(name, name, groups=(ANONYMOUS,) if name == ANONYMOUS else ())
            for name in names
            if name not in self._people
        )
        self._people.update(names)
        self._new += self._store.answers.take_in(batch.answers, self._now)
        self._answers += len(batch.answers)
        self._progress(self._answers)

    def taken(self, met: int) -> Taken:
        """What was done. met: answers that were found known before they came here."""
        known = met + self._answers - self._new
        return Taken(len(self._items), len(self._people), self._new, known)


def take_in(store: Store, collection: Collection, now: float) -> Taken:
    """Put a collection into a project's store, all of it or nothing.

    Doing it again changes nothing: what is there already is no second answer.
    """
    with store.write():
        taking = Taking(store, now, lambda count: None)
        taking(collection)
        keep_films(store, taking.films)
    return taking.taken(collection.known)


def keep_films(store: Store, films: Mapping[str, Path]) -> None:
    """Put the bytes of films into the store, each from the file of its hash.

    Raises DataError when a file cannot be read, or is not what was read a moment ago.
    """
    for hash, path in films.items():
        try:
            with path.open("rb") as file, store.blobs.draft() as draft:
                while piece := file.read(_PIECE):
                    draft.write(piece)
                if draft.hash != hash:
                    raise DataError(f"the film {path} changed while it was read; import it again")
                draft.keep()
        except OSError as error:
            raise DataError(f"cannot read the film {path}: {error}") from None


def everything(store: Store) -> Collection:
    """All items, questions and answers in force of a project."""
    queries = on_widest({query.id: query for query in store.questions.list()})
    return replace(items_only(store), queries=queries, answers=tuple(store.answers.current()))


def items_only(store: Store) -> Collection:
    """What a project knows of items, and nothing that was said of them."""
    items = {item.id: item for item in store.items.list()}
    return Collection(items, store.items.entries(), {}, (), described=store.described.all())


def among(store: Store, found: Collection) -> Collection:
    """A file's answers with everything that the project knows of items and of open scales."""
    there = items_only(store)
    wide = openscale.widest(options for _, options in store.questions.options())
    items, described = {**there.items, **found.items}, {**there.described, **found.described}
    return replace(found, items=items, described=described, queries=on_widest(found.queries, wide))


def for_fit(store: Store) -> tuple[Collection, Judged]:
    """What a fit needs of a project: items, every scale of ratings once, and the evidence.

    At a million answers `everything` takes a minute and gigabytes, this seconds.
    """
    wide = openscale.widest(options for _, options in store.questions.options())
    read = columns(store.answers.told(), wide)
    queries = {
        f"scale-{number}": Query(
            f"scale-{number}", "rating", (Segment("any", 0, 1),), "", "import", 1.0, options=options
        )
        for number, options in enumerate(read.ratings)
    }
    return replace(items_only(store), queries=queries), read.judged


def known(store: Store, answers: bool = True) -> Known:
    """What a file that is read now must know of the project.

    answers: without them, an answer that is in the project is read as if it were not.
    """
    scales = scales_of(store.questions.options())
    if not answers:
        return Known(store.items.entries(), scales, fixed=True)
    repeats = store.questions.repeated()
    given = Counter(
        given_by(who, repeats.get(asked, asked)) for who, asked in store.answers.by_question()
    )
    return Known(store.items.entries(), scales, answers=store.answers.ids(), given=given)


def seen(store: Store, collection: Collection) -> tuple[int, int]:
    """How many of these answers are in the project already: of people with a name, and others.

    Without a name nobody can tell: another person may have said the same.
    """
    there = store.answers.ids()
    found = [a.annotator == ANONYMOUS for a in collection.answers if a.id in there]
    return len(found) - sum(found), sum(found)
