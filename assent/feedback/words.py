"""Answers as people say them: in the places that they saw, or by the question's own letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assent.feedback import kind as kinds
from assent.feedback.kind import Choice, Form
from assent.records import Json, Query

_LETTERS = "ABCDEF"
_MOST_CHARACTERS = 60  # of a text that is quoted
_QUOTED = "\u201c{text}\u201d"

Say = Callable[[str], str]


def _plainly(text: str) -> str:
    return text


def of(query: Query, answer: Json, shown_order: Sequence[int], say: Say = _plainly) -> str:
    """What an answer says: "A, much better", "3 > 1 = 2", "4, good".

    say: from the form's words to those of another language.
    """
    places = {query.segments[index].key: place for place, index in enumerate(shown_order)}
    names = {key: str(place + 1) for key, place in places.items()}
    return _said(query, answer, places, names, say)


def in_letters(query: Query, answer: Json, say: Say = _plainly) -> str:
    """The same with every option called by its letter in the question's own order: "B > A = C".

    So answers of people who saw the options in different places can be compared.
    """
    places = {segment.key: place for place, segment in enumerate(query.segments)}
    names = {key: _LETTERS[place] for key, place in places.items()}
    return _said(query, answer, places, names, say)


def _said(
    query: Query, answer: Json, places: dict[str, int], names: dict[str, str], say: Say
) -> str:
    """What an answer says. places: of the options. names: what a list of options calls each."""
    form = kinds.find(query.kind).form(query)
    if "skip" in answer:
        return f"{say('skipped')}, {_skip(form, str(answer['skip']), say)}"
    if form.layout == "choose":
        for choice in form.choices:
            if choice.answer == answer:
                return _chosen(choice, places, say)
    if form.layout == "rank":
        return _order(answer, names)
    if form.layout == "rate":
        rows = [f"{say(row.label)} {answer['levels'][row.name] + 1}" for row in form.rows]
        return ", ".join(rows)
    if form.layout == "rate_then_rank":
        keys = sorted(answer["levels"], key=lambda key: places[key])
        rated = ", ".join(f"{names[key]}: {answer['levels'][key] + 1}" for key in keys)
        return f"{rated} ({_order(answer, names)})"
    if form.layout == "write":
        text = str(answer["text"])
        return _short(text, say) if text != form.text else say("good as it is")
    if form.layout == "mark":
        marks = [f"{say(mark['label'])}: {_short(mark['text'], say)}" for mark in answer["marks"]]
        return "; ".join(marks) or say("nothing to mark")
    if form.layout == "play":
        steps = sum(run[1] for run in answer["actions"])
        return f"{say('played')}: {steps}"
    return ", ".join(f"{name} {value}" for name, value in answer.items())


def _order(answer: Json, names: dict[str, str]) -> str:
    groups = answer.get("ranking", [])
    return " > ".join(" = ".join(sorted(names[key] for key in group)) for group in groups)


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


def _short(text: str, say: Say) -> str:
    """A line of it, in the language's quotation marks."""
    line = " ".join(text.split())
    cut = f"{line[:_MOST_CHARACTERS]}{'…' if len(line) > _MOST_CHARACTERS else ''}"
    return say(_QUOTED).replace("{text}", cut)
