"""The counter where questions are handed out and answers are taken in.

People, formulas and models answer through these calls and no others, so that
every test of the loop walks the path that people walk.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assent.errors import AccessError, AnswerError
from assent.feedback import kind as kinds
from assent.feedback.written import segment_of
from assent.records import Feedback, Judgement, Query, new_id
from assent.store.answers import Receipt
from assent.store.leases import Slot
from assent.store.store import Store

MAX_NOTE_CHARACTERS = 10_000
_MAX_TIMINGS = 32
_KEY = re.compile(r"[!-~]{1,200}")  # printable ASCII


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer as it comes in, not yet believed.

    slot_id, lease_token: of the slot that is answered; both None for a correction,
        which names the answer that it `replaces`.
    answer: whatever was sent; the question's kind checks it.
    shown_order: for each place on the screen, the index of the segment shown there;
        None: as the slot says.
    idempotency_key: chosen by the sender, the same when it sends this answer again.
    """

    slot_id: str | None
    lease_token: str | None
    annotator: str
    query_id: str
    answer: object
    idempotency_key: str
    timings: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    shown_order: tuple[int, ...] | None = None
    replaces: str | None = None


def claim(
    store: Store, annotator_id: str, limit: int, now: float, lease_seconds: float
) -> list[Slot]:
    """Up to `limit` questions for an annotator; those that they hold already come first.

    Raises AccessError when the annotator is unknown or switched off.
    """
    return store.questions.claim(annotator_id, limit, now, lease_seconds)


def answer(store: Store, submission: Submission, now: float) -> Receipt:
    """Check an answer and write it; on disk when this returns.

    Raises AnswerError when it does not fit its question; nothing is written then.
    """
    key = _key(submission.idempotency_key)
    query = _query(store, submission.query_id)
    if not (submission.replaces or "").isprintable():
        raise AnswerError("the answer to correct is not named by an id; send the id of an own one")
    if submission.slot_id is None and submission.replaces is None:
        raise AnswerError(
            "an answer names the slot it was given for, or the answer that it corrects; "
            "claim a question first"
        )
    checked = kinds.find(query.kind).check(query, submission.answer)
    event = Feedback(
        id=new_id(now),
        query=query.id,
        annotator=submission.annotator,
        answer=checked,
        shown_order=_shown_order(store, submission, query),
        created_at=now,
        timings=_timings(submission.timings),
        note=_note(submission.note),
        guideline_version=store.people.guideline().version,
        replaces=submission.replaces,
    )
    return store.answers.add(event, submission.slot_id, submission.lease_token, key, now)


def undo(store: Store, annotator: str, feedback_id: str, key: str, now: float) -> Receipt:
    """Take an own answer back; its question is leased to the same annotator again.

    Raises AccessError when the answer is somebody else's, AnswerError when there is none.
    """
    if not feedback_id.isprintable():
        raise AnswerError(
            "the answer to take back is not named by an id; send the id of an own one"
        )
    taken = store.answers.get(feedback_id)
    if taken.annotator != annotator:
        raise AccessError("only the annotator who gave an answer can take it back")
    event = Feedback(
        id=new_id(now),
        query=taken.query,
        annotator=annotator,
        answer=None,
        shown_order=taken.shown_order,
        created_at=now,
        guideline_version=taken.guideline_version,
        replaces=feedback_id,
    )
    return store.answers.add(event, None, None, _key(key), now)


def judgements(store: Store, round: int | None = None) -> list[Judgement]:
    """What every answer in force teaches, oldest first; skipped questions teach nothing.

    round: of the questions; None: all rounds. Late answers count here: they are what
    somebody thought.
    """
    events = store.answers.current(round=round)
    queries = store.questions.many(event.query for event in events)
    found: list[Judgement] = []
    for event in events:
        query = queries[event.query]
        if event.answer is None:
            continue
        for target in kinds.find(query.kind).targets(query, event.answer):
            shown = kinds.shown_in(target, query, event.shown_order)
            found.append(Judgement(target, event.annotator, shown, query.kind, event.id))
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """A text by a person in place of a trajectory's reply."""

    text: str
    instead_of: str


def written(store: Store) -> dict[str, Written]:
    """The texts that answers in force hold above a reply, by the name that targets give them."""
    events = store.answers.current()
    queries = store.questions.many(event.query for event in events)
    found: dict[str, Written] = {}
    for event in events:
        query = queries[event.query]
        text = (event.answer or {}).get("text")
        if event.answer is None or not isinstance(text, str):
            continue
        own = segment_of(query, text)
        targets = kinds.find(query.kind).targets(query, event.answer)
        if any(own in target.segments for target in targets):
            found[own.trajectory] = Written(text, query.segments[0].trajectory)
    return found


def _query(store: Store, query_id: str) -> Query:
    # What cannot be printed is no id, and some databases refuse even to look for it.
    query = store.questions.many([query_id]).get(query_id) if query_id.isprintable() else None
    if query is None:
        raise AnswerError(f"there is no question {query_id[:80]!r}; claim one, and answer that")
    return query


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise AnswerError(
            f"idempotency key {key[:80]!r} is not 1 to 200 printable ASCII characters; "
            "send a UUID of your own"
        )
    return key


def _shown_order(store: Store, submission: Submission, query: Query) -> tuple[int, ...]:
    """How the options stood: as sent, else as the slot or the corrected answer says."""
    if submission.shown_order is not None:
        if sorted(submission.shown_order) != list(range(len(query.segments))):
            raise AnswerError(
                f"shown_order {submission.shown_order[:8]} does not name each of the "
                f"{len(query.segments)} segments once"
            )
        return submission.shown_order
    if submission.slot_id is not None:
        slot = store.questions.slot(submission.slot_id)
        if slot is not None and slot.query.id == query.id:
            return slot.shown_order
    standing = store.answers.standing(query.id, submission.annotator)
    return standing.shown_order if standing else tuple(range(len(query.segments)))


def _timings(timings: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among what the page measured; no clock's fault refuses an answer."""
    return {
        str(name)[:40]: float(value)
        for name, value in list(timings.items())[:_MAX_TIMINGS]
        if type(value) in (int, float) and math.isfinite(value)
    }


def _note(note: str) -> str:
    if len(note) > MAX_NOTE_CHARACTERS:
        raise AnswerError(
            f"the note has {len(note)} characters; at most "
            f"{MAX_NOTE_CHARACTERS} are kept; shorten it"
        )
    return note
