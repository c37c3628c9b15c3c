"""A short way for the two requests that people wait for: the next questions, and one answer.

They reach the same functions (`handing`) as by the ordinary way, without the framework's search
for what a function needs, which took more time than all that the functions do themselves. Only
the plainest requests go this way. Whatever else there is about one sends it the ordinary way,
which has the last word about everything that is malformed.
"""

from __future__ import annotations

import json

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assent.errors import AssentError
from assent.web import faults
from assent.web.schema import AnswerBody
from assent.web.site import Site
from assent.web.work import handing

_LIMIT = b"limit="


class Quick:
    """ASGI middleware inside of the application, whose state it needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response: Response | None = None
        if scope["type"] == "http":
            match scope["method"], scope["path"].split("/"):
                case "GET", ["", project, "api", "next"]:
                    response = await _next(project, scope)
                case "POST", ["", project, "api", "answers"]:
                    try:
                        first = await receive()
                        response = await _answer(project, scope, first)
                        receive = _again(first, receive)
                    except HTTPException as error:  # the body is too large
                        response = faults.refused(Request(scope), error)
        await (response or self._app)(scope, receive, send)


async def _next(project: str, scope: Scope) -> Response | None:
    """The next questions; None: this is for the ordinary way."""
    query: bytes = scope["query_string"]
    number = query.removeprefix(_LIMIT)
    plain = query.startswith(_LIMIT) and number.isdigit() and len(number) < 4
    if not plain or project not in _sites(scope):
        return None
    request = Request(scope)
    try:
        return await handing.take(project, request, int(number))
    except AssentError as error:
        return faults.known(request, error)


async def _answer(project: str, scope: Scope, message: Message) -> Response | None:
    """Keep one answer; None: this is for the ordinary way. message: the request's body."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    plain = kinds == [b"application/json"] and not scope["query_string"]
    whole = message["type"] == "http.request" and not message.get("more_body", False)
    if not (plain and whole) or project not in _sites(scope):
        return None
    try:
        body = AnswerBody.model_validate(json.loads(message.get("body", b"")))
    except (ValidationError, ValueError, RecursionError):
        return None
    request = Request(scope)
    try:
        receipt = await handing.answer(project, request, body)
    except AssentError as error:
        return faults.known(request, error)
    return Response(receipt.model_dump_json(), media_type="application/json")


def _again(first: Message, receive: Receive) -> Receive:
    """A body whose first message was read, from the beginning."""
    left = [first]

    async def read() -> Message:
        return left.pop() if left else await receive()

    return read


def _sites(scope: Scope) -> dict[str, Site]:
    sites: dict[str, Site] = scope["app"].state.sites
    return sites
