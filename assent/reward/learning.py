"""Trains the ensemble and refits the people in turns, until unseen answers get no likelier.

Members take turns at looking away: each answer that is learnt from is hidden from one
member, whose opinion of it is honest. The people are judged by those opinions, for a
network that has memorised an annotator's mistakes finds nothing careless in them. Those,
and the answers that no member sees, decide when to stop: never the training accuracy.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from assent.likelihood import annotators
from assent.likelihood.evidence import Doubles, Evidence, Integers
from assent.likelihood.joint import log_likelihood
from assent.likelihood.people import People, typical
from assent.options import RewardOptions
from assent.reward import network
from assent.reward.head import Head
from assent.reward.network import RewardEnsemble
from assent.reward.sway import Sway

Progress = Callable[[int, int, str], None]

_HIDE_FROM = 10  # judgements; with fewer, hiding one costs more than it tells
_HOLD_OUT_FROM = 20
_ENOUGH = 1e-4  # nats an answer that the loss must fall by to count as better


@dataclass(frozen=True, slots=True)
class Split:
    """Judgements that are learnt from and held out; hidden: `[train]` member, or -1."""

    train: Integers
    held_out: Integers
    hidden: Integers


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from. features: `[N, H, D]`; mask: `[N, H]`; sway: see `sway.py`."""

    features: Tensor
    mask: Tensor
    evidence: Evidence
    split: Split
    sway: Sway


@dataclass(frozen=True, slots=True)
class Learnt:
    """The best moment of the training. unseen: nats an answer at it, where any is unseen.

    opinions: `[E, N]` utilities by somebody who never saw the held-out answers, and
    judges: the people as they were then. Those are what is measured. effects: `[C]` of
    covariates, with their standard errors; they are in the opinions.
    """

    ensemble: Head
    people: People
    curve: list[dict[str, float]]
    unseen: float | None
    opinions: Doubles
    judges: People
    effects: Doubles
    errors: Doubles


def divide(evidence: Evidence, options: RewardOptions, rng: np.random.Generator) -> Split:
    """Hold out a share of the questions, and hide each of the others from one member.

    All judgements of one question go together: a second opinion on a pair that was learnt
    would look like foresight.
    """
    questions = rng.permutation(int(evidence.question.max()) + 1)
    place = questions[evidence.question]
    held_out = np.zeros(evidence.count, bool)
    if evidence.count >= _HOLD_OUT_FROM:
        held_out = place < round(options.held_out * len(questions))
    train = np.flatnonzero(~held_out)
    hidden = np.full(len(train), -1)
    if options.members > 1 and len(np.unique(evidence.question[train])) >= _HIDE_FROM:
        hidden = place[train] % options.members
    return Split(train, np.flatnonzero(held_out), hidden)


@torch.no_grad()
def utilities_of(ensemble: Head, features: Tensor, mask: Tensor) -> Doubles:
    """`[E, N]` utilities in NumPy."""
    numbers: Doubles = ensemble.utilities(features, mask).double().cpu().numpy()
    return numbers


def learn(
    lesson: Lesson, options: RewardOptions, rng: np.random.Generator, progress: Progress | None
) -> Learnt:
    """Networks and people at the epoch where unseen answers were likeliest."""
    pupil = _Pupil(lesson, options, rng)
    best, best_loss, waited = pupil.snapshot(), np.inf, 0
    curve: list[dict[str, float]] = []
    for epoch in range(options.max_epochs):
        loss = pupil.unseen_loss()
        curve.append({} if np.isnan(loss) else {"reward/unseen_log_loss": loss})
        waited += 1
        if loss < best_loss - _ENOUGH:
            best, best_loss, waited = pupil.snapshot(), loss, 0
        if progress is not None:
            progress(epoch + 1, options.max_epochs, f"unseen answers {loss:.3f} nats")
        if waited >= options.patience_epochs:
            break
        pupil.study(rng)
        if (epoch + 1) % options.refit_epochs == 0:
            pupil.judge_people()
    if np.isinf(best_loss):  # nothing was unseen: keep the last
        pupil.judge_people()
        best = pupil.snapshot()
    ensemble, people, effects = best
    utilities = utilities_of(ensemble, lesson.features, lesson.mask)
    opinions = utilities + lesson.sway.values @ effects
    unseen = None if np.isinf(best_loss) else best_loss
    errors = lesson.sway.errors(lesson.evidence, utilities.mean(0), people, effects)
    return Learnt(ensemble, people, curve, unseen, opinions, people, effects, errors)


class _Pupil:
    """The networks, the people as they are known so far, and what each member may see."""

    def __init__(self, lesson: Lesson, options: RewardOptions, rng: np.random.Generator) -> None:
        evidence, split = lesson.evidence, lesson.split
        self._train = evidence.take(split.train)
        self._held_out = evidence.take(split.held_out)
        self._options = options
        self._items = torch.from_numpy(evidence.used()).to(lesson.features.device)
        self._mask = lesson.mask[self._items]
        self._count = evidence.items
        steps = float(self._mask.sum(1).double().mean())
        shape = (options.members, lesson.features.shape[2], options.hidden)
        self._ensemble = RewardEnsemble(*shape, options.prior_scale, steps, rng)
        self._ensemble.to(lesson.features.device)
        used = lesson.features[self._items]
        self._ensemble.standardise_inputs(used, self._mask)
        self._inputs = self._ensemble.inputs(used[self._mask])
        self._prior = self._ensemble.prior(self._inputs)
        self._people = typical(evidence)
        self._fresh: Tensor | None = None
        mine = split.hidden == np.arange(options.members)[:, None]  # [E, J]
        # Exp(1) weights are the bootstrap without its zeros (Rubin 1981).
        self._weight = rng.exponential(size=mine.shape) * ~mine * self._train.weight
        whole = np.full(mine.shape, 1 / options.members)
        self._honest = np.where(split.hidden < 0, whole, mine) * self._train.weight
        self._hides = bool((split.hidden >= 0).any())
        parameters = self._ensemble.parameters()
        rate, decay = options.learning_rate, options.weight_decay
        self._optimiser = torch.optim.AdamW(parameters, rate, weight_decay=decay)
        self._sway = lesson.sway
        nothing = np.zeros((options.members, self._count))
        self._effects = self._sway.effects(self._train, nothing, self._people, self._honest)

    def snapshot(self) -> tuple[RewardEnsemble, People, Doubles]:
        """Copies of the networks, the people, and the covariates' effects."""
        return copy.deepcopy(self._ensemble), self._people, self._effects

    def study(self, rng: np.random.Generator) -> None:
        """One pass over the judgements."""
        size, count = self._options.batch_size, self._train.count
        if count <= size:
            self._step(self._train, self._weight, self._now())
            return
        order = rng.permutation(count)
        for start in range(0, count, size):
            batch = order[start : start + size]
            part = self._train.take(batch)
            self._step(part, self._weight[:, batch], self._utilities(part.used()))

    def unseen_loss(self) -> float:
        """Nats an answer, of each answer by the members that never saw it; NaN if all did."""
        utilities = self._numbers() + self._swayed()
        total, count = 0.0, 0.0
        if self._hides:
            values = log_likelihood(self._train, utilities, self._people)
            total -= float((self._honest * values).sum())
            count += float(self._honest.sum())
        if self._held_out.count:
            values = log_likelihood(self._held_out, utilities, self._people).mean(0)
            total -= float((self._held_out.weight * values).sum())
            count += float(self._held_out.weight.sum())
        return total / count if count > 0 else float("nan")

    def judge_people(self) -> None:
        """Fit the people to the members' honest opinions, and fix the gauges."""
        centre = self._ensemble.get("centre")
        with torch.no_grad():
            centre += self._now()[:, self._items].mean(1)
        self._fresh = None
        utilities = self._numbers()
        pooled = not self._options.annotators
        self._effects = self._sway.effects(
            self._train, utilities, self._people, self._honest, self._effects
        )
        seen = utilities + self._swayed()
        people = annotators.fit(self._train, seen, self._people, self._honest, pooled)
        if not pooled:
            people, factor = annotators.gauge(people, self._train)
            centre *= factor
            self._ensemble.get("factor").mul_(factor)
            self._effects = self._effects * factor
        self._people = people
        self._fresh = None

    def _now(self) -> Tensor:
        """Utilities of all items by the networks as they are; computed once a step."""
        if self._fresh is None:
            self._fresh = self._utilities()
        return self._fresh

    def _step(self, evidence: Evidence, weight: Doubles, utilities: Tensor) -> None:
        seen = utilities + torch.from_numpy(self._swayed()).to(utilities)
        value = network.log_likelihood(seen, evidence, self._people, weight)
        loss = -value.sum() / evidence.count
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        self._fresh = None

    def _swayed(self) -> Doubles:
        """`[N]` what covariates add to the utilities in people's eyes."""
        swayed: Doubles = (self._sway.values @ self._effects)[: self._count]
        return swayed

    def _numbers(self) -> Doubles:
        numbers: Doubles = self._now().detach().double().cpu().numpy()
        return numbers

    def _utilities(self, only: Integers | None = None) -> Tensor:
        """`[E, N]`, 0 for items that nobody judged, or that are not in `only`."""
        items, mask, inputs, prior = self._items, self._mask, self._inputs, self._prior
        if only is not None:
            kept = torch.from_numpy(np.isin(items.cpu().numpy(), only)).to(items.device)
            rows = kept[:, None].expand_as(mask)[mask]
            items, mask, inputs, prior = items[kept], mask[kept], inputs[rows], prior[:, rows]
        scores = self._ensemble.spread(self._ensemble.rows(inputs, prior), mask)
        judged = scores.sum(-1) - self._ensemble.get("centre")[:, None]
        return judged.new_zeros((len(judged), self._count)).index_copy(1, items, judged)
