"""What somebody answered: their own answers in force, and each of them to be answered anew."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from assent.errors import AnswerError
from assent.feedback import kind as kinds
from assent.feedback import words
from assent.records import Feedback
from assent.store.store import Store
from assent.web import excerpts
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.languages import OfLanguage
from assent.web.schema import Name, OptionOut, problems

MOST = 200  # in one request

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    responses=problems(403, 404, 422, 503),
)


class HistoryEntry(BaseModel):
    """One own answer in force. number: counted from the first.

    prompt, replies: how the texts began that were shown, in their places; none of clips.
    """

    feedback: str
    number: int
    query: str
    kind: str
    question: str
    prompt: str
    replies: list[str]
    answer: dict[str, Any]
    words: str
    note: str
    created_at: float


class HistoryOut(BaseModel):
    """Own answers, newest first. more: whether there are older ones."""

    answers: list[HistoryEntry]
    more: bool


class OwnOut(BaseModel):
    """An own answer in force with its question, as it was shown; nothing is held for it.

    Another answer that `replaces` it corrects it; until then it stays.
    """

    feedback: str
    query: str
    kind: str
    question: str
    form: dict[str, Any]
    shown_order: list[int]
    options: list[OptionOut]
    guideline_version: int
    answer: dict[str, Any]
    words: str
    note: str


@router.get("/history")
def history(
    site: OfSite,
    person: OfAnnotator,
    language: OfLanguage,
    limit: int = 50,
    before: Annotated[Name | None, Query(description="only answers older than this one")] = None,
) -> HistoryOut:
    """The person's own answers in force, newest first."""
    most = max(1, min(limit, MOST))
    if before is not None:
        _own(site.store, person.id, before)
    found = site.store.answers.history(person.id, most + 1, before)
    older = site.store.answers.count_until(person.id, found[0].id) if found else 0
    queries = site.store.questions.many(event.query for event in found[:most])
    told = excerpts.of(site, queries.values())
    entries = []
    for place, event in enumerate(found[:most]):
        query, answer, excerpt = queries[event.query], event.answer or {}, told[event.query]
        replies = [] if excerpt.clips else [excerpt.options[n] for n in event.shown_order]
        entries.append(
            HistoryEntry(
                feedback=event.id,
                number=older - place,
                query=query.id,
                kind=query.kind,
                question=language.say(query.question),
                prompt=excerpt.before,
                replies=replies,
                answer=answer,
                words=words.of(query, answer, event.shown_order, language.say),
                note=event.note,
                created_at=event.created_at,
            )
        )
    return HistoryOut(answers=entries, more=len(found) > most)


@router.get("/history/{feedback}")
def own(feedback: Name, site: OfSite, person: OfAnnotator, language: OfLanguage) -> OwnOut:
    """An own answer with its question. It stays in force until another one corrects it."""
    asked = _own(site.store, person.id, feedback).query
    event = site.store.answers.standing(asked, person.id)
    if event is None or event.answer is None:
        raise HTTPException(404, "this answer was taken back; its question comes again")
    query = site.store.questions.get(event.query)
    keys = [query.segments[index].key for index in event.shown_order]
    scenes = site.store.questions.scene_hashes(keys)
    return OwnOut(
        feedback=event.id,
        query=query.id,
        kind=query.kind,
        question=language.say(query.question),
        form=language.form(kinds.find(query.kind).form(query).json()),
        shown_order=list(event.shown_order),
        options=[OptionOut(key=key, scene=scenes.get(key, "")) for key in keys],
        guideline_version=site.store.people.guideline().version,
        answer=event.answer,
        words=words.of(query, event.answer, event.shown_order, language.say),
        note=event.note,
    )


def _own(store: Store, annotator_id: str, feedback_id: str) -> Feedback:
    """An event of somebody's. Raises HTTPException where it is none of theirs."""
    try:
        event = store.answers.get(feedback_id) if feedback_id.isprintable() else None
    except AnswerError:
        event = None
    if event is None or event.annotator != annotator_id:
        raise HTTPException(404, "there is no such answer of yours")
    return event
