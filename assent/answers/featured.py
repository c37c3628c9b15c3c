"""Fits the worth of items to their features, so that items nobody judged have one too.

Posterior draws are what is kept: of the weights, and of everything else that answers follow.
A thing that was judged may be worth something beyond its features; one that was not is drawn
from what such things are like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assent.answers.judged import Judged, Thing
from assent.answers.prompts import grouped
from assent.errors import DataError
from assent.interop.collection import Collection
from assent.likelihood import annotators, extremes
from assent.likelihood.draws import draw_people
from assent.likelihood.effects import Effects
from assent.likelihood.effects import Mapping as Rows
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.items import Fit
from assent.likelihood.joint import log_likelihood
from assent.likelihood.prediction import Predicted, predict
from assent.reward.clips import WIDTHS, ClipMap, clip_map
from assent.reward.covariates import of_texts
from assent.reward.posterior import Posterior, explained, fit_linear
from assent.store.described import Described

DRAWS = 64


@dataclass(frozen=True, slots=True)
class Featured:
    """What a fit on features knows beside the `Fit` of the things that were judged.

    clips: how steps become features; None where items come with a vector. dimensions: of
    things, in the order of their weights. centre: `[D]` features of utility 0.
    weights: `[S, D]` draws. worth: `[S, N]` of the things that were judged.
    covariates: names; covariate_centre, covariate_deviation: `[C]`. nuisance: `[S, C]` draws,
    in logits for a standard deviation; effects: `[C, 2]` their mean and standard error.
    offsets: `[S, G]` of the prompts. own, offset: standard deviations of what is new.
    """

    clips: ClipMap | None
    dimensions: tuple[str | None, ...]
    centre: Doubles
    weights: Doubles
    worth: Doubles
    covariates: tuple[str, ...]
    covariate_centre: Doubles
    covariate_deviation: Doubles
    nuisance: Doubles
    effects: Doubles
    prompts: tuple[str, ...]
    offsets: Doubles
    own: float
    offset: float

    def utilities(
        self, things: Sequence[Thing], described: Mapping[str, Described], rng: np.random.Generator
    ) -> Doubles:
        """`[S, M]` of things that nobody judged. Raises DataError naming one without numbers."""
        draws = len(self.weights)
        if not things:
            return np.zeros((draws, 0))
        features = _features(things, described, self.clips, self.dimensions)
        if features.shape[1] != self.weights.shape[1]:
            raise DataError(
                f"{features.shape[1]} features of an item, and the fit has {self.weights.shape[1]}"
            )
        own = self.own * rng.standard_normal((draws, len(things)))
        found: Doubles = self.weights @ (features - self.centre).T + own
        return found

    def predict(
        self, fit: Fit, found: Judged, collection: Collection, rng: np.random.Generator
    ) -> tuple[list[Predicted], Doubles]:
        """What is expected of answers, and the mean utility `[N]` of everything in them.

        found: compiled behind the fit's things and annotators.
        """
        known = self.worth.shape[1]
        new = self.utilities(found.things[known:], collection.described, rng)
        whole = np.hstack([self.worth, new])
        values = self._covariates(found.things, collection)
        seen = whole + self.nuisance @ values.T
        people = draw_people(fit, found.evidence, rng, len(whole))
        if not self.prompts:
            return predict(found.evidence, seen, people), whole.mean(0)
        names, groups = grouped(found.things, collection, self.prompts)
        mapping = Rows(Effects(groups=groups), found.evidence, whole.shape[1])
        more = rng.standard_normal((len(whole), len(names) - len(self.prompts)))
        numbers = np.hstack([seen, self.offsets, self.offset * more])
        drawn = (mapping.linear() @ numbers.T).T
        return predict(mapping.evidence, drawn, people), whole.mean(0)

    def _covariates(self, things: Sequence[Thing], collection: Collection) -> Doubles:
        if not self.covariates:
            return np.zeros((len(things), 0))
        values = _covariates(things, collection, self.covariates)
        standard: Doubles = (values - self.covariate_centre) / self.covariate_deviation
        return standard


def describable(found: Judged, collection: Collection) -> int:
    """How many of the things that were judged come with numbers."""
    return sum(thing.item in collection.described for thing in found.things)


def fit_featured(
    found: Judged,
    evidence: Evidence,
    collection: Collection,
    kinds: Sequence[str],
    rng: np.random.Generator,
    pooled: bool,
) -> tuple[Fit, Featured]:
    """The worth of things by their features, and who judged them.

    evidence: all of `found`'s, or a part of it. kinds: of covariates, see `covariates.py`, and
    `phase` of clips.
    """
    things = found.things
    names = _names(kinds, things, collection)
    covariates = _covariates(things, collection, names)
    spread = covariates.std(0)
    deviation = np.where(spread > 1e-9, spread, 1.0)
    standard = (covariates - covariates.mean(0)) / deviation
    prompts, groups = grouped(things, collection)
    alone = any(block.items.shape[1] == 1 for block in evidence.blocks())
    shared = alone and len(prompts) < len(things)
    effects = Effects(groups if shared else None, standard if names else None)
    dimensions = tuple(dict.fromkeys(thing.dimension for thing in things))
    mapped = _mapped(things, collection, evidence, effects, dimensions, rng)
    features = _features(things, collection.described, mapped, dimensions)
    posterior = fit_linear(features, evidence, rng, pooled=pooled, beside=effects)
    drawn = posterior.draws(DRAWS, rng)
    worth = drawn.weights @ (features - posterior.centre).T + drawn.own
    means = np.stack([posterior.nuisance, posterior.nuisance_errors], 1)
    return _fit(posterior, worth, evidence), Featured(
        mapped,
        dimensions,
        posterior.centre,
        drawn.weights,
        worth,
        names,
        covariates.mean(0),
        deviation,
        drawn.nuisance,
        means,
        prompts if shared else (),
        drawn.offsets,
        posterior.prior.own,
        posterior.prior.offset if shared else 0.0,
    )


def _fit(posterior: Posterior, worth: Doubles, evidence: Evidence) -> Fit:
    """As free utilities are given: mean and standard deviation of each, and the people."""
    mode, people = posterior.mode, posterior.people
    rows = posterior.latent.mapping.evidence
    seen = posterior.latent.design(posterior.prior).seen(mode.numbers)
    own = annotators.uncertainty(rows, seen, people)
    value = float(rows.weight @ log_likelihood(rows, seen, people))
    told = tuple(extremes.warnings(evidence, free=False))
    return Fit(worth.mean(0), worth.std(0, ddof=1), people, own, value, told)


def _mapped(
    things: Sequence[Thing],
    collection: Collection,
    evidence: Evidence,
    effects: Effects,
    dimensions: tuple[str | None, ...],
    rng: np.random.Generator,
) -> ClipMap | None:
    """The clips' map of the largest evidence; None where items are vectors."""
    found = [_of(thing, collection.described) for thing in things]
    if found[0].vector:
        return None
    clips = [(each.observations, each.actions) for each in found]
    seed = int(rng.integers(2**31))
    maps = [clip_map(clips, width, np.random.default_rng(seed)) for width in WIDTHS]
    if len(things) < 3:
        return maps[0]

    def worth(candidate: ClipMap) -> float:
        features = _features(things, collection.described, candidate, dimensions)
        return explained(features, evidence, effects)

    return max(maps, key=worth)


def _features(
    things: Sequence[Thing],
    described: Mapping[str, Described],
    clips: ClipMap | None,
    dimensions: tuple[str | None, ...],
) -> Doubles:
    """`[N, D]`; with several dimensions, weights that they share and some for each."""
    found = [_of(thing, described) for thing in things]
    if len({each.widths() for each in found}) > 1:
        told = sorted({each.words() for each in found})
        raise DataError(f"items that are described differently: {' and '.join(told)}")
    if clips is None:
        plain = np.vstack([each.observations for each in found]).astype(np.float64)
    else:
        plain = clips.features([(each.observations, each.actions) for each in found])
    if len(dimensions) < 2:
        return plain
    own = [np.array([thing.dimension == d for thing in things])[:, None] for d in dimensions]
    return np.hstack([plain, *[plain * mask for mask in own], *own])


def _of(thing: Thing, described: Mapping[str, Described]) -> Described:
    found = described.get(thing.item)
    if found is None:
        raise DataError(
            f"item {thing.item} has no features, and the fit is one on features; add `features` "
            "to its line of the items file, or set reward.utilities to free"
        )
    return found


def _names(
    kinds: Sequence[str], things: Sequence[Thing], collection: Collection
) -> tuple[str, ...]:
    """The kinds of covariates that all of these things have."""
    items = [collection.items[thing.item] for thing in things]
    texts = all(isinstance(each.response, str) for each in items)
    phases = [collection.described[thing.item].phase for thing in things]
    return tuple(
        kind
        for kind in kinds
        if (kind == "phase" and all(p is not None for p in phases)) or (kind != "phase" and texts)
    )


def _covariates(things: Sequence[Thing], collection: Collection, kinds: tuple[str, ...]) -> Doubles:
    """`[N, C]` in their own units."""
    columns = []
    texts = tuple(kind for kind in kinds if kind != "phase")
    if texts:
        responses = [str(collection.items[thing.item].response) for thing in things]
        columns.append(of_texts(responses, texts)[1])
    if "phase" in kinds:
        phases = [collection.described[thing.item].phase or 0.0 for thing in things]
        columns.append(np.array(phases)[:, None])
    return np.hstack(columns) if columns else np.zeros((len(things), 0))
