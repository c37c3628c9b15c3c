"""Random answers of every kind, made from what a person sees: places on a screen, never keys."""

from __future__ import annotations

import random
from typing import Any

from assent.records import Json

_WORDS = ("no", "yes", "sorry", "späť", "漢字", "🙂", "*late*", "<b>", "\n", "  ", "שלום")


def text(rng: random.Random) -> str:
    """A few words with at least a letter among them."""
    return " ".join(rng.choices(_WORDS, k=rng.randrange(1, 12))) + " x"


def marks(original: str, labels: list[str], rng: random.Random) -> list[Json]:
    """Different marks in a text, from first to last."""
    found = {}
    for _ in range(rng.randrange(4)):
        start = rng.randrange(len(original))
        stop = rng.randrange(start + 1, len(original) + 1)
        found[start, stop, rng.choice(labels)] = rng.choice(["", "why", "weil ß"])
    return [
        {"start": a, "stop": b, "label": label, "reason": why, "text": original[a:b]}
        for (a, b, label), why in sorted(found.items())
    ]


def groups(places: list[int], rng: random.Random) -> list[list[int]]:
    """The places in a random order with random ties."""
    order = rng.sample(places, len(places))
    made: list[list[int]] = []
    for place in order:
        if made and rng.random() < 0.3:
            made[-1].append(place)
        else:
            made.append([place])
    return made


def ordered(levels: list[int], rng: random.Random) -> list[list[int]]:
    """Places by falling level; equals in a random order with random ties."""
    made: list[list[int]] = []
    for level in sorted(set(levels), reverse=True):
        made += groups([i for i, each in enumerate(levels) if each == level], rng)
    return made


def opinion(kind: str, form: Json, count: int, rng: random.Random) -> Any:
    """What somebody chose, by places: 0 is the first on the screen."""
    if rng.random() < 0.1:
        return {"skip": rng.choice(["cannot_tell", "not_visible", "unclear", "other"])}
    if kind == "comparison":
        even = [{"choice": "tie"}, {"choice": "both_bad"}]
        sides = [{"choice": i, "strength": s} for i in range(2) for s in ("some", "much")]
        return rng.choice([*even, *sides])
    if kind == "ranking":
        return {"ranking": groups(list(range(count)), rng)}
    if kind == "rate_then_rank":
        levels = [rng.randrange(5) for _ in range(count)]
        return {"levels": dict(enumerate(levels)), "ranking": ordered(levels, rng)}
    if kind == "attributes":
        return {"levels": {row["name"]: rng.randrange(5) for row in form["rows"]}}
    if kind in ("correction", "demonstration"):
        return {"text": text(rng)}
    if kind == "spans":
        labels = [choice["label"] for choice in form["choices"]]
        return {"marks": marks(form["text"], labels, rng)}
    return {"level": rng.randrange(2 if kind == "approval" else 5)}


def by_name(chosen: Any, names: list[str]) -> Any:
    """The same opinion with names in place of places; groups of equals sorted."""
    if "ranking" in chosen:
        ranking = [sorted(names[place] for place in group) for group in chosen["ranking"]]
        if "levels" not in chosen:
            return {"ranking": ranking}
        levels = {names[place]: level for place, level in chosen["levels"].items()}
        return {"levels": levels, "ranking": ranking}
    if isinstance(chosen.get("choice"), int):
        return {**chosen, "choice": names[chosen["choice"]]}
    return chosen


def readable(answer: Any, names: dict[str, str]) -> Any:
    """An exported answer with names in place of keys; what the server adds is left out."""
    if "ranking" in answer:
        ranking = [sorted(names[key] for key in group) for group in answer["ranking"]]
        if "levels" not in answer:
            return {"ranking": ranking}
        levels = {names[key]: level for key, level in answer["levels"].items()}
        return {"levels": levels, "ranking": ranking}
    if "choice" in answer:
        return {**answer, "choice": names.get(answer["choice"], answer["choice"])}
    return {name: value for name, value in answer.items() if name != "difference"}
