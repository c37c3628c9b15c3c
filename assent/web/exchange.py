"""The API for other systems: put questions about things of their own, follow the answers.

Whoever calls it holds an owner's session, which `assent.client` gets from an owner link.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from assent import desk
from assent.errors import QueryError
from assent.feedback import kind as kinds
from assent.records import Feedback, Segment
from assent.records import Query as Question
from assent.web import accounts
from assent.web.accounts import OfSite
from assent.web.schema import Body, Name, Open, problems
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

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$")]


class ItemBody(Body):
    """A thing that is judged: a reply under its prompt. `id` is whatever the sender calls it."""

    id: Id
    reply: str = Field(max_length=20_000)
    prompt: str = Field("", max_length=20_000)


class QuestionBody(Body):
    """A question about items. `id` makes a retry harmless: one that is there stays as it is.

    options: what the kind needs, e.g. `{"levels": 5}` of a rating.
    """

    id: Id
    kind: Name
    items: list[ItemBody] = Field(min_length=1, max_length=6)
    question: str = Field("", max_length=500, description="empty: as the settings say")
    answers_wanted: int = Field(1, ge=1, le=100)
    options: Open = Field(default_factory=dict, max_length=20)


class QuestionsBody(Body):
    """Questions to ask."""

    questions: list[QuestionBody] = Field(min_length=1, max_length=MOST_QUESTIONS)


class AskedOut(BaseModel):
    """How many are new, and how many were there before."""

    added: int
    known: int


class EventOut(BaseModel):
    """One event of the log. number: pass the last one as `after` to go on from there.

    query, items: as the sender of the question called them, where it came over this API.
    answer: null takes `replaces` back.
    """

    number: int
    feedback: str
    query: str
    kind: str
    items: list[str]
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
    queries, scenes = [], {}
    for each in body.questions:
        query = _question(site, each)
        queries.append(query)
        for segment, item in zip(query.segments, each.items, strict=True):
            scene = {"type": "text", "prompt": item.prompt, "reply": item.reply}
            scenes[segment.key] = site.store.blobs.put_json(scene)
        # Blanks around a text are not seen.
        shown = {(item.prompt.strip(), item.reply.strip()) for item in each.items}
        if len(shown) < len(query.segments):
            raise QueryError(f"question {each.id!r} shows the same text twice; ask about others")
    with site.store.write():
        known = site.store.questions.many(query.id for query in queries)
        new = {query.id: query for query in queries if query.id not in known}
        site.store.questions.add(list(new.values()), scenes)
    return AskedOut(added=len(new), known=len(queries) - len(new))


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


def _question(site: Site, body: QuestionBody) -> Question:
    """The question as the store keeps it. Raises QueryError when it does not fit its kind."""
    names = [item.id for item in body.items]
    if len(set(names)) < len(names):
        raise QueryError(f"question {body.id!r} names an item twice; ask about different ones")
    kind = kinds.find(body.kind)
    if "play" in body.options:
        # It names what a simulator loads: the loop's own settings say that, and nobody else.
        raise QueryError(f"question {body.id!r} cannot be played; only the loop asks for that")
    options = {**kind.options(site.config.ask), **body.options, "items": names}
    if "original" in options:
        options["original"] = body.items[0].reply
    query = Question(
        id=f"{desk.OUTSIDE}-{body.id}",
        kind=body.kind,
        segments=tuple(Segment(f"{desk.OUTSIDE}-{body.id}-{name}", 0, 1) for name in names),
        question=body.question or site.config.ask.text or kind.question,
        strategy=desk.OUTSIDE,
        selection_probability=1.0,
        answers_wanted=body.answers_wanted,
        options=options,
    )
    kind.form(query)  # what cannot be shown is refused now, not in front of a person
    return query


def _event(number: int, event: Feedback, query: Question) -> EventOut:
    keys = [segment.key for segment in query.segments]
    names = [str(name) for name in query.options.get("items", keys)]
    said = json.dumps(event.answer)
    for key, name in zip(keys, names, strict=True):
        said = said.replace(json.dumps(key), json.dumps(name))
    return EventOut(
        number=number,
        feedback=event.id,
        query=query.id.removeprefix(f"{desk.OUTSIDE}-"),
        kind=query.kind,
        items=names,
        annotator=event.annotator,
        answer=json.loads(said),
        shown=[names[index] for index in event.shown_order],
        created_at=event.created_at,
        timings=dict(event.timings),
        note=event.note,
        replaces=event.replaces,
        late=event.late,
    )
