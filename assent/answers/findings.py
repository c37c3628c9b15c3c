"""What a check of a set of answers reports, and how checks read the set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from assent.interop.collection import Collection, dimension_of, item_in
from assent.records import Feedback, Json, Query

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stands out.

    name: a short handle. words: what it is. do: what to do about it. places: all of them.
    """

    name: str
    count: int
    words: str
    do: str
    places: tuple[str, ...] = ()

    def json(self) -> Json:
        """The finding as plain values."""
        return asdict(self)

    def examples(self) -> str:
        """The first places, on a line."""
        more = f" and {len(self.places) - _EXAMPLES} more" if len(self.places) > _EXAMPLES else ""
        return ", ".join(self.places[:_EXAMPLES]) + more


def asked(collection: Collection) -> Iterator[tuple[Feedback, Query]]:
    """Every answer that is none of "skip", with its question."""
    for event in collection.answers:
        if event.answer is not None and "skip" not in event.answer:
            yield event, collection.queries[event.query]


def place(collection: Collection, event: Feedback) -> str:
    """Where an answer stands in its file; from a store, who said it about what."""
    if event.id in collection.places:
        return collection.places[event.id]
    items = [item_in(segment) for segment in collection.queries[event.query].segments]
    names = [collection.items[item].name for item in items if item in collection.items]
    return f"{event.annotator} on {' and '.join(names)}"


def preferences(query: Query, answer: Json) -> Iterable[tuple[str, str]]:
    """Pairs of items of which the first was preferred; the dimension is part of their names."""
    about = dimension_of(query) or ""
    names = {s.key: f"{item_in(s)} {about}" for s in query.segments}
    if query.kind == "comparison" and answer.get("choice") in names:
        better = answer["choice"]
        return [(names[better], names[key]) for key in names if key != better]
    if query.kind == "ranking" and "ranking" in answer:
        groups: Sequence[Sequence[str]] = answer["ranking"]
        return [
            (names[a], names[b])
            for number, group in enumerate(groups)
            for later in groups[number + 1 :]
            for a in group
            for b in later
        ]
    return []


def side_or_level(query: Query, event: Feedback) -> str:
    """What was answered, told by the place on the screen: 0 the first, 1 the second, or a level."""
    answer = event.answer or {}
    if query.kind == "ranking":
        keys = [segment.key for segment in query.segments]
        return " ".join(str(sorted(map(keys.index, group))) for group in answer["ranking"])
    if query.kind != "comparison":
        return f"{query.kind} {answer.get('level')}"
    keys = [segment.key for segment in query.segments]
    choice = answer.get("choice")
    if choice not in keys:
        return str(choice)
    number = keys.index(choice)
    return str(event.shown_order.index(number) if event.shown_order else number)
