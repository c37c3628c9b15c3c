"""The people as a terminal of 80 columns shows them: who stands out first, the rest in a line."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from assent.records import Json

_FEW = 12  # people, up to whom everybody is shown
_MOST = 25  # who stand out, shown unless everybody is asked for
_PAIRS = 5  # of answers, below which an agreement's interval is wider than its scale
_WIDTH = 79
_CELL = 11


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and what stands below it."""

    title: str
    cell: Callable[[Json], str]


def lines(everybody: Sequence[Json], every: bool = False) -> list[str]:
    """A row of numbers for each, and below it in words what stands out.

    everybody: see `standing.people`. Numbers come with half the width of their 95 % interval.
    every: show all, also those about whom there is nothing to tell.
    """
    order = sorted(everybody, key=lambda one: (not _told_of(one), -int(one["answers"])))
    flagged = [one for one in order if _told_of(one)]
    shown = order if every or len(order) <= _FEW else flagged[:_MOST] or order[:_FEW]
    columns = _columns(everybody)
    widest = _WIDTH - 8 - (_CELL + 1) * len(columns)
    width = min(max([len(str(one["name"])) for one in shown] + [4]), widest)
    told = [_row("name", "answers", [column.title for column in columns], width)]
    for one in shown:
        cells = [column.cell(one) for column in columns]
        told.append(_row(str(one["name"]), str(one["answers"]), cells, width))
        words = str(one.get("flag", "")) if "sensitivity" in one else "not fitted yet"
        told += _believed(one)
        told += textwrap.wrap(words, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return [*told, *_rest(order, shown), *_explained(everybody, columns)]


def _told_of(one: Json) -> bool:
    """Whether there is something to say of somebody beside the numbers."""
    return bool(one.get("flag")) or one.get("weight", 1.0) < 1


def _believed(one: Json) -> list[str]:
    """What the owner decided: how much the answers count from the next fit on, and why."""
    weight = float(one.get("weight", 1.0))
    if weight >= 1:
        return []
    reason = str(one.get("weight_reason", ""))
    words = f"by the owner's decision the answers count {weight:g} times" + (
        f": {reason}" if reason else ""
    )
    return textwrap.wrap(words, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def agreement(found: Sequence[Json]) -> list[str]:
    """How far people agree, a line for each statistic, under the kind of answer it is of."""
    told: list[str] = []
    about = None
    apart = list(dict.fromkeys(each["about"] for each in found if not each["items"]))
    for each in found:
        if each["about"] in apart:
            continue
        if each["about"] != about:
            about = each["about"]
            told.append(f"agreement, {about}: {_questions(each['items'])} with two answers or more")
        value = f"none: {each['why']}" if each["value"] is None else f"{each['value']:.3f}"
        ends = "" if each["low"] is None else f" ({each['low']:.3f} to {each['high']:.3f})"
        told.append(f"    {each['statistic']:<17} {value}{ends}")
    if apart:
        words = f"no agreement is known where no question has two answers: {', '.join(apart)}"
        told += textwrap.wrap(words, 78, subsequent_indent="    ")
    return told


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _columns(everybody: Sequence[Json]) -> list[Column]:
    """What is shown of everybody; what nobody has is left out, and lapses where it gets narrow."""
    found = [Column("sensitivity", _estimate("sensitivity", "low", "high"))]
    for name in ("position", "severity"):
        if any(abs(one.get(name, 0.0)) > 1e-6 for one in everybody):
            found.append(Column(name, _estimate(name, f"{name}_low", f"{name}_high")))
    if len(found) < 3:
        found.append(Column("lapse", lambda one: f"{one['lapse']:.2f}" if "lapse" in one else ""))
    for name, title in (("self_consistency", "with self"), ("agreement", "with others")):
        if any((one.get(name) or {}).get("pairs", 0) >= _PAIRS for one in everybody):
            found.append(Column(title, _kappa(name)))
    return found


def _estimate(name: str, low: str, high: str) -> Callable[[Json], str]:
    return lambda one: _ranged(one.get(name), one.get(low), one.get(high))


def _kappa(name: str) -> Callable[[Json], str]:
    def cell(one: Json) -> str:
        found = one.get(name) or {}
        if found.get("pairs", 0) < _PAIRS:
            return ""
        return _ranged(found.get("value"), found.get("low"), found.get("high"))

    return cell


def _ranged(value: float | None, low: float | None, high: float | None) -> str:
    """An estimate and half its interval: `0.82 ±.12`."""
    if value is None:
        return ""
    places = 2 if abs(value) < 10 else 1
    if low is None or high is None:
        return f"{value:.{places}f}"
    half = f"{(high - low) / 2:.{places}f}"
    return f"{value:.{places}f} ±{half.removeprefix('0')}"


def _row(name: str, answers: str, cells: Sequence[str], width: int) -> str:
    cut = name if len(name) <= width else name[: width - 1] + "…"
    return " ".join([f"{cut:<{width}}", f"{answers:>7}", *(f"{cell:>{_CELL}}" for cell in cells)])


def _rest(order: Sequence[Json], shown: Sequence[Json]) -> list[str]:
    """Those who are not shown, in a sentence."""
    rest = order[len(shown) :]
    if not rest:
        return []
    more = sum(_told_of(one) for one in rest)
    told = f"{len(rest)} more"
    told += f", {more} of whom stand out too; " if more else ", and nothing stands out; "
    known = [float(one["sensitivity"]) for one in rest if "sensitivity" in one]
    if len(known) > 1:
        low, middle, high = quantiles(known, n=4)
        told += f"sensitivity {middle:.2f}, for half of them {low:.2f} to {high:.2f}; "
    return textwrap.wrap(f"{told}--all shows everybody", _WIDTH)


def _explained(everybody: Sequence[Json], columns: Sequence[Column]) -> list[str]:
    """What the last columns mean, and on what they rest."""
    titles = {column.title for column in columns}
    told = []
    if "with others" in titles:
        stands = Counter(str(one["standing"]) for one in everybody if one.get("standing"))
        counted = ", ".join(f"{count} {name}" for name, count in stands.most_common())
        told.append("with self, with others: agreement beyond chance, 1 perfect, 0 chance, with ")
        told[-1] += "own answers to the same questions and with those of the others"
        if counted:
            told.append(f"by both: {counted}")
    if everybody and "with self" not in titles:
        told.append(
            f"nobody answered {_PAIRS} questions twice: nothing tells carelessness from another "
            "opinion"
        )
    return [line for each in told for line in textwrap.wrap(each, _WIDTH)]
