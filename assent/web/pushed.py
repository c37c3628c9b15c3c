"""Questions that another system asks: their shapes, and how the store keeps them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from assent import hearing
from assent.config import AnswersConfig
from assent.errors import QueryError
from assent.feedback import kind as kinds
from assent.feedback.written import MAX_CHARACTERS
from assent.interop.collection import item_of, segment_of
from assent.interop.films import Film, item_of_film
from assent.records import Json, Query, Segment
from assent.store.films import HEAD_BYTES, MAX_FPS, USUAL_FPS, mime_of
from assent.store.items import Item
from assent.web.schema import Body, Name, Open
from assent.web.site import Site

# What kinds read of a question beside what the settings say.
_OPTIONS = ("anchors", "attributes", "both_bad", "dimension", "labels", "levels", "scale")
_SHORT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,55}")  # ids that stay as they are

# No control character, and no two dots in a row: no path out of a folder, wherever ids end up.
Id = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^(\.?[^\x00-\x1f\x7f.])+\.?$"),
]
Text = Annotated[str, Field(max_length=MAX_CHARACTERS)]
Meta = Annotated[Open, Field(max_length=50)]


class MessageBody(Body):
    """One message of a dialogue."""

    role: Literal["system", "user", "assistant"]
    content: Text


class FilmBody(Body):
    """A film that was sent to `api/media`. fps: frames a second, for stepping through it."""

    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    fps: float = Field(USUAL_FPS, gt=0, le=MAX_FPS)


class ItemBody(Body):
    """A thing that is judged: a reply to a prompt, or to the `messages` of a dialogue.

    video: a film in place of a reply; the prompt or the messages stand above it.
    id: whatever the sender calls it. meta: what the sender wants back with the answers, such as
    the model; annotators get neither.
    """

    id: Id
    reply: Text | None = None
    video: FilmBody | None = None
    prompt: Text = ""
    messages: list[MessageBody] = Field(default_factory=list, max_length=200)
    meta: Meta = Field(default_factory=dict)


class QuestionBody(Body):
    """A question about items. `id` makes a retry harmless: one that is there stays as it is,
    but gets more answers where more are wanted now.

    options: what the kind needs, e.g. `{"levels": 5}` of a rating. meta: as of items.
    """

    id: Id
    kind: Name
    items: list[ItemBody] = Field(min_length=1, max_length=6)
    question: str = Field("", max_length=500, description="empty: as the settings say")
    answers_wanted: int = Field(1, ge=1, le=100)
    options: Open = Field(default_factory=dict, max_length=20)
    meta: Meta = Field(default_factory=dict)


def named(given: str) -> str:
    """The store's id of a question that its sender calls so."""
    short = given if _SHORT.fullmatch(given) else f"-{_hash(given)}"
    return f"{hearing.OUTSIDE}-{short}"


def _hash(*given: str) -> str:
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()[:32]


def check(site: Site, body: QuestionBody) -> None:
    """Raises QueryError where an item is no thing, or two; or two of them cannot be compared."""
    odd = [item.id for item in body.items if (item.reply is None) == (item.video is None)]
    if odd:
        raise QueryError(
            f"item {odd[0]!r} of question {body.id!r} needs a reply or a video, not both"
        )
    films = [item for item in body.items if item.video is not None]
    if films and len(films) < len(body.items):
        raise QueryError(f"question {body.id!r} shows texts and films; ask about either")
    if films and "original" in kinds.find(body.kind).options(site.config.ask):
        raise QueryError(
            f"question {body.id!r} of kind {body.kind!r} is about the words of a text, and a film "
            "has none; take another kind"
        )
    for item in films:
        if _film(site, item) is None:
            raise QueryError(
                f"item {item.id!r} of question {body.id!r} names a film that is not here; send it "
                "to api/media first"
            )


def _film(site: Site, item: ItemBody) -> Film | None:
    """The film that an item names, where it is one and is here."""
    named, blobs = item.video, site.store.blobs
    if named is None or not blobs.has(named.hash):
        return None
    mime = mime_of(blobs.head(named.hash, HEAD_BYTES))
    return None if mime is None else Film(named.hash, mime, named.fps)


def scene(site: Site, item: ItemBody) -> Json:
    """An item as people see it."""
    before: Json = {"prompt": item.prompt}
    if item.messages:
        before = {"messages": [each.model_dump() for each in item.messages]}
    film = _film(site, item)
    if film is not None:
        return {"type": "video", "hash": film.hash, "mime": film.mime, "fps": film.fps, **before}
    return {"type": "text", **before, "reply": item.reply}


def seen(item: ItemBody) -> tuple[str, ...]:
    """What tells items apart that are put side by side: blanks around a text are not seen."""
    said = (f"{each.role}: {each.content.strip()}" for each in item.messages)
    shown = (item.reply or "").strip() if item.video is None else item.video.hash
    return item.prompt.strip(), shown, *said


def differs(site: Site, asked: Query, shown: Sequence[str], known: Query) -> bool:
    """Whether a question that is there was asked with other things."""
    hashes = site.store.questions.scene_hashes([segment.key for segment in known.segments])
    there = [hashes.get(segment.key) for segment in known.segments]
    asks = asked.kind, asked.question, dict(asked.options), list(shown)
    return asks != (known.kind, known.question, dict(known.options), there)


def segments(site: Site, body: QuestionBody) -> tuple[tuple[Segment, ...], list[Item]]:
    """How a question names what it is about, and the items that are to be kept.

    Where there is a loop, the policy never did these things: each is of its question alone. In
    a project of items, it is an item like any other: the same text under the same prompt is one.
    """
    if not isinstance(site.config, AnswersConfig):
        # An item's name may be that of its model, and a segment's key is sent to annotators.
        keys = (_hash(named(body.id), item.id) for item in body.items)
        return tuple(Segment(f"{hearing.OUTSIDE}-{key}", 0, 1) for key in keys), []
    items = [_item(site, body.id, each) for each in body.items]
    dimension = body.options.get("dimension")
    about = None if dimension is None else str(dimension)
    return tuple(segment_of(item.id, about) for item in items), items


def _item(site: Site, question: str, body: ItemBody) -> Item:
    prompt = [each.model_dump() for each in body.messages] or body.prompt or None
    name, film = f"{question}/{body.id}", _film(site, body)
    return item_of(prompt, body.reply, name) if film is None else item_of_film(prompt, film, name)


def question(site: Site, body: QuestionBody, segments: tuple[Segment, ...]) -> Query:
    """The question as the store keeps it. Raises QueryError when it does not fit its kind."""
    names = [item.id for item in body.items]
    if len(set(names)) < len(names):
        raise QueryError(f"question {body.id!r} names an item twice; ask about different ones")
    both = next((item.id for item in body.items if item.prompt and item.messages), None)
    if both is not None:
        raise QueryError(
            f"item {both!r} of question {body.id!r} has a prompt and messages; "
            "put the prompt last into the messages, as the user's"
        )
    kind = kinds.find(body.kind)
    if "play" in body.options:
        # It names what a simulator loads: the loop's own settings say that, and nobody else.
        raise QueryError(f"question {body.id!r} cannot be played; only the loop asks for that")
    usual = kind.options(site.config.ask)
    known = {*usual, *_OPTIONS} - {"original"}
    odd = sorted(set(body.options) - known)
    if odd:
        raise QueryError(
            f"question {body.id!r} has the option {odd[0][:80]!r}, which nothing reads; "
            f"there are {', '.join(sorted(known))}; what is only to come back belongs into meta"
        )
    options = {**usual, **body.options, "items": names}
    if "original" in options:
        options["original"] = body.items[0].reply
    films = [item.video.hash for item in body.items if item.video is not None]
    if films:
        options["films"] = films
    id = named(body.id)
    if id != f"{hearing.OUTSIDE}-{body.id}":
        options["id"] = body.id
    meta = {"question": body.meta, "items": [item.meta for item in body.items]}
    if body.meta or any(meta["items"]):
        options["meta"] = meta
    query = Query(
        id=id,
        kind=body.kind,
        segments=segments,
        question=body.question or site.config.ask.asked(body.kind, kind.question),
        strategy=hearing.OUTSIDE,
        selection_probability=1.0,
        answers_wanted=body.answers_wanted,
        options=options,
    )
    kind.form(query)  # what cannot be shown is refused now, not in front of a person
    return query
