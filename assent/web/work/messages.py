"""What the owner writes to people, as they get it and as it is kept for both."""

from __future__ import annotations

import time

from fastapi import APIRouter
from pydantic import BaseModel, Field

from assent.store.people import Message
from assent.web import render
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.schema import Body, problems

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    responses=problems(403, 404, 422, 503),
)


class MessageOut(BaseModel):
    """What the owner wrote to somebody, and as sanitised HTML. read_at: null: not yet."""

    text: str
    html: str
    sent_at: float
    read_at: float | None


class MessagesOut(BaseModel):
    """Messages, oldest first."""

    messages: list[MessageOut]


class ReadBody(Body):
    """Messages that were read. until: those sent by then; null: all."""

    until: float | None = Field(None, ge=0, le=1e12, allow_inf_nan=False)


@router.get("/messages")
def messages(site: OfSite, person: OfAnnotator) -> MessagesOut:
    """What the owner wrote to this person, oldest first."""
    return MessagesOut(messages=[out(each) for each in site.store.people.messages(person.id)])


@router.post("/messages/read")
def read(site: OfSite, person: OfAnnotator, body: ReadBody | None = None) -> MessagesOut:
    """Say which messages were read: those that had been sent when they were shown."""
    site.store.people.mark_read(person.id, time.time(), body.until if body else None)
    return messages(site, person)


def out(message: Message) -> MessageOut:
    """A message as it is sent."""
    return MessageOut(
        text=message.text,
        html=render.markdown(message.text),
        sent_at=message.sent_at,
        read_at=message.read_at,
    )
