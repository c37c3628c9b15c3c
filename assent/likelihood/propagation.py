"""Utilities and people where items were judged few times: by expectation propagation.

In turns: the posterior of the utilities given the people (`cavities.py`), then the people, the
covariates, the offsets and the spread of the utilities, by what the answers are worth in
their cavities; at the end of it these are at the maximum of the probability of all answers with
the utilities integrated out, as far as the posterior is normal (Opper and Winther 2000). Fitted
to the most probable utilities, or to normal errors about them, people and utilities credit
one another: where each pair was judged once, sensitivity then grows without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from assent.likelihood import annotators
from assent.likelihood.cavities import Factors, Guess
from assent.likelihood.connected import Connected, Normal, labels
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, GradeBlock, Integers, OrderBlock, part
from assent.likelihood.information import errors
from assent.likelihood.joint import people_gradient
from assent.likelihood.packing import CURVED, Packing, Uncertainty
from assent.likelihood.people import People
from assent.likelihood.priors import USUAL, WORTH, Priors, learnt

_FEW = 20.0  # answers about an item, on average: with more the most probable utilities do
_OPTIONS = 6  # of an order, up to which few nodes are enough
_TOGETHER = 1500  # items of a component, whose matrix is inverted
_MOST = 200_000  # answers
_BLOCK = 20_000  # answers that are worked on together
_TURNS, _SETTLED = 10, 0.03  # of posterior and people; relative change of the priors
_SWEEPS, _STEP, _STILL = 10, 0.7, 0.01  # over the answers; share of a move; change that ends it
_ITERATIONS = 40
_ROUGH, _PRECISE = 1e-5, 1e-6  # relative change of the log-density that ends a search, and the last
_FAR = 0.6  # of the spread's logarithm in one turn
# Spread, in logits, up to which the nodes are near enough, of two options and of more.
_WIDEST, _WIDEST_OF_MORE = 40.0, 8.0


@dataclass(frozen=True, slots=True)
class Propagated:
    """What was found. linear, linear_errors: `[C + G]` of covariates and offsets. mean, deviation:
    `[N]` of utilities, joint: how they depend on one another."""

    people: People
    errors: Uncertainty
    priors: Priors
    linear: Doubles
    linear_errors: Doubles
    mean: Doubles
    deviation: Doubles
    joint: Normal


def applies(mapping: Mapping) -> bool:
    """Whether items were judged so rarely, in components so small, that this is worth it."""
    evidence = mapping.evidence
    if mapping.sizes[3] or evidence.count > _MOST:
        return False
    if any(block.items.shape[1] > _OPTIONS for block in evidence.orders):
        return False
    judged = sum(block.items.size for block in evidence.blocks()) / len(mapping.judged())
    return judged < _FEW and np.bincount(_labels(mapping)).max() <= _TOGETHER


def fit(mapping: Mapping, people: People, priors: Priors, linear: Doubles) -> Propagated:
    """Utilities and people from these on."""
    posterior = Posterior(mapping)
    guess = Guess(people, priors, priors.utility_sd, linear)
    for turn in range(_TURNS):
        guess = _better(mapping, posterior, guess, _ROUGH)
        before, guess = guess, replace(guess, priors=_learnt(mapping, posterior, guess))
        if turn and guess.priors.change(before.priors) < _SETTLED:
            break
    guess = _better(mapping, posterior, guess, _PRECISE)
    known, own = _errors(mapping, posterior, guess)
    spread = guess.spread
    priors = replace(guess.priors, utility_sd=spread)
    deviation = np.maximum(np.sqrt(posterior.variance) * spread, known[: mapping.items])
    joint = replace(posterior.joint, precision=posterior.joint.precision / spread**2)
    mean, effects = posterior.mean * spread, known[mapping.items :]
    return Propagated(guess.people, own, priors, guess.linear, effects, mean, deviation, joint)


def _better(mapping: Mapping, posterior: Posterior, guess: Guess, precise: float) -> Guess:
    """People and the rest at their best for the posterior, and the posterior for them."""
    posterior.settle(guess)
    found = Search(mapping, guess.priors, posterior).best(guess, precise)
    people, factor = annotators.gauge(found.people, mapping.evidence)
    more = any(each.options > 2 for each in posterior.factors)
    spread = min(found.spread * abs(factor), _WIDEST_OF_MORE if more else _WIDEST)
    if factor < 0:
        posterior.turn()
    guess = replace(found, people=people, spread=spread, linear=found.linear * factor)
    posterior.settle(guess)
    return guess


class Posterior:
    """Of the utilities, in units of their spread: normal, `mean` and `variance` `[N]`."""

    def __init__(self, mapping: Mapping) -> None:
        self.factors = [Factors(mapping, block) for block in _blocks(mapping.evidence)]
        self._label = _labels(mapping)
        self._connected = Connected(self._label)
        self._diagonal = self._connected.diagonal()
        self._look()

    def settle(self, guess: Guess) -> None:
        """Sweep over all answers until the means stand still."""
        for _ in range(_SWEEPS):
            for each in self.factors:
                each.update(guess, _STEP)
            before = self.mean
            self._look()
            for each in self.factors:
                each.refine(guess)
            if np.abs(self.mean - before).max() < _STILL:
                break

    def turn(self) -> None:
        """Turn all utilities round."""
        for each in self.factors:
            each.shift *= -1
        self._look()

    def _look(self) -> None:
        """From the sites to the posterior, and from that to the cavities."""
        connected, size = self._connected, len(self._label)
        precision, shift = np.zeros(connected.size), np.zeros(size)
        precision[self._diagonal] = 1
        for each in self.factors:
            items = each.items
            cells = connected.at(items[:, :, None], items[:, None, :]).ravel()
            precision += np.bincount(cells, each.precision.ravel(), connected.size)
            shift += np.bincount(items.ravel(), each.shift.ravel(), size)
        covariance = connected.inverse(precision)
        self.joint = Normal(self._label, precision)
        self.mean = connected.times(covariance, shift)
        self.variance = covariance[self._diagonal]
        for each in self.factors:
            each.leave(connected, self.mean, covariance)


class Search:
    """The log-density of people, spread, covariates and offsets in the present cavities."""

    def __init__(self, mapping: Mapping, priors: Priors, posterior: Posterior) -> None:
        self.packing = Packing(mapping.evidence, priors=priors)
        self._told = [(each, each.at()) for each in posterior.factors]
        linear = mapping.linear().shape[1] - mapping.items
        self._precision = mapping.precision(priors)[mapping.items : mapping.items + linear]
        stiff = self._precision + CURVED * mapping.answers()[mapping.items :][:linear]
        whole = [np.array([2.0 * WORTH]), stiff, self.packing.stiffness(mapping.evidence)]
        self.unit = np.concatenate(whole) ** -0.5

    def best(self, guess: Guess, precise: float) -> Guess:
        """The most probable numbers from these on."""
        start, linear = self._start(guess), len(guess.linear)
        first = np.concatenate([start, self.packing.pack(guess.people)])
        far = np.full((linear, 1), 1e3)
        near = np.array([[first[0] - _FAR, first[0] + _FAR]])
        limits = [near, np.hstack([-far, far]), self.packing.bounds(first[1 + linear :])]
        found = minimize(
            self.surprise,
            first / self.unit,
            jac=True,
            args=(guess,),
            method="L-BFGS-B",
            bounds=np.concatenate(limits) / self.unit[:, None],
            options={"maxiter": _ITERATIONS, "maxcor": 20, "ftol": precise, "gtol": 1e-4},
        )
        return self._guess(found.x * self.unit, guess)

    def slope(self, guess: Guess) -> annotators.Slope:
        """The gradient of the log-density by the people's vector, all else as it is."""
        start = self._start(guess)

        def by_people(vector: Doubles) -> Doubles:
            by = self.surprise(np.concatenate([start, vector]) / self.unit, guess)[1] / self.unit
            found: Doubles = -by[len(start) :]
            return found

        return by_people

    def surprise(self, scaled: Doubles, guess: Guess) -> tuple[float, Doubles]:
        """Minus the log-density at numbers in their units, and its gradient."""
        vector = scaled * self.unit
        guess = self._guess(vector, guess)
        spread, linear = guess.spread, guess.linear
        rest = vector[1 + len(linear) :]
        value, by_people = self.packing.log_prior(rest)
        value -= 0.5 * float(self._precision @ linear**2)
        value -= WORTH * (vector[0] + USUAL.utility_sd**2 / (2 * spread**2))
        by_spread = WORTH * (USUAL.utility_sd**2 / spread**2 - 1)
        by_linear = -self._precision * linear
        for factors, at in self._told:
            told = factors.told(at, guess)
            share = told.share * factors.weight
            by_row, by = people_gradient([told.part], told.seen, guess.people, share)
            value += float(told.value.sum())
            by_spread += spread * float((by_row * at).sum())
            by_linear = by_linear + factors.columns.T @ by_row.sum(0)
            by_people = by_people + self.packing.gradient(rest, by)
        gradient = np.concatenate([[by_spread], by_linear, by_people])
        return -value, -gradient * self.unit

    @staticmethod
    def _start(guess: Guess) -> Doubles:
        return np.concatenate([[np.log(guess.spread)], guess.linear])

    def _guess(self, vector: Doubles, guess: Guess) -> Guess:
        linear = vector[1 : 1 + len(guess.linear)]
        people = self.packing.unpack(vector[1 + len(linear) :])
        return replace(guess, people=people, spread=float(np.exp(vector[0])), linear=linear)


def _learnt(mapping: Mapping, posterior: Posterior, guess: Guess) -> Priors:
    """What the crowd looks like; the spread of the items is a number of the search."""
    known, own = _errors(mapping, posterior, guess)
    covariates = mapping.sizes[1]
    offsets = guess.linear[covariates:], known[mapping.items + covariates :]
    crowd = annotators.crowd(guess.people, own, mapping.evidence)
    none = np.empty(0)
    moved = learnt(guess.priors, (none, none), offsets, crowd)
    return replace(moved, utility_sd=guess.spread)


def _errors(mapping: Mapping, posterior: Posterior, guess: Guess) -> tuple[Doubles, Uncertainty]:
    """Standard errors of utilities and what is linear `[N + C + G]`, and of the people.

    People's are those in the cavities, in which an answer about an unknown item says little; and
    not below those from the joint curvature, in which one error may explain another.
    """
    people, priors = guess.people, guess.priors
    numbers = np.concatenate([posterior.mean * guess.spread, guess.linear])
    known, joint = errors(mapping, numbers, people, priors)
    search = Search(mapping, priors, posterior)
    count = mapping.evidence.annotators
    whole = annotators.bend(search.slope(guess), search.packing, people, count)
    own = annotators.inverted(whole, joint.apart)
    columns = ("sensitivity", "position", "severity", "lapse", "stretch")
    wider = {name: np.maximum(getattr(own, name), getattr(joint, name)) for name in columns}
    return known, replace(own, **wider)


def _labels(mapping: Mapping) -> Integers:
    item = mapping.item_of_rows()
    return labels(mapping.items, [item[block.items] for block in mapping.evidence.blocks()])


def _blocks(evidence: Evidence) -> Iterator[OrderBlock | GradeBlock]:
    """The blocks in pieces, so that their nodes fit into memory."""
    for block in evidence.blocks():
        for start in range(0, len(block.items), _BLOCK):
            yield part(block, slice(start, start + _BLOCK))
