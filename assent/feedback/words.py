"""Answers as people say them, in the places that they saw."""

from __future__ import annotations

from collections.abc import Sequence

from assent.feedback import kind as kinds
from assent.feedback.kind import Choice, Form
from assent.records import Json, Query

_LETTERS = "ABCDEF"


def of(query: Query, answer: Json, shown_order: Sequence[int]) -> str:
    """What an answer says: "A, much better", "3 > 1 = 2", "4, good"."""
    form = kinds.find(query.kind).form(query)
    places = {query.segments[index].key: place for place, index in enumerate(shown_order)}
    if "skip" in answer:
        return f"skipped, {_skip(form, str(answer['skip']))}"
    if form.layout == "rank":
        groups = answer.get("ranking", [])
        numbers = [" = ".join(str(n) for n in sorted(places[k] + 1 for k in g)) for g in groups]
        return " > ".join(numbers)
    for choice in form.choices:
        if choice.answer == answer:
            return _chosen(choice, places)
    return ", ".join(f"{name} {value}" for name, value in answer.items())


def _chosen(choice: Choice, places: dict[str, int]) -> str:
    label = f"{choice.label}, {choice.hint.lower()}" if choice.hint else choice.label
    if choice.segment is None:
        return label
    return f"{_LETTERS[places[choice.segment]]}, {label.lower()}"


def _skip(form: Form, reason: str) -> str:
    for choice in form.skips:
        if choice.answer == {"skip": reason}:
            return choice.label.lower()
    return reason
