"""Keys to press for every kind, what they mean, and what the export says was meant."""

from __future__ import annotations

import random
from typing import Any

from assent.records import Json
from tests.browser.conftest import Server
from tests.web import cases, content

_PAIR = (
    ("f", (0, "some")),
    ("j", (1, "some")),
    ("1", (0, "some")),
    ("ArrowRight", (1, "some")),
    ("Shift+F", (0, "much")),
    ("Shift+J", (1, "much")),
    ("t", "tie"),
    ("b", "both_bad"),
    ("c", None),
)


def plan(kind: str, rng: random.Random, shown: list[str]) -> tuple[list[str], Any]:
    """Keys, and the answer that they mean for the texts as shown."""
    if kind == "comparison":
        key, chosen = rng.choice(_PAIR)
        if chosen is None:
            return [key], {"skip": "cannot_tell"}
        if isinstance(chosen, str):
            return [key], {"choice": chosen}
        return [key], {"choice": shown[int(chosen[0])], "strength": chosen[1]}
    if kind == "ranking":
        return _ranking(rng, shown)
    if kind == "rate_then_rank":
        return _rated(rng, shown)
    if kind == "attributes":
        levels = {name: rng.randrange(5) for name in ("Helpful", "Correct", "Clear")}
        return [*(str(level + 1) for level in levels.values()), "Enter"], {"levels": levels}
    if kind == "correction":
        more = rng.choice([" Sorry.", " Wait, please!", " x"])
        keys = ["e", "Control+End", *more, "Control+Enter"]
        return keys, {"text": _original(shown[0]) + more}
    if kind == "demonstration":
        text = f"No. {rng.randrange(10**6)} is late."
        return ["e", *text, "Control+Enter"], {"text": text}
    if kind == "spans":
        return _marked(rng, _original(shown[0]))
    level = rng.randrange(5 if kind == "rating" else 2)
    return [str(level + 1) if kind == "rating" else "fj"[level]], {"level": level}


def _original(shown: str) -> str:
    """The text as it was written, of a reply on the screen that begins with its number."""
    return str(content.text_scene(int(shown.split(":")[0]))["reply"])


def _ranking(rng: random.Random, shown: list[str]) -> tuple[list[str], Any]:
    groups = cases.groups([0, 1, 2, 3], rng)
    keys: list[str] = []
    for group in groups:
        keys += [key for place in group for key in ("=", str(place + 1))][1:]
    return keys, {"ranking": [sorted(shown[place] for place in group) for group in groups]}


def _rated(rng: random.Random, shown: list[str]) -> tuple[list[str], Any]:
    """Levels, then the pairs that sorting equals by insertion asks about."""
    levels = [rng.randrange(1, 4) for _ in shown]
    keys = [str(level + 1) for level in levels]
    worth = [rng.randrange(3) for _ in shown]
    ranking: list[list[int]] = []
    for number in sorted(set(levels), reverse=True):
        groups: list[list[int]] = []
        for one in [place for place, level in enumerate(levels) if level == number]:
            low, high, tie = 0, len(groups), -1
            while low < high and tie < 0:
                middle = (low + high) // 2
                other = groups[middle][0]
                if worth[other] == worth[one]:
                    keys.append("=")
                    tie = middle
                elif worth[other] > worth[one]:
                    keys.append(str(other + 1))
                    low = middle + 1
                else:
                    keys.append(str(one + 1))
                    high = middle
            if tie < 0:
                groups.insert(low, [one])
            else:
                groups[tie].append(one)
        ranking += groups
    names = [sorted(shown[place] for place in group) for group in ranking]
    return keys, {"levels": dict(zip(shown, levels, strict=True)), "ranking": names}


def _marked(rng: random.Random, original: str) -> tuple[list[str], Any]:
    """One mark over some words with the second label and a reason, or none."""
    if rng.random() < 0.2:
        return ["Enter", "Enter"], {"marks": []}
    words = original.split()
    first = rng.randrange(len(words))
    last = rng.randrange(first, min(first + 3, len(words)))
    marked = " ".join(words[first : last + 1])
    start = len(" ".join([*words[:first], ""]))
    mark = {"start": start, "stop": start + len(marked), "label": "Bad", "reason": "so"}
    further = ["Shift+ArrowRight"] * (last - first)
    keys = [*["ArrowRight"] * (first + 1), *further, "2", "s", "o", "Enter", "Enter"]
    return keys, {"marks": [{**mark, "text": marked}]}


_SIDES = {"f": 0, "1": 0, "Shift+F": 0, "j": 1, "ArrowRight": 1, "Shift+J": 1}
_OF_BOTH = {"t": 1, "b": 2, "c": 3}


def taps(kind: str, keys: list[str]) -> list[str]:
    """The same plan by finger: what to tap, and `type:` what a phone's keyboard writes."""
    if kind == "comparison":
        [key] = keys
        if key in _OF_BOTH:
            return [f".pair .middle button:nth-child({_OF_BOTH[key]})"]
        side = ("first", "last")[_SIDES[key]]
        return [f".pair .side:{side}-child .{'much' if key.startswith('Shift') else 'main'}"]
    if kind == "ranking":
        tie = ".choices.ranking button[aria-keyshortcuts='=']"
        return [tie if key == "=" else f".item:nth-child({key}) .rank" for key in keys]
    if kind == "attributes":
        rows = [
            f".row-of-levels:nth-child({row}) .scale button:nth-child({key})"
            for row, key in enumerate(keys[:-1], start=1)
        ]
        return [*rows, ".done"]
    if kind == "rate_then_rank":
        levels = [f".group .scale button:nth-child({key})" for key in keys[:4]]
        return [*levels, *(f".pairs button[aria-keyshortcuts='{key}']" for key in keys[4:])]
    if kind in ("correction", "demonstration"):
        text = "".join(key for key in keys[1:] if len(key) == 1)
        return [".writes .other", f"type:{text}", ".writes .main"]
    if kind == "spans":
        return _marked_by_finger(keys)
    return [f".list button:nth-child({'fj'.index(keys[0]) + 1 if kind == 'approval' else keys[0]})"]


def _marked_by_finger(keys: list[str]) -> list[str]:
    done = ".marking > .main"
    if keys == ["Enter", "Enter"]:
        return [done, done]
    first = keys.count("ArrowRight") - 1
    last = first + keys.count("Shift+ArrowRight")
    words = [f".word >> nth={place}" for place in ([first, last] if last > first else [first])]
    label = ".marking > button[aria-keyshortcuts='2']"
    return [*words, label, "type:so", ".reason button", done]


def said(server: Server) -> dict[str, Any]:
    """What the export says, by the texts shown: question to answer in force."""
    lines = server.export()
    kinds = {line["id"]: line["kind"] for line in lines if line["type"] == "query"}
    texts = {
        line["segment"]: line["scene"]["reply"].split("Reply ")[1].replace("*", "").strip()
        for line in lines
        if line["type"] == "scene"
    }
    return {
        _name(line, texts, kinds): cases.readable(line["answer"], texts)
        for line in lines
        if line["type"] == "feedback" and line["in_force"]
    }


def _name(line: Json, texts: dict[str, str], kinds: dict[str, str]) -> str:
    if kinds[line["query"]] == "demonstration":
        return str(line["answer"]["text"])
    return " | ".join(texts[key] for key in line["shown"])
