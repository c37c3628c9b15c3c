"""What the owner does about questions and people: look closely, decide, write, erase."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from assent import desk, hearing
from assent.errors import AccessError
from assent.feedback import kind as kinds
from assent.feedback import words
from assent.records import Feedback, Query
from assent.web import accounts
from assent.web.accounts import OfSite
from assent.web.languages import OfLanguage
from assent.web.owner import believing, drafting, tallies
from assent.web.owner.disputes import DisputeOut
from assent.web.schema import (
    Body,
    Name,
    Open,
    OptionOut,
    ReceiptOut,
    problems,
)
from assent.web.site import Site
from assent.web.work.messages import MessageOut, MessagesOut, out

router = APIRouter(
    prefix="/{project}/api/owner",
    tags=["owning"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


class DisputesOut(BaseModel):
    """Questions on which people differ, most first. counted_at: the last event that is known."""

    counted_at: int
    disputes: list[DisputeOut]


class SaidOut(BaseModel):
    """One event on a question, as its annotator gave it and saw it.

    words: what it says, options called A, B, ... in the question's own order, whatever the
        order in which this annotator saw them. shown: keys of the options as they saw them.
    """

    feedback: str
    annotator: str
    name: str
    words: str
    answer: dict[str, Any] | None
    shown: list[str]
    created_at: float
    timings: dict[str, float]
    note: str
    in_force: bool
    late: bool
    verdict: bool


class LookOut(BaseModel):
    """A question with everything that was said about it, oldest first.

    practisable: an exercise can be made of it.
    """

    query: str
    kind: str
    question: str
    purpose: str
    round: int
    answers_wanted: int
    options: list[OptionOut]
    form: dict[str, Any]
    practisable: bool
    said: list[SaidOut]


class VerdictBody(Body):
    """The owner's own answer, as an annotator would send it, and why."""

    answer: Open
    note: str = Field("", max_length=2000)


class MessageBody(Body):
    """Words for an annotator."""

    text: str = Field(min_length=1, max_length=2000)


class EraseBody(Body):
    """Says it twice: `name` is that of the person who shall be forgotten."""

    name: Name


class ErasedOut(BaseModel):
    """What is left: answers under an id that leads to nobody."""

    annotator: str
    answers: int


class InviteEntry(BaseModel):
    """An invite that was made. uses_left: null: any number.

    annotator, name: of the one person whom it is for; null and empty: whoever opens it.
    """

    id: str
    role: str
    annotator: str | None
    name: str
    created_at: float
    expires_at: float
    uses_left: int | None


class InvitesOut(BaseModel):
    """Invites that still let somebody in, oldest first; their links are known to nobody."""

    invites: list[InviteEntry]


@router.get("/disputes")
def disputes(site: OfSite) -> DisputesOut:
    """The questions on which people differ most."""
    counted = tallies.of(site.store).counted()
    return DisputesOut(counted_at=counted.event, disputes=list(counted.disputed))


@router.get("/questions/{query}")
def look(site: OfSite, query: str, language: OfLanguage) -> LookOut:
    """One question with every answer, when it came, in which order it was shown, and why."""
    asked = _query(site, query)
    keys = [segment.key for segment in asked.segments]
    scenes = site.store.questions.scene_hashes(keys)
    events = site.store.answers.of_question(asked.id)
    names = {person.id: person.name for person in site.store.people.list()}
    replaced = {event.replaces for event in events}
    return LookOut(
        query=asked.id,
        kind=asked.kind,
        question=language.say(asked.question),
        purpose=asked.purpose,
        round=asked.round,
        answers_wanted=asked.answers_wanted,
        options=[OptionOut(key=key, scene=scenes.get(key, "")) for key in keys],
        form=language.form(kinds.find(asked.kind).form(asked).json()),
        practisable=drafting.comparable(asked) and scenes.keys() >= set(keys),
        said=[
            _said(asked, each, names.get(each.annotator, ""), each.id not in replaced, language.say)
            for each in events
        ],
    )


@router.post("/questions/{query}/verdict")
def verdict(site: OfSite, query: str, body: VerdictBody) -> ReceiptOut:
    """Decide a question; it becomes one whose answer is known."""
    receipt = desk.verdict(site.store, query, body.answer, body.note, time.time())
    return ReceiptOut(feedback=receipt.feedback.id, duplicate=receipt.duplicate, late=False)


@router.get("/annotators/{annotator}/messages")
def messages(site: OfSite, annotator: str) -> MessagesOut:
    """What was written to somebody, and when they read it."""
    believing.known(site, annotator)
    return MessagesOut(messages=[out(each) for each in site.store.people.messages(annotator)])


@router.post("/annotators/{annotator}/messages")
def send(site: OfSite, annotator: str, body: MessageBody) -> MessageOut:
    """Write to somebody; it is shown on their work screen until they have read it."""
    believing.known(site, annotator)
    now = time.time()
    site.store.people.send(annotator, body.text, now)
    return out(site.store.people.messages(annotator)[-1])


@router.post("/annotators/{annotator}/erase")
def erase(site: OfSite, annotator: str, body: EraseBody) -> ErasedOut:
    """Forget who somebody was, on their request; what they said stays, of nobody."""
    if body.name != believing.known(site, annotator):
        raise AccessError("the name does not belong to this annotator; nobody was erased")
    site.store.people.erase(annotator, time.time())
    return ErasedOut(annotator=annotator, answers=site.store.answers.count(annotator))


@router.get("/invites")
def invites(site: OfSite) -> InvitesOut:
    """The invites that still work."""
    now = time.time()
    names = {person.id: person.name for person in site.store.people.list()}
    return InvitesOut(
        invites=[
            InviteEntry(
                id=each.id,
                role=each.role,
                annotator=each.annotator,
                name=names.get(each.annotator or "", ""),
                created_at=each.created_at,
                expires_at=each.expires_at,
                uses_left=each.uses_left,
            )
            for each in site.store.people.invites()
            if each.expires_at > now and each.uses_left != 0
        ]
    )


@router.delete("/invites/{invite}")
def revoke(site: OfSite, invite: Name) -> InvitesOut:
    """End an invite now; sessions that it gave go on."""
    site.store.people.revoke(invite, time.time())
    return invites(site)


def _query(site: Site, query_id: str) -> Query:
    found = site.store.questions.many([query_id] if query_id.isprintable() else [])
    if query_id not in found:
        raise HTTPException(404, "there is no such question in this project")
    return found[query_id]


def _said(query: Query, event: Feedback, name: str, in_force: bool, say: words.Say) -> SaidOut:
    answer = event.answer
    return SaidOut(
        feedback=event.id,
        annotator=event.annotator,
        name=name,
        words=say("taken back") if answer is None else words.in_letters(query, answer, say),
        answer=answer,
        shown=[query.segments[index].key for index in event.shown_order],
        created_at=event.created_at,
        timings=dict(event.timings),
        note=event.note,
        in_force=in_force and answer is not None,
        late=event.late,
        verdict=event.annotator == hearing.ADJUDICATOR,
    )
