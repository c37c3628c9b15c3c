"""The API for other systems: put questions about things of their own, follow the answers.

Whoever calls it holds an owner's session, which `assent.client` gets from an owner link.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from assent import hearing
from assent.config import AnswersConfig
from assent.errors import QueryError
from assent.records import Feedback
from assent.records import Query as Question
from assent.store.counts import NO_ROUND
from assent.store.items import Item
from assent.web import accounts, pushed
from assent.web.accounts import OfSite
from assent.web.pushed import Id, QuestionBody
from assent.web.schema import Body, problems
from assent.web.site import Site

MOST_QUESTIONS = 200  # in one request
MOST_EVENTS = 1000
_POLL_SECONDS = 1.0
_LONGEST_SECONDS = 600.0  # of one stream; a browser opens the next by itself
_ALIVE_SECONDS = 15.0

router = APIRouter(
    prefix="/{project}/api/owner",
    tags=["exchange"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


class QuestionsBody(Body):
    """Questions to ask."""

    questions: list[QuestionBody] = Field(min_length=1, max_length=MOST_QUESTIONS)


class AskedOut(BaseModel):
    """How many are new, and how many were there before.

    more: of these, how many want more answers now. changed: those that are there with other
    items, options or words; they stay as they were.
    """

    added: int
    known: int
    more: int
    changed: list[str]


class WantedBody(Body):
    """How many answers a question wants."""

    answers: int = Field(ge=0, le=100)


class WantedOut(BaseModel):
    """How many it gets: no fewer than were given, or are being worked on."""

    answers: int


class EventOut(BaseModel):
    """One event of the log. number: pass the last one as `after` to go on from there.

    query, items: as the sender of the question called them, where it came over this API.
    films: their hashes, where they are films that were sent.
    meta: what the sender gave with the question; item_meta: with each of the items.
    answer: null takes `replaces` back.
    """

    number: int
    feedback: str
    query: str
    kind: str
    items: list[str]
    films: list[str]
    meta: dict[str, Any]
    item_meta: list[dict[str, Any]]
    annotator: str
    answer: dict[str, Any] | None
    shown: list[str]
    created_at: float
    timings: dict[str, float]
    note: str
    replaces: str | None
    late: bool


class EventsOut(BaseModel):
    """Events in their order. last: of the log at this moment."""

    events: list[EventOut]
    last: int


class Tick(BaseModel):
    """What a live stream tells whenever it changed."""

    event: int
    finished: int
    answered: int
    slots: int
    leased: int


@router.post("/questions")
def ask(site: OfSite, body: QuestionsBody) -> AskedOut:
    """Queue questions about items from elsewhere, after those of the loop."""
    queries: dict[str, Question] = {}
    names, shown = {}, {}
    items: dict[str, Item] = {}
    # Of no round where there is a loop: it does not wait for them.
    round = site.store.counts().round if isinstance(site.config, AnswersConfig) else NO_ROUND
    for each in body.questions:
        pushed.check(site, each)
        segments, own = pushed.segments(site, each)
        query = replace(pushed.question(site, each, segments), round=round)
        queries[query.id], names[query.id] = query, each.id
        shown[query.id] = [
            site.store.blobs.put_json(pushed.scene(site, item)) for item in each.items
        ]
        items |= {item.id: item for item in own}
        if len({pushed.seen(item) for item in each.items}) < len(each.items):
            raise QueryError(f"question {each.id!r} shows the same twice; ask about others")
    questions = site.store.questions
    with site.store.write():
        known = questions.many(queries)
        new = [query for id, query in queries.items() if id not in known]
        keys = {query.id: [segment.key for segment in query.segments] for query in new}
        site.store.items.add(items.values(), {})
        questions.add(new, {k: h for id in keys for k, h in zip(keys[id], shown[id], strict=True)})
        wider = [
            id for id, there in known.items() if queries[id].answers_wanted > there.answers_wanted
        ]
        for id in wider:
            questions.want(id, queries[id].answers_wanted)
    changed = [
        names[id]
        for id, query in known.items()
        if pushed.differs(site, queries[id], shown[id], query)
    ]
    return AskedOut(added=len(new), known=len(known), more=len(wider), changed=changed)


@router.put("/questions/wanted")
def want(site: OfSite, body: WantedBody, id: Id) -> WantedOut:
    """Let a question of the sender's `id` have more answers or fewer; 0: none beyond those given.

    What is being worked on is waited for.
    """
    query = pushed.named(id)
    if not site.store.questions.many([query]):
        raise HTTPException(404, "there is no question of this id; push it first")
    return WantedOut(answers=site.store.questions.want(query, body.answers))


@router.get("/events")
def events(
    site: OfSite,
    after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 200,
) -> EventsOut:
    """What was said after event number `after`: answers, corrections and undos."""
    found = site.store.answers.since(after, limit)
    queries = site.store.questions.many(event.query for _, event in found)
    return EventsOut(
        events=[_event(number, each, queries[each.query]) for number, each in found],
        last=site.store.answers.last_event(),
    )


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def live(site: OfSite, request: Request, once: bool = False) -> StreamingResponse:
    """Progress as server-sent events: a `Tick` now, and whenever something changed.

    once: only the first.
    """

    async def stream() -> AsyncIterator[bytes]:
        started = told = time.monotonic()
        last = ""
        while time.monotonic() - started < _LONGEST_SECONDS:
            if not await asyncio.to_thread(accounts.is_owner, request, site):
                return  # signed out meanwhile
            tick = (await asyncio.to_thread(_tick, site)).model_dump_json()
            if tick != last:
                last, told = tick, time.monotonic()
                yield f"data: {tick}\n\n".encode()
                if once:
                    return
            elif time.monotonic() - told > _ALIVE_SECONDS:
                told = time.monotonic()
                yield b": still here\n\n"
            await asyncio.sleep(_POLL_SECONDS)

    return StreamingResponse(stream(), media_type="text/event-stream")


def _tick(site: Site) -> Tick:
    counts = site.store.counts(time.time())
    return Tick(
        event=site.store.answers.last_event(),
        finished=len(site.store.runs.list()),
        answered=counts.answered,
        slots=counts.slots,
        leased=counts.leased,
    )


def _event(number: int, event: Feedback, query: Question) -> EventOut:
    keys = [segment.key for segment in query.segments]
    names = [str(name) for name in query.options.get("items", keys)]
    meta = query.options.get("meta", {})
    said = json.dumps(event.answer)
    for key, name in zip(keys, names, strict=True):
        said = said.replace(json.dumps(key), json.dumps(name))
    return EventOut(
        number=number,
        feedback=event.id,
        query=str(query.options.get("id", query.id.removeprefix(f"{hearing.OUTSIDE}-"))),
        kind=query.kind,
        items=names,
        films=query.options.get("films", []),
        meta=meta.get("question", {}),
        item_meta=meta.get("items", [{}] * len(names)),
        annotator=event.annotator,
        answer=json.loads(said),
        shown=[names[index] for index in event.shown_order],
        created_at=event.created_at,
        timings=dict(event.timings),
        note=event.note,
        replaces=event.replaces,
        late=event.late,
    )
