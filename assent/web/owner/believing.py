"""What the owner does about a person: let answer or pause, send back to practice, believe less.

Every one is a decision in a log, in force until another takes its place; no answer is touched.
"""

from __future__ import annotations

import time

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from assent.errors import AccessError, AnswerError
from assent.store.decisions import Decision
from assent.web import accounts
from assent.web.accounts import OfSite
from assent.web.schema import ActiveBody, Body, problems
from assent.web.site import Site

router = APIRouter(
    prefix="/{project}/api/owner/annotators/{annotator}",
    tags=["owning"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


class WeightBody(Body):
    """How much somebody's answers count from the next fit on: 1 fully, 0 not at all."""

    weight: float = Field(ge=0, le=1)
    reason: str = Field("", max_length=2000)


class RetrainBody(Body):
    """Send somebody back to practice. reason: for the log; they are not told."""

    reason: str = Field("", max_length=2000)


class DecisionOut(BaseModel):
    """One decision. verb: believe, retrain or pause. value: the weight; of a pause 1, then 0."""

    verb: str
    value: float
    reason: str
    created_at: float


class DecisionsOut(BaseModel):
    """Everything that was decided about somebody, oldest first."""

    decisions: list[DecisionOut]


@router.put("/active")
def set_active(site: OfSite, annotator: str, body: ActiveBody) -> ActiveBody:
    """Let somebody answer, or pause them; what they said is never deleted."""
    known(site, annotator)
    with site.store.write():
        site.store.people.set_active(annotator, body.active)
        _decide(site, Decision("pause", annotator, float(not body.active), "", time.time()))
    return body


@router.put("/weight")
def set_weight(site: OfSite, annotator: str, body: WeightBody) -> DecisionsOut:
    """Believe somebody less, or fully again; the next fit of the reward goes by it."""
    known(site, annotator)
    _decide(site, Decision("believe", annotator, body.weight, body.reason, time.time()))
    return decisions(site, annotator)


@router.post("/retrain")
def retrain(site: OfSite, annotator: str, body: RetrainBody) -> DecisionsOut:
    """Let somebody practise anew before they go on; needs exercises."""
    known(site, annotator)
    if not site.store.practice.exercises():
        raise AnswerError("there is nothing to practise; write exercises first")
    _decide(site, Decision("retrain", annotator, 1.0, body.reason, time.time()))
    return decisions(site, annotator)


@router.get("/decisions")
def decisions(site: OfSite, annotator: str) -> DecisionsOut:
    """What was decided about somebody."""
    known(site, annotator)
    return DecisionsOut(
        decisions=[
            DecisionOut(
                verb=each.verb, value=each.value, reason=each.reason, created_at=each.created_at
            )
            for each in site.store.decisions.list(annotator)
        ]
    )


def known(site: Site, annotator: str) -> str:
    """The annotator's name. Raises AccessError when there is no such one here."""
    names = {person.id: person.name for person in site.store.people.list()}
    if annotator not in names:
        raise AccessError("there is no such annotator in this project; reload the page")
    return names[annotator]


def _decide(site: Site, decision: Decision) -> None:
    site.store.decisions.add(decision)
