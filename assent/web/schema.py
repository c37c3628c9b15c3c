"""The shapes of the HTTP API, as OpenAPI documents them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=64)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Milliseconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError for what JSON lets in and nothing can write out again."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half a character (a lone surrogate) stands in it") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


# What a question's kind reads, and checks further.
Open = Annotated[dict[str, Any], AfterValidator(_storable)]


class Body(BaseModel):
    """What is sent; an unknown name is an error, and so is a number in quotes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """Every error: what happened and what to do.

    code: why a session does not let somebody answer: signed_out, paused or erased; no_project: a
        server without this project, whose word on anything else does not count; else empty.
    """

    error: str
    what_to_do: str = ""
    code: str = ""


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The statuses with which a route may refuse, as its document tells them."""
    return {code: {"model": Problem} for code in codes}


class JoinBody(Body):
    """An invite taken up."""

    token: str = Field(max_length=200)
    name: str = Field("", max_length=60, description="as the owner will see it")
    consent: bool = Field(False, description="the consent text was agreed to")


class ConsentBody(Body):
    """What somebody who is in already agrees to. version: of the terms that were shown."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    consent: bool


class Joined(BaseModel):
    """Where to go on."""

    role: Literal["annotator", "owner"]
    location: str


class OptionOut(BaseModel):
    """One thing to be judged: the name that answers use, and the hash of its scene."""

    key: str
    scene: str


class QuestionOut(BaseModel):
    """A question that is held for this person until the lease ends.

    options: in shown order. shown_order: the index in the query of each.
    """

    slot: str
    lease_token: str
    query: str
    kind: str
    question: str
    form: dict[str, Any]
    shown_order: list[int]
    options: list[OptionOut]
    guideline_version: int


class ProgressOut(BaseModel):
    """How far this person and the round are. wanted: answers still wanted, of all questions.

    outside_slots, outside_answered: of questions from elsewhere, which belong to no round.
    """

    mine: int
    round: int
    round_slots: int
    round_answered: int
    outside_slots: int
    outside_answered: int
    wanted: int
    over: bool


class NextOut(BaseModel):
    """Questions to answer, those already held first. practise: none before the practice.

    unread: how many of the owner's messages this person has not read.
    """

    questions: list[QuestionOut]
    practise: bool = False
    unread: int = 0
    progress: ProgressOut
    lease_seconds: float


class AnswerBody(Body):
    """One answer. `key` makes a retry harmless: the same key gives the first receipt again.

    slot, lease_token: null of a correction, which names the answer that it `replaces`.
    """

    key: Key
    slot: Name | None
    lease_token: Name | None
    query: Name
    answer: Open
    shown_order: list[Annotated[int, Field(ge=0, lt=64)]] | None = Field(None, max_length=64)
    timings: dict[Name, Milliseconds] = Field(default_factory=dict, max_length=20)
    note: str = Field("", max_length=2000)
    replaces: Name | None = None
    guideline_version: Annotated[int, Field(ge=0, lt=2**31)] | None = Field(
        None, description="of what was read; null: the newest"
    )


class ReceiptOut(BaseModel):
    """The answer is on disk."""

    feedback: str
    duplicate: bool
    late: bool


class AnswersBody(Body):
    """Answers that were given while the network was away, or by a program."""

    answers: list[AnswerBody] = Field(min_length=1, max_length=100)


class ReceiptsOut(BaseModel):
    """For each answer in the order sent: its receipt, or why it was refused."""

    results: list[ReceiptOut | Problem]


class UndoBody(Body):
    """An own answer, taken back."""

    feedback: Name
    key: Key


class UndoOut(BaseModel):
    """The question, held again; null when somebody else has taken it meanwhile."""

    feedback: str
    question: QuestionOut | None


class Lease(Body):
    """One held question."""

    slot: Name
    lease_token: Name


class HeartbeatBody(Body):
    """The questions that somebody is still at."""

    leases: list[Lease] = Field(max_length=32)


class HeartbeatOut(BaseModel):
    """Slots that are not held any more."""

    lost: list[str]


class GuidelineOut(BaseModel):
    """What annotators are asked to go by."""

    version: int
    markdown: str
    html: str


class SeenBody(Body):
    """A version of the guideline that was shown."""

    version: int = Field(ge=0, lt=2**31)


class SeenOut(BaseModel):
    """The newest version that was shown to this person."""

    version: int


class MarkdownBody(Body):
    """Markdown to keep or to preview."""

    markdown: str = Field(max_length=100_000)


class HtmlOut(BaseModel):
    """Sanitised HTML. images: how many were left out; none is ever shown."""

    html: str
    images: int


class InviteBody(Body):
    """A new link. annotator: the one person whom it lets go on as who they are."""

    role: Literal["annotator", "owner"] = "annotator"
    uses: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None, description="null: any number; of an owner's link, or one for a person, once"
    )
    days: float | None = Field(None, gt=0, le=3650, description="null: serve.invite_days")
    annotator: Name | None = Field(None, description="null: for whoever opens it")


class InviteOut(BaseModel):
    """The link, shown once; only a hash of it is kept."""

    path: str


class ActiveBody(Body):
    """Whether somebody may answer."""

    active: bool
