"""Who answers, how far they can be believed as last fitted, and what stands out, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from assent.store.store import Store

PARAMETERS = ("sensitivity", "lapse", "position", "severity")


class PersonOut(BaseModel):
    """One annotator. parameters: as last fitted; flag: what stands out, in words."""

    id: str
    name: str
    species: str
    active: bool
    answers: int
    parameters: dict[str, float]
    flag: str


def of(store: Store) -> list[PersonOut]:
    """Everybody, those with most answers first."""
    fitted = _fitted(store)
    counts = store.answers.counts()
    rows = []
    for person in store.people.list():
        found = fitted.get(person.id, {})
        parameters = {name: float(found[name]) for name in PARAMETERS if name in found}
        rows.append(
            PersonOut(
                id=person.id,
                name=person.name,
                species=person.species,
                active=person.active,
                answers=counts.get(person.id, 0),
                parameters=parameters,
                flag=str(found.get("flag", "")),
            )
        )
    return sorted(rows, key=lambda row: (-row.answers, row.name))


def _fitted(store: Store) -> dict[str, Mapping[str, Any]]:
    """What the latest reward checkpoint says of each annotator, by id."""
    checkpoint = store.checkpoints.latest("reward")
    said = checkpoint.details.get("people", []) if checkpoint is not None else []
    return {str(one["annotator"]): one for one in said}
