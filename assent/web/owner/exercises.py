"""The owner's side of practice: questions with known answers, written, tried and put in force."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from assent import plugins
from assent.errors import AnswerError, ConfigError, QueryError, StoreError
from assent.feedback import kind as kinds
from assent.feedback import practice, words
from assent.records import Json, Query, Segment
from assent.store.practice import Exercise
from assent.web import accounts, render
from assent.web.accounts import OfSite
from assent.web.languages import OfLanguage
from assent.web.schema import Body, Name, Open, problems
from assent.web.site import Site
from assent.web.work.practice import TaskOut, task

MAX_EXERCISES = 50
MAX_OPTIONS = 6
# Layouts of forms whose answers can be compared with a known one.
COMPARABLE = frozenset({"choose", "rank", "rate", "rate_then_rank"})
_Text = Annotated[str, Field(max_length=20_000)]

router = APIRouter(
    prefix="/{project}/api/owner/practice",
    tags=["owning"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


class DraftBody(Body):
    """One question that is to be practised, before its answer is known.

    replies: texts to be shown; or scenes: hashes of what was shown before, for clips.
    options: over those that the settings give. because: Markdown.
    """

    kind: Name
    question: str = Field("", max_length=500)
    prompt: _Text = ""
    replies: list[_Text] = Field(default_factory=list, max_length=MAX_OPTIONS)
    scenes: list[Name] = Field(default_factory=list, max_length=MAX_OPTIONS)
    options: Open = Field(default_factory=dict, max_length=20)
    because: str = Field("", max_length=5000)


class TriedBody(DraftBody):
    """The same with the answer, where there is one already."""

    answer: Open | None = Field(None, max_length=8)


class ExerciseBody(DraftBody):
    """The same with its known answer, in which options are called A, B, C, ... as shown."""

    answer: Open = Field(max_length=8)


class ExercisesBody(Body):
    """All exercises, in place of those before; none: no practice."""

    exercises: list[ExerciseBody] = Field(max_length=MAX_EXERCISES)


class ExercisesOut(BaseModel):
    """The exercises in force, as they were written, and their version."""

    version: int
    exercises: list[dict[str, Any]]


class TriedOut(BaseModel):
    """A draft as annotators would see it. known: the answer in words; empty: none yet."""

    task: TaskOut
    known: str
    because_html: str


@dataclass(frozen=True, slots=True)
class Practisable:
    """A kind that has answers to compare with. least, most: options. options: of the settings."""

    name: str
    question: str
    least: int
    most: int
    options: Json


@router.get("")
def written(site: OfSite) -> ExercisesOut:
    """The exercises as their owner wrote them."""
    return _out(site)


@router.put("")
def write(site: OfSite, body: ExercisesBody) -> ExercisesOut:
    """Put exercises in force; everybody practises the new ones before going on."""
    contents = [_content(site, each, n) for n, each in enumerate(body.exercises, start=1)]
    site.store.practice.set(contents, time.time())
    return _out(site)


@router.post("/try")
def try_out(site: OfSite, body: TriedBody, language: OfLanguage) -> TriedOut:
    """Show a draft as annotators would see it; nothing is put in force."""
    content = _draft(site, body)
    if body.answer is not None:
        content = {**content, "answer": body.answer}
    exercise = Exercise("draft", 0, content)
    query = practice.question(exercise.id, content)
    known = practice.known(query, content) if body.answer is not None else None
    order = range(len(query.segments))
    return TriedOut(
        task=task(exercise, False, language),
        known="" if known is None else words.of(query, known, order, language.say),
        because_html=render.markdown(body.because),
    )


def practisable(site: Site) -> list[Practisable]:
    """The kinds that can be practised, what the loop asks most first, with their sizes."""
    found = []
    for name in plugins.names("feedback"):
        kind = kinds.find(name)
        options = kind.options(site.config.ask)
        sizes = [n for n in range(1, MAX_OPTIONS + 1) if _fits(name, options, n)]
        if sizes:
            found.append(Practisable(name, kind.question, sizes[0], sizes[-1], options))
    shares = site.config.ask.kinds
    return sorted(found, key=lambda each: -shares.get(each.name, 0.0))


def _fits(name: str, options: Json, size: int) -> bool:
    """Whether a question of a kind may show so many options, and has an answer to compare with."""
    segments = tuple(Segment("draft", place, place + 1) for place in range(size))
    query = Query("draft", name, segments, "?", "practice", 1.0, options=options)
    try:
        return kinds.find(name).form(query).layout in COMPARABLE
    except QueryError:
        return False


def _out(site: Site) -> ExercisesOut:
    exercises = site.store.practice.exercises()
    version = exercises[0].version if exercises else 0
    return ExercisesOut(version=version, exercises=[e.content["written"] for e in exercises])


def _content(site: Site, body: ExerciseBody, number: int) -> Json:
    """An exercise ready to be stored; an error in it names its number."""
    try:
        content = {
            **_draft(site, body),
            "answer": body.answer,
            "written": body.model_dump(exclude_defaults=True),
        }
        practice.known(practice.question("checked", content), content)
    except (AnswerError, ConfigError, QueryError) as error:
        # Whatever is wrong with it, the owner wrote it: not a fault of the server.
        raise AnswerError(f"exercise {number}: {error}") from None
    return content


def _draft(site: Site, body: DraftBody) -> Json:
    """An exercise without its answer. Raises AnswerError, ConfigError or QueryError."""
    if bool(body.replies) == bool(body.scenes):
        raise AnswerError("give either replies or scenes")
    options = {**kinds.find(body.kind).options(site.config.ask), **body.options}
    if "original" in options:
        options["original"] = body.replies[0] if body.replies else ""
    scenes = [
        site.store.blobs.put_json({"type": "text", "prompt": body.prompt, "reply": reply})
        for reply in body.replies
    ] or [_known_scene(site, name) for name in body.scenes]
    if len({site.store.blobs.get_json(name)["type"] == "text" for name in scenes}) > 1:
        raise AnswerError("texts and films do not stand side by side; take either")
    return {
        **body.model_dump(include={"kind", "question", "because"}),
        "options": options,
        "scenes": scenes,
    }


def _known_scene(site: Site, name: str) -> str:
    """The hash of a scene that is stored. Raises QueryError."""
    try:
        scene = site.store.blobs.get_json(name)
    except (StoreError, ValueError):
        scene = None
    if not isinstance(scene, dict) or scene.get("type") not in ("text", "clip", "video"):
        raise QueryError(f"there is no scene {name[:80]!r}; take one from the export")
    return name
