"""Everything that people were shown and said, one JSON object a line.

Every line has a `type`: project, guideline, annotator, decision, query, scene or feedback.
Questions and answers stand in the order of the store; corrections and answers that were
taken back are there, with what they replace. A decision is the owner's, about a person.
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


def lines(store: Store, name: str, now: float) -> Iterator[str]:
    """The project, its guideline, people, questions with scenes, and every answer ever given.

    Answers that were taken back or corrected are there too, with `in_force` false. The
    true reward is not: nobody who answers has seen it.
    """
    yield _line("project", name=name, exported_at=now, format=1)
    guideline = store.people.guideline()
    yield _line("guideline", version=guideline.version, markdown=guideline.markdown)
    for person in store.people.list():
        yield _line("annotator", **asdict(person))
        for decision in store.decisions.list(person.id):
            yield _line("decision", **asdict(decision))
    queries = {query.id: query for query in store.questions.list()}
    shown: set[str] = set()
    for query in queries.values():
        yield _line("query", **_query(store, query))
        for segment in query.segments:
            if segment.key not in shown:
                shown.add(segment.key)
                yield _line(
                    "scene",
                    segment=segment.key,
                    hash=store.questions.scene_hash(segment.key),
                    scene=store.questions.scene(segment.key),
                )
    in_force = {feedback.id for feedback in store.answers.current()}
    for feedback in store.answers.all():
        yield _line("feedback", **_feedback(feedback, queries[feedback.query], in_force))


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


def _query(store: Store, query: Query) -> dict[str, Any]:
    segments = [segment.key for segment in query.segments]
    return {**asdict(query), "segments": segments}


def _feedback(feedback: Feedback, query: Query, in_force: set[str]) -> dict[str, Any]:
    said = "" if feedback.answer is None else words.of(query, feedback.answer, feedback.shown_order)
    shown = [query.segments[index].key for index in feedback.shown_order]
    values = {name: getattr(feedback, name) for name in Feedback.__slots__}
    return {
        **values,
        "timings": dict(feedback.timings),
        "shown": shown,
        "words": said,
        "in_force": feedback.id in in_force,
    }


def _line(kind: str, /, **values: Any) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False, allow_nan=False)
