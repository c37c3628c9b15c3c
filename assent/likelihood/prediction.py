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

from assent.likelihood import grades, orders
from assent.likelihood.draws import draw_numbers, draw_people, enough
from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import (
    Doubles,
    Evidence,
    GradeBlock,
    Integers,
    OrderBlock,
    order_shares,
)
from assent.likelihood.items import Fit
from assent.likelihood.joint import bounds, predictor
from assent.likelihood.people import People

MOST_OPTIONS = 5  # of an order, up to which every possible order is listed (120 of them)


@dataclass(frozen=True, slots=True)
class Predicted:
    """n judgements that share their possible answers.

    judgement: `[n]` numbers in the evidence. items: `[n, K]` rows of the options.
    answers: every possible answer: `(level,)` of a grade; of an order the ranks of the
        options in `items`, 0 best; empty for an order of more than `MOST_OPTIONS`.
    probability: `[n, len(answers)]`. observed: `[n]` of the answer that was given. Of an order
        with ties: of all orders that agree with it; where they are too many to list, by Efron's
        approximation.
    given: `[n]` which of `answers` was given; -1 where it is not among them (tied and long
        orders), for options in `items` stand in the order that was given.
    agreeing: which of the listed orders agree with what was given, the same in all n; of grades
        nothing, for their levels differ.
    """

    judgement: Integers
    items: Integers
    answers: tuple[tuple[int, ...], ...]
    probability: Doubles
    observed: Doubles
    given: Integers
    agreeing: tuple[int, ...] = ()

    def expected_level(self) -> Doubles:
        """`[n]` mean of a grade's level."""
        mean: Doubles = self.probability @ np.array([a[0] for a in self.answers], np.float64)
        return mean

    def right(self) -> Doubles:
        """`[n]` 1 where the likeliest answer was given, shared among those equally likely."""
        best = self.probability >= self.probability.max(1, keepdims=True) - 1e-12
        if self.agreeing:
            hit = best[:, list(self.agreeing)].sum(1)
        else:
            hit = best[np.arange(len(best)), self.given].astype(np.int64)
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
    draws: int | None = None,
    effects: Effects | None = None,
) -> list[Predicted]:
    """What `fit` expects of judgements that it has not seen.

    evidence: compiled with `known=fit.people.scales`; its first items and annotators are
    those of the fit. Whoever and whatever comes after them is new: drawn from the crowd.
    draws: as many as memory allows when absent.
    effects: the fit's, with rows for the new items too; absent when there are none.
    """
    count = max(evidence.items, len(fit.utilities))
    mapping = Mapping(effects or fit.effects, evidence, count, len(fit.utilities))
    draws = draws or enough(mapping.size + evidence.count)
    numbers = draw_numbers(fit, mapping, rng, draws)
    seen = np.stack([mapping.pull(row) for row in numbers])
    found = predict(mapping.evidence, seen, draw_people(fit, evidence, rng, draws))
    item = mapping.item_of_rows()
    return [replace(part, items=item[part.items]) for part in found]


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
        observed += _mixed(orders.terms(block, at, who.pace)[0], block.log_uniform, lapse)
        for answer, column in enumerate(columns):
            value = orders.terms(plain, at[:, column], who.pace)[0]
            total[:, answer] += _mixed(value, plain.log_uniform, lapse)
    given = possible.index(tuple(block.group.tolist())) if plain is block and possible else -1
    # Options stand in the order that was given, so that an order agrees that keeps their groups.
    keeping = (np.all(np.diff(block.group[np.argsort(ranks)]) >= 0) for ranks in possible)
    agreeing = np.flatnonzero(np.fromiter(keeping, bool)).tolist()
    return Predicted(
        block.judgement,
        block.items,
        tuple(possible),
        total / len(people),
        total[:, agreeing].sum(1) / len(people) if possible else observed / len(people),
        np.full(len(block.items), given),
        tuple(agreeing),
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
