"""A corpus of the project's own: customers who have a problem, and replies of mixed manners.

Some replies are polite, some curt; some name the order, some forget it; some offer
a way out, some do not; a few ramble. A language model of a million weights learns
to write them from nothing in a minute, and people can tell good ones from bad ones
at a glance. The hidden score counts what is good less what is bad; it is only
measured, never learnt from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assent.errors import ConfigError

PROMPTS_NAME = "prompts.jsonl"
DEMONSTRATIONS_NAME = "demonstrations.jsonl"

# Of the whole corpus: few enough to be learnt as words, so that copying one is learnt soon.
_ORDERS = tuple(range(1013, 9973, 97))  # 93 numbers of four digits

_ITEMS = (
    "kettle",
    "lamp",
    "backpack",
    "blanket",
    "radio",
    "umbrella",
    "chair",
    "mirror",
    "clock",
    "teapot",
    "scarf",
    "tent",
)

_PROBLEMS = (
    "The {item} arrived broken.",
    "The {item} has not arrived.",
    "The {item} is the wrong colour.",
    "A part of the {item} is missing.",
    "I was charged twice for the {item}.",
    "The {item} stopped working after a day.",
    "I would like to return the {item}.",
    "The box was empty; there was no {item} in it.",
)

_MENTIONS = (
    "It was order {order}.",
    "I placed order {order}.",
    "This is about order {order}.",
    "Please look at order {order}.",
)

_WISHES = (
    "What can you do?",
    "Can you help?",
    "Please help.",
    "What happens now?",
    "",
)


@dataclass(frozen=True, slots=True)
class _Manner:
    """One thing that a reply can do well, do badly or leave out.

    good, bad: ways to say it. good_sign, bad_sign: what the score looks for.
    """

    good: tuple[str, ...]
    bad: tuple[str, ...]
    good_sign: str
    bad_sign: str


_MANNERS = (
    _Manner(
        ("Thank you for writing.", "Thanks for your message.", "Hello, and thank you."),
        ("What now?", "You again.", "Make it quick."),
        r"\bthank(s| you)\b",
        r"\bwhat now\b|\byou again\b|\bmake it quick\b",
    ),
    _Manner(
        ("I am sorry about the {item}.", "We are sorry for the trouble.", "I apologise for this."),
        ("That is your own fault.", "You should take more care.", "Nobody else wants a {item}."),
        r"\bsorry (about|for)\b|\bapologise\b",
        r"\byour own fault\b|\btake more care\b|\bnobody else wants\b",
    ),
    _Manner(
        ("I have order {order} here.", "I found order {order}.", "I am checking order {order}."),
        ("I will not look for order {order}.", "I lost order {order}.", "Who needs order {order}?"),
        r"\b(have|found|checking) order {order}\b",
        r"\b(look for|lost|needs) order\b|\border (?!{order})\d+",
    ),
    _Manner(
        ("We will send a new {item}.", "You will get a full refund.", "A driver will collect it."),
        ("There is nothing I can do.", "Ask somebody else.", "You have to live with it."),
        r"\bsend a new \w+|\bfull refund\b|\bdriver will collect\b",
        r"\bnothing i can do\b|\bask somebody else\b|\blive with it\b",
    ),
    _Manner(
        ("It will be done by Friday.", "This takes two days.", "You will hear from us tomorrow."),
        ("It may take for ever.", "I do not know when.", "Do not wait for it."),
        r"\bby friday\b|\btakes two days\b|\bhear from us tomorrow\b",
        r"\btake for ever\b|\bdo not know when\b|\bdo not wait for it\b",
    ),
    _Manner(
        ("Please write if you need more.", "Have a good day.", "We are glad to help."),
        ("Do not write again.", "Goodbye.", "Stop bothering us."),
        r"\bplease write if\b|\bhave a good day\b|\bglad to help\b",
        r"\bdo not write again\b|\bgoodbye\b|\bstop bothering\b",
    ),
    _Manner(
        (),
        ("My lunch was cold today.", "The weather is odd.", "I once had a boat."),
        r"(?!)",  # there is no good way to ramble
        r"\blunch was cold\b|\bweather is odd\b|\bhad a boat\b",
    ),
)

# Most is left out, so that there is room above: the best reply lies more than three and
# a half standard deviations over the mean of these.
_GOOD_SHARE = 0.22
_BAD_SHARE = 0.28

BEST = float(sum(bool(manner.good) for manner in _MANNERS))


def write(folder: Path, seed: int, prompts: int = 256, demonstrations: int = 3000) -> None:
    """Write `prompts.jsonl` and `demonstrations.jsonl` into `folder`.

    A line of the first has `prompt`, of the second `prompt` and `reply`. No prompt
    stands in the first file twice or in both. Same seed, same files.
    Raises ConfigError when that many different prompts cannot be made.
    """
    most = len(_ORDERS) * len(_ITEMS) * len(_PROBLEMS)
    if prompts > most // 2:
        raise ConfigError(f"{prompts} prompts are too many to be different; at most {most // 2}")
    rng = np.random.default_rng(seed)
    asked: dict[str, None] = {}
    while len(asked) < prompts:
        asked.setdefault(write_prompt(rng))
    shown: list[dict[str, str]] = []
    while len(shown) < demonstrations:
        prompt = write_prompt(rng)
        if prompt not in asked:
            shown.append({"prompt": prompt, "reply": write_reply(prompt, rng)})
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / PROMPTS_NAME, [{"prompt": prompt} for prompt in asked])
    _write_lines(folder / DEMONSTRATIONS_NAME, shown)


def write_prompt(rng: np.random.Generator) -> str:
    """A customer's message: an order, an item and what is wrong with it."""
    words = {"item": _one(_ITEMS, rng), "order": str(_ORDERS[rng.integers(len(_ORDERS))])}
    told = [_one(_PROBLEMS, rng), _one(_MENTIONS, rng)]
    if rng.random() < 0.5:
        told.reverse()
    told.append(_one(_WISHES, rng))
    return " ".join(part for part in told if part).format(**words)


def write_reply(prompt: str, rng: np.random.Generator) -> str:
    """A reply to `prompt` that does each thing well, badly or not at all, by chance."""
    words = {"item": _item(prompt), "order": _order(prompt) or ""}
    said: list[str] = []
    while not said:
        for manner in _MANNERS:
            drawn = rng.random()
            if drawn < _GOOD_SHARE and manner.good:
                said.append(_one(manner.good, rng))
            elif drawn > 1 - _BAD_SHARE:
                said.append(_one(manner.bad, rng))
    return " ".join(said).format(**words)


def score(prompt: str, reply: str) -> float:
    """How many things the reply does well less how many it does badly, -7 to 6.

    Each counts once, however often it is said: greeting, apology, the right order,
    a way out, a time, a farewell; rambling can only be bad.
    """
    order = re.escape(_order(prompt) or "none")
    text = reply.lower()
    total = 0
    for manner in _MANNERS:
        total += bool(re.search(manner.good_sign.replace("{order}", order), text))
        total -= bool(re.search(manner.bad_sign.replace("{order}", order), text))
    return float(total)


def _order(prompt: str) -> str | None:
    """The order number in a prompt."""
    found = re.search(r"\b\d{4}\b", prompt)
    return found.group() if found else None


def _item(prompt: str) -> str:
    """The item in a prompt."""
    return next((item for item in _ITEMS if re.search(rf"\b{item}\b", prompt)), "parcel")


def _one(options: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of the options, each as likely."""
    return options[int(rng.integers(len(options)))]


def _write_lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
