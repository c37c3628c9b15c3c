"""Prompts and demonstrations from JSONL files, one JSON object a line.

A file comes from outside: it is believed line by line, and every complaint names
the line. Keys that are not known here are left alone, so data sets keep theirs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assent.errors import DataError

Message = dict[str, str]

_ROLES = ("system", "user", "assistant")
_MAX_LINE_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is said before the policy's first reply, and by the user after each one.

    id: the same for the same words, wherever they stand. place: file and line, for errors.
    """

    id: str
    messages: tuple[Message, ...]
    follow_ups: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A reply that is shown to the policy as a model. place: file and line, for errors."""

    messages: tuple[Message, ...]
    reply: str
    place: str


def read_prompts(path: Path, turns: int = 1, system: str | None = None) -> list[Dialogue]:
    """The dialogues of a file, in its order.

    A line has `prompt`, a string, or `messages`, a list of {"role", "content"} that
    ends with the user. With several turns the policy answers the last `turns` user
    messages; what the file has between them as the assistant's is left out.
    system: put in front of dialogues that have no system message of their own.
    Raises DataError naming the line.
    """
    dialogues = []
    for place, row in _rows(path):
        messages = _messages(row, place, system)
        asked = [index for index, each in enumerate(messages) if each["role"] == "user"]
        if len(asked) < turns:
            raise DataError(
                f"{place} has {len(asked)} user messages, environment.turns = {turns} needs as "
                "many; add user messages or lower turns"
            )
        first = asked[-turns]
        opening = tuple(messages[: first + 1])
        later = tuple(messages[index]["content"] for index in asked if index > first)
        dialogues.append(Dialogue(_name(opening, later), opening, later, place))
    return dialogues


def read_demonstrations(path: Path, system: str | None = None) -> list[Demonstration]:
    """The demonstrations of a file: lines as of `read_prompts`, and `reply`, a string."""
    shown = []
    for place, row in _rows(path):
        messages = _messages(row, place, system)
        if "reply" not in row:
            raise DataError(f"{place} has no `reply`; write what the policy should have said")
        reply = _words(row["reply"], "reply", place)
        shown.append(Demonstration(tuple(messages), reply, place))
    return shown


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSONL file with the place of each; empty lines are passed over."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; name an existing file") from None
    empty = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        empty = False
        place = f"{path}, line {number}"
        yield place, _object(line, place)
    if empty:
        raise DataError(f'{path} is empty; one {{"prompt": "..."}} a line is expected')


def _object(line: bytes, place: str) -> dict[str, Any]:
    """The JSON object in a line."""
    if len(line) > _MAX_LINE_CHARACTERS:
        raise DataError(f"{place} is {len(line)} bytes long; at most {_MAX_LINE_CHARACTERS}")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(f"{place} is not UTF-8 at byte {error.start}; convert the file") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place} is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise DataError(f"{place} is a {type(row).__name__}, an object is expected")
    return row


def _messages(row: dict[str, Any], place: str, system: str | None) -> list[Message]:
    """The messages of a line, checked, with the system prompt in front."""
    if ("prompt" in row) == ("messages" in row):
        raise DataError(f"{place} needs either `prompt` or `messages`, found {sorted(row)}")
    if "prompt" in row:
        messages = [{"role": "user", "content": _words(row["prompt"], "prompt", place)}]
    else:
        found = row["messages"]
        if not isinstance(found, list) or not found:
            raise DataError(f"{place}: messages must be a list with at least one message")
        messages = [_message(each, place) for each in found]
    later_system = any(each["role"] == "system" for each in messages[1:])
    if messages[-1]["role"] != "user" or later_system:
        roles = ", ".join(each["role"] for each in messages)
        raise DataError(
            f"{place}: messages must end with the user, and only the first may be the system's; "
            f"found {roles}"
        )
    if system and messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": system})
    return messages


def _message(found: Any, place: str) -> Message:
    """One message, checked."""
    if not isinstance(found, dict) or found.get("role") not in _ROLES:
        raise DataError(
            f"{place}: a message needs a `role` ({', '.join(_ROLES)}) and a `content`, "
            f"found {str(found)[:80]}"
        )
    content = _words(found.get("content"), "content", place)
    return {"role": str(found["role"]), "content": content}


def _words(found: Any, name: str, place: str) -> str:
    """A string that says something and can be written down."""
    if not isinstance(found, str) or not found.strip():
        raise DataError(f"{place}: `{name}` must be a string that is not empty")
    # JSON can spell half of a character pair, which no encoding can write.
    if any("\ud800" <= each <= "\udfff" or each == "\0" for each in found):
        raise DataError(f"{place}: `{name}` has a NUL or half a character pair; take it out")
    return found


def _name(opening: tuple[Message, ...], later: tuple[str, ...]) -> str:
    """A name for a dialogue that follows from its words alone."""
    whole = json.dumps([list(opening), list(later)], sort_keys=True)
    return hashlib.sha256(whole.encode("ascii")).hexdigest()[:16]
