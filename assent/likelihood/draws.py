"""Draws from the posterior of a fit: of utilities and effects, and of everybody who answers.

Whatever the fit has not met comes from the priors, and whoever it has not met from the crowd.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit, ndtr

from assent.likelihood import thresholds
from assent.likelihood.effects import Mapping
from assent.likelihood.evidence import Doubles, Evidence, Scale
from assent.likelihood.items import Fit
from assent.likelihood.noise import stratified
from assent.likelihood.people import People, choices
from assent.likelihood.priors import WORTH

_NUMBERS = 3e7  # that draws may take together
_FEWEST, _MOST = 64, 512


def enough(size: int) -> int:
    """How many draws of so many numbers: as many as memory allows; then chance decides little."""
    return int(min(max(_NUMBERS / max(size, 1), _FEWEST), _MOST))


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
    noise = stratified(draws, len(mean), rng)
    drawn: Doubles = mean + error * noise
    if fit.joint is not None:
        met = len(fit.utilities)
        drawn[:, :met] = fit.utilities + fit.joint.draws(noise[:, :met])
    if fit.shape is not None:
        at, chance = fit.shape
        place = ndtr(stratified(draws, at.shape[1], rng))
        reached = np.cumsum(chance, 0)
        for draw in range(draws):
            node = np.minimum((reached < place[draw]).sum(0), len(at) - 1)
            drawn[draw, : at.shape[1]] = np.take_along_axis(at, node[None], 0)[0]
    return drawn


def draw_utilities(fit: Fit, rng: np.random.Generator, draws: int) -> Doubles:
    """`[S, N]` draws of what the fitted items are worth, together where it is known how they
    depend on one another."""
    noise = stratified(draws, len(fit.utilities), rng)
    if fit.joint is not None:
        return fit.utilities + fit.joint.draws(noise)
    return fit.utilities + fit.errors * noise


def draw_people(fit: Fit, evidence: Evidence, rng: np.random.Generator, draws: int) -> list[People]:
    """S draws of everybody in the evidence.

    Somebody new is like one of those that the fit has met, each as likely as they are sensitive,
    or, with a weight of `WORTH` people, like nobody yet: drawn from the priors (Blackwell and
    MacQueen's urn). What goes together in this crowd, say low sensitivity and lenience, so stays
    together in whoever comes.
    """
    known, priors, errors = fit.people, fit.priors, fit.people_errors
    draw = _Drawing(known.sensitivity, evidence.annotators, draws, rng)
    usual = float(logit(priors.lapse_a / (priors.lapse_a + priors.lapse_b)))
    # A logit's error is wide where a lapse is near 0: there it hardly matters.
    error = np.minimum(errors.lapse, 1.0)
    lapse = draw.numbers(logit(known.lapse), error, usual, 1.0)
    columns = (
        draw.factors(
            known.sensitivity, errors.sensitivity, priors.sensitivity, priors.sensitivity_sd
        ),
        draw.numbers(known.position, errors.position, 0.0, priors.position_sd),
        draw.numbers(known.severity, errors.severity, 0.0, priors.severity_sd),
        np.clip(expit(lapse), 1e-9, 1 - 1e-9),
    )
    met, scales = len(known.scales), evidence.scales
    stretch, apart = _gaps(fit, scales, draw)
    crowd = (*known.thresholds, *map(thresholds.usual, scales[met:]))
    temperature = np.concatenate([known.temperature, np.ones(len(scales) - met)])
    pace = known.pace[np.minimum(np.arange(choices(evidence)), len(known.pace) - 1)]
    return [
        People(
            columns[0][s],
            columns[1][s],
            columns[2][s],
            columns[3][s],
            stretch[s],
            tuple(each[s] for each in apart),
            crowd,
            temperature,
            pace,
            scales,
        )
        for s in range(draws)
    ]


def _gaps(fit: Fit, scales: Sequence[Scale], draw: _Drawing) -> tuple[Doubles, list[Doubles]]:
    """Draws of stretch `[S, A, M]` and of what sets gaps apart; of new scales from the priors."""
    known, priors, errors = fit.people, fit.priors, fit.people_errors
    stretch, apart = [], []
    for m, scale in enumerate(scales):
        flat = np.zeros(len(known.lapse))
        nobody = np.zeros((len(flat), thresholds.own_count(scale)))
        own, gaps = (flat, flat + priors.stretch_sd), (nobody, nobody + priors.apart_sd)
        if m < len(known.scales):
            own = known.stretch[:, m], errors.stretch[:, m]
            gaps = known.apart[m], errors.apart[m]
        apart.append(draw.numbers(*gaps, 0.0, priors.apart_sd))
        stretch.append(draw.numbers(*own, 0.0, priors.stretch_sd))
    empty = np.zeros((*draw.shape, 0))
    return (np.stack(stretch, -1) if stretch else empty), apart


class _Drawing:
    """S draws of A annotators' numbers, of whom the first are known; see `draw_people`."""

    def __init__(
        self, sensitivity: Doubles, people: int, draws: int, rng: np.random.Generator
    ) -> None:
        met = len(sensitivity)
        self._rng, self._draws = rng, draws
        self.shape = draws, people
        own = np.broadcast_to(np.arange(met), (draws, met))
        # Evenly over the urn, so that few draws already show all of it.
        place = ndtr(stratified(draws, people - met, rng))
        believed = np.maximum(sensitivity, 0)
        share = np.append(believed / max(float(believed.sum()), 1e-12) * met, WORTH)
        urn = np.searchsorted(np.cumsum(share) / share.sum(), place)
        self._like = np.concatenate([own, np.minimum(urn, met)], 1)

    def numbers(self, value: Doubles, error: Doubles, mean: float, deviation: float) -> Doubles:
        """`[S, A]` or `[S, A, F]` draws of numbers `[A]` or `[A, F]` with a prior."""
        end = np.full((1, *value.shape[1:]), 1.0)
        centre = np.concatenate([value, end * mean])[self._like]
        width = np.concatenate([error, end * deviation])[self._like]
        noise = stratified(self._draws, centre[0].size, self._rng).reshape(centre.shape)
        drawn: Doubles = centre + width * noise
        return drawn

    def factors(self, value: Doubles, error: Doubles, mean: float, deviation: float) -> Doubles:
        """`[S, A]` draws of numbers `[A]` that multiply: of people who are known, those that are
        further from 0 than their error are off by a factor, so that none turns round."""
        drawn = self.numbers(value, error, mean, deviation)
        sure = np.abs(value) > error
        own = drawn[:, : len(value)]
        safe = np.where(sure, value, 1.0)
        factor = np.exp((own - value) / np.abs(safe))
        drawn[:, : len(value)] = np.where(sure, safe * factor, own)
        return drawn
