"""A project that a small crowd has answered: experts, one who rushes, one of another mind."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from assent import desk, hearing, measure
from assent.desk import Submission
from assent.diagnosis.crowd import diagnose
from assent.diagnosis.flags import described
from assent.feedback import kind as kinds_of
from assent.feedback.simulated import SimulatedAnnotator
from assent.likelihood.evidence import compile
from assent.likelihood.items import fit_items
from assent.questions import ask
from assent.records import Annotator, new_id
from assent.store.store import Store, open_store
from tests.web import content

CROWD = (
    SimulatedAnnotator("Ada", sensitivity=6.0),
    SimulatedAnnotator("Bo", sensitivity=6.0),
    SimulatedAnnotator("Chidi", sensitivity=6.0),
    SimulatedAnnotator("Dana", sensitivity=0.2, lapse=0.4),
    SimulatedAnnotator("Emre", sensitivity=-5.0),
)


def copy(made: Path, folder: Path, kinds: dict[str, int]) -> tuple[Path, list[str]]:
    """A copy of a project, answered by everybody and fitted; its folder, and the people's ids."""
    copied = Path(shutil.copytree(made, folder))
    with open_store(copied) as store:
        ids = answer(store, kinds)
        fit(store)
    return copied, ids


def answer(store: Store, kinds: dict[str, int], seed: int = 0) -> list[str]:
    """Ask everybody everything, and some of it twice; returns the annotators' ids."""
    rng = np.random.default_rng(seed)
    queries = content.ask(store, kinds, wanted=len(CROWD))
    store.questions.add([ask.repeat(query, new_id()) for query in queries[::2]], {})
    ids = [f"person-{who.name}" for who in CROWD]
    store.people.add_all(Annotator(id, who.name) for id, who in zip(ids, CROWD, strict=True))
    worth = {s.key: float(rng.normal()) for query in queries for s in query.segments}
    now = content.NOW
    for id, who in zip(ids, CROWD, strict=True):
        while slots := desk.claim(store, id, 1, now, 900.0):
            [slot] = slots
            utilities = np.array([worth[s.key] for s in slot.query.segments])
            kind = kinds_of.find(slot.query.kind)
            said = kind.simulate(slot.query, utilities, who, slot.shown_order, rng)
            now += float(rng.uniform(4, 30))
            times = {"read": float(rng.uniform(2e3, 9e3)), "decide": float(rng.uniform(500, 4e3))}
            sent = Submission(
                slot.id, slot.lease_token, id, slot.query.id, said, slot.id + id, times
            )
            desk.answer(store, sent, now)
    return ids


def fit(store: Store) -> None:
    """Keep what the answers say of the people, as the stage `reward` does."""
    judgements = hearing.judgements(store)
    segments = dict.fromkeys(s.key for j in judgements for s in j.target.segments)
    names = sorted({j.annotator for j in judgements})
    evidence = compile(
        judgements,
        {key: row for row, key in enumerate(segments)},
        {name: row for row, name in enumerate(names)},
    )
    found = fit_items(evidence)
    about = described(
        found.people,
        found.people_errors,
        evidence.answers(),
        diagnose(evidence, found.utilities, found.people),
    )
    people = measure.people(store.people.list(), names, about)
    store.checkpoints.add("reward", 1, b"weights", {"people": people}, {}, None)
