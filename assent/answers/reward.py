"""The stage `reward` of a project for answers: fit, and keep the fit with its journal line."""

from __future__ import annotations

import time

from assent import measure
from assent.answers.fit import Fitted, fit
from assent.answers.state import restored, state
from assent.answers.stored import everything
from assent.errors import CheckpointError
from assent.interop.collection import Collection
from assent.project import AnswersProject
from assent.records import Json
from assent.store.store import Store

_METRICS = {
    "log_loss": "reward/log_loss",
    "accuracy": "reward/accuracy",
    "rmse": "reward/rmse",
    "pair_accuracy": "reward/pair_accuracy",
}


def learn(project: AnswersProject) -> tuple[Fitted, Json]:
    """The fit of every answer in force, kept as the newest checkpoint; and its figures."""
    started = time.time()
    settings = project.config.reward
    collection = everything(project.store)
    fitted = fit(
        collection,
        settings.held_out,
        not settings.annotators,
        project.config.project.seed,
        settings.utilities,
        settings.covariates,
    )
    weights, details = state(fitted)
    people = measure.people(
        project.store.people.list(), fitted.annotators, [] if fitted.pooled else fitted.people()
    )
    details["people"] = people
    metrics = {
        "reward/answers": float(fitted.answers.sum()),
        "reward/items": float(len(fitted.things)),
        "reward/annotators": float(len(fitted.annotators)),
    }
    if fitted.held_out is not None:
        held = fitted.held_out.json()
        metrics |= {"reward/held_out": float(held.pop("answers"))}
        metrics |= {_METRICS[name]: float(value) for name, value in held.items()}
    finished = time.time()
    report = {"people": people, "warnings": list(fitted.fit.warnings), "calibration": []}
    store = project.store
    round = store.counts().round
    with store.write():
        store.checkpoints.add("reward", round, weights, details, metrics, None)
        store.runs.finish("reward", round, started, finished, metrics, report)
    figures = {name.split("/")[1]: value for name, value in metrics.items()}
    warnings = list(fitted.fit.warnings)
    return fitted, {**figures, "warnings": warnings, "seconds": finished - started}


def newest(store: Store) -> Fitted:
    """The fit that `learn` kept last. Raises CheckpointError when there is none."""
    found = store.checkpoints.latest("reward")
    if found is None:
        raise CheckpointError("nothing was fitted yet; run `assent reward` first")
    return restored(store.checkpoints.weights(found), found.details)


def scores(fitted: Fitted, collection: Collection) -> list[Json]:
    """Every item's worth with its text, the best first within its dimension."""
    return [
        {
            "item": score.item,
            "name": score.name,
            "dimension": score.dimension,
            "mean": score.mean,
            "sd": score.sd,
            "answers": score.answers,
            "prompt": collection.items[score.item].prompt,
            "response": collection.items[score.item].response,
        }
        for score in fitted.scores(collection)
    ]
