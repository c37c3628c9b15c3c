"""The stage `reward` of a project for answers: fit, and keep the fit with its journal line."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from assent import beliefs, measure
from assent.answers.expected import UNSAID, said
from assent.answers.fit import Fitted, Worth, fit
from assent.answers.scenes import scene_of
from assent.answers.state import restored, state
from assent.answers.stored import for_fit, items_only
from assent.errors import CheckpointError
from assent.interop.collection import Collection, scales_of
from assent.project import AnswersProject
from assent.records import Json
from assent.store.items import Item
from assent.store.store import Store

_METRICS = {
    "log_loss": "reward/log_loss",
    "accuracy": "reward/accuracy",
    "rmse": "reward/rmse",
    "pair_accuracy": "reward/pair_accuracy",
    "accuracy_ceiling": "reward/accuracy_ceiling",
    "accuracy_expected": "reward/accuracy_expected",
    "pair_ceiling": "reward/pair_ceiling",
    "pair_expected": "reward/pair_expected",
}


_ENDS = 8  # items from each end of the scale, on the owner's page
_LETTERS = 140


def learn(project: AnswersProject) -> tuple[Fitted, Json]:
    """The fit of every answer in force, kept as the newest checkpoint; and its figures."""
    started = time.time()
    settings = project.config.reward
    event = project.store.answers.last_event()
    collection, read = for_fit(project.store)
    evidence = beliefs.weighed(project.store, read.evidence, read.annotators)
    read = replace(read, evidence=evidence)
    seed = project.config.project.seed
    worth = Worth(settings.utilities, settings.covariates, settings.taste, settings.prompts)
    fitted = fit(collection, settings.held_out, not settings.annotators, seed, worth, read)
    weights, details = state(fitted)
    people = measure.people(
        project.store.people.list(), fitted.annotators, [] if fitted.pooled else fitted.people()
    )
    details["people"] = people
    metrics = {
        "reward/answers": float(evidence.count),
        "reward/items": float(len(fitted.things)),
        "reward/annotators": float(len(fitted.annotators)),
    }
    told: Json = {}
    if fitted.held_out is not None:
        held = fitted.held_out.json()
        metrics |= {"reward/held_out": float(held.pop("answers"))}
        told = {name: held.pop(name) for name in list(held) if name.endswith("_by")}
        metrics |= {_METRICS[name]: float(value) for name, value in held.items()}
    finished = time.time()
    agreement = [each.json() for each in fitted.agreements]
    details |= {"agreement": agreement, "ceilings": told}
    report: Json = {"people": people, "warnings": list(fitted.fit.warnings), "calibration": []}
    report |= {"event": event, "worth": _ends(fitted, collection)}
    store = project.store
    round = store.counts().round
    with store.write():
        store.checkpoints.add("reward", round, weights, details, metrics, None)
        store.runs.finish("reward", round, started, finished, metrics, report)
    figures: Json = {name.split("/")[1]: value for name, value in metrics.items()}
    warnings = list(fitted.fit.warnings)
    figures |= {**told, "agreement": agreement, "warnings": warnings}
    return fitted, {**figures, "seconds": finished - started}


def _ends(fitted: Fitted, collection: Collection) -> list[Json]:
    """The best and the worst items with what they are worth, for the owner's page."""
    found = fitted.scores(collection)
    shown = found if len(found) <= 2 * _ENDS else [*found[:_ENDS], *found[-_ENDS:]]
    return [
        {
            "name": score.name,
            "dimension": score.dimension or "",
            "text": _beginning(collection.items.get(score.item)),
            "mean": score.mean,
            "sd": score.sd,
            "answers": score.answers,
        }
        for score in shown
    ]


def _beginning(item: Item | None) -> str:
    """How the text of an item begins; nothing of what is no text."""
    scene = None if item is None else scene_of(item)
    text = "" if scene is None else " ".join(str(scene.get("reply", "")).split())
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS].rstrip()}…"


def newest(store: Store) -> Fitted:
    """The fit that `learn` kept last. Raises CheckpointError when there is none."""
    found = store.checkpoints.latest("reward")
    if found is None:
        raise CheckpointError("nothing was fitted yet; run `assent reward` first")
    return restored(store.checkpoints.weights(found), found.details)


def scores(store: Store, seed: int) -> list[Json]:
    """Every item's worth with its text, the best first within its dimension.

    `expected`: what somebody new would answer, by the name of each scale that is in use;
    `consensus`: the same of those who can be believed.
    Raises CheckpointError when nothing was fitted yet.
    """
    fitted, collection = newest(store), items_only(store)
    scales = scales_of(store.questions.options())
    answers = said(fitted, scales, np.random.default_rng(seed))
    by_thing = {
        (thing.item, thing.dimension): answer
        for thing, answer in zip(fitted.things, answers, strict=True)
    }
    return [
        {
            "item": score.item,
            "name": score.name,
            "dimension": score.dimension,
            "mean": score.mean,
            "sd": score.sd,
            "answers": score.answers,
            "expected": by_thing.get((score.item, score.dimension), UNSAID).expected,
            "consensus": by_thing.get((score.item, score.dimension), UNSAID).consensus,
            "prompt": collection.items[score.item].prompt,
            "response": collection.items[score.item].response,
        }
        for score in fitted.scores(collection)
    ]
