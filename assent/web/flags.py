"""What annotators tell the owner about a question that something is wrong with."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from assent.store.flags import Flag
from assent.web import accounts
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.schema import Body, Key, Name, problems

router = APIRouter(
    prefix="/{project}/api",
    tags=["answering"],
    responses=problems(403, 404, 422, 503),
)


class FlagBody(Body):
    """A report. `key` makes a retry harmless."""

    key: Key
    query: Name
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class FlagOut(BaseModel):
    """A report as the owner reads it."""

    query: str
    annotator: str
    text: str
    created_at: float


class FlagsOut(BaseModel):
    """Reports, oldest first."""

    flags: list[FlagOut]


@router.post("/flags")
def report(body: FlagBody, site: OfSite, person: OfAnnotator) -> FlagOut:
    """Tell the owner; the question stays where it is."""
    if body.query not in site.store.questions.many([body.query]):
        raise HTTPException(404, "there is no such question")
    text = "".join(c for c in body.text if c.isprintable() or c == "\n")
    kept = Flag(body.query, person.id, text, time.time(), body.key)
    site.store.flags.add(kept)
    return _out(kept)


@router.get("/owner/flags", tags=["owning"], dependencies=[Depends(accounts.owner)])
def flags(site: OfSite) -> FlagsOut:
    """Everything that was reported."""
    return FlagsOut(flags=[_out(each) for each in site.store.flags.list()])


def _out(flag: Flag) -> FlagOut:
    return FlagOut(
        query=flag.query, annotator=flag.annotator, text=flag.text, created_at=flag.created_at
    )
