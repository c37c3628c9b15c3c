"""Free utilities of items and the people who judged them, fitted jointly; no network.

For ranking models, essays or clips by themselves. Everything is shrunk to what the crowd
and the items are like, and that is learnt along (`priors.py`): an item that always wins
stays finite, and an annotator with few answers stays near the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from assent.errors import RecordError
from assent.likelihood import annotators, extremes, marginal, propagation
from assent.likelihood.connected import Normal, labels
from assent.likelihood.effects import Effects, Fitted, Mapping
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.information import about_utilities, errors
from assent.likelihood.joint import curvature, gradients, log_likelihood
from assent.likelihood.packing import CURVED, Packing
from assent.likelihood.people import People, beginning
from assent.likelihood.priors import SETTLED, USUAL, Priors, learnt

_ROUNDS = 6  # of numbers and priors in turns, at most
_ROUGH, _PRECISE = 1e-5, 1e-7  # relative change of the log-density that ends a search
_ITERATIONS = 500
_MANY = 100  # annotators, among whom signs drawn at random average out
_UNTASTED = 0.4  # error of a taste at first, in units of its prior: nearer to 1 all taste is lost
NOTHING = Effects()


@dataclass(frozen=True, slots=True)
class Fit:
    """Utilities `[N]` in logits of a typical annotator, about 0 on average, and who gave them.

    errors: `[N]` standard errors (Laplace; annotators' uncertainty included where the
    problem is small enough to invert whole). log_likelihood: nats, all answers together.
    shape: `[Q, N]` values that utilities may have, and their probabilities, where posteriors
    are known to be far from normal; absent: they are normal. joint: how utilities depend on
    one another; absent: that is not known.
    """

    utilities: Doubles
    errors: Doubles
    people: People
    people_errors: annotators.Uncertainty
    log_likelihood: float
    warnings: tuple[str, ...]
    priors: Priors = USUAL
    effects: Effects = NOTHING
    fitted: Fitted | None = None
    shape: tuple[Doubles, Doubles] | None = None
    joint: Normal | None = None

    def numbers(self, mapping: Mapping) -> Doubles:
        """The vector of the mapping that belongs to this fit."""
        if self.fitted is None or mapping.plain:
            return np.concatenate([self.utilities, np.zeros(mapping.size - mapping.items)])
        more = self.fitted
        parts = (more.nuisance, more.offsets, more.tastes.ravel(), more.loadings.ravel())
        return np.concatenate([self.utilities, *parts])


def fit_items(
    evidence: Evidence,
    n_items: int | None = None,
    start: Fit | None = None,
    pooled: bool = False,
    effects: Effects = NOTHING,
) -> Fit:
    """The most probable utilities and people, by L-BFGS on both at once.

    n_items: when some items were never judged. start: the previous fit of the same items,
    annotators and effects. pooled: everybody typical. Raises RecordError without any answer.
    """
    if evidence.count == 0:
        raise RecordError("no answer to fit utilities to; import or give some answers first")
    count = max(evidence.items, n_items or 0)
    mapping = Mapping(effects, evidence, count)
    people = start.people if start else beginning(evidence)
    priors = start.priors if start else USUAL
    search = _searched
    if marginal.applies(mapping.evidence) and not effects.taste:
        search = _integrated
    elif propagation.applies(mapping) and not pooled:
        search = _propagated
    found = search(mapping, people, priors, start, pooled)
    return replace(found, effects=effects, warnings=tuple(_warnings(evidence, count)))


def _integrated(
    mapping: Mapping, people: People, priors: Priors, start: Fit | None, pooled: bool
) -> Fit:
    """Items that are only graded one by one; see `marginal.py`."""
    first = marginal.begin(mapping, people, priors.utility_sd)
    found, own, priors = marginal.fit(mapping, first, priors, pooled)
    utilities, errors = np.zeros(mapping.items), np.full(mapping.items, found.spread)
    item = mapping.item_of_rows()
    utilities[item], errors[item] = found.mean, found.deviation
    numbers = np.concatenate([utilities, found.linear])
    fitted = mapping.fitted(numbers)
    covariates = mapping.sizes[1]
    around = about_utilities(mapping, numbers, found.people, priors)
    known = np.maximum(around.diagonal()[mapping.items :], 1e-12) ** -0.5
    fitted = replace(fitted, nuisance_errors=known[:covariates], offset_errors=known[covariates:])
    seen = mapping.pull(numbers)
    value = float(mapping.evidence.weight @ log_likelihood(mapping.evidence, seen, found.people))
    shape = marginal.shape(mapping, found)
    return Fit(utilities, errors, found.people, own, value, (), priors, NOTHING, fitted, shape)


def _propagated(
    mapping: Mapping, people: People, priors: Priors, start: Fit | None, pooled: bool
) -> Fit:
    """Items that were judged few times; see `propagation.py`."""
    own = mapping.linear().shape[1] - mapping.items
    linear = start.numbers(mapping)[mapping.items :] if start else np.zeros(own)
    found = propagation.fit(mapping, people, priors, linear)
    numbers = np.concatenate([found.mean, found.linear])
    known, covariates = found.linear_errors, mapping.sizes[1]
    fitted = replace(
        mapping.fitted(numbers),
        nuisance_errors=known[:covariates],
        offset_errors=known[covariates:],
    )
    seen = mapping.pull(numbers)
    value = float(mapping.evidence.weight @ log_likelihood(mapping.evidence, seen, found.people))
    whole = (found.mean, found.deviation, found.people, found.errors, value, (), found.priors)
    return Fit(*whole, NOTHING, fitted, joint=found.joint)


def _searched(
    mapping: Mapping, people: People, priors: Priors, start: Fit | None, pooled: bool
) -> Fit:
    """Any judgements, by L-BFGS on utilities and people at once."""
    count, evidence = mapping.items, mapping.evidence
    numbers = start.numbers(mapping) if start else mapping.start(np.random.default_rng(0))
    first = mapping.precision(priors) + CURVED * mapping.answers()
    unsure = np.zeros(mapping.size + Packing(mapping.evidence).size)
    unsure[:count] = start.errors if start else first[:count] ** -0.5
    tastes = slice(sum(mapping.sizes[:3]), sum(mapping.sizes[:4]))
    unsure[tastes] = _UNTASTED
    for turn in range(_ROUNDS):
        packing = Packing(mapping.evidence, pooled, priors)
        search = _Search(mapping, packing, priors, unsure)
        numbers, people = search.best(numbers, people, _ROUGH)
        if not pooled:
            people, factor = annotators.gauge(people, evidence)
            numbers = mapping.scaled(numbers, factor)
        before, (priors, unsure) = priors, _priors(search, numbers, people, priors, pooled)
        if turn and priors.change(before) < SETTLED:
            break
    search = _Search(mapping, Packing(mapping.evidence, pooled, priors), priors, unsure)
    numbers, people = search.best(numbers, people, _PRECISE)
    return _finished(mapping, numbers, people, priors)


def fold(fit: Fit, evidence: Evidence) -> Fit:
    """`fit` with further answers taken in, at the cost of those alone.

    evidence: the new answers, compiled with `known=fit.people.scales`, about items and
    annotators of the fit. What was learnt is their prior, normal and independent; the
    crowd's thresholds and priors wait for the next whole fit.
    """
    if evidence.scales != fit.people.scales or evidence.annotators > len(fit.people.lapse):
        raise RecordError("new scales or annotators cannot be folded in; fit all answers again")
    if evidence.count == 0:
        return fit
    packing = Packing(evidence)
    packing.expect(fit.people, fit.people_errors)
    mapping = Mapping(fit.effects, evidence, len(fit.utilities))
    unsure = np.zeros(mapping.size + packing.size)
    unsure[: len(fit.errors)] = fit.errors
    search = _Search(mapping, packing, fit.priors, unsure)
    before = fit.numbers(mapping)
    search.expect(before, fit)
    numbers, people = search.best(before, fit.people, _PRECISE)
    more = about_utilities(mapping, numbers, people, fit.priors).diagonal()
    more = (more - mapping.precision(fit.priors)[: len(more)])[: len(fit.errors)]
    sharper = (fit.errors**-2.0 + np.maximum(more, 0)) ** -0.5
    seen = mapping.pull(numbers)
    own = annotators.uncertainty(mapping.evidence, seen, people, packing=packing)
    return replace(
        fit,
        utilities=numbers[: mapping.items],
        errors=sharper,
        people=people,
        people_errors=own,
        joint=None,
    )


class _Search:
    """The expected log-density of numbers and people, and its highest place.

    unsure: `[size + P]` by how much each number may be off, the annotators' among them. The
    likelihood is averaged over two points, every number that much above or below (at random)
    and the other way about. At certain utilities an annotator who alone judged an item would
    be right about it, and thresholds would move apart for ever; at certain tastes any answer
    has a taste that explains it (variational EM; Neyman and Scott 1948).
    """

    def __init__(self, mapping: Mapping, packing: Packing, priors: Priors, unsure: Doubles) -> None:
        self.mapping = mapping
        signs = np.random.default_rng(0).choice([-1.0, 1.0], len(unsure))
        self.away = unsure * signs
        self._points = _points(self.away, mapping)
        self._packing = packing
        self._precision = mapping.precision(priors)
        self._mean = np.zeros(mapping.size)
        stiff = [
            self._precision + CURVED * mapping.answers(),
            packing.stiffness(mapping.evidence),
        ]
        self._unit = np.concatenate(stiff) ** -0.5

    def expect(self, numbers: Doubles, fit: Fit) -> None:
        """Take an earlier fit as the prior of the utilities; its effects stay."""
        self._mean = numbers
        self._precision = np.full(len(numbers), 1e8)
        self._precision[: len(fit.errors)] = fit.errors**-2.0
        self._unit[: len(numbers)] = self._precision**-0.5

    def best(self, numbers: Doubles, people: People, precise: float) -> tuple[Doubles, People]:
        """The most probable numbers and people, from these on."""
        size, packing = self.mapping.size, self._packing
        first = np.concatenate([numbers, packing.pack(people)])
        far = np.full((size, 1), 1e3)
        limits = np.concatenate([np.hstack([-far, far]), packing.bounds(first[size:])])
        found = minimize(
            self._surprise,
            first / self._unit,
            jac=True,
            method="L-BFGS-B",
            bounds=limits / self._unit[:, None],
            options={"maxiter": _ITERATIONS, "maxcor": 20, "ftol": precise, "gtol": 1e-4},
        )
        vector = found.x * self._unit
        return vector[:size].copy(), packing.unpack(vector[size:])

    def _surprise(self, scaled: Doubles) -> tuple[float, Doubles]:
        vector, size = scaled * self._unit, self.mapping.size
        numbers, rest = vector[:size], vector[size:]
        sides = [vector + away for away in self._points]
        value, by_numbers, by_people = 0.0, np.zeros(size), np.zeros(len(rest))
        weight = self.mapping.evidence.weight / len(sides)
        for side in sides:
            people = self._packing.unpack(side[size:])
            seen = self.mapping.pull(side[:size])
            found, by_row, by = gradients(self.mapping.evidence, seen, people, weight)
            value += found
            by_numbers += self.mapping.push(side[:size], by_row)
            by_people += self._packing.gradient(side[size:], by)
        prior, by_prior = self._packing.log_prior(rest)
        away = self._precision * (numbers - self._mean)
        value += prior - 0.5 * float((numbers - self._mean) @ away)
        by_numbers -= away
        by_people += by_prior
        return -value, -np.concatenate([by_numbers, by_people]) * self._unit


def _points(away: Doubles, mapping: Mapping) -> list[Doubles]:
    """Where the likelihood is averaged. A person's taste and sensitivity multiply: if their errors
    always met with the same signs, the product would be a taste of its own. So each meets both."""
    if not away.any():
        return [away]
    if not mapping.sizes[3] or not away[mapping.size :].any():
        return [away, -away]
    crossed = np.concatenate([away[: mapping.size], -away[mapping.size :]])
    return [away, -away, crossed, -crossed]


def _priors(
    search: _Search, numbers: Doubles, people: People, priors: Priors, pooled: bool
) -> tuple[Priors, Doubles]:
    """What the crowd and the items look like under the present estimates, and `unsure`."""
    mapping, items = search.mapping, search.mapping.items
    away = mapping.pull(numbers + search.away[: mapping.size]) - mapping.pull(numbers)
    around = about_utilities(mapping, numbers, people, priors, away)
    known = around.diagonal() ** -0.5
    judged = np.zeros(items, bool)
    judged[mapping.judged()] = True
    spread = numbers[:items][judged], known[:items][judged]
    offsets = mapping.split(numbers)[2], known[len(known) - mapping.sizes[2] :]
    packing = Packing(mapping.evidence, priors=priors)
    unsure = np.zeros(mapping.size + packing.size)
    unsure[:items] = known[:items]
    seen = mapping.pull(numbers)
    if mapping.sizes[3]:
        curved = curvature(mapping.evidence, seen, people).diagonal()
        start = sum(mapping.sizes[:3])
        unsure[start : start + mapping.sizes[3]] = mapping.taste_errors(numbers, curved).ravel()
    if pooled:
        return learnt(priors, spread, offsets, {}), unsure
    own = annotators.uncertainty(mapping.evidence, seen, people, packing=packing)
    # Among few, an error of theirs would meet utilities' errors of the same sign everywhere.
    if mapping.evidence.annotators > _MANY:
        unsure[mapping.size :] = packing.unsure(own)
    crowd = annotators.crowd(people, own, mapping.evidence)
    return learnt(priors, spread, offsets, crowd), unsure


def _finished(mapping: Mapping, numbers: Doubles, people: People, priors: Priors) -> Fit:
    known, own = errors(mapping, numbers, people, priors)
    items, seen = mapping.items, mapping.pull(numbers)
    value = float(mapping.evidence.weight @ log_likelihood(mapping.evidence, seen, people))
    curved = curvature(mapping.evidence, seen, people).diagonal()
    covariates = items + mapping.sizes[1]
    fitted = replace(
        mapping.fitted(numbers),
        nuisance_errors=known[items:covariates],
        offset_errors=known[covariates:],
        taste_errors=mapping.taste_errors(numbers, curved),
    )
    return Fit(
        numbers[:items],
        known[:items],
        people,
        own,
        value,
        (),
        priors,
        NOTHING,
        fitted,
    )


def _warnings(evidence: Evidence, count: int) -> list[str]:
    """What keeps the utilities from being comparable, or is the priors' alone."""
    found = []
    links = [block.items for block in evidence.blocks()]
    absolute = any(items.shape[1] == 1 for items in links)
    used = evidence.used()
    if len(used) < count:
        found.append(f"{count - len(used)} of {count} items were never judged: they stay at 0")
    if links and not absolute:
        groups = len(np.unique(labels(count, links)[used]))
        if groups > 1:
            found.append(
                f"the comparisons fall into {groups} groups of items that were never compared "
                "with one another: only the prior relates them; compare across groups"
            )
    return [*found, *extremes.warnings(evidence)]
