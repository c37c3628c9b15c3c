"""What a kind of feedback is: a question's form, its answers, and what they teach.

Kinds are an open set, each one file, found by name through plug-ins; the targets
they map to are a closed set of two (`records.Order`, `records.Grade`), so every
kind trains the same reward model. Nothing here knows torch, stores or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from assent import plugins
from assent.errors import QueryError
from assent.feedback.simulated import SimulatedAnnotator
from assent.records import Json, Query, Target
from assent.sections import AskSection

Utilities = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a person can press, and the whole answer that it sends.

    key: on the keyboard; `place` and `shift+place` stand for the form's place key
        of wherever the page shows `segment`.
    segment: the segment that the button belongs to; None: to the whole question.
    hint: what the label means, for an anchor under a level.
    """

    key: str
    label: str
    answer: Json
    segment: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing out of several that are rated in one question.

    name: in the answer. segment: the segment that is rated; None: an attribute of the only one.
    """

    name: str
    label: str = ""
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that a page needs to put a question, except the scenes.

    layout: `choose`: press one of `choices`; `rank`: put `segments` in order, best
        first, equals together, and send `{"ranking": [[key, ...], ...]}`; `rate`: give each
        of `rows` one of `choices` and send `{"levels": {name: level}}`; `rate_then_rank`: the
        same, then order equal rows and send the `ranking` beside it; `write`: change `text`
        and send `{"text": ...}`; `mark`: mark parts of `text` with one of `choices` and send
        `{"marks": [{"start", "stop", "label", "reason", "text"}, ...]}`, in code points;
        `play`: steer with the keys of `choices`, whose answers are actions, and send
        `{"actions": [[action, steps], ...]}`.
    segments: keys in the query's order; the slot says at which place each is shown.
    place_keys: the keyboard key of each place on the screen, first to last.
    skips: reasons for not answering, each with its answer.
    most_characters: of a written text.
    play: of what is steered: `steps` at most, `fps` and the `speed` of the clock at first, and
        the action while nothing is held (`rest`; None: the last one goes on).
    """

    kind: str
    question: str
    layout: Literal["choose", "rank", "rate", "rate_then_rank", "write", "mark", "play"]
    segments: tuple[str, ...]
    choices: tuple[Choice, ...]
    place_keys: tuple[str, ...]
    skips: tuple[Choice, ...]
    rows: tuple[Row, ...] = ()
    text: str = ""
    most_characters: int = 0
    play: Json | None = None

    def json(self) -> Json:
        """The form as plain values, for a template or a response."""
        return asdict(self)


class FeedbackKind(Protocol):
    """One kind of question. Stateless: everything is in the query.

    question: what people are asked where the settings do not say.
    """

    name: str
    question: str

    def size(self, ask: AskSection) -> int:
        """How many segments one question shows, under these settings."""

    def options(self, ask: AskSection) -> Json:
        """What a query of this kind carries in `options`, under these settings.

        `"original": ""` asks for the text of the query's one segment to be put there.
        """

    def form(self, query: Query) -> Form:
        """What the page shows. Raises QueryError when the query does not fit the kind."""

    def check(self, query: Query, answer: object) -> Json:
        """The answer in its one normal spelling; checking it again changes nothing.

        answer: whatever arrived; nothing is assumed about it.
        Raises AnswerError saying what was found, what was expected and what to do.
        """

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """What the answer teaches, segments in the query's order; nothing for a skip.

        The place of an option, in the query or on the screen, never changes the meaning.
        """

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """An answer of a simulated annotator, drawn from the reward model's likelihood.

        utilities: `[K]` as the annotator sees them (`simulated.perceived`), in
            standard deviations of the pool's utilities.
        shown_order: for each place on the screen, the index of the segment shown there.
        """


# The five reasons stand on the keys 1 to 5 once "skip" was pressed.
_SKIPS = (
    ("cannot_tell", "I cannot tell"),
    ("not_visible", "Something is not shown or does not play"),
    ("unclear", "The question is unclear"),
    ("uncomfortable", "I do not want to judge this"),
    ("other", "Another reason"),
)
SKIPS = tuple(
    Choice(str(number), label, {"skip": reason})
    for number, (reason, label) in enumerate(_SKIPS, start=1)
)
CANNOT_TELL: Json = {"skip": "cannot_tell"}


@cache
def find(name: str) -> FeedbackKind:
    """The kind registered under a name; ConfigError lists the names there are."""
    return cast(FeedbackKind, plugins.find("feedback", name)())


def scale_of(query: Query) -> str:
    """The scale that a question's levels are read on: its kind, unless its options name one."""
    return str(query.options.get("scale", query.kind))


def need_segments(query: Query, least: int, most: int, advice: str) -> None:
    """Raise QueryError unless the query shows `least` to `most` segments."""
    found = len(query.segments)
    if not least <= found <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise QueryError(
            f"{query.kind} needs {wanted} segments, got {found} (query {query.id}); {advice}"
        )


def shown_in(target: Target, query: Query, shown_order: Sequence[int]) -> tuple[int, ...]:
    """Where a target's segments stood: for each place, the index in `target.segments`.

    Places that showed a segment the target does not speak of are left out. Empty when the
    target speaks of something that stood nowhere, such as a text that was written.
    """
    index = {segment.key: number for number, segment in enumerate(target.segments)}
    keys = (query.segments[shown].key for shown in shown_order)
    places = tuple(index[key] for key in keys if key in index)
    return places if len(places) == len(target.segments) else ()
