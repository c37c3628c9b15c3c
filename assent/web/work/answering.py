"""The annotator's side of the API: join and leave, take back, hold, see what is judged."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from assent import desk
from assent.errors import AccessError, LeaseError, StoreError
from assent.store.leases import Slot
from assent.web import accounts, render
from assent.web.accounts import OfAnnotator, OfPage, OfReader, OfSite
from assent.web.forms import Forms
from assent.web.languages import Language, OfLanguage
from assent.web.media import FOR_EVER, HASH
from assent.web.schema import (
    ConsentBody,
    GuidelineOut,
    HeartbeatBody,
    HeartbeatOut,
    JoinBody,
    Joined,
    QuestionOut,
    SeenBody,
    SeenOut,
    UndoBody,
    UndoOut,
    problems,
)
from assent.web.site import Site

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
    try:
        taken = name if role == "annotator" else ""
        session = site.store.people.redeem(body.token, taken, now, held)
    except AccessError:
        # Their name is taken, by themselves: say what is the matter with it.
        if held and site.store.people.shut_out(held, now) == "paused":
            raise accounts.paused() from None
        raise
    if session.annotator is not None:
        site.store.people.consent(session.annotator.id, site.store.terms.current().version, now)
    accounts.set_cookie(response, site, session.role, session.token)
    page = "owner" if session.role == "owner" else "guideline"
    return Joined.model_validate({"role": session.role, "location": f"/{site.name}/{page}"})


@router.post("/consent")
def consent(body: ConsentBody, site: OfSite, person: OfAnnotator) -> SeenOut:
    """Agree to the terms in force, which have changed."""
    current = site.store.terms.current().version
    if not body.consent or body.version != current:
        raise AccessError("the terms have changed again; load the page, read them, and agree")
    site.store.people.consent(person.id, current, time.time())
    return SeenOut(version=current)


@router.post("/leave")
def leave(
    request: Request,
    response: Response,
    site: OfSite,
    whose: OfPage,
    _: str | None = accounts.ANNOTATORS,
) -> HeartbeatOut:
    """End this browser's session as an annotator; whoever is paused can leave, too."""
    token = accounts.token(site.name, request)
    if site.store.people.shut_out(token, time.time()) == "":
        accounts.annotator(request, site, whose)
    site.store.people.end_session(token)
    response.delete_cookie(accounts.cookie("annotator", site.name), path="/")
    return HeartbeatOut(lost=[])


@router.post("/undo")
def undo(body: UndoBody, site: OfSite, person: OfAnnotator, language: OfLanguage) -> UndoOut:
    """Take back an own answer; its question comes back, held again."""
    now = time.time()
    receipt = desk.undo(site.store, person.id, body.feedback, body.key, now)
    # Only this one: whoever looks back must not take from others what they have not seen.
    again = site.store.questions.held(person.id, receipt.feedback.query, now)
    return UndoOut(
        feedback=receipt.feedback.id,
        question=None if again is None else _question(site, again, language),
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


@router.get("/guideline")
def guideline(site: OfSite, allowed: OfReader) -> GuidelineOut:
    """The guideline in force."""
    current = site.store.people.guideline()
    return GuidelineOut(
        version=current.version,
        markdown=current.markdown,
        html=render.markdown(current.markdown),
    )


@router.post("/guideline/seen")
def seen(body: SeenBody, site: OfSite, person: OfAnnotator) -> SeenOut:
    """Say that a version of the guideline was shown; from then on answers may name it."""
    people = site.store.people
    people.see_guideline(person.id, min(body.version, people.guideline().version))
    return SeenOut(version=people.guideline_seen(person.id))


@router.get("/scenes/{hash}")
def scene(hash: str, site: OfSite, allowed: OfReader, response: Response) -> dict[str, Any]:
    """What is shown of one option, by the hash of its content; it never changes."""
    stored = _scene(site, hash)
    response.headers["Cache-Control"] = FOR_EVER
    return render.scene(stored)


def _checked(name: str) -> str:
    if not HASH.fullmatch(name):
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
