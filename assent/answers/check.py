"""What is wrong with a set of answers: said in words, with examples; nothing is changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.stats import binomtest

from assent.answers.judged import judged
from assent.interop.collection import ANONYMOUS, Collection, dimension_of, item_in
from assent.records import Feedback, Json, Query
from assent.reward.evidence import Evidence

_EXAMPLES = 5
_SIDE_P = 0.001  # below it a lean to one side is not chance
_SIDE_LEAST = 0.03  # smaller leans than this do no harm


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stands out. name: a short handle; places: all of them."""

    name: str
    count: int
    words: str
    places: tuple[str, ...]

    def json(self) -> Json:
        """The finding as plain values."""
        return asdict(self)

    def examples(self) -> str:
        """The first places, for a table."""
        more = f" and {len(self.places) - _EXAMPLES} more" if len(self.places) > _EXAMPLES else ""
        return ", ".join(self.places[:_EXAMPLES]) + more


def check(collection: Collection) -> list[Finding]:
    """Everything that stands out, what spoils most first; empty when nothing does."""
    evidence = judged(collection).evidence if collection.answers else None
    found = [
        _refused(collection),
        _duplicated(collection),
        _across_episodes(collection),
        _identical(collection),
        _contradictory(collection),
        *_groups(evidence),
        _single(collection),
        _one_sided(collection),
        _unjudged(collection),
        *_sides(collection),
        _anonymous(collection),
        _unused(collection),
    ]
    return [finding for finding in found if finding is not None and finding.count]


def _refused(collection: Collection) -> Finding:
    places = tuple(f"{refusal.place} ({refusal.why})" for refusal in collection.refused)
    return Finding("refused", len(places), "rows cannot be true and are left out", places)


def _duplicated(collection: Collection) -> Finding:
    words = "rows say again what the same annotator already said there; they count once"
    return Finding("duplicated rows", len(collection.duplicates), words, collection.duplicates)


def _across_episodes(collection: Collection) -> Finding:
    """Clips that run over the border of two episodes show a jump that nobody made."""
    broken = {
        item.id
        for item in collection.items.values()
        if isinstance(item.response, dict) and len(_episodes(item.response)) > 1
    }
    places = [
        _place(collection, event)
        for event, query in _asked(collection)
        if any(item_in(segment) in broken for segment in query.segments)
    ]
    words = "answers are about a clip that runs over the border of two episodes"
    return Finding("clips across episodes", len(places), words, tuple(places))


def _episodes(response: Json) -> set[str]:
    told = response.get("episodes", response.get("episode"))
    return {str(each) for each in told} if isinstance(told, list) else set()


def _identical(collection: Collection) -> Finding:
    names = [name for name, items in collection.entries.items() if len(set(items)) < len(items)]
    words = "items offer the same response twice; answers between the two say nothing of worth"
    return Finding("identical options", len(names), words, tuple(names))


def _contradictory(collection: Collection) -> Finding:
    """The same annotator preferred a to b and b to a, in different rows."""
    said: dict[tuple[str, str, str], set[bool]] = defaultdict(set)
    where: dict[tuple[str, str, str], str] = {}
    for event, query in _asked(collection):
        if event.annotator == ANONYMOUS or event.answer is None:
            continue
        for better, worse in _preferences(query, event.answer):
            low, high = sorted((better, worse))
            said[event.annotator, low, high].add(better == low)
            where[event.annotator, low, high] = _place(collection, event)
    places = tuple(where[key] for key, ways in said.items() if len(ways) == 2)
    words = "pairs were judged both ways by the same annotator, in different rows"
    return Finding("contradictory answers", len(places), words, places)


def _groups(evidence: Evidence | None) -> list[Finding]:
    """Items between which no chain of comparisons runs, where nothing absolute relates them."""
    if evidence is None:
        return []
    pairs = [b for b in evidence.blocks() if b.items.shape[1] > 1]
    rated = [b.items.ravel() for b in evidence.blocks() if b.items.shape[1] == 1]
    if not pairs:
        return []
    first = np.concatenate([np.repeat(b.items[:, 0], b.items.shape[1] - 1) for b in pairs])
    second = np.concatenate([b.items[:, 1:].ravel() for b in pairs])
    absolute = np.unique(np.concatenate(rated)) if rated else np.empty(0, np.int64)
    if len(absolute):  # a rating relates an item to every other that was rated
        first = np.concatenate([first, np.full(len(absolute), absolute[0])])
        second = np.concatenate([second, absolute])
    graph = sparse.coo_matrix((np.ones(len(first)), (first, second)), (evidence.items,) * 2)
    _, label = connected_components(graph, directed=False)
    sizes = sorted(Counter(label[evidence.used()].tolist()).values(), reverse=True)
    if len(sizes) < 2:
        return []
    words = (
        f"groups of items were never compared with one another (of {sizes[0]} items the largest, "
        f"{sizes[-1]} the smallest): worth is known within a group only"
    )
    return [Finding("disconnected", len(sizes), words, ())]


def _single(collection: Collection) -> Finding:
    given = Counter(event.annotator for event in collection.answers)
    names = tuple(name for name, count in given.items() if count == 1 and name != ANONYMOUS)
    words = "annotators gave one answer only: they are believed as far as the crowd is"
    return Finding("one answer", len(names), words, names)


def _one_sided(collection: Collection) -> Finding:
    """Annotators who always gave the same answer: what they were shown made no difference."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for event, query in _asked(collection):
        if event.answer is not None and query.kind != "ranking":
            said[event.annotator][_first_or_level(query, event)] += 1
    names = tuple(
        name for name, counts in said.items() if len(counts) == 1 and counts.total() >= 10
    )
    words = "annotators gave the same answer every time, ten times or more"
    return Finding("always the same", len(names), words, names)


def _first_or_level(query: Query, event: Feedback) -> str:
    answer = event.answer or {}
    if query.kind != "comparison":
        return f"{query.kind} {answer.get('level')}"
    keys = [segment.key for segment in query.segments]
    choice = answer.get("choice")
    if choice not in keys:
        return str(choice)
    place = keys.index(choice)
    return str(event.shown_order.index(place) if event.shown_order else place)


def _unjudged(collection: Collection) -> Finding:
    met = {item_in(s) for _, query in _asked(collection) for s in query.segments}
    names = tuple(item.name for item in collection.items.values() if item.id not in met)
    words = "items were never judged"
    return Finding("never judged", len(names), words, names)


def _sides(collection: Collection) -> Iterator[Finding]:
    """Whether the option shown first wins more often than the second; the order may leak."""
    sides: Counter[str] = Counter()
    for event, query in _asked(collection):
        if query.kind == "comparison" and event.shown_order:
            sides[_first_or_level(query, event)] += 1
    first, second = sides["0"], sides["1"]
    if first + second == 0:
        return
    share = first / (first + second)
    p = float(binomtest(first, first + second).pvalue)
    if p < _SIDE_P and abs(share - 0.5) > _SIDE_LEAST:
        words = (
            f"of {first + second} choices, {share:.1%} fell on the option shown first: shuffle the "
            "options, or name the order in `shown_order`"
        )
        yield Finding("side imbalance", first + second, words, ())


def _anonymous(collection: Collection) -> Finding:
    count = sum(event.annotator == ANONYMOUS for event in collection.answers)
    words = "answers have no annotator: they are believed alike, as those of one crowd"
    return Finding("anonymous", count, words, ())


def _unused(collection: Collection) -> Finding:
    places = tuple(f"{count}: {why}" for why, count in collection.skipped.items())
    count = sum(collection.skipped.values())
    return Finding("not used", count, "rows teach nothing here", places)


def _preferences(query: Query, answer: Json) -> Iterable[tuple[str, str]]:
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
            for place, group in enumerate(groups)
            for later in groups[place + 1 :]
            for a in group
            for b in later
        ]
    return []


def _asked(collection: Collection) -> Iterator[tuple[Feedback, Query]]:
    for event in collection.answers:
        yield event, collection.queries[event.query]


def _place(collection: Collection, event: Feedback) -> str:
    """Where an answer stands in its file; from a store, who said it about what."""
    if event.id in collection.places:
        return collection.places[event.id]
    items = [item_in(segment) for segment in collection.queries[event.query].segments]
    names = [collection.items[item].name for item in items if item in collection.items]
    return f"{event.annotator} on {' and '.join(names)}"
