"""What every request passes: who may ask, how much may be sent, and what the browser may run.

The policy has no inline code and no foreign origin, so that text from a model or
from a person can never become a program (the class of CVE-2025-25296).
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assent.store.films import MAX_FILM_BYTES
from assent.web import languages
from assent.web.limits import Limits

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024  # a guideline of a hundred pages; an answer has a few hundred bytes
# The one way in for what is large; its route keeps no more than a piece in memory.
_FILMS = re.compile(r"/[^/]+/api/media")
WRITE_HEADER = "x-assent"
_LOGGED = "it was written to the server's log; try again, or tell the project's owner"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_RAW = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}


class Guard:
    """ASGI middleware; refuses before the application sees anything.

    names: that lead here besides loopback's, which defeats a foreign page that lets its own
        name point at this machine; None: a proxy in front decides.
    limits: how much one session, and one address that is refused, may ask.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] | None, limits: Limits) -> None:
        self._app = app
        self._names = names
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the security headers on whatever comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _first(scope["headers"])
        sender = _Sender(send)
        address = (scope.get("client") or ("",))[0]
        refusal = self._refusal(str(scope["method"]), str(scope["path"]), headers)
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            refusal = 400, "the request names two hosts", "send one Host header"
        if not self._limits.allow(address, headers.get("cookie", ""), time.monotonic()):
            refusal = 429, *_TOO_MANY
        if refusal is not None:
            await _refuse(sender, scope, *refusal)
        else:
            await self._serve(scope, receive, sender)
        if sender.status in (401, 403):
            self._limits.refused(address, time.monotonic())

    async def _serve(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        try:
            await self._app(scope, _limited(receive, most_bytes(str(scope["path"]))), sender)
        except Exception:
            # The edge of a request: written down here, and nothing of it leaks.
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if sender.started:
                raise
            await _refuse(sender, scope, 500, "something went wrong inside the server", _LOGGED)

    def _refusal(
        self, method: str, path: str, headers: Mapping[str, str]
    ) -> tuple[int, str, str] | None:
        """Status, error and advice; None when the request may pass."""
        host = headers.get("host", "")
        if self._names is not None and _name(host) not in _LOOPBACK | self._names:
            return (
                403,
                f"this server does not answer to the name {_name(host)[:80]!r}",
                "open it as http://127.0.0.1, or put the name into serve.names",
            )
        if method not in WRITES:
            return None
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host
        if foreign or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "this request comes from another site", "use the project's own page"
        if WRITE_HEADER not in headers:
            return 403, "a write needs the header X-Assent", "send X-Assent: 1 with every write"
        length, most = headers.get("content-length", "0"), most_bytes(path)
        if not length.isdigit() or int(length) > most:
            return 413, _TOO_LARGE, f"send at most {most} bytes"
        return None


_TOO_MANY = ("too many requests", "wait a few seconds, then go on; nothing was lost")
_TOO_LARGE = "the request is too large"


def most_bytes(path: str) -> int:
    """How long the body of a request to a path may be."""
    return MAX_FILM_BYTES if _FILMS.fullmatch(path) else MAX_BODY_BYTES


class _Sender:
    """Adds the headers when the response starts, and remembers that it did."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = int(message["status"])
            given = [pair for pair in message.get("headers", ()) if pair[0].lower() not in _RAW]
            if not any(name.lower() == b"cache-control" for name, _ in given):
                given.append((b"cache-control", b"no-store"))
            if self.status == 429:
                given.append((b"retry-after", b"5"))
            message["headers"] = [*given, *_RAW.items()]
        await self._send(message)


def _first(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names; the first counts where one came twice."""
    headers: dict[str, str] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return headers


def _name(host: str) -> str:
    """The host's name without its port, lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _limited(receive: Receive, most: int) -> Receive:
    """The body, until it is too large: a declared length can lie."""
    taken = 0

    async def read() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            # An HTTPException passes through whatever is parsing the body.
            raise HTTPException(413, _TOO_LARGE)
        return message

    return read


async def _refuse(send: Send, scope: Scope, status: int, error: str, advice: str) -> None:
    """A refusal in the shape of every other error."""
    tell = languages.of(Request(scope)).tell
    body = json.dumps({"error": tell(error), "what_to_do": tell(advice)}).encode()
    kind = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": body})
