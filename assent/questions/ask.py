"""From settings to a round's questions: how many of each kind, which, and which again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assent.errors import QueryError
from assent.feedback import kind as kinds
from assent.feedback import played
from assent.questions.pool import Pool
from assent.questions.strategy import Choice, Need, Posterior, Strategy
from assent.records import Json, Query, Segment, new_id
from assent.sections import AskSection


@dataclass(frozen=True, slots=True)
class Asking:
    """What the questions of one kind have in common."""

    kind: str
    text: str
    options: Json
    answers_wanted: int
    round: int


def choose(
    pool: Pool,
    posterior: Posterior,
    ask: AskSection,
    strategy: Strategy,
    round: int,
    rng: np.random.Generator,
) -> list[Query]:
    """A round's questions in random order, then those of them that are asked again.

    Fewer than `ask.questions` when the pool has no more. Ids sort in the order of the list.
    Raises ConfigError where `ask.kinds` or `ask.texts` name a kind that there is none of.
    """
    plan: list[tuple[Choice, Asking]] = []
    for name in ask.texts:
        kinds.find(name)  # a name that nothing is called would never be asked
    for name, count in counts(ask.kinds, ask.questions).items():
        kind = kinds.find(name)
        need = Need(kind.size(ask), count, ask.random_share)
        text = ask.asked(name, kind.question)
        asking = Asking(name, text, kind.options(ask), ask.answers_wanted, round)
        plan += [(choice, asking) for choice in strategy(pool, posterior, need, rng)]
    order = rng.permutation(len(plan))
    again = rng.permutation(len(plan))[: _share(ask.repeat_share, len(plan), rng)]
    ids = _ids(len(order) + len(again), time.time(), rng)
    queries = [
        build(plan[place][0], plan[place][1], pool, id)
        for place, id in zip(order, ids, strict=False)
    ]
    later = zip(again, ids[len(order) :], strict=True)
    return queries + [repeat(queries[place], id) for place, id in later]


def build(choice: Choice, asking: Asking, pool: Pool, id: str) -> Query:
    """A chosen set as a question."""
    return Query(
        id,
        asking.kind,
        tuple(pool.segments[member] for member in choice.members),
        asking.text,
        choice.strategy,
        choice.probability,
        asking.answers_wanted,
        round=asking.round,
        options=asking.options,
    )


def with_originals(
    queries: Sequence[Query],
    texts: Mapping[str, str],
    play: Callable[[Segment], Json | None] = lambda segment: None,
) -> list[Query]:
    """The questions, those that are about a text carrying it in `options["original"]`.

    texts: from segment key to the reply as it was written. play: how the start of a segment can
        be played by hand; a demonstration of what has no text carries it in `options["play"]`.
    Raises QueryError where a question needs the text of something that has none.
    """
    return [_with_original(query, texts, play) for query in queries]


def _with_original(
    query: Query, texts: Mapping[str, str], play: Callable[[Segment], Json | None]
) -> Query:
    if "original" not in query.options:
        return query
    key = query.segments[0].key
    if key not in texts and query.kind == "demonstration":
        steered = play(query.segments[0])
        if steered is not None:
            others = {name: v for name, v in query.options.items() if name != "original"}
            usual = query.question == kinds.find(query.kind).question
            text = played.QUESTION if usual else query.question
            return replace(query, question=text, options={**others, "play": steered})
    if key not in texts:
        raise QueryError(
            f"{query.kind} is about the words of a reply, and {key} has none; take "
            f"{query.kind} out of [ask.kinds], or use a text project"
        )
    return replace(query, options={**query.options, "original": texts[key]})


def telling_apart(queries: Sequence[Query], looks: Mapping[str, str]) -> list[Query]:
    """The questions whose options can be told apart, without repeats of any other.

    looks: from segment key to what people see of it. Segments may differ in their features, or
    in tokens that nobody sees, and look alike; a choice between them would be noise.
    """
    alike = {
        query.id
        for query in queries
        if len({looks[segment.key] for segment in query.segments}) < len(query.segments)
    }
    return [
        query
        for query in queries
        if query.id not in alike and query.options.get("mirror_of") not in alike
    ]


def look(scene: Json) -> str:
    """What people see of a scene: equal for scenes that differ in nothing that is shown.

    A reply is shown without the blanks around it.
    """
    if "reply" in scene:
        scene = {**scene, "reply": str(scene["reply"]).strip()}
    return json.dumps(scene, sort_keys=True)


def repeat(query: Query, id: str) -> Query:
    """The same question once more; `mirror_of` lets the store show it the other way round."""
    return replace(query, id=id, purpose="repeat", options={**query.options, "mirror_of": query.id})


def known(
    golds: Sequence[Query], ask: AskSection, round: int, rng: np.random.Generator
) -> list[Query]:
    """Questions whose answer is known, asked again among the others, each at most once.

    golds: with the answer in `options["gold"]`. As many as `ask.gold_share` of the
    questions, or as there are.
    """
    wanted = min(len(golds), _share(ask.gold_share, ask.questions, rng))
    chosen = rng.permutation(len(golds))[:wanted]
    return [
        replace(
            golds[place],
            id=id,
            purpose="gold",
            round=round,
            strategy="gold",
            selection_probability=1.0,
            answers_wanted=ask.answers_wanted,
        )
        for place, id in zip(chosen, _ids(wanted, time.time(), rng), strict=True)
    ]


def mixed(
    queries: Sequence[Query], golds: Sequence[Query], rng: np.random.Generator
) -> list[Query]:
    """All of them, the golds at random places; without golds nothing is drawn."""
    if not golds:
        return list(queries)
    places = set(rng.permutation(len(queries) + len(golds))[: len(golds)].tolist())
    known, others = iter(golds), iter(queries)
    total = len(queries) + len(golds)
    return [next(known) if place in places else next(others) for place in range(total)]


def counts(kinds: Mapping[str, float], questions: int) -> dict[str, int]:
    """How many questions of each kind, by largest remainder; they add up to `questions`."""
    total = sum(kinds.values())
    exact = {name: questions * share / total for name, share in kinds.items()}
    whole = {name: int(number) for name, number in exact.items()}
    for name in sorted(kinds, key=lambda name: whole[name] - exact[name]):
        if sum(whole.values()) < questions:
            whole[name] += 1
    return whole


def _share(share: float, number: int, rng: np.random.Generator) -> int:
    """share of number, the fraction left over being rounded by chance."""
    return int(share * number + rng.random())


def _ids(count: int, now: float, rng: np.random.Generator) -> list[str]:
    """New ids of one instant that sort as they stand, by a counter in front of the random bits.

    (RFC 9562, 6.2, method 1: 24 bits of counter, 50 bits of chance.)
    """
    return [
        new_id(now, ((place << 50) | int(rng.integers(2**50))).to_bytes(10, "big"))
        for place in range(count)
    ]
