"""A linear-Bayesian reward on frozen sentence vectors, beside logistic regression on the same.

    pip install '.[bench]'
    ASSENT_DATA=DIR python benchmarks/features_text.py --cache FOLDER
    python benchmarks/features_text.py --only tulu_human_eval llmbar --seeds 5

An item's features are the vector of the response and its elementwise product with the
vector of the prompt; covariates its log length, and counts of formatting. A quarter of the
prompts is held out, by seed. Logistic regression (scikit-learn) sees the differences of both
features and covariates of all decided pairs, its ridge chosen by cross-validation over prompts.
Accuracy and log-loss (nats) are those of decided pairs; calibration error has ten bins of equal
mass, pooled over the seeds; beside it what a perfectly calibrated model would show by chance: if
all answers were independent, and if all answers to a pair were alike, as those of people who agree.
`length`: what a standard deviation of log length adds, in logits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from encoded import encoded
from scipy.stats import t as student
from sets import Answers, folder, lines
from sets import segment as named
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from assent.likelihood.effects import Effects
from assent.likelihood.evidence import compile
from assent.likelihood.people import People
from assent.likelihood.prediction import predict
from assent.records import Grade, Judgement
from assent.reward.covariates import of_texts
from assent.reward.posterior import fit_linear

SETS = ("hh_rlhf_test", "tulu_human_eval", "pandalm_test", "llmbar")
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_DRAWS = 64
_DRAWN = 200  # sets of answers that a calibrated model might have met
_RIDGES = np.geomspace(1e-5, 1, 11)


@dataclass
class Set:
    """A set: judgements with the group (prompt) of each, features `[N, D]`, and texts."""

    judgements: list[Judgement]
    group: npt.NDArray[np.int64]
    rows: dict[str, int]
    features: Doubles
    texts: list[str]
    prompt: npt.NDArray[np.int64]

    def covariates(self, kinds: tuple[str, ...]) -> Doubles:
        """`[N, C]` in standard deviations."""
        _, values = of_texts(self.texts, kinds)
        spread = values.std(0)
        found: Doubles = (values - values.mean(0)) / np.where(spread > 0, spread, 1)
        return found


def read(name: str, cache: Path) -> Set:
    """A set with its vectors."""
    entries = {r["item_id"]: r for r in lines(folder() / name / "items.jsonl.gz")}
    things: dict[tuple[str, str], int] = {}
    for row in entries.values():
        for response in row["responses"]:
            things.setdefault((row["prompt"] or "", _text(response)), len(things))
    prompts = {p: i for i, p in enumerate(dict.fromkeys(p for p, _ in things))}
    found, group = Answers([]), []
    for row in lines(folder() / name / "labels.jsonl.gz"):
        entry = entries[row["item_id"]]
        both = [named(f"i{things[entry['prompt'] or '', _text(r)]}") for r in entry["responses"]]
        if both[0].key == both[1].key:
            continue
        who = row["annotator_id"] or "anonymous"
        if row["feedback"] == "binary":
            found.add(Grade((both[row["response"]],), row["value"], 2, "approval"), who)
        else:
            found.add(Grade((both[0], both[1]), *_level(row), "comparison"), who, (0, 1))
        group.append(prompts[entry["prompt"] or ""])
    vectors = encoded([p for p, _ in things] + [r for _, r in things], cache / f"{name}.npz")
    asked, said = vectors[: len(things)], vectors[len(things) :]
    return Set(
        found.judgements,
        np.array(group),
        {named(f"i{row}").key: row for row in range(len(things))},
        np.hstack([said, asked * said]).astype(np.float64),
        [response for _, response in things],
        np.array([prompts[p] for p, _ in things]),
    )


def _text(response: Any) -> str:
    return response if isinstance(response, str) else json.dumps(response)


def _level(row: dict[str, Any]) -> tuple[int, int]:
    """Level of the first above the second, and the number of levels."""
    sign = {0: 1, 1: -1, "tie": 0}[row["value"]]
    if "strength" in row:
        return 2 + sign * row["strength"], 5
    return (1 + sign, 3) if row["annotator_id"] else ((1 + sign) // 2, 2)


@dataclass
class Outcome:
    """Of n decided answers: probability of the first, whether it was preferred, and the pair."""

    probability: Doubles
    first: Mask
    pair: npt.NDArray[np.int64]
    length: float = float("nan")

    def loss(self) -> float:
        """Nats a pair."""
        right = np.where(self.first, self.probability, 1 - self.probability)
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    def accuracy(self) -> float:
        """Share whose likelier side was preferred; half of it where both are."""
        sure = np.abs(self.probability - 0.5) > 1e-12
        return float(np.where(sure, (self.probability > 0.5) == self.first, 0.5).mean())


def ours(
    found: Set, train: Mask, test: Mask, kinds: tuple[str, ...], binary: bool = True
) -> Outcome:
    """The joint model; binary: learn from approvals too."""
    single = np.array([len(j.target.segments) == 1 for j in found.judgements])
    learnt = _some(found, train & (binary | ~single))
    people = {w: k for k, w in enumerate(dict.fromkeys(j.annotator for j in learnt))}
    evidence = compile(learnt, found.rows, people)
    z = found.covariates(kinds)
    effects = Effects(found.prompt if (single & train).any() and binary else None, z)
    rng = np.random.default_rng(0)
    fit = fit_linear(found.features, evidence, rng, beside=effects)
    pairs = _some(found, test & ~single)
    everybody = dict(people)
    for judgement in pairs:
        everybody.setdefault(judgement.annotator, len(everybody))
    unseen = compile(pairs, found.rows, everybody, known=evidence.scales)
    drawn = fit.draws(_DRAWS, rng)
    seen = drawn.weights @ (found.features - fit.centre).T + drawn.nuisance @ z.T + drawn.own
    (part,) = predict(unseen, seen, [_with(fit.people, len(everybody))] * _DRAWS)
    middle = len(part.answers) // 2
    low = part.probability[:, :middle].sum(1)
    high = part.probability[:, -middle:].sum(1)
    decided = ~((part.given == middle) & (len(part.answers) % 2 == 1))
    return Outcome(
        (high / (low + high))[decided],
        part.given[decided] >= middle,
        _pair(found, pairs)[decided],
        float(fit.nuisance[0]) if kinds else float("nan"),
    )


def _with(people: People, count: int) -> People:
    """The people, and typical ones after them."""
    more = count - len(people.lapse)
    return replace(
        people,
        sensitivity=np.append(people.sensitivity, np.ones(more)),
        position=np.append(people.position, np.zeros(more)),
        severity=np.append(people.severity, np.zeros(more)),
        lapse=np.append(people.lapse, np.full(more, 0.05)),
        stretch=np.vstack([people.stretch, np.zeros((more, people.stretch.shape[1]))]),
    )


def _pair(found: Set, judgements: list[Judgement]) -> npt.NDArray[np.int64]:
    """A number for each pair of responses, whichever stands first."""
    both = [sorted(found.rows[s.key] for s in j.target.segments) for j in judgements]
    return np.array([one * len(found.texts) + other for one, other in both])


def _some(found: Set, mask: Mask) -> list[Judgement]:
    return [j for j, keep in zip(found.judgements, mask, strict=True) if keep]


def logistic(found: Set, train: Mask, test: Mask) -> Outcome:
    """scikit-learn on the differences; ties and approvals left out, it cannot take them."""
    x = np.hstack([found.features, found.covariates(("length", "format"))])
    x = (x - x.mean(0)) / np.where(x.std(0) > 1e-9, x.std(0), 1)
    parts = []
    for mask in (train, test):
        index = [n for n in np.flatnonzero(mask) if _decided(found.judgements[n])]
        pair = np.array([[found.rows[s.key] for s in found.judgements[n].target.segments]
                         for n in index])  # fmt: skip
        first = np.array([_first(found.judgements[n]) for n in index])
        parts.append((x[pair[:, 0]] - x[pair[:, 1]], first, found.group[index]))
        which = _pair(found, [found.judgements[n] for n in index])
    (seen, first, group), (unseen, truth, _) = parts
    folds = list(GroupKFold(5).split(seen, first, group))
    losses = []
    for ridge in _RIDGES:
        total = 0.0
        for a, b in folds:
            chance = _regression(ridge).fit(seen[a], first[a]).predict_proba(seen[b])[:, 1]
            total += Outcome(chance, first[b], b).loss() * len(b)
        losses.append(total)
    best = _regression(float(_RIDGES[int(np.argmin(losses))])).fit(seen, first)
    return Outcome(best.predict_proba(unseen)[:, 1], truth, which)


def _regression(c: float) -> LogisticRegression:
    return LogisticRegression(C=c, fit_intercept=False, max_iter=1000)


def _decided(judgement: Judgement) -> bool:
    target = judgement.target
    if not isinstance(target, Grade) or len(target.segments) != 2:
        return False
    return 2 * target.level != target.levels - 1


def _first(judgement: Judgement) -> bool:
    target = judgement.target
    return isinstance(target, Grade) and 2 * target.level > target.levels - 1


def calibration_error(probability: Doubles, first: Mask, bins: int = 10) -> float:
    """Mean distance of what is foretold from what happens, in bins of equal mass."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    gaps = [len(p) * abs(probability[p].mean() - first[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(probability))


def interval(values: list[float]) -> str:
    """Mean and 95 % interval over the seeds."""
    found = np.array(values)
    if len(found) < 2:
        return f"{found.mean():.4f}"
    width = student.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
    return f"{found.mean():.4f} ±{width:.4f}"


MODELS: dict[str, Callable[[Set, Mask, Mask], Outcome]] = {
    "logistic regression": logistic,
    "no covariates": lambda found, a, b: ours(found, a, b, ()),
    "length": lambda found, a, b: ours(found, a, b, ("length",)),
    "length and format": lambda found, a, b: ours(found, a, b, ("length", "format")),
    "length, pairs alone": lambda found, a, b: ours(found, a, b, ("length",), False),
}


def study(name: str, cache: Path, seeds: int) -> None:
    """One set, every model on the same splits."""
    found = read(name, cache)
    outcomes: dict[str, list[Outcome]] = {model: [] for model in MODELS}
    mixed = any(len(j.target.segments) == 1 for j in found.judgements)
    prompts = found.group.max() + 1
    for seed in range(seeds):
        held = np.random.default_rng(seed).permutation(prompts)[: prompts // 4]
        test = np.isin(found.group, held)
        for model, run in MODELS.items():
            if mixed or model != "length, pairs alone":
                outcomes[model].append(run(found, ~test, test))
    base = outcomes["logistic regression"]
    for model, row in outcomes.items():
        if row:
            report(name, model, row, base)


def report(name: str, model: str, row: list[Outcome], base: list[Outcome]) -> None:
    """Means over the seeds, and differences from logistic regression on the same splits."""
    chance = np.concatenate([o.probability for o in row])
    first = np.concatenate([o.first for o in row])
    pairs, pair = np.unique(np.concatenate([o.pair for o in row]), return_inverse=True)
    rng, floors = np.random.default_rng(0), np.empty((_DRAWN, 2))
    for floor in floors:
        floor[0] = calibration_error(chance, rng.random(len(chance)) < chance)
        floor[1] = calibration_error(chance, rng.random(len(pairs))[pair] < chance)
    apart, alike = floors.mean(0)
    print(
        f"{name:16} {model:20} accuracy {interval([o.accuracy() for o in row])}"
        f"  log-loss {interval([o.loss() for o in row])}"
        f"  less baseline's {interval([o.loss() - b.loss() for o, b in zip(row, base)])}"  # noqa: B905
        f"  ECE {calibration_error(chance, first):.4f} (chance {apart:.4f} to {alike:.4f})"
        f"  length {interval([o.length for o in row])}",
        flush=True,
    )


def main() -> None:
    """Every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SETS, nargs="*", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path())
    given = parser.parse_args()
    for name in given.only:
        study(name, given.cache, given.seeds)


if __name__ == "__main__":
    main()
