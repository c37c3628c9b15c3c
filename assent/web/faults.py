"""Errors as a browser and as a program get them: what happened, what to do, nothing else."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from assent.errors import AssentError, LeaseError, StoreError
from assent.web import languages
from assent.web.render import page

_ADVICE: dict[type[AssentError], str] = {
    LeaseError: "go on with the next question",
    StoreError: "try again in a moment",
}
# For people whose session lets them in no more: what stands above, and what they can do.
_SHUT_OUT = {
    "paused": (
        "You are paused",
        "answers that wait here are sent when you are let in again; this page goes on by itself",
    ),
    "erased": (
        "Your account was erased",
        "what you answered stays, without your name; to go on, ask for a new invite link",
    ),
}
_TITLES = {
    403: "This needs a link that works",
    404: "There is nothing here",
    503: "Try again in a moment",
}


def install(app: FastAPI) -> None:
    """Give the application its three ways; what nobody foresaw ends in the guard to fail."""
    app.add_exception_handler(AssentError, known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, refused)


def known(request: Request, error: Exception) -> Response:
    """What is told of an error of our own."""
    assert isinstance(error, AssentError)
    advice = next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), "")
    return _respond(request, error.http_status, str(error), advice, error.code)


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # What was sent is not repeated: it may be of any size and of any kind.
    language = languages.of(request)
    lines = [
        f"{'.'.join(str(part) for part in problem['loc'])[:120]}: "
        f"{language.tell(problem['msg'][:200])}"
        for problem in error.errors()[:5]
    ]
    return _respond(request, 422, "; ".join(lines), "see /api/openapi.json for what is expected")


def refused(request: Request, error: Exception) -> Response:
    """What is told of a refusal that has a status."""
    assert isinstance(error, HTTPException)
    response = _respond(request, error.status_code, str(error.detail), "")
    response.headers.update(error.headers or {})  # such as the methods that are allowed
    return response


def _respond(request: Request, status: int, error: str, advice: str, code: str = "") -> Response:
    """JSON under /api/, a page elsewhere."""
    parts = request.url.path.split("/")
    language = languages.of(request)
    error = language.tell(error)
    if "api" in parts[1:3]:
        told = {"error": error, "what_to_do": language.tell(advice), "code": code}
        return JSONResponse(told, status)
    title = _TITLES.get(status, "That did not work")
    title, advice = _SHUT_OUT.get(code, (title, advice))
    base = f"/{parts[1]}" if len(parts) > 2 and parts[1] in request.app.state.sites else ""
    html = page(
        "message.html",
        language=language,
        title=language.say(title),
        words=error,
        advice=language.tell(advice),
        base=base,
        status=status,
    )
    return HTMLResponse(html, status)
