"""Films: taken in piece by piece from another system, given out by the hash of their content."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from assent.errors import AnswerError, StoreError
from assent.store.films import HEAD_BYTES, mime_of
from assent.web import accounts
from assent.web.accounts import OfReader, OfSite
from assent.web.schema import problems

HASH = re.compile(r"[0-9a-f]{64}")
FOR_EVER = "private, max-age=31536000, immutable"
_PIECE = 1 << 18  # bytes held at once of a film that is sent

_FILM: dict[str, Any] = {"content": {"video/mp4": {}, "video/webm": {}}}
_FILMS: dict[int | str, dict[str, Any]] = {
    200: _FILM,
    206: _FILM | {"description": "The bytes that were asked for"},
    416: {"description": "The film ends before these bytes"},
}
_BYTES = {"schema": {"type": "string", "format": "binary", "minLength": 12}}
_BODY = {"required": True, "content": {"application/octet-stream": _BYTES}}

router = APIRouter(
    prefix="/{project}/api/media", tags=["media"], responses=problems(403, 404, 422, 503)
)


class FilmOut(BaseModel):
    """A film that is in the store. size: in bytes."""

    hash: str
    mime: str
    size: int


@router.post("", dependencies=[Depends(accounts.owner)], openapi_extra={"requestBody": _BODY})
async def upload(site: OfSite, request: Request) -> FilmOut:
    """Take in a film, MP4 or WebM, as its bytes alone: of the headers, none says what it is.

    The same film again is the same hash. A question names it in `video` of an item.
    """
    head = b""
    with site.store.blobs.draft() as draft:
        try:
            async for piece in request.stream():
                head += piece[: HEAD_BYTES - len(head)]
                await asyncio.to_thread(draft.write, piece)
        except ClientDisconnect:
            raise HTTPException(400, "the film ended before it was whole") from None
        mime = mime_of(head)
        if mime is None:
            raise AnswerError(f"what was sent begins with {head[:12]!r}; MP4 or WebM is expected")
        return FilmOut(hash=await asyncio.to_thread(draft.keep), mime=mime, size=draft.size)


@router.get("/{hash}", response_class=Response, responses=_FILMS)
def media(
    hash: str, site: OfSite, allowed: OfReader, range: Annotated[str, Header(max_length=200)] = ""
) -> Response:
    """A video by the hash of its content, whole or by a range of bytes: `bytes=from-to`."""
    if not HASH.fullmatch(hash):
        raise HTTPException(404, "a hash has 64 hexadecimal digits")
    # Only what says in its first bytes that it is a film leaves: never weights, never a page.
    try:
        mime = mime_of(site.store.blobs.head(hash, HEAD_BYTES))
        path = None if mime is None else site.store.blobs.checked(hash)
    except StoreError:
        path = None
    if path is None or mime is None:
        raise HTTPException(404, "there is no such video")
    return _ranged(path, mime, range)


def _ranged(path: Path, mime: str, wanted: str) -> Response:
    """The bytes a player asked for: `bytes=from-to`."""
    size = path.stat().st_size
    headers = {"Accept-Ranges": "bytes", "Cache-Control": FOR_EVER}
    found = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", wanted)
    start, stop = 0, size
    if found:
        start, stop = int(found[1]), min(int(found[2] or size) + 1, size)
        if start >= stop:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    status = 206 if found else 200
    return StreamingResponse(_pieces(path, start, stop), status, headers, mime)


def _pieces(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(min(_PIECE, stop - start)):
            start += len(piece)
            yield piece
