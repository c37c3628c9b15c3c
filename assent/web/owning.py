"""The owner's side of the API: how it goes, who may answer, by which guideline, and the export."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse

from assent.interop import flat, jsonl
from assent.web import accounts, charts, overview, people, render, tallies
from assent.web.accounts import OfSite
from assent.web.languages import OfLanguage
from assent.web.overview import Overview
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
    return Response(_drawn(site, name, language.say, theme == "dark"), media_type="image/svg+xml")


def _drawn(site: Site, name: str, say: Callable[[str], str], dark: bool) -> bytes:
    if name == "people":
        axes = say("agreement with oneself"), say("agreement with the others")
        return charts.people(people.of(site.store), *axes, dark)
    if name == "course":
        windows = tallies.of(site.store).counted().over_time
        return charts.course(windows, say("until"), say("agreement"), dark)
    view = overview.of(site, time.time())
    measured = "true return" if view.world == "control" else "hidden score"
    label = measured if name == "return" else "agreement on held-out answers"
    return charts.draw(name, view.by_round, say(label), dark)


@router.post("/preview")
def preview(site: OfSite, body: MarkdownBody) -> HtmlOut:
    """Markdown as annotators would see it; nothing is kept."""
    return HtmlOut(html=render.markdown(body.markdown))


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
    """A new invite link, shown once."""
    days = site.config.serve.invite_days if body.days is None else body.days
    token = site.store.people.invite(body.role, time.time(), days, body.uses)
    return InviteOut(path=f"/{site.name}/join/{token}")


@router.get(
    "/export/{table}",
    response_class=Response,
    responses={200: {"content": {_LINES: {}, _PARQUET: {}}}, **problems(400)},
)
def tables(site: OfSite, table: Table, format: Format = "jsonl") -> Response:
    """A row an answer; a row a question with the sum of its answers; or a row an annotator."""
    rows = _TABLES[table](site.store)
    headers = {
        "Content-Disposition": f'attachment; filename="{site.name}-{table}.{format}"',
    }
    if format == "parquet":
        return Response(flat.parquet(rows), media_type=_PARQUET, headers=headers)
    return Response(flat.lines(rows), media_type=_LINES, headers=headers)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {_LINES: {}}}},
)
def everything(site: OfSite) -> StreamingResponse:
    """Everything that was asked and answered, one JSON object a line."""

    def encoded() -> Iterator[bytes]:
        for line in jsonl.lines(site.store, site.name, time.time()):
            yield f"{line}\n".encode()

    headers = {"Content-Disposition": f'attachment; filename="{site.name}.jsonl"'}
    return StreamingResponse(encoded(), media_type=_LINES, headers=headers)
