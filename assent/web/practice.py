"""Practice before the work: questions with known answers, and what others said after each.

Only here does anybody learn what others chose: later it would be herding.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from assent.errors import AnswerError, ConfigError, QueryError, StoreError
from assent.feedback import kind as kinds
from assent.feedback import practice, words
from assent.records import Annotator, Json, Query
from assent.store.practice import Attempt, Exercise
from assent.store.store import Store
from assent.web import accounts, render
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.languages import Language, OfLanguage
from assent.web.schema import Body, Name, OptionOut, problems
from assent.web.site import Site

MAX_EXERCISES = 50
_Text = Annotated[str, Field(max_length=20_000)]

router = APIRouter(
    prefix="/{project}/api",
    tags=["practice"],
    responses=problems(403, 404, 422, 503),
)


class ExerciseBody(Body):
    """One question with its known answer, in which options are called A, B, C, ... as shown.

    replies: texts to be shown; or scenes: hashes of what was shown before, for clips.
    options: over those that the settings give. because: Markdown.
    """

    kind: Name
    question: str = Field("", max_length=500)
    prompt: _Text = ""
    replies: list[_Text] = Field(default_factory=list, max_length=6)
    scenes: list[Name] = Field(default_factory=list, max_length=6)
    options: dict[str, Any] = Field(default_factory=dict, max_length=20)
    answer: dict[str, Any] = Field(max_length=8)
    because: str = Field("", max_length=5000)


class ExercisesBody(Body):
    """All exercises, in place of those before; none: no practice."""

    exercises: list[ExerciseBody] = Field(max_length=MAX_EXERCISES)


class ExercisesOut(BaseModel):
    """The exercises in force, as they were written, and their version."""

    version: int
    exercises: list[dict[str, Any]]


class TaskOut(BaseModel):
    """One exercise as a question, without its answer."""

    id: str
    kind: str
    question: str
    form: dict[str, Any]
    options: list[OptionOut]
    done: bool


class StandingOut(BaseModel):
    """How far somebody is. agreement: mean over exercises, of the last attempt at each.

    needed: the agreement that the owner asks for; 0: none. required: before the work.
    """

    items: int
    answered: int
    agreement: float | None
    needed: float
    required: bool


class PracticeOut(BaseModel):
    """The exercises and how far somebody is with them."""

    tasks: list[TaskOut]
    standing: StandingOut


class AttemptBody(Body):
    """An answer to an exercise."""

    answer: dict[str, Any] = Field(max_length=8)


class AttemptOut(BaseModel):
    """What the others said, and why. right: near enough."""

    right: bool
    agreement: float
    given: str
    known: str
    because_html: str
    standing: StandingOut


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is with the exercises in force."""

    items: int
    answered: int
    agreement: float | None
    needed: float

    @property
    def required(self) -> bool:
        """Whether there is practice to be done before the work."""
        if self.answered < self.items:
            return True
        return self.agreement is not None and self.agreement < self.needed

    def out(self) -> StandingOut:
        """For a response."""
        return StandingOut(
            items=self.items,
            answered=self.answered,
            agreement=self.agreement,
            needed=self.needed,
            required=self.required,
        )


def standing(site: Site, person: Annotator) -> Standing:
    """How far somebody is; the last attempt at each exercise counts."""
    exercises = site.store.practice.exercises()
    needed = site.config.serve.practice_agreement
    return _standing(site.store, exercises, person.id, needed)


def required(store: Store, people: Iterable[str], needed: float) -> frozenset[str]:
    """Those of some people who have practice to do before the work. needed: agreement."""
    exercises = store.practice.exercises()
    if not exercises:
        return frozenset()
    return frozenset(id for id in set(people) if _standing(store, exercises, id, needed).required)


def _standing(
    store: Store, exercises: Sequence[Exercise], annotator: str, needed: float
) -> Standing:
    if not exercises:
        return Standing(0, 0, None, needed)
    last = {each.exercise: each.agreement for each in store.practice.attempts(annotator)}
    reached = [last[each.id] for each in exercises if each.id in last]
    mean = sum(reached) / len(reached) if reached else None
    return Standing(len(exercises), len(reached), mean, needed)


@router.get("/practice")
def tasks(site: OfSite, person: OfAnnotator, language: OfLanguage) -> PracticeOut:
    """The exercises, without their answers."""
    done = {each.exercise for each in site.store.practice.attempts(person.id)}
    return PracticeOut(
        tasks=[_task(each, each.id in done, language) for each in site.store.practice.exercises()],
        standing=standing(site, person).out(),
    )


@router.post("/practice/{exercise}")
def attempt(
    exercise: Name, body: AttemptBody, site: OfSite, person: OfAnnotator, language: OfLanguage
) -> AttemptOut:
    """Keep an attempt; tells what the known answer is, and why."""
    found = next((e for e in site.store.practice.exercises() if e.id == exercise), None)
    if found is None:
        raise HTTPException(404, "there is no such exercise; reload the page")
    query = practice.question(found.id, found.content)
    right = practice.known(query, found.content)
    given = kinds.find(query.kind).check(query, body.answer)
    near = practice.agreement(query, right, given)
    site.store.practice.add(Attempt(found.id, person.id, given, near, time.time()))
    order = range(len(query.segments))
    return AttemptOut(
        right=near >= practice.RIGHT,
        agreement=near,
        given=words.of(query, given, order, language.say),
        known=words.of(query, right, order, language.say),
        because_html=render.markdown(found.content["because"]),
        standing=standing(site, person).out(),
    )


@router.get("/owner/practice", tags=["owning"], dependencies=[Depends(accounts.owner)])
def written(site: OfSite) -> ExercisesOut:
    """The exercises as their owner wrote them."""
    return _out(site)


@router.put("/owner/practice", tags=["owning"], dependencies=[Depends(accounts.owner)])
def write(site: OfSite, body: ExercisesBody) -> ExercisesOut:
    """Put exercises in force; everybody practises the new ones before going on."""
    contents = [_content(site, each, n) for n, each in enumerate(body.exercises, start=1)]
    site.store.practice.set(contents, time.time())
    return _out(site)


def _out(site: Site) -> ExercisesOut:
    exercises = site.store.practice.exercises()
    version = exercises[0].version if exercises else 0
    return ExercisesOut(version=version, exercises=[e.content["written"] for e in exercises])


def _content(site: Site, body: ExerciseBody, number: int) -> Json:
    """An exercise ready to be stored; an error in it names its number."""
    if bool(body.replies) == bool(body.scenes):
        raise AnswerError(f"exercise {number}: give either replies or scenes")
    try:
        options = {**kinds.find(body.kind).options(site.config.ask), **body.options}
        if "original" in options:
            options["original"] = body.replies[0] if body.replies else ""
        scenes = [
            site.store.blobs.put_json({"type": "text", "prompt": body.prompt, "reply": reply})
            for reply in body.replies
        ] or [_known_scene(site, name) for name in body.scenes]
        content = {
            **body.model_dump(include={"kind", "question", "answer", "because"}),
            "options": options,
            "scenes": scenes,
            "written": body.model_dump(exclude_defaults=True),
        }
        practice.known(practice.question("checked", content), content)
    except (AnswerError, ConfigError, QueryError) as error:
        # Whatever is wrong with it, the owner wrote it: not a fault of the server.
        raise AnswerError(f"exercise {number}: {error}") from None
    return content


def _known_scene(site: Site, name: str) -> str:
    """The hash of a scene that is stored. Raises QueryError."""
    try:
        scene = site.store.blobs.get_json(name)
    except (StoreError, ValueError):
        scene = None
    if not isinstance(scene, dict) or scene.get("type") not in ("text", "clip", "video"):
        raise QueryError(f"there is no scene {name[:80]!r}; take one from the export")
    return name


def _task(exercise: Exercise, done: bool, language: Language) -> TaskOut:
    query: Query = practice.question(exercise.id, exercise.content)
    keys = [segment.key for segment in query.segments]
    scenes = zip(keys, exercise.content["scenes"], strict=True)
    return TaskOut(
        id=exercise.id,
        kind=query.kind,
        question=language.say(query.question),
        form=language.form(kinds.find(query.kind).form(query).json()),
        options=[OptionOut(key=key, scene=scene) for key, scene in scenes],
        done=done,
    )
