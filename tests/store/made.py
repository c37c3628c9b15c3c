"""Records made for the tests of the store."""

from __future__ import annotations

import numpy as np

from assent.records import Annotator, Feedback, Json, Query, Segment, Trajectory, new_id
from assent.store.answers import Receipt
from assent.store.leases import Slot
from assent.store.store import Store

NOW = 1_700_000_000.0
LEASE_SECONDS = 900.0


def query(
    name: str = "q", answers_wanted: int = 1, round: int = 1, options: Json | None = None
) -> Query:
    """A comparison of two segments; `name` is its id."""
    return Query(
        id=name,
        kind="comparison",
        segments=(Segment(f"{name}-a", 0, 5), Segment(f"{name}-b", 0, 5)),
        question="Which is better?",
        strategy="uniform",
        selection_probability=0.5,
        answers_wanted=answers_wanted,
        round=round,
        purpose="repeat" if options else "normal",
        options=options or {},
    )


def trajectory(name: str = "t", steps: int = 3) -> Trajectory:
    """A control episode whose true reward is 0, 1, 2, ..."""
    return Trajectory(
        id=name,
        observations=np.arange((steps + 1) * 2, dtype=np.float32).reshape(steps + 1, 2),
        actions=np.ones((steps, 1), dtype=np.float32),
        logprobs=np.full(steps, -0.5, dtype=np.float32),
        mask=np.ones(steps, dtype=np.bool_),
        terminated=False,
        truncated=True,
        group="start-1",
        seed=7,
        round=1,
        states=np.zeros((steps + 1, 4)),
        text={"prompt": "h\u00e9llo \x00", "reply": "x"},
        environment_reward=np.arange(steps, dtype=np.float32),
    )


def people(store: Store, *ids: str) -> None:
    """Add annotators with these ids."""
    for id in ids:
        store.people.add(Annotator(id, f"name of {id}"))


def claim(store: Store, annotator: str, now: float = NOW, limit: int = 1) -> list[Slot]:
    """Claim with the usual lease."""
    return store.questions.claim(annotator, limit, now, LEASE_SECONDS)


def said(slot_or_query: Slot | str, annotator: str, choice: str = "first") -> Feedback:
    """An answer to a question, as the desk would make it."""
    asked = slot_or_query if isinstance(slot_or_query, str) else slot_or_query.query.id
    order = (0, 1) if isinstance(slot_or_query, str) else slot_or_query.shown_order
    return Feedback(new_id(), asked, annotator, {"choice": choice}, order, NOW)


def answer(
    store: Store, slot: Slot, annotator: str, key: str | None = None, now: float = NOW
) -> Receipt:
    """Answer a slot that the annotator holds, or held."""
    event = said(slot, annotator)
    return store.answers.add(event, slot.id, slot.lease_token, key or event.id, now)


def take_back(store: Store, feedback: Feedback, now: float = NOW) -> Receipt:
    """Undo an answer."""
    event = Feedback(
        new_id(), feedback.query, feedback.annotator, None, (), now, replaces=feedback.id
    )
    return store.answers.add(event, None, None, event.id, now)
