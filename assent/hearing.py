"""What people said, read back from the store with what each answer teaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assent.feedback import kind as kinds
from assent.feedback.written import segment_of
from assent.records import Feedback, Json, Judgement, Query
from assent.store.store import Store

ADJUDICATOR = "adjudicator"  # the annotator that the owner's verdicts stand under
MAX_GOLDS = 1000  # the newest are asked; more would never be met twice
OUTSIDE = "outside"  # the strategy of questions that another system asks through the API


@dataclass(frozen=True, slots=True)
class Heard:
    """Every answer in force with its question, and what each teaches; oldest first."""

    events: tuple[Feedback, ...]
    queries: Mapping[str, Query]
    judgements: tuple[Judgement, ...]


def hear(store: Store, round: int | None = None) -> Heard:
    """Every answer in force, read once. round: of the questions; None: all rounds."""
    events = store.answers.current(round=round)
    queries = store.questions.many(event.query for event in events)
    found: list[Judgement] = []
    for event in events:
        query = queries[event.query]
        if event.answer is None:
            continue
        for target in kinds.find(query.kind).targets(query, event.answer):
            shown = kinds.shown_in(target, query, event.shown_order)
            found.append(Judgement(target, event.annotator, shown, query.kind, event.id))
    return Heard(tuple(events), queries, tuple(found))


def judgements(store: Store, round: int | None = None) -> list[Judgement]:
    """What every answer in force teaches, oldest first; skipped questions teach nothing.

    round: of the questions; None: all rounds. Late answers count here: they are what
    somebody thought. What was asked about things from outside is left out: the policy never
    did them, so the loop cannot describe them to the reward.
    """
    heard = hear(store, round)
    outside = {id for id, query in heard.queries.items() if query.strategy == OUTSIDE}
    queries = {event.id: event.query for event in heard.events}
    return [each for each in heard.judgements if queries[each.feedback] not in outside]


@dataclass(frozen=True, slots=True)
class Written:
    """A text by a person in place of a trajectory's reply."""

    text: str
    instead_of: str


def written(store: Store) -> dict[str, Written]:
    """The texts that answers in force hold above a reply, by the name that targets give them.

    What was written about things from outside is left out, as in `judgements`.
    """
    events = store.answers.current()
    queries = store.questions.many(event.query for event in events)
    found: dict[str, Written] = {}
    for event in events:
        query = queries[event.query]
        text = (event.answer or {}).get("text")
        if event.answer is None or not isinstance(text, str) or query.strategy == OUTSIDE:
            continue
        own = segment_of(query, text)
        targets = kinds.find(query.kind).targets(query, event.answer)
        if any(own in target.segments for target in targets):
            found[own.trajectory] = Written(text, query.segments[0].trajectory)
    return found


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What a person showed in place of what a trajectory does. id: of the answer."""

    id: str
    instead_of: str
    query: Query
    answer: Json


def demonstrations(store: Store) -> list[Demonstrated]:
    """What people showed in answers in force, oldest first; not about things from outside."""
    events = store.answers.current()
    queries = store.questions.many(event.query for event in events)
    return [
        Demonstrated(event.id, query.segments[0].trajectory, query, event.answer)
        for event in events
        if (query := queries[event.query]).kind == "demonstration" and query.strategy != OUTSIDE
        if event.answer is not None and "skip" not in event.answer
    ]


def unlearnt(store: Store) -> bool:
    """Whether there are answers that the newest fit of a project of answers has not seen."""
    fitted = store.runs.last("reward")
    return store.answers.last_event() > (fitted.details.get("event", 0) if fitted else 0)


def golds(store: Store) -> list[Query]:
    """Questions whose answer the owner has decided; `options["gold"]` is that answer.

    None of those that were imported without what they are about: nobody can be shown them.
    """
    given = store.answers.history(ADJUDICATOR, MAX_GOLDS)
    asked = store.questions.many(event.query for event in given)
    keys = {query.id: {segment.key for segment in query.segments} for query in asked.values()}
    here = store.questions.scene_hashes([*set().union(*keys.values())])
    return [
        replace(query, options={**query.options, "gold": event.answer})
        for event in given
        if (query := asked[event.query]).purpose != "gold"
        and query.strategy != OUTSIDE
        and keys[query.id] <= here.keys()
    ]
