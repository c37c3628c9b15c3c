"""Questions handed out and answers taken in: the requests that every person waits for.

Their functions take what they need from the request by plain calls: of the time for such a
request, more than half went into finding out what a chain of dependencies depends on. What is
sent is written once, from values that are known to fit; a test reads it with the models that
OpenAPI documents.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from assent import desk, loop
from assent.desk import Submission
from assent.errors import AssentError
from assent.store.answers import Receipt
from assent.web import accounts, languages
from assent.web.forms import Forms
from assent.web.schema import (
    AnswerBody,
    AnswersBody,
    NextOut,
    Problem,
    ProgressOut,
    ReceiptOut,
    ReceiptsOut,
    problems,
)
from assent.web.site import Site
from assent.web.work.counter import Counter

MAX_AHEAD = 16  # questions that one person may hold
TOGETHER = 16  # answers of one request in a transaction: others have their turn between them
_SHORT = 1000  # characters of an answer that is checked as fast as it is handed on

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    dependencies=[accounts.ANNOTATORS, Depends(accounts.meant)],
    responses=problems(403, 404, 409, 422, 503),
)


@router.get("/next", response_model=NextOut)
async def take(project: str, request: Request, limit: int = 4) -> Response:
    """Up to `limit` questions, held for this person; those already held come first.

    None before the practice is done.
    """
    site = accounts.find(project, request)
    language = languages.of(request)
    taken = await _counter(project, request).take(
        accounts.asking(project, request), max(1, min(limit, MAX_AHEAD))
    )
    forms: Forms = request.app.state.forms
    questions = ",".join(
        forms.question(slot, taken.scenes, taken.guideline_version, language)
        for slot in taken.slots
    )
    progress = taken.progress
    rest = NextOut(
        questions=[],
        practise=taken.practise,
        unread=taken.unread,
        progress=ProgressOut(
            mine=taken.mine,
            round=progress.round,
            round_slots=progress.slots,
            round_answered=progress.answered,
            outside_slots=progress.outside_slots,
            outside_answered=progress.outside_answered,
            wanted=progress.wanted,
            over=loop.over(progress.round, site.config),
        ),
        lease_seconds=site.config.serve.lease_seconds,
    ).model_dump_json(exclude={"questions"})
    content = f'{{"questions":[{questions}],{rest[1:]}'
    return Response(content, media_type="application/json")


@router.post("/answers")
async def answer(project: str, request: Request, body: AnswerBody) -> ReceiptOut:
    """Keep one answer; when this returns, it is on disk."""
    site = accounts.find(project, request)
    asking = accounts.asking(project, request)
    submissions = [_submission(body)]
    if len(json.dumps(body.answer)) > _SHORT:
        submissions = await asyncio.to_thread(_checked, site, request, submissions)
    [result] = await _counter(project, request).answer(asking, submissions)
    if isinstance(result, AssentError):
        raise result
    return _receipt(result)


@router.post("/answers/many")
async def answer_many(project: str, request: Request, body: AnswersBody) -> ReceiptsOut:
    """Keep many answers at once; each has its receipt, or says why it was refused."""
    site = accounts.find(project, request)
    asking = accounts.asking(project, request)
    submissions = [_submission(one) for one in body.answers]
    submissions = await asyncio.to_thread(_checked, site, request, submissions)
    results: list[Receipt | AssentError] = []
    for start in range(0, len(submissions), TOGETHER):
        some = submissions[start : start + TOGETHER]
        results += await _counter(project, request).answer(asking, some)
    tell = languages.of(request).tell
    return ReceiptsOut(
        results=[
            Problem(error=tell(str(one))) if isinstance(one, AssentError) else _receipt(one)
            for one in results
        ]
    )


def _counter(project: str, request: Request) -> Counter:
    counters: dict[str, Counter] = request.app.state.counters
    return counters[project]


def _checked(site: Site, request: Request, submissions: Sequence[Submission]) -> list[Submission]:
    """Answers that take long to check, checked before all others have to wait for it.

    Raises AccessError when nobody is signed in: strangers cost nothing.
    """
    accounts.annotator(request, site, accounts.asking(site.name, request).person)
    return desk.check(site.store, submissions)


def _submission(body: AnswerBody) -> Submission:
    """What was sent; who sent it stands in the session, never in the body."""
    return Submission(
        slot_id=body.slot,
        lease_token=body.lease_token,
        annotator="",
        query_id=body.query,
        answer=body.answer,
        idempotency_key=body.key,
        timings=body.timings,
        note=body.note,
        replaces=body.replaces,
        shown_order=None if body.shown_order is None else tuple(body.shown_order),
        guideline_version=body.guideline_version,
    )


def _receipt(receipt: Receipt) -> ReceiptOut:
    kept = receipt.feedback
    return ReceiptOut(feedback=kept.id, duplicate=receipt.duplicate, late=kept.late)
