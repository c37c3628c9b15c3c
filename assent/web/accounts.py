"""Who is asking: sessions in cookies, one for answering and one for owning, per project.

A person never says who they are in a request's body; the session does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import APIKeyCookie

from assent.errors import AccessError, ProjectError
from assent.records import Annotator
from assent.store.access import Session
from assent.store.store import Store
from assent.web.site import Site

SESSION_SECONDS = 90 * 24 * 3600
_SIGNED_OUT = "you are not signed in; open your invite link to go on"


def find(project: str, request: Request) -> Site:
    """The project of this name. Raises ProjectError when there is none here."""
    sites: dict[str, Site] = request.app.state.sites
    if project not in sites:
        raise ProjectError("there is no such project here")
    return sites[project]


async def site_of(project: str, request: Request) -> Site:
    """The project named in the path."""
    return find(project, request)


OfSite = Annotated[Site, Depends(site_of)]

# For the document of the API alone: cookies are read by their projects' names below.
_COOKIE = "of a session that `api/join` gave for an invite link of this role"
ANNOTATORS = Security(
    APIKeyCookie(
        name="assent-annotator-{project}",
        scheme_name="annotator",
        description=_COOKIE,
        auto_error=False,
    )
)
OWNERS = Security(
    APIKeyCookie(
        name="assent-owner-{project}",
        scheme_name="owner",
        description=_COOKIE,
        auto_error=False,
    )
)


PERSON = "X-Assent-Person"
_PERSON = Header(
    alias=PERSON,
    description="whose page asks; refused where another has signed in since; may be left out",
)


async def meant(whose: Annotated[str, _PERSON] = "") -> str:
    """The id of whom a page is, as it says, which is no claim: it must be the session's."""
    return whose


OfPage = Annotated[str, Depends(meant)]


def cookie(role: str, project: str) -> str:
    """The name of the cookie that holds a role's session."""
    return f"assent-{role}-{project}"


def token(project: str, request: Request) -> str:
    """The token of the annotator's session in this browser, not checked yet; may be empty."""
    return request.cookies.get(cookie("annotator", project), "")


def set_cookie(response: Response, site: Site, role: str, token: str) -> None:
    """Keep a session in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie(role, site.name),
        token,
        max_age=SESSION_SECONDS,
        path="/",
        httponly=True,
        samesite="strict",
        secure=site.config.serve.proxy or site.config.serve.certificate is not None,
    )


def is_owner(request: Request, site: Site) -> bool:
    """Whether this browser holds a session of the project's owner."""
    token = request.cookies.get(cookie("owner", site.name))
    session = site.store.people.session(token, time.time()) if token else None
    return session is not None and session.role == "owner"


def owner(request: Request, site: OfSite, _: str | None = OWNERS) -> None:
    """Pass only the owner. Raises AccessError."""
    if not is_owner(request, site):
        raise AccessError(
            "this page belongs to the project's owner; open the owner link that was printed when "
            "the server was started, or print a new one with `assent invite --role owner`"
        )


def annotator(
    request: Request, site: OfSite, whose: OfPage, _: str | None = ANNOTATORS
) -> Annotator:
    """Whoever answers in this browser. Raises AccessError when nobody signed in."""
    held, now = token(site.name, request), time.time()
    session = site.store.people.session(held, now) if held else None
    return answering(session, site.store, Asking(held, whose), now)


def reader(
    request: Request,
    site: OfSite,
    whose: OfPage,
    _: str | None = OWNERS,
    __: str | None = ANNOTATORS,
) -> None:
    """Pass the owner and everybody who answers. Raises AccessError."""
    if not is_owner(request, site):
        annotator(request, site, whose)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request of somebody who answers brings.

    token: of the session. person: whose page asks, as it says; may be empty. Of two people in one
    browser the second has the session, and the first one's page may be open still: what it sends
    must not become the second one's.
    """

    token: str
    person: str = ""


def asking(project: str, request: Request) -> Asking:
    """What this request brings, not checked yet."""
    return Asking(token(project, request), request.headers.get(PERSON, ""))


def answering(session: Session | None, store: Store, asking: Asking, now: float) -> Annotator:
    """Whose session this is, if it lets somebody answer. Raises AccessError, with its code."""
    if session is not None and session.annotator is not None and session.role == "annotator":
        if asking.person in ("", session.annotator.id):
            return session.annotator
        raise AccessError(_SIGNED_OUT, "signed_out")
    match store.people.shut_out(asking.token, now) if asking.token else "":
        case "paused":
            raise paused()
        case "erased":
            raise AccessError("your account was erased; nobody can answer with it", "erased")
    raise AccessError(_SIGNED_OUT, "signed_out")


def paused() -> AccessError:
    """What whoever is paused is told."""
    return AccessError("your account is paused; ask the project's owner", "paused")


OfOwner = Annotated[None, Depends(owner)]
OfAnnotator = Annotated[Annotator, Depends(annotator)]
OfReader = Annotated[None, Depends(reader)]
