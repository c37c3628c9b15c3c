"""How long the joint model of items and annotators takes, beside what others fit.

    python benchmarks/annotators_speed.py                   100,000 comparisons
    python benchmarks/annotators_speed.py --answers 1000000

Comparisons by 1,000 annotators over 10,000 items. choix and crowd-kit are used where they
are installed (`pip install choix crowd-kit`); the loop in torch is what one would write by
hand. Seconds are of the processor and of the clock: other work counts in the second alone.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assent.likelihood.evidence import Evidence, OrderBlock, order_shares
from assent.likelihood.items import fit_items, fold

Doubles = npt.NDArray[np.float64]
ITEMS, PEOPLE = 10_000, 1_000


@dataclass(frozen=True)
class World:
    """Winners and losers `[J]` by annotators `[J]`, and what made them."""

    winner: npt.NDArray[np.int64]
    loser: npt.NDArray[np.int64]
    annotator: npt.NDArray[np.int64]
    place: Doubles
    utilities: Doubles

    def evidence(self, part: slice = slice(None)) -> Evidence:
        """Compiled, without a record for each answer in between."""
        items = np.stack([self.winner[part], self.loser[part]], 1)
        place = self.place[part, None] * np.array([0.5, -0.5])
        count, shares = len(items), order_shares((1, 1), False)
        number = np.arange(count)
        who = self.annotator[part]
        block = OrderBlock(items, place, who, number, np.array([0, 1]), *shares)
        return Evidence((block,), (), (), np.ones(count), number, ITEMS, PEOPLE, 0)


def world(answers: int, rng: np.random.Generator) -> World:
    """Random pairs, sensitivities N(1, 0.5), either side first."""
    utilities = rng.normal(0, 1.5, ITEMS)
    sensitivity = rng.normal(1, 0.5, PEOPLE)
    first = rng.integers(ITEMS, size=answers)
    second = (first + 1 + rng.integers(ITEMS - 1, size=answers)) % ITEMS
    who = rng.integers(PEOPLE, size=answers)
    away = sensitivity[who] * (utilities[first] - utilities[second])
    won = away + rng.logistic(size=answers) > 0
    shown = np.where(rng.random(answers) < 0.5, 1.0, -1.0)
    return World(
        np.where(won, first, second),
        np.where(won, second, first),
        who,
        np.where(won, shown, -shown),
        utilities,
    )


def joint(made: World) -> Doubles:
    """This package."""
    return fit_items(made.evidence(), ITEMS).utilities


def in_torch(made: World) -> Doubles:
    """Utilities and sensitivities by 300 steps of Adam."""
    import torch

    winner, loser = torch.from_numpy(made.winner), torch.from_numpy(made.loser)
    who = torch.from_numpy(made.annotator)
    utilities = torch.zeros(ITEMS, requires_grad=True)
    sensitivity = torch.ones(PEOPLE, requires_grad=True)
    optimiser = torch.optim.Adam([utilities, sensitivity], 0.05)
    for _ in range(300):
        away = sensitivity[who] * (utilities[winner] - utilities[loser])
        loss = -torch.nn.functional.logsigmoid(away).sum() + utilities.square().sum() / 8
        loss = loss + ((sensitivity - 1) / 0.7).square().sum() / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return utilities.detach().double().numpy()


def by_choix(made: World) -> Doubles:
    """Iterative Luce spectral ranking: Bradley-Terry without annotators."""
    import choix

    pairs = np.stack([made.winner, made.loser], 1).tolist()
    return np.asarray(choix.ilsr_pairwise(ITEMS, pairs, alpha=0.01))


def by_crowd_kit(made: World, name: str) -> Doubles:
    """`BradleyTerry` or `NoisyBradleyTerry` of crowd-kit."""
    import pandas
    from crowdkit import aggregation

    frame = pandas.DataFrame(
        {"worker": made.annotator, "left": made.winner, "right": made.loser, "label": made.winner}
    )
    model = getattr(aggregation, name)(n_iter=100)
    scores = model.fit_predict(frame).reindex(range(ITEMS)).fillna(0.0)
    found: Doubles = np.log(np.maximum(scores.to_numpy(), 1e-12))
    return found


def timed(name: str, fit: Callable[[World], Doubles], made: World) -> None:
    """Fit once and print a row."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        found = fit(made)
    except ImportError as missing:
        print(f"{name:28}  not installed ({missing.name})")
        return
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    likeness = np.corrcoef(found, made.utilities)[0, 1]
    print(f"{name:28}  {cpu:8.2f} s cpu  {wall:8.2f} s  r = {likeness:.4f}")


def main() -> None:
    """Everybody on the same answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--own", action="store_true", help="this package alone")
    options = parser.parse_args()
    made = world(options.answers + 32, np.random.default_rng(0))
    timed("assent, joint", joint, made)
    fit = fit_items(made.evidence(slice(0, options.answers)), ITEMS)
    start, cpu = time.perf_counter(), time.process_time()
    fold(fit, made.evidence(slice(options.answers, None)))
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - start
    print(f"{'assent, 32 answers folded in':28}  {cpu:8.3f} s cpu  {seconds:8.3f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{'peak memory so far':28}  {peak:8.2f} GiB")
    if options.own:
        return
    timed("torch loop, joint", in_torch, made)
    timed("choix, Bradley-Terry", by_choix, made)
    timed("crowd-kit Bradley-Terry", lambda m: by_crowd_kit(m, "BradleyTerry"), made)
    timed("crowd-kit noisy", lambda m: by_crowd_kit(m, "NoisyBradleyTerry"), made)


if __name__ == "__main__":
    main()
