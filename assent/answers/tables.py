"""What the verbs for answers show at a terminal: headings and rows."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from assent import crowd
from assent.answers.check import Finding
from assent.answers.plan import Outlook
from assent.answers.stored import Taken
from assent.interop.collection import Collection
from assent.interop.gathering import ASKED_TWICE
from assent.project import AnswersProject
from assent.records import Json
from assent.standing import Rows

Table = tuple[tuple[str, ...], Rows]
_SHOWN = 20


def standing(project: AnswersProject) -> Json:
    """What a project of answers holds, and what to do next."""
    store = project.store
    counts = store.counts()
    fitted = store.runs.last("reward")
    last = store.answers.last_event()
    if last == 0:
        step = "import: there are no answers yet"
    elif fitted is None or fitted.metrics.get("reward/answers") != float(counts.answers):
        step = "reward: there are answers that the fit has not seen"
    else:
        step = "score, annotators, predict: the fit has seen every answer"
    return {
        "project": project.config.project.name,
        "world": "answers",
        "next": step,
        "items": len(store.items.list()),
        "annotators": len(store.people.list()),
        "answers": counts.answers,
        "reward": dict(fitted.metrics) if fitted is not None else None,
    }


def standing_rows(state: Json) -> Rows:
    """The state, a row each."""
    rows: Rows = [(name, str(state[name])) for name in ("next", "items", "annotators", "answers")]
    return rows + [
        (name, _on_one_line({"": value}).strip()) for name, value in (state["reward"] or {}).items()
    ]


_BY = {
    "repeats": "{} of at most {}: so often do people give the same answer again",
    "annotators": "{} of at most {}: so far do two annotators agree",
    "model": "{}; the model expects {} of itself",
}


def figures(found: Json) -> list[str]:
    """Numbers in lines, each accuracy with its ceiling, and how far people agree."""
    numbers = {name: value for name, value in found.items() if isinstance(value, float | int)}
    told = textwrap.wrap(_on_one_line(numbers), 78)
    for accuracy, name in (("accuracy", "accuracy_ceiling"), ("pair_accuracy", "pair_ceiling")):
        by = found.get(f"{name}_by")
        if by is not None:
            words = _BY[by].format(f"{found[accuracy]:.3f}", f"{found[name]:.3f}")
            told.append(f"{accuracy.replace('_', ' ')} {words}")
    return told + crowd.agreement(found.get("agreement", []))


def scores(found: Sequence[Json], every: bool) -> Table:
    """The best and the worst items of each dimension, or all of them."""
    chosen: list[Json] = []
    sizes = Counter(each["dimension"] for each in found)
    place: Counter[str | None] = Counter()
    for each in found:
        dimension = each["dimension"]
        place[dimension] += 1
        if every or place[dimension] <= _SHOWN or place[dimension] > sizes[dimension] - 3:
            chosen.append(each)
    rows: Rows = [
        (
            f"{each['mean']:.2f}",
            f"{each['sd']:.2f}",
            str(each["answers"]),
            " ".join(f"{value:.2f}" for value in each["consensus"].values()),
            str(each["dimension"] or ""),
            str(each["name"]),
            " ".join(str(each["response"] or each["prompt"] or "").split())[:60],
        )
        for each in chosen
    ]
    return ("mean", "sd", "answers", "consensus", "dimension", "item", "text"), rows


def findings(found: Sequence[Finding]) -> list[str]:
    """What stands out, in words: what it is, where, and what to do."""
    lines = []
    for finding in found:
        lines.append(f"{finding.name} ({finding.count:,}): {finding.words}")
        if finding.places:
            lines.append(f"    {finding.examples()[:400]}")
        lines.append(f"    to do: {finding.do}")
    return lines


def outlooks(found: Sequence[Outlook]) -> Table:
    """Accuracies by kind, people and answers; the hours where they are known."""
    timed = any(o.hours is not None for o in found)
    rows: Rows = [
        (
            *(str(o.people), str(o.answers), f"{o.accuracy:.3f}", f"{o.low:.3f} to {o.high:.3f}"),
            *((f"{o.hours:.1f}",) if o.hours is not None else ()),
            o.kind,
        )
        for o in found
    ]
    hours = ("hours",) if timed else ()
    return ("people", "answers", "accuracy", "95 % interval", *hours, "kind"), rows


def enough(found: Sequence[Outlook], best: Outlook | None, accuracy: float) -> str:
    """What reaches the accuracy that is wanted, in words."""
    if best is None:
        most = max(found, key=lambda o: o.accuracy)
        return (
            f"an accuracy of {accuracy:g} is out of reach here: the best is {most.accuracy:.3f}, "
            f"with {most.answers} answers of kind {most.kind}; plan with more --answers"
        )
    each = -(-best.answers // best.people)
    words = (
        f"enough for an accuracy of {accuracy:g}: {best.answers} answers of kind {best.kind} from "
        f"{best.people} people, {each} each"
    )
    if best.hours is None:
        return words
    return f"{words}; {best.hours:.1f} hours in all, {best.hours / best.people:.1f} each"


def taken(done: Taken, found: Collection) -> list[str]:
    """What an import did, in words."""
    what = f"{done.new:,} answers taken in, about {done.items:,} items"
    lines = [f"{what}, by {done.annotators:,} annotators"]
    if done.known:
        lines.append(f"{done.known:,} answers were there before")
    if found.duplicates:
        count = len(found.duplicates)
        lines.append(f"{count:,} rows say the same again and count once; {ASKED_TWICE}")
    return lines + [f"{count:,} rows not used: {why}" for why, count in found.skipped.items()]


def refused(collection: Collection) -> list[str]:
    """A line for each of the first rows that were refused, and how many more there are."""
    # What all of them have in common is said once, below.
    twice = f"; {ASKED_TWICE}"
    told = [(each.place, each.why.removesuffix(twice)) for each in collection.refused]
    lines = [f"{place}: {why}" for place, why in told[:_SHOWN]]
    more = len(collection.refused) - len(lines)
    if more:
        lines.append(f"... and {more} more")
    if any(each.why.endswith(twice) for each in collection.refused):
        lines.append(ASKED_TWICE)
    return lines


def _on_one_line(numbers: Mapping[str, float]) -> str:
    """Figures on one line; counts as whole numbers."""
    told = (
        f"{name} {int(value):,}" if float(value).is_integer() else f"{name} {value:.4g}"
        for name, value in numbers.items()
    )
    return ", ".join(told)
