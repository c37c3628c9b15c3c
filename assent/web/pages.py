"""The HTML pages of those who answer. What moves on them is fetched from the API."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assent.records import Annotator
from assent.web import accounts, practice, render, spoken
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.site import Site

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

# Loaded ahead, so that the modules do not wait for one another.
_SCREEN = (
    "api clock elements kinds lanes marks painter panels play player projection ranking rating "
    "screen timing words writing"
)
_WORK = f"{_SCREEN} breaks outbox queue work"
_PRACTICE = f"{_SCREEN} practice"


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
    return spoken.page(request, "home.html", names=list(sites), owned=owned, joined=joined, base="")


@router.get("/{project}")
def start(site: OfSite) -> RedirectResponse:
    """A project's own address leads to its work screen."""
    return RedirectResponse(f"/{site.name}/work", 303)


@router.get("/{project}/join/{token}")
def join(site: OfSite, token: str, request: Request) -> HTMLResponse:
    """What an invite link opens. Raises AccessError when the link does not work any more."""
    role = site.store.people.invited(token, time.time())
    name = "enter.html" if role == "owner" else "join.html"
    return spoken.page(request, name, site=site.name, token=token, base=f"/{site.name}")


@router.get("/{project}/guideline")
def guideline(site: OfSite, person: OfAnnotator, request: Request) -> HTMLResponse:
    """What a new annotator reads first."""
    current = site.store.people.guideline()
    return spoken.page(
        request,
        "guideline.html",
        site=site.name,
        html=render.markdown(current.markdown),
        next=_next(site, person),
        base=f"/{site.name}",
    )


@router.get("/{project}/practice")
def practise(site: OfSite, person: OfAnnotator, request: Request) -> HTMLResponse:
    """Questions with known answers, before the work."""
    return _work(request, site, person, "practice.html", _PRACTICE)


@router.get("/{project}/work", response_model=None)
def work(site: OfSite, person: OfAnnotator, request: Request) -> HTMLResponse | RedirectResponse:
    """The screen on which people answer; whoever has to practise first is sent there."""
    if practice.standing(site, person).required:
        return RedirectResponse(f"/{site.name}/practice", 303)
    return _work(request, site, person, "work.html", _WORK)


def _work(request: Request, site: Site, person: Annotator, name: str, modules: str) -> HTMLResponse:
    current = site.store.people.guideline()
    return spoken.page(
        request,
        name,
        site=site.name,
        person=person,
        guideline=render.markdown(current.markdown),
        guideline_version=current.version,
        modules=sorted(modules.split()),
        base=f"/{site.name}",
    )


def _next(site: Site, person: Annotator) -> str:
    """Where to go from the guideline."""
    return "practice" if practice.standing(site, person).items else "work"
