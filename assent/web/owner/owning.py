"""The owner's side of the API: how it goes, who may answer, by which guideline, and the export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Literal

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse

from assent.interop import flat, jsonl
from assent.web import accounts, render
from assent.web.accounts import OfSite
from assent.web.languages import Language, OfLanguage
from assent.web.owner import believing, charts, overview, people, tallies
from assent.web.owner.charts import Labels
from assent.web.owner.overview import Overview
from assent.web.schema import (
    GuidelineOut,
    HtmlOut,
    InviteBody,
    InviteOut,
    MarkdownBody,
    problems,
)
from assent.web.site import Site

Table = Literal["answers", "questions", "annotators"]
_TABLES = {
    "answers": flat.answers,
    "questions": flat.questions,
    "annotators": flat.annotators,
}
Format = Literal["jsonl", "parquet"]
_LINES = "application/x-ndjson"
_LINES_AT_ONCE = 200
_BLOCK = 256 * 1024  # bytes
_PARQUET = "application/vnd.apache.parquet"

router = APIRouter(
    prefix="/{project}/api/owner",
    tags=["owning"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


@router.get("/overview")
def state(site: OfSite) -> Overview:
    """The loop, the answers, the people: everything on the owner's page."""
    return overview.of(site, time.time())


@router.get(
    "/charts/{name}",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
def chart(site: OfSite, name: str, language: OfLanguage, theme: str = "light") -> Response:
    """One chart as SVG."""
    if name not in charts.CHARTS:
        raise HTTPException(404, f"there is no such chart; there are {', '.join(charts.CHARTS)}")
    return Response(_drawn(site, name, language, theme == "dark"), media_type="image/svg+xml")


def _drawn(site: Site, name: str, language: Language, dark: bool) -> bytes:
    def labels(across: str, up: str) -> Labels:
        return Labels(language.say(across), language.say(up), language.point)

    if name == "people":
        axes = labels("agreement with oneself", "agreement with the others")
        return charts.people(people.of(site.store), axes, dark)
    if name == "course":
        windows = tallies.of(site.store).counted().over_time
        return charts.course(windows, labels("until, UTC", "same answer, 0 to 1"), dark)
    view = overview.of(site, time.time())
    measured = "true return" if view.world == "control" else "hidden score"
    up = measured if name == "return" else "agreement on held-out answers"
    return charts.draw(name, view.by_round, labels("Round", up), dark)


@router.post("/preview")
def preview(site: OfSite, body: MarkdownBody) -> HtmlOut:
    """Markdown as annotators would see it; nothing is kept."""
    return HtmlOut(html=render.markdown(body.markdown), images=render.images(body.markdown))


@router.put("/guideline")
def set_guideline(site: OfSite, body: MarkdownBody) -> GuidelineOut:
    """A new version of the guideline; the same text again changes nothing."""
    site.store.people.set_guideline(body.markdown)
    current = site.store.people.guideline()
    return GuidelineOut(
        version=current.version, markdown=current.markdown, html=render.markdown(current.markdown)
    )


@router.post("/invites")
def invite(site: OfSite, body: InviteBody) -> InviteOut:
    """A new invite link, shown once; or one with which somebody goes on who lost their session.

    An owner's link, and one for somebody, work once where `uses` does not say otherwise.
    """
    if body.annotator is not None:
        believing.known(site, body.annotator)
    days = site.config.serve.invite_days if body.days is None else body.days
    once = body.annotator is not None or body.role == "owner"
    uses = 1 if body.uses is None and once else body.uses
    token = site.store.people.invite(body.role, time.time(), days, uses, body.annotator)
    return InviteOut(path=f"/{site.name}/join/{token}")


@router.get(
    "/export/{table}",
    response_class=Response,
    responses={200: {"content": {_LINES: {}, _PARQUET: {}}}, **problems(400)},
)
def tables(site: OfSite, table: Table, format: Format = "jsonl") -> Response:
    """A row an answer; a row a question with the sum of its answers; or a row an annotator."""
    rows = _TABLES[table](site.store)
    if format == "parquet":
        file = TemporaryFile()  # noqa: SIM115 - closed when the last of it was sent
        flat.parquet(rows, file)
        file.seek(0)
        return _download(_blocks(file), f"{site.name}-{table}.parquet", _PARQUET)
    return _download(_encoded(flat.lines(rows)), f"{site.name}-{table}.jsonl", _LINES)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {_LINES: {}}}},
)
def everything(site: OfSite) -> StreamingResponse:
    """Everything that was asked and answered, one JSON object a line."""

    lines = jsonl.lines(site.store, site.name, time.time())
    return _download(_encoded(lines), f"{site.name}.jsonl", _LINES)


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    """Lines as they are sent, as they are made."""
    # Each piece goes from one thread to another: a line at a time takes as long again.
    while some := list(islice(lines, _LINES_AT_ONCE)):
        yield "".join(f"{line}\n" for line in some).encode()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """A file as it is sent; gone afterwards."""
    with file:
        while block := file.read(_BLOCK):
            yield block


def _download(content: Iterator[bytes], name: str, media_type: str) -> StreamingResponse:
    """Something that a browser keeps as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=media_type, headers=headers)
