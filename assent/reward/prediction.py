"""The probability of every answer that could be given, by somebody known or by somebody new.

Posterior draws of utilities and people are pushed through the likelihood and averaged: an
annotator or an item that nothing is known about is drawn from the priors, that is, from
the crowd. NumPy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from scipy.special import expit, logit, ndtri

from assent.reward import grades, orders
from assent.reward.effects import Effects, Mapping
from assent.reward.evidence import (
    Doubles,
    Evidence,
    GradeBlock,
    Integers,
    OrderBlock,
    order_shares,
)
from assent.reward.items import Fit
from assent.reward.likelihood import bounds, predictor
from assent.reward.people import People, usual_thresholds

MOST_OPTIONS = 4  # of an order, up to which every possible order is listed (24 of them)


@dataclass(frozen=True, slots=True)
class Predicted:
    """n judgements that share their possible answers.

    judgement: `[n]` numbers in the evidence. items: `[n, K]` rows of the options.
    answers: every possible answer: `(level,)` of a grade; of an order the ranks of the
        options in `items`, 0 best; empty for an order of more than `MOST_OPTIONS`.
    probability: `[n, len(answers)]`. observed: `[n]` of the answer that was given.
    given: `[n]` which of `answers` was given; -1 where it is not among them (tied and long
        orders), for options in `items` stand in the order that was given.
    """

    judgement: Integers
    items: Integers
    answers: tuple[tuple[int, ...], ...]
    probability: Doubles
    observed: Doubles
    given: Integers

    def expected_level(self) -> Doubles:
        """`[n]` mean of a grade's level."""
        mean: Doubles = self.probability @ np.array([a[0] for a in self.answers], np.float64)
        return mean

    def right(self) -> Doubles:
        """`[n]` 1 where the likeliest answer was given, shared among those equally likely."""
        best = self.probability >= self.probability.max(1, keepdims=True) - 1e-12
        hit = best[np.arange(len(best)), self.given] & (self.given >= 0)
        share: Doubles = hit / best.sum(1)
        return share


def predict(evidence: Evidence, utilities: Doubles, people: Sequence[People]) -> list[Predicted]:
    """Probabilities of the answers, averaged over draws of utilities `[S, N]` and S of people.

    evidence: compiled with `known=people[0].scales`.
    """
    found: list[Predicted] = []
    for block in evidence.orders:
        found.append(_orders(block, utilities, people))
    for grade in evidence.grades:
        found.append(_grades(grade, utilities, people))
    return found


def predict_items(
    fit: Fit,
    evidence: Evidence,
    rng: np.random.Generator,
    draws: int = 64,
    effects: Effects | None = None,
) -> list[Predicted]:
    """What `fit` expects of judgements that it has not seen.

    evidence: compiled with `known=fit.people.scales`; its first items and annotators are
    those of the fit. Whoever and whatever comes after them is new: drawn from the crowd.
    effects: the fit's, with rows for the new items too; absent when there are none.
    """
    count = max(evidence.items, len(fit.utilities))
    mapping = Mapping(effects or fit.effects, evidence, count, len(fit.utilities))
    numbers = draw_numbers(fit, mapping, rng, draws)
    seen = np.stack([mapping.pull(row) for row in numbers])
    return predict(mapping.evidence, seen, draw_people(fit, evidence, rng, draws))


def draw_numbers(fit: Fit, mapping: Mapping, rng: np.random.Generator, draws: int) -> Doubles:
    """`[S, size]` draws of utilities and effects; what the fit never met comes from the priors.

    Tastes of annotators have the spread that their own answers leave; loadings none.
    """
    mean = np.zeros(mapping.size)
    error = mapping.precision(fit.priors) ** -0.5
    parts = [(fit.utilities, fit.errors)]
    if fit.fitted is not None:
        own = fit.fitted
        parts += [(own.nuisance, own.nuisance_errors), (own.offsets, own.offset_errors)]
        parts += [(own.tastes.ravel(), own.taste_errors.ravel())]
        parts += [(own.loadings.ravel(), np.zeros(own.loadings.size))]
    starts = np.cumsum([0, *mapping.sizes])
    for start, (value, deviation) in zip(starts, parts, strict=False):
        mean[start : start + len(value)] = value
        error[start : start + len(value)] = deviation
    drawn: Doubles = mean + error * stratified(draws, len(mean), rng)
    return drawn


def draw_people(fit: Fit, evidence: Evidence, rng: np.random.Generator, draws: int) -> list[People]:
    """S draws of everybody in the evidence; those past the fit's people come from the priors."""
    known, priors, errors = fit.people, fit.priors, fit.people_errors
    new = max(evidence.annotators - len(known.sensitivity), 0)
    scales = len(evidence.scales)
    usual = float(logit(priors.lapse_a / (priors.lapse_a + priors.lapse_b)))

    def column(mean: Doubles, error: Doubles, crowd: tuple[float, float]) -> Doubles:
        centre = np.concatenate([mean, np.full(new, crowd[0])])
        width = np.concatenate([error, np.full(new, crowd[1])])
        return centre + width * stratified(draws, len(centre), rng)

    sensitivity = column(
        known.sensitivity, errors.sensitivity, (priors.sensitivity, priors.sensitivity_sd)
    )
    position = column(known.position, errors.position, (0.0, priors.position_sd))
    severity = column(known.severity, errors.severity, (0.0, priors.severity_sd))
    # A logit's error is wide where a lapse is near 0: there it hardly matters.
    lapse = expit(column(logit(known.lapse), np.minimum(errors.lapse, 1.0), (usual, 1.0)))
    stretch = priors.stretch_sd * stratified(draws, evidence.annotators * scales, rng)
    stretch = stretch.reshape(draws, evidence.annotators, scales)
    rows, columns = known.stretch.shape
    noise = stretch[:, :rows, :columns] / priors.stretch_sd
    stretch[:, :rows, :columns] = known.stretch + errors.stretch * noise
    thresholds = (*known.thresholds, *map(usual_thresholds, evidence.scales[len(known.scales) :]))
    temperature = np.concatenate([known.temperature, np.ones(scales - len(known.scales))])
    return [
        People(
            sensitivity[s],
            position[s],
            severity[s],
            np.clip(lapse[s], 1e-9, 1 - 1e-9),
            stretch[s],
            thresholds,
            temperature,
            evidence.scales,
        )
        for s in range(draws)
    ]


def stratified(draws: int, count: int, rng: np.random.Generator) -> Doubles:
    """`[draws, count]` standard normal, every column spread evenly (Latin hypercube)."""
    place = rng.permuted(np.broadcast_to(np.arange(draws)[:, None], (draws, count)), axis=0)
    normal: Doubles = ndtri((place + 0.5) / draws)
    return normal / normal[:, :1].std() if draws > 1 and count else normal


def _orders(block: OrderBlock, utilities: Doubles, people: Sequence[People]) -> Predicted:
    options = block.items.shape[1]
    sizes = np.bincount(block.group)
    tied = bool((block.chosen[sizes[block.group] > 1] > 0).any())
    plain, possible = block, []
    # Ties were not among the possible answers before they were given: strict orders are.
    if tied:
        shares = order_shares((1,) * options, False)
        plain = replace(
            block,
            group=np.arange(options),
            remaining=shares[0],
            chosen=shares[1],
            log_uniform=shares[2],
        )
    if options <= MOST_OPTIONS:
        possible = sorted(set(permutations(plain.group.tolist())))
    columns = [np.argsort(ranks, kind="stable") for ranks in possible]
    total = np.zeros((len(block.items), len(possible)))
    observed = np.zeros(len(block.items))
    for row, who in zip(utilities, people, strict=True):
        at, lapse = predictor(block, row[None], who)[0], who.lapse[block.annotator]
        observed += _mixed(orders.terms(block, at)[0], block.log_uniform, lapse)
        for answer, column in enumerate(columns):
            value = orders.terms(plain, at[:, column])[0]
            total[:, answer] += _mixed(value, plain.log_uniform, lapse)
    given = possible.index(tuple(block.group.tolist())) if plain is block and possible else -1
    return Predicted(
        block.judgement,
        block.items,
        tuple(possible),
        total / len(people),
        observed / len(people),
        np.full(len(block.items), given),
    )


def _grades(block: GradeBlock, utilities: Doubles, people: Sequence[People]) -> Predicted:
    levels = people[0].scales[block.scale].levels
    total = np.zeros((len(block.items), levels))
    for row, who in zip(utilities, people, strict=True):
        at, lapse = predictor(block, row[None], who)[0], who.lapse[block.annotator][:, None]
        edges = [
            bounds(replace(block, level=np.full_like(block.level, c)), who)[1]
            for c in range(levels - 1)
        ]
        total += (1 - lapse) * grades.probabilities(at, np.stack(edges, 1)) + lapse / levels
    total /= len(people)
    return Predicted(
        block.judgement,
        block.items,
        tuple((level,) for level in range(levels)),
        total,
        total[np.arange(len(total)), block.level],
        block.level,
    )


def _mixed(value: Doubles, log_uniform: float, lapse: Doubles) -> Doubles:
    mixed: Doubles = (1 - lapse) * np.exp(value) + lapse * np.exp(log_uniform)
    return mixed
