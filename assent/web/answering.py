"""The annotator's side of the API: join, take questions, answer, take back, look back."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request, Response
from pydantic import TypeAdapter

from assent import desk
from assent.errors import AccessError, LeaseError, StoreError
from assent.feedback import words
from assent.feedback.kind import Form
from assent.store.leases import Slot
from assent.web import accounts, render
from assent.web.accounts import OfAnnotator, OfReader, OfSite
from assent.web.forms import Forms
from assent.web.languages import Language, OfLanguage
from assent.web.schema import (
    GuidelineOut,
    HeartbeatBody,
    HeartbeatOut,
    HistoryEntry,
    HistoryOut,
    JoinBody,
    Joined,
    MessageOut,
    MessagesOut,
    QuestionOut,
    UndoBody,
    UndoOut,
    problems,
)
from assent.web.site import Site

MAX_AHEAD = 16  # questions that one person may hold
_HASH = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "private, max-age=31536000, immutable"

_FILM: dict[str, Any] = {"content": {"video/mp4": {}, "video/webm": {}}}
_FILMS: dict[int | str, dict[str, Any]] = {
    200: _FILM,
    206: _FILM | {"description": "The bytes that were asked for"},
    416: {"description": "The film ends before these bytes"},
}

# Many times as fast as `dataclasses.asdict`, which took most of the time of a request.
_FORM = TypeAdapter(Form)

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    responses=problems(403, 404, 409, 422, 503),
)


@router.post("/join")
def join(body: JoinBody, site: OfSite, request: Request, response: Response) -> Joined:
    """Take up an invite: the session comes back as a cookie."""
    now = time.time()
    name = " ".join(body.name.split())
    role = site.store.people.invited(body.token, now)
    if role == "annotator" and not (body.consent and name):
        raise AccessError("a name and your consent are needed before you can answer")
    held = request.cookies.get(accounts.cookie(role, site.name))
    session = site.store.people.redeem(body.token, name if role == "annotator" else "", now, held)
    if session.annotator is not None:
        site.store.people.consent(session.annotator.id, accounts.CONSENT_VERSION, now)
    accounts.set_cookie(response, site, session.role, session.token)
    page = "owner" if session.role == "owner" else "guideline"
    return Joined.model_validate({"role": session.role, "location": f"/{site.name}/{page}"})


@router.post("/leave")
def leave(request: Request, response: Response, site: OfSite, person: OfAnnotator) -> HeartbeatOut:
    """End this browser's session as an annotator."""
    name = accounts.cookie("annotator", site.name)
    site.store.people.end_session(request.cookies[name])
    response.delete_cookie(name, path="/")
    return HeartbeatOut(lost=[])


@router.post("/undo")
def undo(body: UndoBody, site: OfSite, person: OfAnnotator, language: OfLanguage) -> UndoOut:
    """Take back an own answer; its question comes back, held again."""
    now = time.time()
    receipt = desk.undo(site.store, person.id, body.feedback, body.key, now)
    held = desk.claim(site.store, person.id, MAX_AHEAD * 2, now, site.config.serve.lease_seconds)
    again = [slot for slot in held if slot.query.id == receipt.feedback.query]
    return UndoOut(
        feedback=receipt.feedback.id,
        question=_question(site, again[0], language) if again else None,
    )


@router.post("/heartbeat")
def heartbeat(body: HeartbeatBody, site: OfSite, person: OfAnnotator) -> HeartbeatOut:
    """Keep questions held; names those that are lost."""
    now, seconds = time.time(), site.config.serve.lease_seconds
    lost = []
    for lease in body.leases:
        try:
            site.store.questions.heartbeat(lease.slot, lease.lease_token, now, seconds)
        except LeaseError:
            lost.append(lease.slot)
    return HeartbeatOut(lost=lost)


@router.get("/history")
def history(site: OfSite, person: OfAnnotator, language: OfLanguage, limit: int = 50) -> HistoryOut:
    """The person's own answers in force, newest first."""
    entries = []
    for feedback in site.store.answers.history(person.id, max(1, min(limit, 200))):
        if feedback.answer is None:
            continue
        query = site.store.questions.get(feedback.query)
        entries.append(
            HistoryEntry(
                feedback=feedback.id,
                query=query.id,
                kind=query.kind,
                question=language.say(query.question),
                answer=feedback.answer,
                words=words.of(query, feedback.answer, feedback.shown_order, language.say),
                created_at=feedback.created_at,
            )
        )
    return HistoryOut(answers=entries)


@router.get("/messages")
def messages(site: OfSite, person: OfAnnotator) -> MessagesOut:
    """What the owner wrote to this person, oldest first."""
    return MessagesOut(
        messages=[
            MessageOut(text=each.text, sent_at=each.sent_at, read_at=each.read_at)
            for each in site.store.people.messages(person.id)
        ]
    )


@router.post("/messages/read")
def read(site: OfSite, person: OfAnnotator) -> MessagesOut:
    """Say that every message so far was read."""
    site.store.people.mark_read(person.id, time.time())
    return messages(site, person)


@router.get("/guideline")
def guideline(site: OfSite, allowed: OfReader) -> GuidelineOut:
    """The guideline in force."""
    current = site.store.people.guideline()
    return GuidelineOut(
        version=current.version,
        markdown=current.markdown,
        html=render.markdown(current.markdown),
    )


@router.get("/scenes/{hash}")
def scene(hash: str, site: OfSite, allowed: OfReader, response: Response) -> dict[str, Any]:
    """What is shown of one option, by the hash of its content; it never changes."""
    stored = _scene(site, hash)
    response.headers["Cache-Control"] = _FOR_EVER
    return render.scene(stored)


@router.get("/media/{hash}", response_class=Response, responses=_FILMS)
def media(
    hash: str, site: OfSite, allowed: OfReader, range: Annotated[str, Header(max_length=200)] = ""
) -> Response:
    """A video by the hash of its content, whole or by a range of bytes: `bytes=from-to`."""
    try:
        content = site.store.blobs.get(_checked(hash))
    except StoreError:
        raise HTTPException(404, "there is no such video") from None
    # Only what says in its first bytes that it is a film leaves: never weights, never a page.
    mime = _film(content)
    if mime is None:
        raise HTTPException(404, "there is no such video")
    return _ranged(content, mime, range)


def _film(content: bytes) -> str | None:
    """The MIME type of a film, of the two that are ever made."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return "video/webm" if content[:4] == b"\x1a\x45\xdf\xa3" else None


def _checked(name: str) -> str:
    if not _HASH.fullmatch(name):
        raise HTTPException(404, "a hash has 64 hexadecimal digits")
    return name


def _scene(site: Site, name: str) -> dict[str, Any]:
    """The stored scene. Anything else in the store, such as weights, is not there."""
    try:
        stored = site.store.blobs.get_json(_checked(name))
    except (StoreError, ValueError):
        raise HTTPException(404, "there is no such scene") from None
    if not isinstance(stored, dict) or stored.get("type") not in ("text", "clip", "video"):
        raise HTTPException(404, "there is no such scene")
    return stored


def _question(site: Site, slot: Slot, language: Language) -> QuestionOut:
    keys = [segment.key for segment in slot.query.segments]
    scenes = site.store.questions.scene_hashes(keys)
    version = site.store.people.guideline().version
    return QuestionOut.model_validate_json(Forms().question(slot, scenes, version, language))


def _ranged(content: bytes, mime: str, wanted: str) -> Response:
    """The bytes a player asked for: `bytes=from-to`."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": _FOR_EVER}
    found = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", wanted)
    if not found:
        return Response(content, media_type=mime, headers=headers)
    start = int(found[1])
    stop = min(int(found[2] or len(content)) + 1, len(content))
    if start >= stop:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return Response(content[start:stop], 206, media_type=mime, headers=headers)
