"""Answers as the owner leafs through them: newest first, fifty at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from assent import hearing, plugins
from assent.feedback import words
from assent.records import Feedback, Query
from assent.web import excerpts
from assent.web.excerpts import ExcerptOut
from assent.web.owner import tallies
from assent.web.owner.cost import ACTIVE
from assent.web.site import Site

PAGE = 50  # answers


@dataclass(frozen=True, slots=True)
class Wish:
    """Which answers are wanted. person, kind: empty: any. before: the number of an event; 0: none.

    disputed: only of the questions on which people differ most.
    """

    person: str = ""
    kind: str = ""
    disputed: bool = False
    before: int = 0

    @property
    def address(self) -> str:
        """What stands behind the page's path."""
        given = {"person": self.person, "kind": self.kind, "before": self.before or ""}
        told = {name: value for name, value in given.items() if value}
        return urlencode(told | ({"disputed": "true"} if self.disputed else {}))


@dataclass(frozen=True, slots=True)
class Row:
    """One answer in words. seconds: to read and decide; None: not measured."""

    feedback: Feedback
    query: Query
    name: str
    words: str
    excerpt: ExcerptOut
    seconds: float | None
    verdict: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, and what leads to those before; None: there are none."""

    rows: tuple[Row, ...]
    older: Wish | None


def page(site: Site, wish: Wish, say: words.Say) -> Page:
    """The newest answers in force that fit a wish."""
    store = site.store
    disputed = [each.query for each in tallies.of(store).counted().disputed]
    found = store.answers.newest(
        PAGE + 1,
        before=wish.before or None,
        annotator=wish.person or None,
        kind=wish.kind or None,
        queries=disputed if wish.disputed else None,
    )
    shown = found[:PAGE]
    queries = store.questions.many(event.query for _, event in shown)
    told = excerpts.of(site, queries.values())
    names = {person.id: person.name for person in store.people.list()}
    rows = [
        _row(event, queries[event.query], names.get(event.annotator, ""), told[event.query], say)
        for _, event in shown
    ]
    older = replace(wish, before=shown[-1][0]) if len(found) > PAGE else None
    return Page(tuple(rows), older)


def people(site: Site) -> list[tuple[str, str]]:
    """Id and name of everybody who answered, by name; the owner's own verdicts are nobody's."""
    counts = site.store.answers.counts()
    known = [each for each in site.store.people.list() if counts.get(each.id)]
    named = [(each.id, each.name) for each in known if each.id != hearing.ADJUDICATOR]
    return sorted(named, key=lambda each: each[1].casefold())


def kinds() -> list[str]:
    """The kinds that answers may be of."""
    return sorted(plugins.names("feedback"))


def _row(event: Feedback, query: Query, name: str, excerpt: ExcerptOut, say: words.Say) -> Row:
    assert event.answer is not None, "an answer in force says something"
    times = [event.timings[part] for part in ACTIVE if part in event.timings]
    return Row(
        feedback=event,
        query=query,
        name=name,
        words=words.in_letters(query, event.answer, say),
        excerpt=excerpt,
        seconds=sum(times) / 1000 if times else None,
        verdict=event.annotator == hearing.ADJUDICATOR,
    )
