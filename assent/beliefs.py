"""How far the owner believes each annotator, as the evidence of a fit has it.

A number of the owner's, 1 where nothing was decided; it multiplies what the answers count
and is no part of the model. Nothing is dropped: taken back, the next fit has all of it again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from assent.errors import ConfigError, DataError
from assent.likelihood.evidence import Evidence
from assent.records import Annotator
from assent.store.decisions import Decision
from assent.store.store import Store


def weighed(store: Store, evidence: Evidence, names: Sequence[str]) -> Evidence:
    """The evidence, with everybody's answers counting as much as the owner believes them.

    names: annotators' ids in the order of their rows.
    Raises DataError when nobody is believed at all.
    """
    beliefs = store.decisions.beliefs()
    if not beliefs:
        return evidence
    # Rows beyond the names are of nobody.
    every = [*names, *[""] * (evidence.annotators - len(names))]
    found = evidence.believing([beliefs.get(name, 1.0) for name in every])
    if evidence.weight.sum() > 0 and not found.weight.sum() > 0:
        raise DataError(
            "every answer is by somebody whose weight is 0; believe somebody again, with "
            "`assent annotators --believe NAME=1` or on the owner's page"
        )
    return found


def believe(store: Store, wish: str, reason: str, now: float | None = None) -> Annotator:
    """Decide as `NAME=WEIGHT` says, a name or an id; returns whom it is about.

    Raises ConfigError when it says nothing clear, AccessError when there is no such annotator
    or two of that name.
    """
    name, _, given = wish.rpartition("=")
    try:
        weight = float(given)
    except ValueError:
        weight = -1.0
    if not name or not 0 <= weight <= 1:
        raise ConfigError(f"{wish!r} is not NAME=WEIGHT with a weight of 0 to 1, as in ada=0.5")
    person = store.people.called(name)
    decided = time.time() if now is None else now
    store.decisions.add(Decision("believe", person.id, weight, reason, decided))
    return person
