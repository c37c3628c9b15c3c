"""Questions as the page gets them, written as JSON; their forms are written once.

Whoever works gets the same few questions again with every request, and most of a question is
its form, which is the same for everybody who reads one language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import final

from pydantic import TypeAdapter

from assent.feedback import kind as kinds
from assent.feedback.kind import Form
from assent.recent import Recent
from assent.records import Query
from assent.store.leases import Slot
from assent.web.languages import Language

_MOST = 1000  # forms, of a kilobyte or two each
# Many times as fast as `dataclasses.asdict`.
_FORM = TypeAdapter(Form)
_write = json.JSONEncoder(separators=(",", ":")).encode


@final
class Forms:
    """Writes questions; remembers the forms that it wrote."""

    def __init__(self) -> None:
        self._written: Recent[tuple[str, str], str] = Recent(_MOST)

    def question(
        self, slot: Slot, scenes: Mapping[str, str], guideline_version: int, language: Language
    ) -> str:
        """A `schema.QuestionOut` as JSON. scenes: from a segment's key to its scene."""
        query = slot.query
        keys = [query.segments[index].key for index in slot.shown_order]
        rest = _write(
            {
                "slot": slot.id,
                "lease_token": slot.lease_token,
                "query": query.id,
                "kind": query.kind,
                "question": language.say(query.question),
                "shown_order": slot.shown_order,
                "options": [{"key": key, "scene": scenes.get(key, "")} for key in keys],
                "guideline_version": guideline_version,
            }
        )
        return f'{rest[:-1]},"form":{self._form(query, language)}}}'

    def _form(self, query: Query, language: Language) -> str:
        key = query.id, language.code
        written = self._written.some([key]).get(key)
        if written is None:
            form = _FORM.dump_python(kinds.find(query.kind).form(query))
            written = _write(language.form(form))
            self._written.keep({key: written})
        return written
