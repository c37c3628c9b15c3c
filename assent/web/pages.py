"""The HTML pages. What moves on them is fetched from the API."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assent.web import accounts, overview, render
from assent.web.accounts import OfAnnotator, OfOwner, OfSite
from assent.web.site import Site

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

# Loaded ahead, so that the modules do not wait for one another.
_WORK = "api clock elements kinds lanes outbox painter panels player projection queue timing work"
_OWNER = "api clock elements lanes painter player projection owner"


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """The owner's projects, or where to go from here."""
    sites: dict[str, Site] = request.app.state.sites
    owned = [name for name, site in sites.items() if accounts.is_owner(request, site)]
    joined = [
        name
        for name, site in sites.items()
        if (token := request.cookies.get(accounts.cookie("annotator", name)))
        and site.store.people.session(token, time.time())
    ]
    return HTMLResponse(
        render.page("home.html", names=list(sites), owned=owned, joined=joined, base="")
    )


@router.get("/{project}")
def start(site: OfSite) -> RedirectResponse:
    """A project's own address leads to its work screen."""
    return RedirectResponse(f"/{site.name}/work", 303)


@router.get("/{project}/join/{token}")
def join(site: OfSite, token: str) -> HTMLResponse:
    """What an invite link opens. Raises AccessError when the link does not work any more."""
    role = site.store.people.invited(token, time.time())
    name = "enter.html" if role == "owner" else "join.html"
    return HTMLResponse(render.page(name, site=site.name, token=token, base=f"/{site.name}"))


@router.get("/{project}/guideline")
def guideline(site: OfSite, person: OfAnnotator) -> HTMLResponse:
    """What a new annotator reads first."""
    current = site.store.people.guideline()
    return HTMLResponse(
        render.page(
            "guideline.html",
            site=site.name,
            person=person.name,
            html=render.markdown(current.markdown),
            base=f"/{site.name}",
        )
    )


@router.get("/{project}/work")
def work(site: OfSite, person: OfAnnotator) -> HTMLResponse:
    """The screen on which people answer."""
    current = site.store.people.guideline()
    return HTMLResponse(
        render.page(
            "work.html",
            site=site.name,
            person=person,
            guideline=render.markdown(current.markdown),
            modules=_WORK.split(),
            base=f"/{site.name}",
        )
    )


@router.get("/{project}/owner")
def owner(site: OfSite, allowed: OfOwner) -> HTMLResponse:
    """The loop on one page."""
    current = site.store.people.guideline()
    return HTMLResponse(
        render.page(
            "owner.html",
            site=site.name,
            view=overview.of(site, time.time()),
            guideline=current,
            preview=render.markdown(current.markdown),
            modules=_OWNER.split(),
            base=f"/{site.name}",
        )
    )


@router.get("/{project}/owner/live")
def live(site: OfSite, allowed: OfOwner) -> HTMLResponse:
    """The part of the owner's page that changes by itself."""
    return HTMLResponse(
        render.page(
            "live.html", site=site.name, view=overview.of(site, time.time()), base=f"/{site.name}"
        )
    )
