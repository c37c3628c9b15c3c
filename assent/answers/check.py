"""What is wrong with a set of answers: said in words, with examples; nothing is changed."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assent.answers import check_people
from assent.answers.findings import Finding, asked, place
from assent.answers.judged import judged
from assent.interop.collection import Collection, item_in, level_values
from assent.records import Json, Query
from assent.reward.evidence import Evidence

_MOST_LEVELS = 25  # of a finer scale no level needs to have been used

__all__ = ["Finding", "check"]


def check(collection: Collection) -> list[Finding]:
    """Everything that stands out, what spoils most first; empty when nothing does."""
    evidence = judged(collection).evidence if collection.answers else None
    found = [
        _refused(collection),
        _duplicated(collection),
        _across_episodes(collection),
        _identical(collection),
        *check_people.findings(collection),
        *_groups(collection, evidence),
        _unjudged(collection),
        _unused_levels(collection),
        _unused(collection),
    ]
    return [finding for finding in found if finding.count]


def _refused(collection: Collection) -> Finding:
    places = tuple(f"{refusal.place} ({refusal.why})" for refusal in collection.refused)
    words = "rows cannot be true and are left out"
    return Finding("refused", len(places), words, "correct these rows and import again", places)


def _duplicated(collection: Collection) -> Finding:
    words = "rows say again what the same annotator already said there; they count once"
    do = "nothing, if rows were copied; where people were asked twice, import with --repeats"
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


def _groups(collection: Collection, evidence: Evidence | None) -> list[Finding]:
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


def _unjudged(collection: Collection) -> Finding:
    met = {item_in(s) for _, query in asked(collection) for s in query.segments}
    names = tuple(item.name for item in collection.items.values() if item.id not in met)
    words = "items were never judged"
    return Finding("never judged", len(names), words, "ask about them; they have no score", names)


def _unused_levels(collection: Collection) -> Finding:
    """Levels that nobody used; of pairs, ties that nobody gave."""
    used: dict[str, set[int]] = defaultdict(set)
    scales: dict[str, Query] = {}
    for event, query in asked(collection):
        answer = event.answer or {}
        name = str(query.options.get("scale", query.kind))
        if query.kind in ("rating", "approval"):
            scales[name] = query
            used[name].add(answer["level"])
        elif query.kind == "comparison" and query.options.get("levels") == 3:
            scales["pair"] = query
            used["pair"].add(int(answer["choice"] in ("tie", "both_bad")))
    places = []
    for name, query in scales.items():
        if name == "pair":
            if 1 not in used[name]:
                places.append("pair: tie (write `ties: false` in the rows, if none was allowed)")
            continue
        values = level_values(query.options)
        missing = [f"{v:g}" for level, v in enumerate(values) if level not in used[name]]
        if missing and len(values) <= _MOST_LEVELS:
            places.append(f"{name}: {' '.join(missing)}")
    words = "scales have levels that nobody used"
    do = "check that the scale is the one that people saw"
    return Finding("levels never used", len(places), words, do, tuple(places))


def _unused(collection: Collection) -> Finding:
    places = tuple(f"{count}: {why}" for why, count in collection.skipped.items())
    count = sum(collection.skipped.values())
    return Finding("not used", count, "rows teach nothing here", "nothing", places)
