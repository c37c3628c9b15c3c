"""Practice before the work: questions with known answers, which are told after each, with why.

Only here does anybody learn of another answer than their own: later it would be herding.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from assent.feedback import kind as kinds
from assent.feedback import practice, words
from assent.records import Annotator, Query
from assent.store.practice import Attempt, Exercise
from assent.store.store import Store
from assent.web import render
from assent.web.accounts import OfAnnotator, OfSite
from assent.web.languages import Language, OfLanguage
from assent.web.schema import Body, Name, Open, OptionOut, problems
from assent.web.site import Site

router = APIRouter(
    prefix="/{project}/api",
    tags=["practice"],
    responses=problems(403, 404, 422, 503),
)


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

    answer: Open = Field(max_length=8)


class AttemptOut(BaseModel):
    """What the known answer is, and why. right: near enough."""

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
    since = _anew(site.store).get(person.id, 0.0)
    return _standing(site.store, exercises, person.id, needed, since)


def why(site: Site, person: Annotator) -> Literal["", "added", "anew"]:
    """Why somebody who was at work has to practise: new exercises, or the owner asks for it."""
    store, now = site.store, standing(site, person)
    if not now.required or now.answered == now.items or not store.answers.count(person.id):
        return ""
    since = _anew(store).get(person.id)
    return "anew" if since is not None and not _attempts(store, person.id, since) else "added"


def required(store: Store, people: Iterable[str], needed: float) -> frozenset[str]:
    """Those of some people who have practice to do before the work. needed: agreement."""
    exercises = store.practice.exercises()
    if not exercises:
        return frozenset()
    anew = _anew(store)
    return frozenset(
        id
        for id in set(people)
        if _standing(store, exercises, id, needed, anew.get(id, 0.0)).required
    )


def _anew(store: Store) -> dict[str, float]:
    """From whoever was sent back to practice to when that was."""
    return {who: each.created_at for who, each in store.decisions.in_force("retrain").items()}


def _standing(
    store: Store, exercises: Sequence[Exercise], annotator: str, needed: float, since: float
) -> Standing:
    if not exercises:
        return Standing(0, 0, None, needed)
    last = {each.exercise: each.agreement for each in _attempts(store, annotator, since)}
    reached = [last[each.id] for each in exercises if each.id in last]
    mean = sum(reached) / len(reached) if reached else None
    return Standing(len(exercises), len(reached), mean, needed)


def _attempts(store: Store, annotator: str, since: float) -> list[Attempt]:
    """Attempts of somebody that count: those before a retraining do not."""
    return [each for each in store.practice.attempts(annotator) if each.created_at >= since]


@router.get("/practice")
def tasks(site: OfSite, person: OfAnnotator, language: OfLanguage) -> PracticeOut:
    """The exercises, without their answers."""
    since = _anew(site.store).get(person.id, 0.0)
    done = {each.exercise for each in _attempts(site.store, person.id, since)}
    return PracticeOut(
        tasks=[task(each, each.id in done, language) for each in site.store.practice.exercises()],
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


def task(exercise: Exercise, done: bool, language: Language) -> TaskOut:
    """An exercise as a question, in a language."""
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
