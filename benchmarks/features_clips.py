"""A linear-Bayesian reward on clips that people compared, beside simpler models.

    ASSENT_DATA=DIR python benchmarks/features_clips.py
    python benchmarks/features_clips.py --only door --seeds 5

door      adroit_door_prefs: pieces of 25 demonstrations of a robot hand. Four demonstrations are
          held out, by seed, with every pair that touches them; accuracy on whole decided pairs of
          those. Learnt from 400 answers about whole pairs, and from all, broken ones among them.
          `phase`: how far into its demonstration a clip begins, taken out of the reward; beside
          the agreement of both with the demonstrations' own reward.
delivery  delivery_prefs: three steps in a grid world. A quarter of the pairs is held out, by
          seed. `return`: linear in the sums of the world's six features. `regret`: those and
          what optimal behaviour is worth at the last state less at the first, under the reward
          that is being learnt (the world's transitions are known, its reward is not).
          `true ...`: the same with the world's true reward, whose scale alone is learnt.
          `clips`: assent's own features of clips, which know nothing of the world.
Log-losses are nats an answer, three levels; the interval is over seeds.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student
from sets import folder, lines
from sets import segment as named

from assent.likelihood.effects import Effects
from assent.likelihood.evidence import Evidence, compile
from assent.likelihood.prediction import predict
from assent.records import Grade, Judgement
from assent.reward.clips import WIDTHS, clip_map
from assent.reward.posterior import Posterior, explained, fit_linear

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_DRAWS = 64


@dataclass
class Pairs:
    """Comparisons of clips: rows `[J, 2]`, and the level 0, 1 (a tie) or 2 (the first)."""

    clips: list[tuple[Doubles, Doubles]]
    pair: Integers
    level: Integers

    def evidence(self, chosen: Integers) -> Evidence:
        """The chosen comparisons, by one crowd."""
        said = [
            Judgement(
                Grade(tuple(named(f"c{row}") for row in self.pair[n]), int(self.level[n]), 3,
                      "comparison"), "crowd", (0, 1), "comparison", f"f{n}",
            )
            for n in chosen
        ]  # fmt: skip
        rows = {named(f"c{row}").key: row for row in range(len(self.clips))}
        return compile(said, rows, {"crowd": 0})

    def features(self, evidence: Evidence) -> Doubles:
        """Of all clips, by the map of the largest evidence; measured on what was judged."""
        judged = [self.clips[row] for row in evidence.used()]
        maps = [clip_map(judged, width, np.random.default_rng(0)) for width in WIDTHS]
        every = [each.features(self.clips) for each in maps]
        return max(every, key=lambda features: explained(features, evidence, Effects()))


def foretold(
    fit: Posterior, features: Doubles, evidence: Evidence, nuisance: Doubles | None = None
) -> tuple[Doubles, Doubles]:
    """Probabilities of levels `[J, 3]`, and of what was said `[J]`, in the evidence's order."""
    drawn = fit.draws(_DRAWS, np.random.default_rng(1))
    seen = drawn.weights @ (features - fit.centre).T + drawn.own
    if nuisance is not None:
        seen = seen + drawn.nuisance @ nuisance.T
    (part,) = predict(evidence, seen, [fit.people] * _DRAWS)
    return part.probability, part.observed


def interval(values: list[float]) -> str:
    """Mean and 95 % interval over the seeds."""
    found = np.array(values)
    if len(found) < 2:
        return f"{found.mean():.4f}"
    width = student.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
    return f"{found.mean():.4f} ±{width:.4f}"


def door(seeds: int) -> None:
    """Other demonstrations than those that were learnt from."""
    with np.load(folder() / "adroit_door_prefs" / "door.npz", allow_pickle=False) as file:
        a = {name: file[name] for name in file.files}
    rows = np.concatenate([a["segment_1"], a["segment_2"]])
    count = len(a["label"])
    seen, done = a["observations"].astype(float), a["actions"].astype(float)
    pairs = Pairs(
        [(seen[r], done[r]) for r in rows],
        np.stack([np.arange(count), count + np.arange(count)], 1),
        np.array([{0: 2, 1: 0, -1: 1}[label] for label in a["label"].tolist()]),
    )
    episode, whole, decided = a["episode"], a["within_one_demo"], a["label"] >= 0
    first = {e: int(np.flatnonzero(episode == e)[0]) for e in np.unique(episode)}
    length = np.bincount(episode)
    phase = np.array([(r[0] - first[episode[r[0]]]) / length[episode[r[0]]] for r in rows])
    phase = ((phase - phase.mean()) / phase.std())[:, None]
    returns = a["demo_rewards"][rows].sum(1)
    found: dict[str, list[float]] = {}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        held = rng.choice(np.unique(episode), 4, replace=False)
        touched = np.isin(episode[rows], held).any(1).reshape(2, count).any(0)
        test = np.flatnonzero(touched & whole & decided)
        some = rng.permutation(np.flatnonzero(~touched & whole))[:400]
        for name, chosen in (("400 whole", some), ("all", np.flatnonzero(~touched))):
            learnt = pairs.evidence(chosen)
            features = pairs.features(learnt)
            for kind, z in (("", None), (", phase apart", phase)):
                beside = None if z is None else Effects(nuisance=z)
                fit = fit_linear(features, learnt, np.random.default_rng(0), beside=beside)
                chance, observed = foretold(fit, features, pairs.evidence(test), z)
                right = (chance[:, 2] > chance[:, 0]) == (pairs.level[test] == 2)
                worth = fit.samples(features, 1, rng)[0][pairs.pair[test]]
                own = returns[pairs.pair[test]]
                agreed = (worth[:, 0] > worth[:, 1]) == (own[:, 0] > own[:, 1])
                for measure, value in (
                    ("accuracy", right.mean()),
                    ("log-loss", -np.log(observed).mean()),
                    ("reward agrees with the demonstrations' own", agreed.mean()),
                ):
                    found.setdefault(f"{name}{kind}: {measure}", []).append(float(value))
    for name, values in found.items():
        print(f"door, {name}: {interval(values)}", flush=True)


class World:
    """The grid world: features of each state and action, where they lead, and its true reward."""

    def __init__(self) -> None:
        with gzip.open(folder() / "delivery_prefs" / "env.json.gz", "rt") as file:
            world: dict[str, Any] = json.load(file)
        self.features = np.array(world["features"], np.float64)
        self.reward = np.array(world["reward"], np.float64)
        self._next = np.array(world["next_state"])
        self._ended = np.array(world["terminal"])

    def values(self, reward: Doubles, discount: float = 1.0, rounds: int = 200) -> Doubles:
        """`[x, y]` what optimal behaviour gets from each state on; `rounds` steps at most."""
        values = np.zeros(self._ended.shape)
        for _ in range(rounds):
            then = values[self._next[..., 0], self._next[..., 1]]
            values = np.where(self._ended, 0.0, (reward + discount * then).max(-1))
        return values


def delivery(seeds: int) -> None:
    """Which account of what people prefer foretells them best."""
    world, clips, pair, level, condition = World(), [], [], [], []
    rows: dict[str, int] = {}
    entries = {r["item_id"]: r for r in lines(folder() / "delivery_prefs" / "items.jsonl.gz")}
    truth: list[float] = []
    for row in lines(folder() / "delivery_prefs" / "labels.jsonl.gz"):
        both = []
        for response in entries[row["item_id"]]["responses"]:
            key = json.dumps([response["states"], response["actions"]])
            if key not in rows:
                rows[key] = len(rows)
                states, actions = response["states"], response["actions"]
                clips.append((np.array(states, float), np.array(actions, float)[:, None]))
                truth.append(float(response["return"]))
            both.append(rows[key])
        pair.append(both)
        level.append({0: 2, 1: 0, "tie": 1}[row["value"]])
        condition.append(row["condition"])
    pairs = Pairs(clips, np.array(pair), np.array(level))
    sums = np.array([_summed(world.features, clip) for clip in clips])
    ends = np.array([[seen[0], seen[-1]] for seen, _ in clips], int)
    names, question = np.array(condition), np.unique(np.sort(pairs.pair, 1), axis=0,
                                                     return_inverse=True)[1].ravel()  # fmt: skip
    models: dict[str, Callable[[Evidence], tuple[Posterior, Doubles]]] = {
        "true return": lambda e: _fitted(np.array(truth)[:, None], e),
        "true regret": lambda e: _fitted(
            (np.array(truth) + _gain(world.values(world.reward), ends))[:, None], e
        ),
        "return": lambda e: _fitted(sums, e),
        "regret": lambda e: regret(world, sums, ends, e),
        "clips": lambda e: _fitted(pairs.features(e), e),
    }
    losses: dict[str, dict[str, list[float]]] = {name: {} for name in models}
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(question.max() + 1)
        held = np.isin(question, order[: len(order) // 4])
        learnt = pairs.evidence(np.flatnonzero(~held))
        test = np.flatnonzero(held)
        for name, model in models.items():
            fit, features = model(learnt)
            _, observed = foretold(fit, features, pairs.evidence(test))
            for group in ("all", *np.unique(names)):
                chosen = slice(None) if group == "all" else names[test] == group
                loss = float(-np.log(observed[chosen]).mean())
                losses[name].setdefault(group, []).append(loss)
    for group in losses["return"]:
        base = losses["return"][group]
        for name, by_group in losses.items():
            less = [a - b for a, b in zip(by_group[group], base, strict=True)]
            told = f"log-loss {interval(by_group[group])}, less return's {interval(less)}"
            print(f"delivery, {group}, {name}: {told}", flush=True)


def regret(
    world: World, sums: Doubles, ends: Integers, evidence: Evidence
) -> tuple[Posterior, Doubles]:
    """Returns, and values under what they are learnt to be, in turns."""
    fit, features = _fitted(sums, evidence)
    for _ in range(4):
        weights = fit.mean[: sums.shape[1]]
        # A reward is known up to a constant a step; where standing still paid, none would end.
        reward = world.features @ weights
        reward = reward - max(0.0, float(np.quantile(reward, 0.95)))
        gain = _gain(world.values(reward, 0.99), ends)
        fit, features = _fitted(np.column_stack([sums, gain]), evidence)
    return fit, features


def _fitted(features: Doubles, evidence: Evidence) -> tuple[Posterior, Doubles]:
    return fit_linear(features, evidence, np.random.default_rng(0)), features


def _summed(features: Doubles, clip: tuple[Doubles, Doubles]) -> Doubles:
    """`[6]` over the steps before the episode's end."""
    total = np.zeros(features.shape[-1])
    for state, action in zip(clip[0][:-1].astype(int), clip[1][:, 0].astype(int), strict=True):
        if action >= 0:
            total += features[state[0], state[1], action]
    return total


def _gain(values: Doubles, ends: Integers) -> Doubles:
    """`[N]` the last state's value less the first's."""
    gain: Doubles = values[ends[:, 1, 0], ends[:, 1, 1]] - values[ends[:, 0, 0], ends[:, 0, 1]]
    return gain


STUDIES = {"door": door, "delivery": delivery}


def main() -> None:
    """Every study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=STUDIES, nargs="*", default=list(STUDIES))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    for name in given.only:
        STUDIES[name](given.seeds)


if __name__ == "__main__":
    main()
