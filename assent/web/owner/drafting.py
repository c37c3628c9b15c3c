"""Exercises to begin with: from a question that was asked, and of what was shown lately."""

from __future__ import annotations

import json
import string
from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi import Query as Parameter
from pydantic import BaseModel

from assent import hearing
from assent.errors import AnswerError
from assent.feedback import kind as kinds
from assent.records import Feedback, Json, Query
from assent.web import accounts, excerpts
from assent.web.accounts import OfSite
from assent.web.owner.exercises import COMPARABLE
from assent.web.schema import Name, problems

QUESTIONS = 6  # looked through for one page of what was shown
# What a question carries for the loop's sake alone.
_NOT_PRACTISED = frozenset({"films", "gold", "items", "mirror_of"})

router = APIRouter(
    prefix="/{project}/api/owner/practice",
    tags=["owning"],
    dependencies=[Depends(accounts.owner)],
    responses=problems(403, 404, 422, 503),
)


class BegunOut(BaseModel):
    """An exercise to begin with, for its owner to confirm or change.

    exercise: as it is put in force; `answer` is null where nobody says one.
    source: who says the answer: the owner's "verdict", most of the "answers", or nobody.
    same, given: so many of all the people who answered gave that answer.
    """

    exercise: dict[str, Any]
    source: Literal["verdict", "answers", ""]
    same: int
    given: int


class ShownEntry(BaseModel):
    """Something that was shown. scene: its hash. name: of a clip, its episode and steps."""

    scene: str
    name: str


class ShownOut(BaseModel):
    """What was shown in the newest questions, each once. older: what is `before` for more."""

    shown: list[ShownEntry]
    older: int | None


@router.get("/from/{query}")
def begin(site: OfSite, query: Name) -> BegunOut:
    """An exercise of a question that was asked; nothing is put in force."""
    found = site.store.questions.many([query] if query.isprintable() else [])
    if query not in found:
        raise HTTPException(404, "there is no such question in this project")
    asked = found[query]
    if not comparable(asked):
        raise AnswerError("an answer to this question is compared with no other; take another one")
    keys = [segment.key for segment in asked.segments]
    hashes = site.store.questions.scene_hashes(keys)
    if not hashes.keys() >= set(keys):
        raise AnswerError("nothing is here to be shown of this question; take another one")
    verdict = site.store.answers.standing(asked.id, hearing.ADJUDICATOR)
    said = _said(site.store.answers.of_question(asked.id))
    answer, same = _most(said)
    if verdict is not None and verdict.answer is not None:
        answer = verdict.answer
    else:
        verdict = None
    return BegunOut(
        exercise={
            "kind": asked.kind,
            "question": asked.question,
            "scenes": [hashes[key] for key in keys],
            "options": {n: v for n, v in asked.options.items() if n not in _NOT_PRACTISED},
            "answer": _lettered(answer, dict(zip(keys, string.ascii_uppercase, strict=False))),
            "because": "" if verdict is None else verdict.note,
        },
        source="verdict" if verdict is not None else "answers" if answer is not None else "",
        same=same,
        given=len(said),
    )


@router.get("/shown")
def shown(
    site: OfSite, before: Annotated[int | None, Parameter(ge=0, lt=2**62)] = None
) -> ShownOut:
    """What people were shown, newest first, to be chosen from; answered or not."""
    asked = site.store.questions.newest(QUESTIONS + 1, before)
    queries = [query for _, query in asked[:QUESTIONS]]
    keys = [segment.key for query in queries for segment in query.segments]
    hashes = site.store.questions.scene_hashes(keys)
    told = excerpts.of(site, queries)
    names: dict[str, str] = {}
    for query in queries:
        excerpt = told[query.id]
        for segment, name in zip(query.segments, excerpt.options, strict=True):
            if segment.key in hashes:
                names.setdefault(hashes[segment.key], name if excerpt.clips else "")
    return ShownOut(
        shown=[ShownEntry(scene=scene, name=name) for scene, name in names.items()],
        older=asked[QUESTIONS - 1][0] if len(asked) > QUESTIONS else None,
    )


def comparable(query: Query) -> bool:
    """Whether an answer to a question can be compared with a known one."""
    return kinds.find(query.kind).form(query).layout in COMPARABLE


def _said(events: list[Feedback]) -> list[Json]:
    """What people say of a question now; the owner's verdict is none of it, and no skip is."""
    replaced = {event.replaces for event in events}
    answers = [
        event.answer
        for event in events
        if event.id not in replaced and event.annotator != hearing.ADJUDICATOR
    ]
    return [answer for answer in answers if answer is not None and "skip" not in answer]


def _most(said: list[Json]) -> tuple[Json | None, int]:
    """The answer that more people gave than any other, and how many; None where there is none."""
    counts = Counter(json.dumps(answer, sort_keys=True) for answer in said)
    first, second = ([*counts.most_common(2), ("", 0), ("", 0)])[:2]
    return (json.loads(first[0]), first[1]) if first[1] > second[1] else (None, 0)


def _lettered(value: Any, letters: dict[str, str]) -> Any:
    """The same value with letters in place of keys, wherever they stand."""
    if isinstance(value, str):
        return letters.get(value, value)
    if isinstance(value, dict):
        return {letters.get(name, name): _lettered(each, letters) for name, each in value.items()}
    if isinstance(value, list):
        return [_lettered(each, letters) for each in value]
    return value
