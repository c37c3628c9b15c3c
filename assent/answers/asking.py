"""The stage `ask` of a project for answers: which of its items to ask about next."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assent import hearing, plugins
from assent.answers import reward as learning
from assent.answers.scenes import scene_of
from assent.errors import CheckpointError, DataError
from assent.feedback import kind as kinds
from assent.interop.collection import digest, segment_of
from assent.interop.films import film_in
from assent.likelihood.draws import draw_utilities
from assent.project import AnswersProject
from assent.questions import ask as questions
from assent.questions.pool import Pool
from assent.questions.strategy import Posterior
from assent.records import Json, Query, new_id
from assent.sections import AskSection
from assent.store import films
from assent.store.items import Item
from assent.store.store import Store

_MEMBERS = 32  # draws of what items are worth, that questions are to tell apart


def ask(project: AnswersProject) -> dict[str, float]:
    """Choose the next questions and queue them, with what people will see; returns figures.

    A set of items that was asked about before is not asked about again: with none left,
    `ask/questions` is 0. Raises DataError where no question can be made of the items.
    """
    started = time.time()
    store, settings = project.store, project.config.ask
    rng = np.random.default_rng([project.config.project.seed, len(store.runs.list("ask"))])
    items = store.items.list()
    scenes = [(item, scene) for item in items if (scene := _shown(item, store)) is not None]
    _check_kinds(settings, [item for item, _ in scenes])
    round = store.counts().round
    asked = [each for each in store.questions.list(round) if each.purpose == "normal"]
    pool = pool_of([item for item, _ in scenes], asked)
    strategy = plugins.find("strategies", settings.strategy)
    once = settings.model_copy(update={"repeat_share": 0.0})
    drawn = questions.choose(pool, posterior(store, pool), once, strategy, round, rng)
    drawn_keys = {segment.key for query in drawn for segment in query.segments}
    keyed = ((segment_of(item.id, None).key, scene) for item, scene in scenes)
    shown = {key: scene for key, scene in keyed if key in drawn_keys}
    looks = {key: questions.look(scene) for key, scene in shown.items()}
    chosen = questions.telling_apart(drawn, looks)
    texts = {key: str(scene["reply"]) for key, scene in shown.items() if "reply" in scene}
    chosen = questions.with_originals(chosen, texts)
    figures = {"ask/questions": float(len(chosen)), "ask/alike": float(len(drawn) - len(chosen))}
    if not chosen and not asked:
        raise DataError(_impossible(len(scenes), len(items)))
    if not chosen:
        return figures
    again = rng.permutation(len(chosen))[: int(settings.repeat_share * len(chosen) + rng.random())]
    chosen += [questions.repeat(chosen[place], new_id()) for place in again]
    golds = questions.known(hearing.golds(store), settings, round, rng)
    blobs = {key: store.blobs.put_json(scene) for key, scene in sorted(shown.items())}
    with store.write():
        store.questions.add(questions.mixed(chosen, golds, rng), blobs)
        store.runs.finish("ask", round, started, time.time(), figures, {})
    return figures


def pool_of(items: Sequence[Item], asked: Sequence[Query]) -> Pool:
    """What questions can be made of: responses to one prompt side by side, each once.

    Films stand beside films, also where texts have the same prompt: nobody can say which of a
    film and a text is better, and the page has one clock for all that it shows.
    """
    pool = Pool(
        tuple(segment_of(item.id, None) for item in items),
        tuple(_group(item) for item in items),
    )
    row = {segment.key: place for place, segment in enumerate(pool.segments)}
    before = (tuple(segment.key for segment in query.segments) for query in asked)
    sets = {frozenset(row[key] for key in keys) for keys in before if row.keys() >= set(keys)}
    return replace(pool, asked=frozenset(s for s in sets if _of_one_group(s, pool)))


def posterior(store: Store, pool: Pool) -> Posterior:
    """`[E, N]` draws of what the pool's items are worth, by the newest fit; none before it."""
    try:
        fitted = learning.newest(store)
    except CheckpointError:
        return np.empty((0, len(pool.segments)))
    # Always the same draws: which questions are best must not depend on chance of this kind.
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.0, fitted.fit.priors.utility_sd, (_MEMBERS, len(pool.segments)))
    known = draw_utilities(fitted.fit, rng, _MEMBERS)
    column = {thing.key: place for place, thing in enumerate(fitted.things)}
    for place, segment in enumerate(pool.segments):
        if segment.key in column:
            drawn[:, place] = known[:, column[segment.key]]
    return drawn


def _group(item: Item) -> str:
    """The name of what may stand side by side with an item."""
    if item.response is None:
        return "what has no response"
    return f"{'text' if film_in(item) is None else 'film'} {digest(item.prompt)}"


def _shown(item: Item, store: Store) -> Json | None:
    """An item as people will see it; None where it cannot be shown."""
    scene = scene_of(item)
    if scene is None or "hash" not in scene:
        return scene
    # What was exported elsewhere names films that may not be here.
    hash = str(scene["hash"])
    here = store.blobs.has(hash) and films.mime_of(store.blobs.head(hash, films.HEAD_BYTES))
    return scene if here else None


def _check_kinds(settings: AskSection, items: Sequence[Item]) -> None:
    """Raises DataError where a kind is about words, and some of the items are films."""
    count = sum(film_in(item) is not None for item in items)
    asked = [name for name, share in settings.kinds.items() if share > 0]
    wordy = [name for name in asked if "original" in kinds.find(name).options(settings)]
    if count and wordy:
        raise DataError(
            f"{', '.join(wordy)} is about the words of a text, and {count:,} of {len(items):,} "
            "items are films, which have none; take it out of [ask.kinds], or ask about films in "
            "a project of their own"
        )


def _of_one_group(members: frozenset[int], pool: Pool) -> bool:
    return len({pool.groups[member] for member in members}) == 1


def _impossible(shown: int, items: int) -> str:
    """Why no question can be made, and what to do."""
    if not items:
        return "there are no items to ask about; `assent import FOLDER` takes an items.jsonl in"
    if not shown:
        return (
            f"none of the {items:,} items is a text or a film that could be shown, and numbers "
            "cannot; a film has to be imported with its file"
        )
    return (
        f"no question can be made of {shown:,} items: only responses to one prompt are put side by "
        "side; import several of one, or choose kinds about a single item (rating, approval)"
    )
