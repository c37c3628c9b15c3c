"""Playing an episode through the server: whoever holds the question steers, the server steps.

Nothing here is an answer. What was played is sent as one like any other, as the actions alone,
so that it waits offline, is retried and is taken back as all answers are.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from assent.errors import AccessError, LeaseError
from assent.feedback import played
from assent.records import Annotator, Query
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.schema import Body, Name, problems
from assent.web.site import Site
from assent.web.work.simulators import Simulators

MOST_RUNS_AT_ONCE = 50
MOST_STEPS_AT_ONCE = 200

router = APIRouter(
    prefix="/{project}/api/play",
    tags=["answering"],
    responses=problems(403, 404, 409, 422, 503),
)


class OpenBody(Body):
    """Begin, or go on after `actions`, which are played again: `[[action, steps], ...]`."""

    query: Name
    actions: list[Any] = Field(default_factory=list, max_length=played.MOST_RUNS)


class OpenOut(BaseModel):
    """The moment, as a clip of one frame. over: nothing can be played any more."""

    scene: dict[str, Any]
    steps: int
    over: bool


class StepBody(Body):
    """Steps to take now. at: how many were taken before, as the page knows it."""

    query: Name
    at: Annotated[int, Field(ge=0, lt=2**31)]
    actions: list[Any] = Field(min_length=1, max_length=MOST_RUNS_AT_ONCE)


class StepOut(BaseModel):
    """The moments since, as frames of the clip: the one before the first step, then each."""

    frames: str
    steps: int
    over: bool


@router.post("")
def begin(site: OfSite, person: OfAnnotator, body: OpenBody, request: Request) -> OpenOut:
    """Begin an episode, or go on with one that was played before; the former one is left."""
    query = _held(site, person, body.query)
    actions = played.runs(query, body.actions) if body.actions else []
    order = {"do": "open", "play": query.options["play"], "actions": actions}
    answer = _asked(request, {**order, "name": _name(site, person)})
    return OpenOut.model_validate(answer)


@router.post("/steps")
def step(site: OfSite, person: OfAnnotator, body: StepBody, request: Request) -> StepOut:
    """Go on by some steps.

    Status 409 where the episode is not here any more, as after a restart: begin again with
    the actions so far.
    """
    query = _held(site, person, body.query)
    actions = played.runs(query, body.actions)
    if sum(steps for _, steps in actions) > MOST_STEPS_AT_ONCE:
        raise HTTPException(422, f"at most {MOST_STEPS_AT_ONCE} steps at once")
    order = {"do": "step", "at": body.at, "actions": actions}
    return StepOut.model_validate(_asked(request, {**order, "name": _name(site, person)}))


def _asked(request: Request, order: dict[str, Any]) -> dict[str, Any]:
    """The simulator's answer. Raises LeaseError with what it refused, StoreError when it died."""
    simulators: Simulators = request.app.state.simulators
    answer = simulators.ask(order)
    if "error" in answer:
        raise LeaseError(str(answer["error"]))
    return answer


def _held(site: Site, person: Annotator, query_id: str) -> Query:
    """A question that this person holds or answered. Raises AccessError for any other."""
    found = site.store.questions.many([query_id] if query_id.isprintable() else [])
    if query_id not in found or not site.store.questions.has(person.id, query_id):
        raise AccessError("only whoever holds a question can play it; take the next one")
    played.play_of(found[query_id])
    return found[query_id]


def _name(site: Site, person: Annotator) -> str:
    """One episode at a time for each person."""
    return f"{site.name} {person.id}"
