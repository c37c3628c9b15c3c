"""What annotators tell the owner about a question, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from assent.feedback import words
from assent.records import Feedback, Query
from assent.store.decisions import Decision
from assent.store.flags import Flag
from assent.web import accounts
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.schema import Body, Key, Name, OptionOut, problems
from assent.web.site import Site

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    responses=problems(403, 404, 422, 503),
)


class FlagBody(Body):
    """A report. `key` makes a retry harmless."""

    key: Key
    query: Name
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class FlagOut(BaseModel):
    """A report as it was kept."""

    query: str
    annotator: str
    text: str
    created_at: float


class ReportOut(FlagOut):
    """A report as the owner reads it, with the question and what was answered to it.

    words: the answer in force of whoever reported, in the places that they saw; empty: none.
    settled_at: null while it is open. reply: what was written when it was settled.
    """

    id: str
    name: str
    kind: str
    question: str
    options: list[OptionOut]
    words: str
    settled_at: float | None
    reply: str


class ReportsOut(BaseModel):
    """Reports, oldest first."""

    flags: list[ReportOut]


class SettleBody(Body):
    """Whether a report is dealt with. reply: sent to whoever reported; empty: nothing is sent."""

    settled: bool
    reply: str = Field("", max_length=2000)


@router.post("/flags")
def report(body: FlagBody, site: OfSite, person: OfAnnotator) -> FlagOut:
    """Tell the owner; the question stays where it is."""
    if body.query not in site.store.questions.many([body.query]):
        raise HTTPException(404, "there is no such question")
    text = "".join(c for c in body.text if c.isprintable() or c == "\n")
    kept = Flag(body.query, person.id, text, time.time(), body.key)
    site.store.flags.add(kept)
    return FlagOut(
        query=kept.query, annotator=kept.annotator, text=kept.text, created_at=kept.created_at
    )


@router.get("/owner/flags", tags=["owning"], dependencies=[Depends(accounts.owner)])
def flags(site: OfSite) -> ReportsOut:
    """Everything that was reported."""
    return ReportsOut(flags=told(site))


@router.put("/owner/flags/{flag}", tags=["owning"], dependencies=[Depends(accounts.owner)])
def settle(site: OfSite, flag: Name, body: SettleBody) -> ReportOut:
    """Say that a report is dealt with, or open it again; a reply reaches whoever reported."""
    found = next((each for each in site.store.flags.list() if each.id == flag), None)
    if found is None:
        raise HTTPException(404, "there is no such report in this project")
    now = time.time()
    decision = Decision("settle", flag, float(body.settled), body.reply, now)
    with site.store.write():
        site.store.decisions.add(decision)
        if body.reply.strip():
            site.store.people.send(found.annotator, body.reply, now)
    return next(each for each in told(site) if each.id == flag)


def told(site: Site, say: Callable[[str], str] = str) -> list[ReportOut]:
    """Every report with its question, oldest first. say: from a form's words to a language's."""
    kept = site.store.flags.list()
    queries = site.store.questions.many(each.query for each in kept)
    keys = [segment.key for query in queries.values() for segment in query.segments]
    scenes = site.store.questions.scene_hashes(keys)
    names = {person.id: person.name for person in site.store.people.list()}
    settled = site.store.decisions.in_force("settle")
    said = site.store.answers.standing_on(list(queries))
    found = []
    for flag in kept:
        query = queries[flag.query]
        decided = settled.get(flag.id)
        closed = decided is not None and decided.value > 0
        found.append(
            ReportOut(
                id=flag.id,
                query=flag.query,
                annotator=flag.annotator,
                name=names.get(flag.annotator, ""),
                text=flag.text,
                created_at=flag.created_at,
                kind=query.kind,
                question=say(query.question),
                options=[
                    OptionOut(key=segment.key, scene=scenes.get(segment.key, ""))
                    for segment in query.segments
                ],
                words=_answered(query, said.get((query.id, flag.annotator)), say),
                settled_at=decided.created_at if decided is not None and closed else None,
                reply=decided.reason if decided is not None and closed else "",
            )
        )
    return found


def open_count(site: Site) -> int:
    """How many reports wait for the owner."""
    settled = site.store.decisions.in_force("settle")
    return sum(
        flag.id not in settled or settled[flag.id].value == 0 for flag in site.store.flags.list()
    )


def _answered(query: Query, standing: Feedback | None, say: Callable[[str], str]) -> str:
    """What whoever reported a question said to it."""
    if standing is None or standing.answer is None:
        return ""
    return words.of(query, standing.answer, standing.shown_order, say)
