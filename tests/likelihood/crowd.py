"""Answers with known causes, drawn from the likelihood, for the tests of this room."""

from __future__ import annotations

import numpy as np

from assent.likelihood.evidence import Doubles, Evidence, compile
from assent.records import Grade, Judgement, Order, Segment

THRESHOLDS = np.array([-2.5, -0.6, 0.6, 2.5])


def segment(number: int) -> Segment:
    return Segment(f"t{number}", 0, 4)


def order(
    items: list[int],
    ranks: list[int],
    who: str = "a",
    shown: tuple[int, ...] = (),
    partial: bool = False,
) -> Judgement:
    target = Order(tuple(segment(i) for i in items), tuple(ranks), partial)
    return Judgement(target, who, shown, "ranking", "f")


def grade(
    items: list[int],
    level: int,
    levels: int = 5,
    who: str = "a",
    shown: tuple[int, ...] = (),
    scale: str = "comparison",
) -> Judgement:
    target = Grade(tuple(segment(i) for i in items), level, levels, scale)
    return Judgement(target, who, shown, "comparison", "f")


def compiled(
    judgements: list[Judgement], items: int = 6, people: tuple[str, ...] = ("a",)
) -> Evidence:
    rows = {segment(i).key: i for i in range(items)}
    return compile(judgements, rows, {name: k for k, name in enumerate(people)})


def mixed(count: int = 40, items: int = 6, people: int = 3, seed: int = 0) -> Evidence:
    """Every kind of target at once, from several annotators."""
    rng = np.random.default_rng(seed)
    names = tuple(f"a{k}" for k in range(people))
    judgements = []
    for number in range(count):
        who = names[number % people]
        size = [2, 4, 2, 1, 1, 3][number % 6]
        chosen = rng.permutation(items)[:size].tolist()
        shown = tuple(rng.permutation(size).tolist())
        match number % 6:
            case 0:
                judgements.append(order(chosen, [0, 1], who, shown))
            case 1:
                judgements.append(order(chosen, [1, 0, 0, 2], who, shown))
            case 2:
                judgements.append(grade(chosen, int(rng.integers(5)), 5, who, shown))
            case 3:
                judgements.append(grade(chosen, int(rng.integers(4)), 4, who, scale="rating"))
            case 4:
                judgements.append(grade(chosen, int(rng.integers(2)), 2, who, scale="approval"))
            case _:
                judgements.append(order(chosen, [0, 1, 1], who, shown, partial=True))
    return compiled(judgements, items, names)


def compared(
    utilities: Doubles, sensitivity: list[float], count: int, rng: np.random.Generator
) -> Evidence:
    """Graded comparisons of random pairs by annotators of these sensitivities in turn."""
    names = tuple(f"a{k}" for k in range(len(sensitivity)))
    judgements = []
    for number in range(count):
        first, second = rng.choice(len(utilities), 2, replace=False).tolist()
        who = number % len(names)
        away = sensitivity[who] * (utilities[first] - utilities[second])
        level = int((away + rng.logistic() > THRESHOLDS).sum())
        shown = (0, 1) if rng.random() < 0.5 else (1, 0)
        judgements.append(grade([first, second], level, 5, names[who], shown))
    return compiled(judgements, len(utilities), names)
