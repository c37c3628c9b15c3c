"""The counter where questions are handed out and answers are taken in.

People, formulas and models answer through these calls and no others, so that
every test of the loop walks the path that people walk.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assent import hearing
from assent.errors import AccessError, AnswerError, AssentError
from assent.feedback import kind as kinds
from assent.records import Annotator, Feedback, Json, Query, new_id
from assent.store.answers import Given, Receipt
from assent.store.leases import Slot
from assent.store.picking import Want
from assent.store.store import Store

MAX_NOTE_CHARACTERS = 10_000
_MAX_TIMINGS = 32
_ID_BYTES = 10  # of randomness in an id
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
    guideline_version: of what was read; None: the newest.
    checked: what the question's kind made of the answer, where it was asked before (`check`).
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
    guideline_version: int | None = None
    checked: Json | AssentError | None = None


def check(store: Store, submissions: Sequence[Submission]) -> list[Submission]:
    """The same, each checked by its question's kind.

    Some answers take long to check: done here, it is not done while the one writer is held.
    """
    asked = _queries(store, submissions)
    return [replace(each, checked=_checked(asked.get(each.query_id), each)) for each in submissions]


def _checked(query: Query | None, submission: Submission) -> Json | AssentError | None:
    """What the kind of a question makes of an answer, or why it refuses it."""
    try:
        return kinds.find(query.kind).check(query, submission.answer) if query else None
    except AssentError as error:
        return error


def claim(
    store: Store, annotator_id: str, limit: int, now: float, lease_seconds: float
) -> list[Slot]:
    """Up to `limit` questions for an annotator; those that they hold already come first.

    Raises AccessError when the annotator is unknown or switched off.
    """
    return store.questions.claim(annotator_id, limit, now, lease_seconds)


def claim_all(
    store: Store, wants: Sequence[Want], now: float, lease_seconds: float
) -> list[list[Slot] | AssentError]:
    """What each of many gets, in one transaction; in place of slots, the error of `claim`."""
    return store.questions.claim_all(wants, now, lease_seconds)


def answer(store: Store, submission: Submission, now: float) -> Receipt:
    """Check an answer and write it; on disk when this returns.

    Raises AnswerError when it does not fit its question; nothing is written then.
    """
    [result] = answer_all(store, [submission], now)
    if isinstance(result, AssentError):
        raise result
    return result


def answer_all(
    store: Store, submissions: Sequence[Submission], now: float
) -> list[Receipt | AssentError]:
    """Check many answers and write those that fit in one transaction.

    A result for each in its order: the receipt, or the error that `answer` would raise. One
    that is refused does not touch the others.
    """
    background = _background(store, submissions)
    results: list[Receipt | AssentError | None] = []
    given: list[Given] = []
    drawn = os.urandom(_ID_BYTES * len(submissions))  # at once: each call waits its turn
    for place, submission in enumerate(submissions):
        id = new_id(now, drawn[_ID_BYTES * place : _ID_BYTES * (place + 1)])
        try:
            given.append(_given(store, submission, background, id, now))
            results.append(None)
        except AssentError as error:
            results.append(error)
    receipts = iter(store.answers.add_all(given, now) if given else ())
    return [next(receipts) if result is None else result for result in results]


@dataclass(frozen=True, slots=True)
class _Background:
    """What many submissions are checked against, read once for all of them."""

    queries: Mapping[str, Query]
    orders: Mapping[str, tuple[str, tuple[int, ...]]]
    guideline_version: int


def _background(store: Store, submissions: Sequence[Submission]) -> _Background:
    slots = [each.slot_id for each in submissions if each.slot_id and each.shown_order is None]
    return _Background(
        _queries(store, submissions),
        store.questions.shown_orders(slots) if slots else {},
        store.people.guideline().version,
    )


def _queries(store: Store, submissions: Sequence[Submission]) -> Mapping[str, Query]:
    """The questions that submissions name, of those that there are."""
    # What cannot be printed is no id, and some databases refuse even to look for it.
    ids = [each.query_id for each in submissions if each.query_id.isprintable()]
    return store.questions.recent(ids)


def _given(
    store: Store, submission: Submission, background: _Background, id: str, now: float
) -> Given:
    """A submission as an event to write. Raises AnswerError when it does not fit."""
    key = _key(submission.idempotency_key)
    query = background.queries.get(submission.query_id)
    if query is None:
        raise AnswerError(
            f"there is no question {submission.query_id[:80]!r}; claim one, and answer that"
        )
    if not (submission.replaces or "").isprintable():
        raise AnswerError("the answer to correct is not named by an id; send the id of an own one")
    if submission.slot_id is None and submission.replaces is None:
        raise AnswerError(
            "an answer names the slot it was given for, or the answer that it corrects; "
            "claim a question first"
        )
    checked = submission.checked or _checked(query, submission)
    if isinstance(checked, AssentError):
        raise checked
    event = Feedback(
        id=id,
        query=query.id,
        annotator=submission.annotator,
        answer=checked,
        shown_order=_shown_order(store, submission, query, background),
        created_at=now,
        timings=_timings(submission.timings),
        note=_note(submission.note),
        guideline_version=_version(submission, background),
        replaces=submission.replaces,
    )
    return Given(event, submission.slot_id, submission.lease_token, key)


def _version(submission: Submission, background: _Background) -> int:
    """The guideline that was read: as the page says, if there is such a one, else the newest."""
    newest = background.guideline_version
    said = submission.guideline_version
    return newest if said is None or not 0 <= said <= newest else said


def verdict(store: Store, query_id: str, answer: object, note: str, now: float) -> Receipt:
    """What the project's owner says about a question: an answer like any other, and known.

    It fills nobody's slot; from now on the question can be asked as a gold one. A second
    verdict corrects the first. Raises AnswerError when it does not fit.
    """
    query = store.questions.many([query_id] if query_id.isprintable() else []).get(query_id)
    if query is None:
        raise AnswerError(f"there is no question {query_id[:80]!r}; open one of the list")
    checked = kinds.find(query.kind).check(query, answer)
    if "skip" in checked:
        raise AnswerError("a verdict decides; leave the question alone in place of skipping it")
    store.people.add_all([Annotator(hearing.ADJUDICATOR, "owner", groups=(hearing.ADJUDICATOR,))])
    standing = store.answers.standing(query.id, hearing.ADJUDICATOR)
    event = Feedback(
        id=new_id(now),
        query=query.id,
        annotator=hearing.ADJUDICATOR,
        answer=checked,
        shown_order=tuple(range(len(query.segments))),
        created_at=now,
        note=_note(note),
        guideline_version=store.people.guideline().version,
        replaces=None if standing is None else standing.id,
    )
    return store.answers.add(event, None, None, event.id, now)


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


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise AnswerError(
            f"idempotency key {key[:80]!r} is not 1 to 200 printable ASCII characters; "
            "send a UUID of your own"
        )
    return key


def _shown_order(
    store: Store, submission: Submission, query: Query, background: _Background
) -> tuple[int, ...]:
    """How the options stood: as sent, else as the slot or the corrected answer says."""
    if submission.shown_order is not None:
        if sorted(submission.shown_order) != list(range(len(query.segments))):
            raise AnswerError(
                f"shown_order {submission.shown_order[:8]} does not name each of the "
                f"{len(query.segments)} segments once"
            )
        return submission.shown_order
    asked, order = background.orders.get(submission.slot_id or "", ("", ()))
    if asked == query.id:
        return order
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
