"""Who answers, how far they can be believed as last fitted, and what stands out, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from assent import hearing
from assent.store.store import Store
from assent.web.owner.golds import GoldOut

# What somebody may be on both axes; other flags are about habits.
KINDS = ("expert", "dissenter", "inverted", "careless", "random")
PARAMETERS = ("sensitivity", "lapse", "position", "severity")


class AxisOut(BaseModel):
    """Agreement beyond chance with its 95 % interval. pairs: of answers that it rests on."""

    value: float
    low: float
    high: float
    pairs: int


class FlagOut(BaseModel):
    """What stands out, in words, and how sure that is."""

    name: str
    probability: float
    words: str


class PersonOut(BaseModel):
    """One annotator. parameters: as last fitted; flag: what stands out, in words.

    number: in the order in which they came; charts name people by it.
    self_consistency, agreement: with oneself and with the others; null where nothing says.
    standing: which of both it is likeliest, such as expert or dissenter; may be empty.
    weight: how much the owner lets the answers count from the next fit on. gold: how they did
        on questions whose answer the owner decided.
    """

    id: str
    number: int
    name: str
    species: str
    active: bool
    answers: int
    parameters: dict[str, float]
    flag: str
    flags: list[FlagOut] = []
    self_consistency: AxisOut | None = None
    agreement: AxisOut | None = None
    standing: str = ""
    standing_probability: float = 0.0
    weight: float = 1.0
    weight_reason: str = ""
    gold: GoldOut | None = None


# What a fit adds to the words of a flag.
_TAILS = (
    ", nor on what was said before",
    "; without repeats or circles nothing tells this from another opinion",
    "; too few repeats to be sure that it is no other opinion",
)


def in_words(flag: FlagOut, say: Callable[[str], str]) -> str:
    """What stands out, in a language."""
    for tail in _TAILS:
        if flag.words.endswith(tail):
            return say(flag.words.removesuffix(tail)) + say(tail)
    return say(flag.words)


def of(store: Store, golds: Mapping[str, GoldOut] | None = None) -> list[PersonOut]:
    """Everybody, those with most answers first; the owner's own verdicts are nobody's."""
    fitted = _fitted(store)
    counts = store.answers.counts()
    decided = store.decisions.in_force("believe")
    rows = []
    everybody = [each for each in store.people.list() if each.id != hearing.ADJUDICATOR]
    for number, person in enumerate(everybody, start=1):
        found = fitted.get(person.id, {})
        belief = decided.get(person.id)
        rows.append(
            PersonOut(
                id=person.id,
                number=number,
                name=person.name,
                species=person.species,
                active=person.active,
                answers=counts.get(person.id, 0),
                parameters={name: float(found[name]) for name in PARAMETERS if name in found},
                flag=str(found.get("flag", "")),
                flags=[FlagOut.model_validate(each) for each in found.get("flags", ())],
                self_consistency=_axis(found.get("self_consistency")),
                agreement=_axis(found.get("agreement")),
                standing=str(found.get("standing", "")),
                standing_probability=float(found.get("standing_probability") or 0.0),
                weight=1.0 if belief is None else belief.value,
                weight_reason="" if belief is None else belief.reason,
                gold=(golds or {}).get(person.id),
            )
        )
    return sorted(rows, key=lambda row: (-row.answers, row.name))


def called(person: PersonOut) -> tuple[str, float]:
    """What somebody is likeliest, as every page and chart has it, and how sure that is.

    What stands out with 95 % or more comes first; else what both axes say, which may be nothing.
    """
    for flag in person.flags:
        if flag.name in KINDS:
            return flag.name, flag.probability
    return person.standing, person.standing_probability


def standing_out(person: PersonOut) -> bool:
    """Whether there is something to tell of somebody, or was something decided."""
    nothing = person.flag in ("", "nothing")
    return not nothing or person.weight < 1 or not person.active


def _axis(found: Any) -> AxisOut | None:
    """An axis of the fit, where there is anything on it."""
    if not isinstance(found, dict) or found.get("value") is None:
        return None
    return AxisOut.model_validate({name: found[name] for name in AxisOut.model_fields})


def _fitted(store: Store) -> dict[str, Mapping[str, Any]]:
    """What the latest reward checkpoint says of each annotator, by id."""
    checkpoint = store.checkpoints.latest("reward")
    said = checkpoint.details.get("people", []) if checkpoint is not None else []
    return {str(one["annotator"]): one for one in said}
