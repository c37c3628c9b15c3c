"""How people do on questions whose answer the owner decided."""

from __future__ import annotations

from collections import defaultdict

from pydantic import BaseModel

from assent.desk import Heard
from assent.feedback import kind as kinds
from assent.records import Target
from assent.web.disputes import difference


class GoldOut(BaseModel):
    """Known questions that somebody answered. agreement: with the known answers, 0 to 1."""

    answers: int
    agreement: float


def of(heard: Heard) -> dict[str, GoldOut]:
    """From each annotator who answered a gold question to how they did."""
    targets: dict[str, list[Target]] = defaultdict(list)
    for judgement in heard.judgements:
        targets[judgement.feedback].append(judgement.target)
    found: dict[str, list[float]] = defaultdict(list)
    for event in heard.events:
        query = heard.queries[event.query]
        known = query.options.get("gold")
        if query.purpose != "gold" or known is None:
            continue
        apart = difference(kinds.find(query.kind).targets(query, known), targets[event.id])
        if apart is not None:
            found[event.annotator].append(1 - apart)
    return {
        who: GoldOut(answers=len(values), agreement=sum(values) / len(values))
        for who, values in found.items()
    }
