from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from assent.errors import RecordError
from assent.likelihood.effects import Effects, Mapping
from assent.likelihood.evidence import Doubles, Integers
from assent.likelihood.items import fit_items, fold
from assent.likelihood.joint import log_likelihood
from assent.likelihood.prediction import predict_items
from assent.likelihood.priors import USUAL, learnt
from assent.records import Judgement
from tests.likelihood.crowd import compared, compiled, grade, mixed, order
from tests.likelihood.test_joint import numeric

GROUPS = np.array([0, 0, 1, 1, 2, -1])
NUISANCE = np.arange(12, dtype=np.float64).reshape(6, 2) ** 1.5


@pytest.mark.parametrize(
    "effects", [Effects(), Effects(GROUPS), Effects(GROUPS, NUISANCE), Effects(GROUPS, NUISANCE, 2)]
)
def test_push_is_the_transpose_of_pull(effects: Effects) -> None:
    mapping = Mapping(effects, mixed(), 6)
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=mapping.size)
    outer = rng.normal(size=len(mapping.pull(numbers)))

    def value(at: Doubles) -> float:
        return float(outer @ mapping.pull(at))

    assert mapping.push(numbers, outer) == pytest.approx(numeric(value, numbers), abs=1e-6)


def test_rows_without_effects_say_what_the_items_say() -> None:
    evidence = mixed()
    mapping = Mapping(Effects(GROUPS, NUISANCE, 1), evidence, 6)
    utilities = np.linspace(-1, 1, 6)
    people = fit_items(evidence).people
    numbers = np.concatenate([utilities, np.zeros(mapping.size - 6)])
    found = log_likelihood(mapping.evidence, mapping.pull(numbers), people)
    assert found == pytest.approx(log_likelihood(evidence, utilities, people))


def test_the_offset_of_a_prompt_cancels_in_comparisons() -> None:
    rng = np.random.default_rng(0)
    utilities, offsets = rng.normal(0, 1, 60), np.repeat([-2.0, 0.0, 2.0], 20)
    judgements: list[Judgement] = []
    for _ in range(1500):
        i = int(rng.integers(60))
        level = int((utilities[i] + offsets[i] + rng.logistic() > [-2, 0, 2]).sum())
        judgements.append(grade([i], level, 4, f"a{rng.integers(3)}", scale="rating"))
    fit = fit_items(
        compiled(judgements, 60, ("a0", "a1", "a2")),
        effects=Effects(groups=np.repeat(np.arange(3), 20)),
    )
    assert fit.fitted is not None
    assert np.diff(fit.fitted.offsets).min() > 1
    assert np.corrcoef(fit.utilities, utilities)[0, 1] > 0.85


def test_what_length_adds_to_answers_stays_out_of_the_reward() -> None:
    rng = np.random.default_rng(0)
    worth, length = rng.normal(0, 1, 80), rng.normal(0, 1, 80)
    evidence = compared(worth + 1.5 * length, [1.0, 1.0], 3000, rng)
    plain, freed = (
        fit_items(evidence),
        fit_items(evidence, effects=Effects(nuisance=length[:, None])),
    )
    assert freed.fitted is not None
    assert freed.fitted.nuisance[0] == pytest.approx(1.5, abs=0.4)
    likeness = [np.corrcoef(fit.utilities, worth)[0, 1] for fit in (plain, freed)]
    assert likeness[1] > 0.9 > likeness[0]


def test_taste_foretells_people_who_differ_consistently() -> None:
    rng = np.random.default_rng(0)
    names = tuple(f"a{k}" for k in range(40))
    views = rng.normal(0, 1.5, (2, 10))  # one of each half of the crowd

    def say(count: int) -> list[Judgement]:
        judgements = []
        for _ in range(count):
            k, (i, j) = int(rng.integers(40)), rng.choice(10, 2, replace=False).tolist()
            best = views[k % 2, i] - views[k % 2, j] + rng.logistic() > 0
            judgements.append(order([i, j], [0, 1] if best else [1, 0], names[k]))
        return judgements

    seen, unseen = compiled(say(1600), 10, names), compiled(say(400), 10, names)
    surprise = []
    for taste in (0, 1):
        fit = fit_items(seen, effects=Effects(taste=taste))
        parts = predict_items(fit, unseen, np.random.default_rng(0))
        surprise.append(-np.log(np.concatenate([part.observed for part in parts])).mean())
    assert surprise[1] < surprise[0] - 0.03


@pytest.mark.slow
def test_taste_takes_half_of_what_the_true_mixture_gains_from_people_who_rank_once() -> None:
    rng = np.random.default_rng(1)
    views = 1.5 * rng.normal(0, 1.0, (2, 6))  # one of each half of the crowd
    names = tuple(f"p{person:03d}" for person in range(900))
    judgements, ranks = [], []
    for person, name in enumerate(names):
        seen = views[person % 2] + rng.gumbel(size=6)
        ranks.append(np.argsort(np.argsort(-seen)))
        judgements.append(order(list(range(6)), ranks[-1].tolist(), name))
    evidence = compiled(judgements, 6, names)
    learnt = replace(evidence.take(np.arange(600)), annotators=600)
    unseen = evidence.take(np.arange(600, 900))
    likely = []
    for taste in (0, 1):
        fit = fit_items(learnt, effects=Effects(taste=taste))
        (part,) = predict_items(fit, unseen, np.random.default_rng(0), 256)
        likely.append(np.log(part.observed).mean())
    truth = np.mean([np.logaddexp(*luce(views, each)) - np.log(2) for each in ranks[600:]])
    assert likely[1] - likely[0] > (truth - likely[0]) / 2


def luce(views: Doubles, ranks: Integers) -> Doubles:
    """`[2]` log-probability of an order under each view."""
    placed = views[:, np.argsort(ranks)]
    total: Doubles = np.sum([placed[:, i] - logsumexp(placed[:, i:], axis=1) for i in range(6)], 0)
    return total


def test_effects_that_do_not_fit_the_items_are_errors() -> None:
    with pytest.raises(RecordError, match="groups"):
        Mapping(Effects(groups=np.zeros(3, np.int64)), mixed(), 6)
    with pytest.raises(RecordError, match="finite"):
        Mapping(Effects(nuisance=np.full((6, 1), np.nan)), mixed(), 6)


def test_answers_that_are_folded_in_move_only_what_they_are_about() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1.5, 20)
    first = compared(truth, [2.0, 1.0, 1.0], 400, rng)
    fit = fit_items(first)
    new = compiled([grade([0, 1], 4, 5, "a0")] * 6, 20, ("a0", "a1", "a2"))
    folded = fold(fit, new)
    moved = np.abs(folded.utilities - fit.utilities)
    assert folded.utilities[0] - folded.utilities[1] > fit.utilities[0] - fit.utilities[1]
    assert moved[2:].max() < 0.01 < moved[:2].min()
    assert (folded.errors[:2] < fit.errors[:2]).all()


def test_folding_comes_close_to_fitting_again() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1.5, 20)
    evidence = compared(truth, [2.0, 1.0, 1.0], 640, rng)
    fit = fit_items(evidence.take(np.arange(600)))
    folded, whole = fold(fit, evidence.take(np.arange(600, 640))), fit_items(evidence)
    assert np.corrcoef(folded.utilities, whole.utilities)[0, 1] > 0.995


def test_priors_are_learnt_from_estimates_and_their_errors() -> None:
    value, error = np.full(95, 0.3), np.full(95, 0.4)
    found = learnt(USUAL, (value, error), (value[:0], error[:0]), {})
    expected = ((95 * (0.3**2 + 0.4**2) + 5 * USUAL.utility_sd**2) / 100) ** 0.5
    assert found.utility_sd == pytest.approx(expected)
    assert found.offset_sd == pytest.approx(USUAL.offset_sd)
