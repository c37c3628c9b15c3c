"""How much sooner the order of items is known when the fit says what to ask about next.

Items of random worth under one prompt are compared by simulated people, some of them careless or
inverted; a project of items asks, learns and asks again, as `assent run` does. Once questions are
chosen by information, with the settings' share drawn at random; once all are drawn at random. After
each time: the share of all pairs of items that come out in their true order.

    python benchmarks/asking_items.py                       # 10 seeds, about five minutes
    python benchmarks/asking_items.py --items 60 --seeds 20

Printed are means over seeds with their 95 % intervals (Student's), and the mean of the differences
within seeds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from assent import desk, starters
from assent.answers import asking
from assent.answers import reward as learning
from assent.desk import Submission
from assent.feedback import kind as kinds
from assent.feedback import simulated
from assent.interop.collection import item_of, segment_of
from assent.project import AnswersProject, open_answers
from assent.records import Annotator

STRATEGIES = ("uniform", "information")
CROWD = "6 sharp, 2 careless, 1 inverted"
Doubles = npt.NDArray[np.float64]


def main() -> None:
    """Run both strategies on every seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--times", type=int, default=6, help="how often is asked")
    parser.add_argument("--seeds", type=int, default=10)
    given = parser.parse_args()
    found = np.array(
        [
            [list(study(given.items, given.times, strategy, seed)) for strategy in STRATEGIES]
            for seed in range(given.seeds)
        ]
    )
    print(f"{given.items} items, {CROWD}; {given.seeds} seeds")
    for place in range(given.times):
        told = [f"{name} {interval(found[:, n, place])}" for n, name in enumerate(STRATEGIES)]
        gained = interval(found[:, 1, place] - found[:, 0, place])
        print(f"{(place + 1) * given.items:5} answers  {'  '.join(told)}  difference {gained}")


def study(items: int, times: int, strategy: str, seed: int) -> Iterator[float]:
    """The share of pairs in true order after each time of asking as many as there are items."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(0, 1, items)
    with tempfile.TemporaryDirectory(prefix="assent-asking-") as home:
        folder = Path(home) / "items"
        starters.make("answers", folder, environment="", model="")
        project = open_answers(folder)
        ask = project.config.ask.model_copy(
            update={"questions": items, "answers_wanted": 1, "strategy": strategy}
        )
        project = replace(project, config=project.config.model_copy(update={"ask": ask}))
        texts = [item_of("Which is better?", f"Text {n}.", str(n)) for n in range(items)]
        project.store.items.add(texts, {})
        row = {segment_of(text.id, None).key: n for n, text in enumerate(texts)}
        people = simulated.crowd(CROWD, rng)
        project.store.people.add_all([Annotator(who.name, who.name) for who in people])
        for _ in range(times):
            asking.ask(project)
            answer(project, people, worth, row, rng)
            fitted, _ = learning.learn(project)
            yield ordered(fitted.fit.utilities, worth[[row[t.key] for t in fitted.things]], items)
        project.store.close()


def answer(
    project: AnswersProject,
    people: list[simulated.SimulatedAnnotator],
    worth: Doubles,
    row: dict[str, int],
    rng: np.random.Generator,
) -> None:
    """Everybody in turn answers one question, until none is left."""
    while project.store.counts().answered < project.store.counts().slots:
        for who in people:
            for slot in desk.claim(project.store, who.name, 1, 0.0, 900.0):
                kind = kinds.find(slot.query.kind)
                seen = worth[[row[s.key] for s in slot.query.segments]]
                said = kind.simulate(slot.query, seen, who, slot.shown_order, rng)
                key = f"{slot.id}-{who.name}"
                given = Submission(slot.id, slot.lease_token, who.name, slot.query.id, said, key)
                desk.answer(project.store, given, 0.0)


def ordered(found: Doubles, true: Doubles, items: int) -> float:
    """The share of all pairs in true order; of what nobody judged, half."""
    first, second = np.triu_indices(len(found), 1)
    right = (found[first] > found[second]) == (true[first] > true[second])
    every = items * (items - 1) / 2
    return float((right.sum() + 0.5 * (every - len(first))) / every)


def interval(values: Doubles) -> str:
    """Mean and the half width of its 95 % interval."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return f"{values.mean():.3f} +- {half:.3f}"


if __name__ == "__main__":
    main()
