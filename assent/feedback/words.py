"""Answers as people say them, in the places that they saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assent.feedback import kind as kinds
from assent.feedback.kind import Choice, Form
from assent.records import Json, Query

_LETTERS = "ABCDEF"
_MOST_CHARACTERS = 60  # of a text that is quoted

Say = Callable[[str], str]


def _plainly(text: str) -> str:
    return text


def of(query: Query, answer: Json, shown_order: Sequence[int], say: Say = _plainly) -> str:
    """What an answer says: "A, much better", "3 > 1 = 2", "4, good".

    say: from the form's words to those of another language.
    """
    form = kinds.find(query.kind).form(query)
    places = {query.segments[index].key: place for place, index in enumerate(shown_order)}
    if "skip" in answer:
        return f"{say('skipped')}, {_skip(form, str(answer['skip']), say)}"
    if form.layout == "choose":
        for choice in form.choices:
            if choice.answer == answer:
                return _chosen(choice, places, say)
    if form.layout == "rank":
        return _order(answer, places)
    if form.layout == "rate":
        rows = [f"{say(row.label)} {answer['levels'][row.name] + 1}" for row in form.rows]
        return ", ".join(rows)
    if form.layout == "rate_then_rank":
        levels = {places[key]: level + 1 for key, level in answer["levels"].items()}
        rated = ", ".join(f"{place + 1}: {levels[place]}" for place in sorted(levels))
        return f"{rated} ({_order(answer, places)})"
    if form.layout == "write":
        return _short(str(answer["text"])) if answer["text"] != form.text else say("good as it is")
    if form.layout == "mark":
        marks = [f"{say(mark['label'])}: {_short(mark['text'])}" for mark in answer["marks"]]
        return "; ".join(marks) or say("nothing to mark")
    if form.layout == "play":
        steps = sum(run[1] for run in answer["actions"])
        return f"{say('played')}: {steps}"
    return ", ".join(f"{name} {value}" for name, value in answer.items())


def _order(answer: Json, places: dict[str, int]) -> str:
    groups = answer.get("ranking", [])
    return " > ".join(" = ".join(str(n) for n in sorted(places[k] + 1 for k in g)) for g in groups)


def _chosen(choice: Choice, places: dict[str, int], say: Say) -> str:
    label = say(choice.label)
    if choice.hint:
        label = f"{label}, {_lower(say(choice.hint))}"
    if choice.segment is None:
        return label
    return f"{_LETTERS[places[choice.segment]]}, {_lower(label)}"


def _skip(form: Form, reason: str, say: Say) -> str:
    for choice in form.skips:
        if choice.answer == {"skip": reason}:
            return _lower(say(choice.label))
    return reason


def _lower(text: str) -> str:
    """In the middle of a sentence; "I" stays as it is."""
    return text if text.startswith("I ") else text[:1].lower() + text[1:]


def _short(text: str) -> str:
    """A line of it, in quotation marks."""
    line = " ".join(text.split())
    return f"\u201c{line[:_MOST_CHARACTERS]}{'…' if len(line) > _MOST_CHARACTERS else ''}\u201d"
