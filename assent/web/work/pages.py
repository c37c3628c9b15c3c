"""The HTML pages of those who answer. What moves on them is fetched from the API."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from assent.records import Annotator
from assent.store.terms import BUILT_IN
from assent.web import accounts, render, scripts, spoken
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.site import Site
from assent.web.work import practice

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


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
    template = "enter.html" if role == "owner" else "join.html"
    person = site.store.people.meant_for(token)
    return spoken.page(
        request,
        template,
        site=site.name,
        token=token,
        known="" if person is None else person.name,
        base=f"/{site.name}",
        **_terms(site),
    )


@router.get("/{project}/guideline")
def guideline(site: OfSite, person: OfAnnotator, request: Request) -> HTMLResponse:
    """What a new annotator reads first."""
    current = site.store.people.guideline()
    site.store.people.see_guideline(person.id, current.version)
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
    why = practice.why(site, person)
    return _work(request, site, person, "practice.html", "practice", why=why)


@router.get("/{project}/worker.js")
def worker(site: OfSite) -> FileResponse:
    """The script that opens the work screen without a network.

    From here, a project's own folder, a browser lets it stand before this project's pages and
    no others; the page asks for its work screen alone.
    """
    return FileResponse(
        render.STATIC / "work" / "worker.js",
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/{project}/work", response_model=None)
def work(site: OfSite, person: OfAnnotator, request: Request) -> HTMLResponse | RedirectResponse:
    """The screen on which people answer; whoever has to practise first is sent there.

    Where the terms have changed they come before it.
    """
    agreed = site.store.people.consent_version(person.id) or BUILT_IN
    if agreed < site.store.terms.current().version:
        here = {"site": site.name, "base": f"/{site.name}"}
        return spoken.page(request, "terms.html", **here, **_terms(site))
    if practice.standing(site, person).required:
        return RedirectResponse(f"/{site.name}/practice", 303)
    return _work(request, site, person, "work.html", "work")


def _work(
    request: Request, site: Site, person: Annotator, template: str, script: str, **more: str
) -> HTMLResponse:
    current = site.store.people.guideline()
    return spoken.page(
        request,
        template,
        site=site.name,
        person=person,
        guideline=render.markdown(current.markdown),
        guideline_version=current.version,
        guideline_seen=site.store.people.guideline_seen(person.id),
        scripts=scripts.needed(f"work/{script}.js"),
        base=f"/{site.name}",
        **more,
    )


def _terms(site: Site) -> dict[str, object]:
    current = site.store.terms.current()
    return {"terms": current, "terms_html": render.markdown(current.markdown)}


def _next(site: Site, person: Annotator) -> str:
    """Where to go from the guideline."""
    return "practice" if practice.standing(site, person).items else "work"
