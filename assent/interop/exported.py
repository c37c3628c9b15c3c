"""What `assent export` of any project wrote, as items and answers: what people said on the page
becomes what a project of answers learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, final

from assent.errors import AssentError, DataError
from assent.feedback import kind as kinds
from assent.feedback import written
from assent.interop.films import film_shown
from assent.interop.gathering import MAX_NOTE_CHARACTERS, Gathering, Said
from assent.interop.lines import first, objects, parsed
from assent.records import Grade, Json, Order, Query, Segment, Target

FORMAT = 1
# A level of the first of two above the second: which was chosen, and how strongly.
_CHOICES: Mapping[int, tuple[tuple[int | None, str | None], ...]] = {
    2: ((1, None), (0, None)),
    3: ((1, None), (None, None), (0, None)),
    5: ((1, "much"), (1, "some"), (None, None), (0, "some"), (0, "much")),
}


def is_export(path: Path) -> bool:
    """Whether the first line of a file says that `assent export` wrote it."""
    with suppress(DataError):
        return parsed(first(path)).get("type") == "project"
    return False


def read_export(path: Path, gathering: Gathering) -> None:
    """Take in every answer in force; lines that cannot be true are refused by line.

    What an answer teaches is said by its kind, as in the loop: an answer of several parts comes
    in as several. Raises DataError when the file is of a later format than this.
    """
    reading = _Reading(gathering)
    for place, row in objects(path, gathering):
        try:
            reading.take(row, place)
        except (AssentError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, DataError) and row.get("type") == "project":
                raise
            why = str(error) if isinstance(error, AssentError) else "not a line of an export"
            gathering.refuse(place, why)


@final
class _Reading:
    """The file so far."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._names: dict[str, str] = {}
        self._called: Counter[str] = Counter()
        self._queries: dict[str, Query] = {}
        self._prompts: dict[str, Any] = {}

    def take(self, row: Json, place: str) -> None:
        """One line."""
        what = row.get("type")
        if what == "project" and row.get("format") != FORMAT:
            raise DataError(
                f"the export has format {str(row.get('format'))[:20]!r}, {FORMAT} is expected; "
                "import it with the assent that wrote it, or a later one"
            )
        if what == "annotator":
            self._names[_text(row["id"])] = _text(row["name"])
            self._called[_text(row["name"])] += 1
        elif what == "query":
            query = _query(row)
            self._queries[query.id] = query
        elif what == "scene":
            self._scene(_text(row["segment"]), row.get("scene"))
        elif what == "feedback":
            self._answer(row, place)

    def _scene(self, key: str, scene: Any) -> None:
        """What stood there. A clip has no words, and is known by its name; a film by its hash."""
        prompt = None
        if isinstance(scene, dict):
            prompt = scene.get("messages") or scene.get("prompt")
            film = film_shown(scene)
            if film is not None:
                self._gathering.film(key, prompt, film)
                return
        if not isinstance(scene, dict) or scene.get("type") != "text":
            self._gathering.entry(key, None, [None])
            return
        self._prompts[key] = prompt
        self._gathering.entry(key, prompt, [scene.get("reply")])

    def _answer(self, row: Json, place: str) -> None:
        query = self._queries.get(_text(row["query"]))
        if query is None:
            raise DataError(f"there is no question {str(row['query'])[:80]!r} before this answer")
        if row.get("in_force") is not True or row.get("answer") is None:
            self._gathering.skip("taken back, or corrected later")
            return
        answer: Json = row["answer"]
        targets = kinds.find(query.kind).targets(query, answer)
        if not targets:
            self._gathering.skip(f"a {query.kind} that teaches no worth, or was skipped")
        for target in targets:
            shown = kinds.shown_in(target, query, [int(n) for n in row["shown_order"]])
            self._gathering.add(self._said(row, query, target, shown), place)

    def _said(self, row: Json, query: Query, target: Target, shown: tuple[int, ...]) -> Said:
        what, options, value, strength = _spelled(target)
        return Said(
            self._who(_text(row["annotator"])),
            what,
            tuple(self._item(segment, query, row["answer"]) for segment in target.segments),
            None,
            options,
            value,
            strength,
            shown,
            str(row.get("note") or "")[:MAX_NOTE_CHARACTERS],
            float(row["created_at"]),
            query.id,
        )

    def _who(self, id: str) -> str:
        """The name that people know; where two have it, or none does, the id."""
        name = self._names.get(id, "")
        return name if self._called[name] == 1 and name.strip() and name.isprintable() else id

    def _item(self, segment: Segment, query: Query, answer: Json) -> str:
        text = answer.get("text")
        if isinstance(text, str) and segment == written.segment_of(query, text):
            prompt = self._prompts.get(query.segments[0].key)
            self._gathering.entry(segment.key, prompt, [text])
        return self._gathering.items_of(segment.key)[0]


def _spelled(target: Target) -> tuple[str, Json, Any, str | None]:
    """A target as a row of the interchange format has it: kind, options, value and strength."""
    if isinstance(target, Order):
        return "ranking", {}, target.ranks, None
    if len(target.segments) == 2:
        chosen, strength = _choice(target)
        return "comparison", {"levels": target.levels}, chosen, strength
    if target.scale == "approval" and target.levels == 2:
        return "approval", {}, target.level, None
    top = target.levels
    scale = f"rating 1 to {top}" if target.scale == "rating" else target.scale
    return "rating", {"levels": top, "low": 1, "high": top, "scale": scale}, target.level, None


def _choice(target: Grade) -> tuple[int | None, str | None]:
    found = _CHOICES.get(target.levels)
    if found is None:
        raise DataError(f"a comparison of {target.levels} levels; 2, 3 or 5 are expected")
    return found[target.level]


def _query(row: Json) -> Query:
    segments = []
    for key in row["segments"]:
        trajectory, start, stop = _text(key).rsplit(":", 2)
        segments.append(Segment(trajectory, int(start), int(stop)))
    options = row["options"]
    if not isinstance(options, dict):
        raise DataError("the options of a question are no object")
    name, what = _text(row["id"]), _text(row["kind"])
    return Query(
        name, what, tuple(segments), _text(row["question"]), "import", 1.0, options=options
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 10_000:
        raise DataError(f"found {str(value)[:40]!r} where a text is expected")
    return value
