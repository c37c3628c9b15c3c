"""The owner's HTML pages: how it goes, what was said and by whom, reports, guideline, practice."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from assent.web import accounts, languages, render, scripts, spoken
from assent.web.accounts import OfSite
from assent.web.owner import exercises, listing, overview, people, tallies
from assent.web.owner.listing import Wish
from assent.web.schema import Name
from assent.web.site import Site
from assent.web.work import flags

router = APIRouter(
    prefix="/{project}/owner",
    default_response_class=HTMLResponse,
    include_in_schema=False,
    dependencies=[Depends(accounts.owner)],
)

MOST_PEOPLE = 200  # on one page; the API has all
REPORTS = 100  # on a page, what is open first; more would take long to draw


def _page(
    site: Site, request: Request, template: str, here: str, script: str, **shown: object
) -> HTMLResponse:
    """One of the pages that the owner's bar leads to. here: which; script: its own."""
    return spoken.page(
        request,
        template,
        site=site.name,
        base=f"/{site.name}",
        here=here,
        scripts=scripts.needed(f"owner/{script}.js"),
        **_about_people(request),
        open_reports=flags.open_count(site),
        **shown,
    )


def _about_people(request: Request) -> dict[str, object]:
    """What templates call to say what somebody is."""
    return {
        "stands_out": partial(people.in_words, say=languages.of(request).tell),
        "called": people.called,
    }


@router.get("")
def owner(site: OfSite, request: Request) -> HTMLResponse:
    """The loop on one page."""
    return _page(
        site,
        request,
        "owner.html",
        here="owner",
        view=overview.of(site, time.time()),
        script="owner",
    )


@router.get("/live")
def live(site: OfSite, request: Request) -> HTMLResponse:
    """The part of the owner's page that changes by itself."""
    view = overview.of(site, time.time())
    return spoken.page(
        request,
        "live.html",
        site=site.name,
        view=view,
        base=f"/{site.name}",
        **_about_people(request),
    )


@router.get("/people")
def everybody(site: OfSite, request: Request) -> HTMLResponse:
    """Who answers, on two axes, and what can be done about it."""
    counted = tallies.of(site.store).counted()
    rows = people.of(site.store, counted.golds)
    rows.sort(key=lambda row: not people.standing_out(row))
    return _page(
        site,
        request,
        "people.html",
        here="people",
        people=rows[:MOST_PEOPLE],
        more=max(0, len(rows) - MOST_PEOPLE),
        placed=any(row.agreement or row.self_consistency for row in rows),
        exercises=len(site.store.practice.exercises()),
        version=site.store.answers.last_event(),
        script="people",
    )


@router.get("/reports")
def reports(site: OfSite, request: Request) -> HTMLResponse:
    """What annotators told about questions, what is open first."""
    told = sorted(
        flags.told(site, languages.of(request).say),
        key=lambda each: (each.settled_at is not None, -each.created_at),
    )
    return _page(
        site,
        request,
        "reports.html",
        here="reports",
        reports=told[:REPORTS],
        more=str(max(0, len(told) - REPORTS)),
        script="reports",
    )


@router.get("/answers")
def answers(
    site: OfSite,
    request: Request,
    person: Name = "",
    kind: Name = "",
    disputed: bool = False,
    before: Annotated[int, Query(ge=0, lt=2**62)] = 0,
) -> HTMLResponse:
    """What people said, answer by answer, of one of them, of a kind, or where they differ."""
    # What cannot be printed is no id, and some databases refuse even to look for it.
    person, kind = (each if each.isprintable() else "?" for each in (person, kind))
    wish = Wish(person, kind, disputed, before)
    return _page(
        site,
        request,
        "answers.html",
        here="answers",
        wish=wish,
        newest=replace(wish, before=0),
        people=listing.people(site),
        kinds=listing.kinds(),
        page=listing.page(site, wish, languages.of(request).say),
        script="answers",
    )


@router.get("/guideline")
def guideline(site: OfSite, request: Request) -> HTMLResponse:
    """The editor of the guideline, and what it said before."""
    *earlier, current = site.store.people.guidelines() or [site.store.people.guideline()]
    return _page(
        site,
        request,
        "guidelines.html",
        here="guideline",
        guideline=current,
        earlier=earlier[::-1],
        preview=render.markdown(current.markdown),
        images=render.images(current.markdown),
        script="guideline",
    )


@router.get("/practice")
def editor(site: OfSite, request: Request) -> HTMLResponse:
    """The editor of exercises; an answer is given as an annotator would give it."""
    return _page(
        site,
        request,
        "exercises.html",
        here="practice",
        practice={
            "kinds": [asdict(each) for each in exercises.practisable(site)],
            "clips": site.config.environment.world == "control",
        },
        needed=site.config.serve.practice_agreement,
        script="exercises",
    )
