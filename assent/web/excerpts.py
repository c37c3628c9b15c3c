"""What a question showed, in a line: how its texts begin, or its clips by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from assent.errors import StoreError
from assent.hearing import OUTSIDE
from assent.interop.collection import item_in
from assent.interop.films import film_shown
from assent.records import Query, Segment
from assent.web import render
from assent.web.site import Site

_BEFORE = 90  # characters of what came before the options
_OPTIONS = 140  # characters of all options together
_LEAST = 35  # characters of an option, however many there are


class ExcerptOut(BaseModel):
    """What a question showed. before: how what came before the options begins; may be empty.

    options: how each option's text begins, in the question's own order; of clips, the number of
        the episode and the steps of it; of films from elsewhere, what they are called there.
    """

    before: str
    options: list[str]
    clips: bool


def of(site: Site, queries: Iterable[Query]) -> dict[str, ExcerptOut]:
    """From each of some questions to what it showed."""
    asked = list(queries)
    # A scene of a clip is a hundred times as long as a text: none is read for its type.
    in_text = site.config.environment.world != "control"
    worded = [query for query in asked if in_text or query.strategy == OUTSIDE]
    keys = {segment.key: None for query in worded for segment in query.segments}
    hashes = site.store.questions.scene_hashes(list(keys))
    told = {query.id: _texts(site, query, hashes) for query in worded}
    found = {id: excerpt for id, excerpt in told.items() if excerpt is not None}
    in_clips = [query for query in asked if query.id not in found]
    numbers = site.store.trajectories.numbers(
        segment.trajectory for query in in_clips for segment in query.segments
    )
    for query in in_clips:
        options = [_clip(segment, numbers) for segment in query.segments]
        found[query.id] = ExcerptOut(before="", options=options, clips=True)
    return found


def _clip(segment: Segment, numbers: dict[str, int]) -> str:
    name = numbers.get(segment.trajectory)
    return f"{'–' if name is None else name} ({segment.start}–{segment.stop})"


def _texts(site: Site, query: Query, hashes: Mapping[str, str]) -> ExcerptOut | None:
    """How a question's texts begin; None where it showed clips."""
    scenes = [_scene(site, hashes.get(segment.key)) for segment in query.segments]
    if all(film_shown(scene) is not None for scene in scenes):
        before = _short(_before(scenes), _BEFORE)
        return ExcerptOut(before=before, options=_names(site, query), clips=True)
    if any(scene.get("type", "text") != "text" for scene in scenes):
        return None
    most = max(_LEAST, _OPTIONS // len(scenes))
    return ExcerptOut(
        before=_short(_before(scenes), _BEFORE),
        options=[_short(str(scene.get("reply") or ""), most) for scene in scenes],
        clips=False,
    )


def _names(site: Site, query: Query) -> list[str]:
    """What the films of a question are called; annotators are not told."""
    given = query.options.get("items")
    if given is not None:
        return [str(name) for name in given]
    ids = [item_in(segment) for segment in query.segments]
    names = site.store.items.names(ids)
    return [names.get(id, id) for id in ids]


def _scene(site: Site, name: str | None) -> dict[str, Any]:
    try:
        return {} if name is None else site.store.blobs.get_json(name)
    except StoreError:
        # A list must not fail for one file; the question itself says what is wrong with it.
        return {}


def _before(scenes: Sequence[dict[str, Any]]) -> str:
    """The last words before the first option."""
    messages = scenes[0].get("messages") or ()
    return str(messages[-1]["content"] if messages else scenes[0].get("prompt") or "")


def _short(text: str, most: int) -> str:
    # Some more than is shown: marks and links take letters that nobody reads.
    line = render.plainly(text[: 10 * most])
    return line if len(line) <= most else f"{line[:most].rstrip(' .,;')}…"
