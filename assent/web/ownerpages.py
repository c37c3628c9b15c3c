"""The owner's HTML pages: how it goes, who answers, what was reported, what is practised."""

from __future__ import annotations

import time
from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from assent.web import (
    accounts,
    exercises,
    flags,
    languages,
    overview,
    people,
    render,
    spoken,
    tallies,
)
from assent.web.accounts import OfSite

router = APIRouter(
    prefix="/{project}/owner",
    default_response_class=HTMLResponse,
    include_in_schema=False,
    dependencies=[Depends(accounts.owner)],
)

# Loaded ahead, so that the modules do not wait for one another.
_SHOWS = "api clock elements lanes painter player projection shown words"
_SCREEN = "kinds marks panels play ranking rating screen timing writing"
MOST_PEOPLE = 200  # on one page; the API has all


REPORTS = 100  # on a page, what is open first; more would take long to draw


@router.get("")
def owner(site: OfSite, request: Request) -> HTMLResponse:
    """The loop on one page."""
    current = site.store.people.guideline()
    return spoken.page(
        request,
        "owner.html",
        site=site.name,
        here="owner",
        view=overview.of(site, time.time()),
        guideline=current,
        guidelines=site.store.people.guidelines(),
        preview=render.markdown(current.markdown),
        modules=f"{_SHOWS} {_SCREEN} closer trial owner".split(),
        base=f"/{site.name}",
        open_reports=flags.open_count(site),
    )


@router.get("/live")
def live(site: OfSite, request: Request) -> HTMLResponse:
    """The part of the owner's page that changes by itself."""
    view = overview.of(site, time.time())
    return spoken.page(request, "live.html", site=site.name, view=view, base=f"/{site.name}")


@router.get("/people")
def everybody(site: OfSite, request: Request) -> HTMLResponse:
    """Who answers, on two axes, and what can be done about it."""
    counted = tallies.of(site.store).counted()
    rows = people.of(site.store, counted.golds)
    rows.sort(key=lambda row: not people.standing_out(row))
    return spoken.page(
        request,
        "people.html",
        site=site.name,
        here="people",
        people=rows[:MOST_PEOPLE],
        more=max(0, len(rows) - MOST_PEOPLE),
        placed=any(row.agreement or row.self_consistency for row in rows),
        exercises=len(site.store.practice.exercises()),
        version=site.store.answers.last_event(),
        modules=["api", "elements", "words", "people"],
        base=f"/{site.name}",
        open_reports=flags.open_count(site),
    )


@router.get("/reports")
def reports(site: OfSite, request: Request) -> HTMLResponse:
    """What annotators told about questions, what is open first."""
    told = sorted(
        flags.told(site, languages.of(request).say),
        key=lambda each: (each.settled_at is not None, -each.created_at),
    )
    return spoken.page(
        request,
        "reports.html",
        site=site.name,
        here="reports",
        reports=told[:REPORTS],
        more=str(max(0, len(told) - REPORTS)),
        modules=f"{_SHOWS} reports".split(),
        base=f"/{site.name}",
        open_reports=sum(each.settled_at is None for each in told),
    )


@router.get("/practice")
def editor(site: OfSite, request: Request) -> HTMLResponse:
    """The editor of exercises; an answer is given as an annotator would give it."""
    return spoken.page(
        request,
        "exercises.html",
        site=site.name,
        here="practice",
        kinds=[asdict(each) for each in exercises.practisable(site)],
        needed=site.config.serve.practice_agreement,
        modules=f"{_SHOWS} {_SCREEN} trial exercises".split(),
        base=f"/{site.name}",
        open_reports=flags.open_count(site),
    )
