"""Collections and stores: what was read goes in once, and comes back as it was."""

from __future__ import annotations

from dataclasses import dataclass

from assent.interop.collection import ANONYMOUS, Collection
from assent.records import Annotator
from assent.store.store import Store


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did. new: answers; known: those that were there before."""

    items: int
    annotators: int
    new: int
    known: int


def take_in(store: Store, collection: Collection, now: float) -> Taken:
    """Put a collection into a project's store, all of it or nothing.

    Doing it again changes nothing: what is there already is no second answer.
    """
    names = list(dict.fromkeys(answer.annotator for answer in collection.answers))
    with store.write():
        store.items.add(collection.items.values(), collection.entries)
        store.described.add(collection.described)
        store.questions.keep(list(collection.queries.values()))
        store.people.add_all(
            Annotator(name, name, groups=(ANONYMOUS,) if name == ANONYMOUS else ())
            for name in names
        )
        new = store.answers.take_in(collection.answers, now)
    known = collection.known + len(collection.answers) - new
    return Taken(len(collection.items), len(names), new, known)


def everything(store: Store) -> Collection:
    """All items, questions and answers in force of a project."""
    return Collection(
        {item.id: item for item in store.items.list()},
        store.items.entries(),
        {query.id: query for query in store.questions.list()},
        tuple(store.answers.current()),
        described=store.described.all(),
    )


def without_answers(store: Store) -> Collection:
    """What a project knows of items and questions, and nothing of the answers."""
    whole = everything(store)
    return Collection(whole.items, whole.entries, whole.queries, (), described=whole.described)


def seen(store: Store, collection: Collection) -> int:
    """How many of these answers are in the project already."""
    there = {answer.id for answer in store.answers.all()}
    return sum(answer.id in there for answer in collection.answers)
