"""Everything that people were shown and said, one JSON object a line.

Every line has a `type`: project, guideline, annotator, decision, query, scene or feedback.
Questions come first, then what their segments show, then answers; corrections and answers that
were taken back are there, with what they replace. All is read some at a time. A decision is
the owner's, about a person.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assent.errors import StoreError
from assent.feedback import words
from assent.records import Feedback, Query
from assent.store.store import Store

_TOGETHER = 2000  # rows that are held at once: a million do not fit everywhere


def lines(store: Store, name: str, now: float) -> Iterator[str]:
    """The project, its guideline, people, questions with scenes, and every answer ever given.

    Answers that were taken back or corrected are there too, with `in_force` false. The
    true reward is not: nobody who answers has seen it.
    """
    yield _line("project", name=name, exported_at=now, format=1)
    guideline = store.people.guideline()
    yield _line("guideline", version=guideline.version, markdown=guideline.markdown)
    for terms in store.terms.list()[1:]:
        yield _line("terms", version=terms.version, markdown=terms.markdown)
    agreed = store.people.consent_versions()
    for person in store.people.list():
        yield _line("annotator", **asdict(person), consent_version=agreed.get(person.id))
        for decision in store.decisions.list(person.id):
            yield _line("decision", **asdict(decision))
    for some in store.questions.in_parts(_TOGETHER):
        for query in some:
            values = {name: getattr(query, name) for name in Query.__slots__}
            yield _line("query", **values | {"segments": [s.key for s in query.segments]})
    for shown in store.questions.scenes_in_parts(_TOGETHER):
        for key, name in shown:
            yield _line("scene", segment=key, hash=name, scene=store.blobs.get_json(name))
    for log in store.answers.log_in_parts(_TOGETHER):
        queries = store.questions.many(event.query for event, _ in log)
        for event, in_force in log:
            yield _line("feedback", **_feedback(event, queries[event.query], in_force))


def count(store: Store) -> int:
    """How many lines there will be, but for some about the project and its people."""
    asked = store.questions
    return asked.last_number() + asked.scene_count() + store.answers.last_event()


def write(path: Path, texts: Iterable[str]) -> int:
    """Write lines to a file, whole or not at all; returns how many.

    Raises StoreError when the disk does not take them.
    """
    count = 0
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            for text in texts:
                file.write(text + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error}; free some space or name another file"
        ) from None
    return count


def _feedback(feedback: Feedback, query: Query, in_force: bool) -> dict[str, Any]:
    said = "" if feedback.answer is None else words.of(query, feedback.answer, feedback.shown_order)
    shown = [query.segments[index].key for index in feedback.shown_order]
    values = {name: getattr(feedback, name) for name in Feedback.__slots__}
    return {
        **values,
        "timings": dict(feedback.timings),
        "shown": shown,
        "words": said,
        "in_force": in_force,
    }


def _line(kind: str, /, **values: Any) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False, allow_nan=False)
