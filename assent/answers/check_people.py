"""What stands out about the people of a set of answers, before anything is fitted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.stats import binomtest

from assent.answers.findings import Finding, asked, place, preferences, side_or_level
from assent.answers.judged import Judged
from assent.diagnosis.flags import SURE
from assent.diagnosis.habits import sameness
from assent.interop.collection import ANONYMOUS, Collection

_SIDE_P = 0.001  # below it a lean to one side is not chance
_SIDE_LEAST = 0.03  # smaller leans than this do no harm
_OWN_SIDE_LEAST = 0.15  # of one annotator
_SHARED = 20  # questions; who agrees on more than these may be one person
_TWINS_P = 1e-4  # that any two people agree on all of them by chance


def findings(collection: Collection, read: Judged | None) -> list[Finding]:
    """Everything that stands out about who answered. read: the same answers as evidence."""
    return [
        _contradictory(collection),
        _cyclic(collection),
        _single(collection),
        _only(collection),
        _lone(collection),
        _same(read),
        _twins(collection),
        *_sides(collection),
        _leaning(collection),
        _named_alike(collection),
        _anonymous(collection),
    ]


def _contradictory(collection: Collection) -> Finding:
    """The same annotator preferred a to b and b to a, in different rows."""
    said: dict[tuple[str, str, str], set[bool]] = defaultdict(set)
    where: dict[tuple[str, str, str], str] = {}
    for event, query in asked(collection):
        if event.annotator == ANONYMOUS:
            continue
        for better, worse in preferences(query, event.answer or {}):
            low, high = sorted((better, worse))
            said[event.annotator, low, high].add(better == low)
            where[event.annotator, low, high] = place(collection, event)
    places = tuple(where[key] for key, ways in said.items() if len(ways) == 2)
    words = "pairs were judged both ways by the same annotator, in different rows"
    do = "nothing: they tell how consistent people are; if rows were mixed up, correct them"
    return Finding("contradictory answers", len(places), words, do, places)


def _cyclic(collection: Collection) -> Finding:
    """Annotators who preferred a to b, b to c, and somewhere along the chain c to a."""
    edges: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event, query in asked(collection):
        if event.annotator != ANONYMOUS and query.kind == "comparison":
            edges[event.annotator].update(preferences(query, event.answer or {}))
    places = []
    for name, links in edges.items():
        # A pair that was judged both ways is a contradiction, told elsewhere.
        plain = [(a, b) for a, b in links if (b, a) not in links]
        if len(plain) < 3:
            continue
        row: dict[str, int] = {}
        for link in plain:
            for item in link:
                row.setdefault(item, len(row))
        first, second = ([row[link[end]] for link in plain] for end in (0, 1))
        graph = sparse.coo_matrix((np.ones(len(plain)), (first, second)), (len(row),) * 2)
        groups, label = connected_components(graph, directed=True, connection="strong")
        largest = int(np.bincount(label).max()) if groups < len(row) else 1
        if largest > 1:
            places.append(f"{name} ({largest} items)")
    words = "annotators' choices go round in circles: a over b, b over c, c over a"
    do = "nothing, where items are close; many circles are told by `assent annotators`"
    return Finding("cycles", len(places), words, do, tuple(places))


def _single(collection: Collection) -> Finding:
    given = Counter(event.annotator for event, _ in asked(collection))
    names = tuple(name for name, count in given.items() if count == 1 and name != ANONYMOUS)
    words = "annotators gave one answer only: they are believed as far as the crowd is"
    return Finding("one answer", len(names), words, "ask them more, or nothing", names)


def _only(collection: Collection) -> Finding:
    """One annotator for everything, and by name."""
    given = Counter(event.annotator for event, _ in asked(collection))
    alone = len(given) == 1 and ANONYMOUS not in given
    words = "answers are all by one annotator: nothing tells taste from truth"
    do = "nothing, if it is that taste that is wanted; else ask others, too"
    return Finding("one annotator", given.total() if alone else 0, words, do)


def _lone(collection: Collection) -> Finding:
    """Annotators none of whose items anybody else judged."""
    by_item: dict[str, set[str]] = defaultdict(set)
    for event, query in asked(collection):
        for segment in query.segments:
            by_item[segment.trajectory].add(event.annotator)
    everybody = {name for names in by_item.values() for name in names}
    meeting = {name for names in by_item.values() if len(names) > 1 for name in names}
    names = tuple(sorted(everybody - meeting - {ANONYMOUS})) if len(everybody) > 1 else ()
    words = "annotators share no item with anybody: nothing tells how far they can be believed"
    do = "give some of their items to others, or some of the others' to them"
    return Finding("share nothing", len(names), words, do, names)


def _same(read: Judged | None) -> Finding:
    """Annotators who gave one answer nearly always, as `assent annotators` flags them."""
    found = None if read is None else sameness(read.evidence)
    places = [
        f"{name} ({found.words[row]}, {found.share[row]:.0%} of the time)"
        for row, name in enumerate(() if read is None else read.annotators)
        if found is not None and found.probability[row] >= SURE and name != ANONYMOUS
    ]
    words = "annotators gave nearly always the same answer on a scale on which others vary"
    do = "ask whether they looked; the fit believes them little, unless the others agree"
    return Finding("always the same", len(places), words, do, tuple(places))


def _twins(collection: Collection) -> Finding:
    """Two annotators with the same answers to very many questions: perhaps one person.

    How likely that is by chance is counted from how often the others agree on each of the
    questions, so that easy questions prove nothing.
    """
    code: dict[tuple[str, str], int] = {}
    question: dict[str, int] = {}
    who: dict[str, int] = {}
    rows: dict[tuple[int, int], int] = {}
    for event, query in asked(collection):
        if event.annotator == ANONYMOUS or query.purpose == "repeat":
            continue
        number = question.setdefault(query.id, len(question))
        answer = code.setdefault((query.id, side_or_level(query, event)), len(code))
        rows[who.setdefault(event.annotator, len(who)), number] = answer
    if len(who) < 2:
        return Finding("identical annotators", 0, "", "")
    people, asked_of = np.array(list(rows)).T
    given = np.array(list(rows.values()))
    ones = np.ones(len(rows))
    answers = sparse.csr_matrix((ones, (people, given)), (len(who), len(code)))
    shared_by = sparse.csr_matrix((ones, (people, asked_of)), (len(who), len(question)))
    agree, shared = (answers @ answers.T).tocoo(), (shared_by @ shared_by.T).tocsr()
    both = np.asarray(shared[agree.row, agree.col]).ravel()
    chosen = (agree.row < agree.col) & (agree.data == both) & (both > _SHARED)
    # Of each question: the share of its pairs of people that agree, this one pair left out.
    size = np.bincount(asked_of, minlength=len(question))
    alike = np.bincount(given, minlength=len(code))
    of = np.zeros(len(code), np.int64)
    of[given] = asked_of
    agreeing = np.bincount(of, alike * (alike - 1) / 2, len(question))
    chance = np.log(np.maximum(agreeing, 1.0) / (size * (size - 1) / 2 + 1))
    bound = np.log(_TWINS_P / max(int((both > _SHARED).sum()), 1))
    names, places = list(who), []
    for one, other in zip(agree.row[chosen], agree.col[chosen], strict=True):
        common = shared_by[one].multiply(shared_by[other]).indices
        if chance[common].sum() < bound:
            places.append(f"{names[one]} and {names[other]} ({len(common)} questions)")
    words = f"pairs of annotators gave the same answers to all they share, more than {_SHARED}"
    do = "find out whether they are one person, or copied; if so leave one of them out"
    return Finding("identical annotators", len(places), words, do, tuple(places))


def _sides(collection: Collection) -> Iterator[Finding]:
    """Whether the option shown first wins more often than the second; the order may leak."""
    sides: Counter[str] = Counter()
    for event, query in asked(collection):
        if query.kind == "comparison" and event.shown_order:
            sides[side_or_level(query, event)] += 1
    first, second = sides["0"], sides["1"]
    if first + second == 0:
        return
    share = first / (first + second)
    p = float(binomtest(first, first + second).pvalue)
    if p < _SIDE_P and abs(share - 0.5) > _SIDE_LEAST:
        words = f"of so many choices, {share:.1%} fell on the option shown first"
        do = "shuffle the options, or name the order that was on the screen in `shown_order`"
        yield Finding("side imbalance", first + second, words, do)


def _leaning(collection: Collection) -> Finding:
    """Annotators whose choices lean to one side of the screen by more than chance."""
    sides: dict[str, Counter[str]] = defaultdict(Counter)
    for event, query in asked(collection):
        if query.kind == "comparison" and event.shown_order and event.annotator != ANONYMOUS:
            sides[event.annotator][side_or_level(query, event)] += 1
    places = []
    for name, counts in sides.items():
        first, total = counts["0"], counts["0"] + counts["1"]
        if not total or abs(first / total - 0.5) <= _OWN_SIDE_LEAST:
            continue
        # As many tests as annotators: one of them would stand out by chance.
        if binomtest(first, total).pvalue < _SIDE_P / len(sides):
            places.append(f"{name} ({first} of {total} on the first)")
    words = "annotators choose one side of the screen by more than chance"
    do = "shuffle the options for each; the fit allows for a side that somebody favours"
    return Finding("leaning to a side", len(places), words, do, tuple(places))


def _named_alike(collection: Collection) -> Finding:
    """Names that differ in case and blanks alone: perhaps one person, who counts as several."""
    alike: dict[str, set[str]] = defaultdict(set)
    for name in {event.annotator for event in collection.answers}:
        alike[" ".join(name.split()).casefold()].add(name)
    places = [
        " and ".join(repr(name) for name in sorted(names))
        for _, names in sorted(alike.items())
        if len(names) > 1
    ]
    words = "annotators have several names that differ in case or blanks alone; each is a person"
    do = "if they are one person, write the name in one way, and import again into a new project"
    return Finding("names alike", len(places), words, do, tuple(places))


def _anonymous(collection: Collection) -> Finding:
    count = sum(event.annotator == ANONYMOUS for event, _ in asked(collection))
    words = "answers have no annotator: they are believed alike, as those of one crowd"
    return Finding("anonymous", count, words, "keep who answered, if it can be known")
