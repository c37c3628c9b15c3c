"""What is wrong with a set of answers: said in words, with examples; nothing is changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assent.answers import check_people
from assent.answers.featured import describable
from assent.answers.findings import Finding, asked, place
from assent.answers.judged import Judged, judged
from assent.interop.collection import Collection, item_in, level_values
from assent.likelihood import extremes
from assent.likelihood.evidence import Evidence
from assent.records import Json

_MOST_LEVELS = 25  # of a finer scale no level needs to have been used

__all__ = ["Finding", "check"]


def check(collection: Collection) -> list[Finding]:
    """Everything that stands out, what spoils most first; empty when nothing does."""
    read = judged(collection) if collection.answers else None
    evidence = None if read is None else read.evidence
    featured = read is not None and describable(read, collection) == len(read.things)
    found = [
        _none(collection, evidence),
        _refused(collection),
        _duplicated(collection),
        _across_episodes(collection),
        _identical(collection),
        *check_people.findings(collection, read),
        *_unvaried(evidence),
        *_groups(collection, evidence, featured),
        _unbounded(collection, None if featured else read),
        *_unjudged(collection, featured),
        _unused_levels(collection),
        _unused(collection),
    ]
    return [finding for finding in found if finding.count]


def _none(collection: Collection, evidence: Evidence | None) -> Finding:
    """Items of which nobody said anything."""
    none = evidence is None or evidence.count == 0
    words = "there are items, and no answers about them"
    do = "bring the answers in: `labels.jsonl` beside the items, or `assent import`"
    return Finding("no answers", len(collection.items) if none else 0, words, do)


def _refused(collection: Collection) -> Finding:
    places = tuple(f"{refusal.place} ({refusal.why})" for refusal in collection.refused)
    words = "rows cannot be true and are left out"
    return Finding("refused", len(places), words, "correct these rows and import again", places)


def _duplicated(collection: Collection) -> Finding:
    words = "rows say again what the same annotator already said there; they count once"
    do = "nothing, if rows were copied; where people were asked twice, read them with --repeats"
    return Finding("duplicated rows", len(collection.duplicates), words, do, collection.duplicates)


def _across_episodes(collection: Collection) -> Finding:
    """Clips that run over the border of two episodes show a jump that nobody made."""
    broken = {
        item.id
        for item in collection.items.values()
        if isinstance(item.response, dict) and len(_episodes(item.response)) > 1
    }
    places = [
        place(collection, event)
        for event, query in asked(collection)
        if any(item_in(segment) in broken for segment in query.segments)
    ]
    words = "answers are about a clip that runs over the border of two episodes"
    do = "leave them out, or cut clips within an episode"
    return Finding("clips across episodes", len(places), words, do, tuple(places))


def _episodes(response: Json) -> set[str]:
    told = response.get("episodes", response.get("episode"))
    return {str(each) for each in told} if isinstance(told, list) else set()


def _identical(collection: Collection) -> Finding:
    names = [name for name, items in collection.entries.items() if len(set(items)) < len(items)]
    words = "items offer the same response twice; answers between the two say nothing of worth"
    return Finding(
        "identical options", len(names), words, "do not ask about the two together", tuple(names)
    )


def _unvaried(evidence: Evidence | None) -> Iterator[Finding]:
    """Scales on which everybody said the same of everything."""
    for name, count, answer in [] if evidence is None else extremes.unvaried(evidence):
        words = f"answers are all there are on the scale `{name}`, and all are the same: {answer}"
        do = "check that labels were read as they were meant, and sides as they were shown"
        yield Finding("one answer throughout", count, words, do)


def _unbounded(collection: Collection, read: Judged | None) -> Finding:
    """Items that no answer keeps from being infinitely good or bad."""
    if read is None:
        return Finding("bounded by the prior alone", 0, "", "")
    things = [read.things[row] for row in extremes.unbounded(read.evidence)]
    names = tuple(
        collection.items[thing.item].name + (f" ({thing.dimension})" if thing.dimension else "")
        for thing in things
    )
    words = (
        "items always won, always lost or were always at one end of the scale (some as a group): "
        "how far they are from the others is bounded by the prior alone"
    )
    do = "nothing, if their order is enough; else ask about them beside their like"
    return Finding("bounded by the prior alone", len(names), words, do, names)


def _groups(collection: Collection, evidence: Evidence | None, featured: bool) -> list[Finding]:
    """Items between which no chain of comparisons runs, where nothing absolute relates them.

    featured: everything that was judged comes in numbers, so that worth follows from these.
    """
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
        f"{sizes[-1]} the smallest): "
    )
    if featured:
        words += "across groups worth is known as far as it follows from their features"
        do = (
            "nothing, where features say enough and reward.utilities is not free; else compare "
            "some items across groups"
        )
        return [Finding("disconnected", len(sizes), words, do)]
    words += "worth is known within a group only"
    prompts = {
        str(collection.items[item_in(s)].prompt)
        for _, query in asked(collection)
        for s in query.segments[:1]
    }
    do = (
        "nothing, if worths are compared within a prompt only: every group is a prompt"
        if len(prompts) == len(sizes)
        else "compare some items across groups, or have some of each group rated"
    )
    return [Finding("disconnected", len(sizes), words, do)]


def _unjudged(collection: Collection, featured: bool) -> Iterator[Finding]:
    """Items that no answer is about, those that have a score all the same apart."""
    met = {item_in(s) for _, query in asked(collection) for s in query.segments}
    rest = [item for item in collection.items.values() if item.id not in met]
    scored = tuple(i.name for i in rest if featured and i.id in collection.described)
    words = "items were never judged; what they are worth is foretold from their features"
    yield Finding("judged by features alone", len(scored), words, "nothing", scored)
    names = tuple(i.name for i in rest if not featured or i.id not in collection.described)
    words = "items were never judged"
    yield Finding("never judged", len(names), words, "ask about them; they have no score", names)


def _unused_levels(collection: Collection) -> Finding:
    """Levels that nobody used; of pairs, ties that nobody gave."""
    used: dict[tuple[str, tuple[float, ...]], set[int]] = defaultdict(set)
    ties: set[bool] = set()
    for event, query in asked(collection):
        answer = event.answer or {}
        name = str(query.options.get("scale", query.kind))
        if query.kind in ("rating", "approval"):
            values = tuple(level_values(query.options))
            used[name, values].add(answer["level"])
        elif query.kind == "comparison" and query.options.get("levels") == 3:
            ties.add(answer["choice"] in ("tie", "both_bad"))
    places = []
    if ties == {False}:
        places.append("pair: tie (write `ties: false` in the rows, if none was allowed)")
    elif ties == {True}:
        places.append("pair: all but tie")
    for (name, values), met in used.items():
        missing = [f"{v:g}" for level, v in enumerate(values) if level not in met]
        if missing and len(values) <= _MOST_LEVELS:
            places.append(f"{name}: {' '.join(missing)}")
    words = "scales have levels that nobody used"
    do = "check that the scale is the one that people saw"
    return Finding("levels never used", len(places), words, do, tuple(places))


def _unused(collection: Collection) -> Finding:
    places = tuple(f"{count}: {why}" for why, count in collection.skipped.items())
    count = sum(collection.skipped.values())
    return Finding("not used", count, "rows teach nothing here", "nothing", places)
