"""Questions handed out and answers taken in: the requests that every person waits for.

Their functions take what they need from the request by plain calls: of the time for such a
request, more than half went into finding out what a chain of dependencies depends on. What is
sent is written once, from values that are known to fit; a test reads it with the models that
OpenAPI documents.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from assent.desk import Submission
from assent.errors import AssentError
from assent.feedback.kind import Form
from assent.store.answers import Receipt
from assent.web import accounts, languages
from assent.web.counter import Counter
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

MAX_AHEAD = 16  # questions that one person may hold
# Many times as fast as `dataclasses.asdict`, which took most of the time of a request.
_FORM = TypeAdapter(Form)

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    dependencies=[accounts.ANNOTATORS],
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
        accounts.token(project, request), max(1, min(limit, MAX_AHEAD))
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
        progress=ProgressOut(
            mine=taken.mine,
            round=progress.round,
            round_slots=progress.slots,
            round_answered=progress.answered,
            over=progress.round > site.config.project.rounds,
        ),
        lease_seconds=site.config.serve.lease_seconds,
    ).model_dump_json(exclude={"questions"})
    content = f'{{"questions":[{questions}],{rest[1:]}'
    return Response(content, media_type="application/json")


@router.post("/answers")
async def answer(project: str, request: Request, body: AnswerBody) -> ReceiptOut:
    """Keep one answer; when this returns, it is on disk."""
    accounts.find(project, request)
    token = accounts.token(project, request)
    [result] = await _counter(project, request).answer(token, [_submission(body)])
    if isinstance(result, AssentError):
        raise result
    return _receipt(result)


@router.post("/answers/many")
async def answer_many(project: str, request: Request, body: AnswersBody) -> ReceiptsOut:
    """Keep many answers at once; each has its receipt, or says why it was refused."""
    accounts.find(project, request)
    token = accounts.token(project, request)
    submissions = [_submission(one) for one in body.answers]
    results = await _counter(project, request).answer(token, submissions)
    return ReceiptsOut(
        results=[
            Problem(error=str(one)) if isinstance(one, AssentError) else _receipt(one)
            for one in results
        ]
    )


def _counter(project: str, request: Request) -> Counter:
    counters: dict[str, Counter] = request.app.state.counters
    return counters[project]


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
