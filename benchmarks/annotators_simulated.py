"""The joint model of reward and annotators on crowds whose truth is known.

    python benchmarks/annotators_simulated.py               20 seeds, some minutes
    python benchmarks/annotators_simulated.py --seeds 4 --only crowds

crowds      mixed crowd (50 % good, 25 % careless, 20 % random, 5 % inverted) and homogeneous,
            a linear reward of 24 features: share of fresh pairs ordered as the truth does
recovery    correlation of sensitivity and severity, and how many 95 % intervals cover
kinds       ratings, comparisons, rankings of four, and a third of each: 600 answers, and
            1,200 looks at an item (a ranking is four, a comparison two)
scale       ratings of items that were compared and never rated, foretold: log-loss
bad         30 % careless and inverted: error of utilities over majority vote's, same answers
Every line is a mean over seeds with its 95 % interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sets import Answers, segment

from assent.likelihood.evidence import Evidence, compile
from assent.likelihood.items import fit_items
from assent.likelihood.people import typical
from assent.likelihood.prediction import predict_items
from assent.records import Grade, Order
from assent.reward.posterior import fit_linear

Doubles = npt.NDArray[np.float64]
THRESHOLDS = np.array([-2.5, -0.6, 0.6, 2.5])
ITEMS, FEATURES, PEOPLE = 600, 24, 20


def compiled(found: Answers, items: int, people: int) -> Evidence:
    """Answers about items `i0...` by annotators `a0...`."""
    rows = {segment(f"i{i}").key: i for i in range(items)}
    return compile(found.judgements, rows, {f"a{k}": k for k in range(people)})


def compared(
    utilities: Doubles, sensitivity: Doubles, count: int, rng: np.random.Generator
) -> Evidence:
    """Plain comparisons of random pairs by annotators in turn."""
    found = Answers([])
    for number in range(count):
        i, j = rng.choice(len(utilities), 2, replace=False).tolist()
        k = number % len(sensitivity)
        won = sensitivity[k] * (utilities[i] - utilities[j]) + rng.logistic() > 0
        target = Order((segment(f"i{i}"), segment(f"i{j}")), (0, 1) if won else (1, 0))
        found.add(target, f"a{k}", (0, 1) if rng.random() < 0.5 else (1, 0))
    return compiled(found, len(utilities), len(sensitivity))


def ordered(guess: Doubles, truth: Doubles, rng: np.random.Generator) -> float:
    """Share of random pairs that the guess orders as the truth does."""
    i, j = rng.integers(len(truth), size=(2, 20_000))
    apart = truth[i] != truth[j]
    return float((((guess[i] > guess[j]) == (truth[i] > truth[j]))[apart]).mean())


def crowd(name: str, rng: np.random.Generator) -> Doubles:
    """Sensitivities of 20 annotators."""
    if name == "homogeneous":
        return np.ones(PEOPLE)
    return rng.permutation(np.repeat([1.5, 0.4, 0.0, -1.0], [10, 5, 4, 1]))


def crowds(seed: int) -> dict[str, float]:
    """Joint, pooled and oracle (true sensitivities) on fresh items."""
    row: dict[str, float] = {}
    for name, count in (("mixed", 500), ("mixed", 1500), ("homogeneous", 1500)):
        rng = np.random.default_rng([seed, count])
        features = rng.normal(size=(ITEMS + 2000, FEATURES))
        truth = features @ rng.normal(size=FEATURES) * 2 / np.sqrt(FEATURES)
        people = crowd(name, rng)
        evidence = compared(truth[:ITEMS], people, count, rng)
        known = features[:ITEMS]
        told = typical(evidence)
        oracle = replace(told, sensitivity=people)
        fits = {
            "joint": fit_linear(known, evidence, np.random.default_rng(0)),
            "pooled": fit_linear(known, evidence, np.random.default_rng(0), pooled=True),
            "oracle": fit_linear(known, evidence, np.random.default_rng(0), oracle, pooled=True),
        }
        for kind, fit in fits.items():
            guess = features[ITEMS:] @ fit.mean
            row[f"{name} {count} {kind}"] = ordered(guess, truth[ITEMS:], np.random.default_rng(1))
    return row


def recovery(seed: int) -> dict[str, float]:
    """20 annotators with 100 comparisons and 100 ratings each about 100 items."""
    rng = np.random.default_rng([seed, 7])
    utilities = rng.normal(0, 1.5, 100)
    sensitivity = np.exp(rng.normal(0, 0.5, PEOPLE))
    severity = rng.normal(0, 1, PEOPLE)
    found = Answers([])
    for k in range(PEOPLE):
        for _ in range(100):
            i, j = rng.choice(100, 2, replace=False).tolist()
            away = sensitivity[k] * (utilities[i] - utilities[j]) + rng.logistic()
            pair = (segment(f"i{i}"), segment(f"i{j}"))
            found.add(Grade(pair, int((away > THRESHOLDS).sum()), 5, "comparison"), f"a{k}")
            level = sensitivity[k] * utilities[i] - severity[k] + rng.logistic()
            rating = Grade((pair[0],), int((level > THRESHOLDS).sum()), 5, "rating")
            found.add(rating, f"a{k}")
    fit = fit_items(compiled(found, 100, PEOPLE))
    scale = np.exp(np.log(sensitivity).mean())
    truths = (
        (fit.people.sensitivity, fit.people_errors.sensitivity, sensitivity / scale),
        (fit.people.severity, fit.people_errors.severity, severity - severity.mean()),
        (fit.utilities, fit.errors, (utilities - utilities.mean()) * scale),
    )
    row: dict[str, float] = {}
    for name, (value, error, truth) in zip(
        ("sensitivity", "severity", "utility"), truths, strict=True
    ):
        row[f"{name} r"] = float(np.corrcoef(value, truth)[0, 1])
        row[f"{name} covered"] = float((np.abs(value - truth) < 1.96 * error).mean())
    return row


LOOKS = {"ratings": 1, "comparisons": 2, "rankings": 4}


def kinds(seed: int) -> dict[str, float]:
    """One kind, or a third of each, about 60 items by 10 annotators."""
    row = {}
    for unit in ("answers", "looks"):
        rng = np.random.default_rng([seed, 11])
        world = _World(rng.normal(0, 1.5, 60), rng.normal(0, 0.7, 10), rng)
        for mixture in (*LOOKS, "all three"):
            found = Answers([])
            for kind in LOOKS if mixture == "all three" else (mixture,):
                share = 3 if mixture == "all three" else 1
                count = 600 // share if unit == "answers" else 1200 // LOOKS[kind] // share
                for number in range(count):
                    found.add(world.answer(kind, number % 10), f"a{number % 10}")
            fit = fit_items(compiled(found, 60, 10), 60)
            row[f"{unit}, {mixture}"] = float(np.corrcoef(fit.utilities, world.utilities)[0, 1])
    return row


def scale(seed: int) -> dict[str, float]:
    """300 ratings of one half of 60 items, and 600 comparisons of all; the other half's ratings."""
    rng = np.random.default_rng([seed, 17])
    world = _World(rng.normal(0, 1.5, 60), rng.normal(0, 0.7, 10), rng)
    rated, compared_, unseen = Answers([]), Answers([]), Answers([])
    for number in range(600):
        who = f"a{number % 10}"
        compared_.add(world.answer("comparisons", number % 10), who)
        rated_too = range(30) if number < 300 else range(30, 60)
        target = world.answer("ratings", number % 10, rated_too)
        (rated if number < 300 else unseen).add(target, who)
    row = {}
    both = Answers([*rated.judgements, *compared_.judgements])
    for name, found in (("ratings", rated), ("comparisons", compared_), ("both", both)):
        evidence = compiled(found, 60, 10)
        fit = fit_items(evidence, 60)
        rows = {segment(f"i{i}").key: i for i in range(60)}
        people = {f"a{k}": k for k in range(10)}
        asked = compile(unseen.judgements, rows, people, known=evidence.scales)
        (part,) = predict_items(fit, asked, np.random.default_rng(0))
        row[f"after {name}"] = float(-np.log(part.observed).mean())
    return row


@dataclass
class _World:
    """What items are worth, how severe annotators are, and the dice."""

    utilities: Doubles
    severity: Doubles
    rng: np.random.Generator

    def answer(self, kind: str, who: int, among: Sequence[int] = range(60)) -> Order | Grade:
        """One answer about items drawn at random."""
        chosen = self.rng.choice(np.array(among), 4, replace=False).tolist()
        segments = tuple(segment(f"i{i}") for i in chosen)
        if kind == "rankings":
            drawn = self.utilities[chosen] + self.rng.gumbel(size=4)
            return Order(segments, tuple(int(r) for r in np.argsort(np.argsort(-drawn))))
        at = self.utilities[chosen[0]] + self.rng.logistic()
        if kind == "comparisons":
            away = at - self.utilities[chosen[1]]
            return Grade(segments[:2], int((away > THRESHOLDS).sum()), 5, "comparison")
        return Grade(segments[:1], int((at - self.severity[who] > THRESHOLDS).sum()), 5, "rating")


def bad(seed: int) -> dict[str, float]:
    """Error of standardised utilities: joint over the log-odds of majority votes."""
    rng = np.random.default_rng([seed, 13])
    utilities = rng.normal(0, 1.5, 40)
    people = rng.permutation(np.repeat([1.5, 0.0, -1.5], [14, 3, 3]))
    found, votes = Answers([]), np.zeros((40, 40))
    for _ in range(600):  # pairs, five annotators each
        i, j = rng.choice(40, 2, replace=False).tolist()
        wins = 0
        for k in rng.choice(PEOPLE, 5, replace=False).tolist():
            won = bool(people[k] * (utilities[i] - utilities[j]) + rng.logistic() > 0)
            wins += won
            target = Order((segment(f"i{i}"), segment(f"i{j}")), (0, 1) if won else (1, 0))
            found.add(target, f"a{k}")
        votes[(i, j) if wins > 2 else (j, i)] += 1
    majority = Answers([])
    for i, j in np.argwhere(votes).tolist():
        for _ in range(int(votes[i, j])):
            majority.add(Order((segment(f"i{i}"), segment(f"i{j}")), (0, 1)), "a0")
    fits = (
        fit_items(compiled(found, 40, PEOPLE)),
        fit_items(compiled(majority, 40, 1), pooled=True),
    )
    errors = [_standard_error(fit.utilities, utilities) for fit in fits]
    return {"joint": errors[0], "majority vote": errors[1], "ratio": errors[0] / errors[1]}


def _standard_error(guess: Doubles, truth: Doubles) -> float:
    standard = [(x - x.mean()) / x.std() for x in (guess, truth)]
    return float(np.sqrt(((standard[0] - standard[1]) ** 2).mean()))


STUDIES: dict[str, Callable[[int], dict[str, float]]] = {
    "crowds": crowds,
    "recovery": recovery,
    "kinds": kinds,
    "scale": scale,
    "bad": bad,
}


def report(name: str, rows: Sequence[dict[str, float]]) -> None:
    """Mean and 95 % interval over seeds of each column."""
    print(name)
    for key in rows[0]:
        values = np.array([row[key] for row in rows])
        half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        print(f"  {key:28} {values.mean():.4f} +- {half:.4f}")


def main() -> None:
    """Every study over its seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=STUDIES, nargs="*", default=list(STUDIES))
    options = parser.parse_args()
    for name in options.only:
        report(name, [STUDIES[name](seed) for seed in range(options.seeds)])


if __name__ == "__main__":
    main()
