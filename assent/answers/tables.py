"""What the verbs for answers show at a terminal: headings and rows."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from assent import crowd, hearing
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
    items = len(store.items.list())
    if not items:
        step = "import: there are no items yet"
    elif counts.answered < counts.slots:
        step = f"serve: {counts.slots - counts.answered:,} answers are waited for"
    elif store.answers.last_event() == 0:
        step = "run, or import: there are no answers yet"
    elif hearing.unlearnt(store):
        step = "reward: there are answers that the fit has not seen"
    else:
        step = "score, annotators, predict: the fit has seen every answer"
    return {
        "project": project.config.project.name,
        "world": "answers",
        "next": step,
        "items": items,
        "annotators": len(store.people.list()),
        "answers": counts.answers,
        "reward": dict(fitted.metrics) if fitted is not None else None,
    }


def standing_rows(state: Json) -> Rows:
    """The state, a row each."""
    rows: Rows = [("next", str(state["next"]))]
    rows += [(name, f"{state[name]:,}") for name in ("items", "annotators", "answers")]
    return rows + [
        (name, _on_one_line({"": value}).strip()) for name, value in (state["reward"] or {}).items()
    ]


_BY = {
    "repeats": "{} of about {} that can be reached: so often do people answer alike again",
    "annotators": "{} of about {} that can be reached: so far do two annotators agree",
}
_EXPECTED = "{}; the model expects {} of itself"


def figures(found: Json) -> list[str]:
    """Numbers in lines, each accuracy with its ceiling, and how far people agree."""
    numbers = {name: value for name, value in found.items() if isinstance(value, float | int)}
    told = textwrap.wrap(_on_one_line(numbers), 78)
    for accuracy, name in (("accuracy", "accuracy"), ("pair_accuracy", "pair")):
        by, expected = found.get(f"{name}_ceiling_by"), found.get(f"{name}_expected")
        words = _EXPECTED if by is None else _BY[by]
        limit = expected if by is None else found[f"{name}_ceiling"]
        if limit is not None:
            reached = words.format(f"{found[accuracy]:.3f}", f"{limit:.3f}")
            told.append(f"{accuracy.replace('_', ' ')} {reached}")
    return told + crowd.agreement(found.get("agreement", []))


def notes(found: Json) -> list[str]:
    """What is to be kept in mind of a prediction: what is not new, and what was never met."""
    told = []
    if found["seen_before"]:
        told.append(
            f"the model has seen {found['seen_before']:,} of these answers: they are in the project"
        )
    if found["seen_alike"]:
        told.append(
            f"the project holds {found['seen_alike']:,} of these answers word for word, given by "
            "nobody with a name: if they are the same ones, the model has seen them"
        )
    foretold = {
        "items": "of an average worth, or of what their features say",
        "annotators": "as somebody new of this crowd",
        "scales": "by what is usual, for nothing was learnt about their levels",
    }
    for name, how in foretold.items():
        count = found.get(f"unknown_{name}", 0)
        if count:
            told.append(f"the fit has not met {count:,} {name} of the file: foretold {how}")
    return told


def scores(found: Sequence[Json], every: bool) -> tuple[str, tuple[str, ...], Rows]:
    """The best and the worst items of each dimension, or all of them; with a title.

    Where people answered on several scales, the title names the numbers of the consensus.
    """
    chosen: list[Json] = []
    sizes = Counter(each["dimension"] for each in found)
    place: Counter[str | None] = Counter()
    for each in found:
        dimension = each["dimension"]
        place[dimension] += 1
        if every or place[dimension] <= _SHOWN or place[dimension] > sizes[dimension] - 3:
            chosen.append(each)
    scales = list(dict.fromkeys(scale for each in chosen for scale in _consensus(each)))
    rows: Rows = [
        (
            f"{each['mean']:.2f}",
            f"{each['sd']:.2f}",
            str(each["answers"]),
            " ".join(_consensus(each).get(scale, "-") for scale in scales),
            str(each["dimension"] or ""),
            str(each["name"]),
            _text(each)[:60],
        )
        for each in chosen
    ]
    title = "worth"
    if len(scales) > 1:
        title += f"; consensus is on the scales {', then '.join(scales)}"
    return title, ("mean", "sd", "answers", "consensus", "dimension", "item", "text"), rows


def _text(score: Json) -> str:
    """What was judged, on one line; of a film, what was to be done in it."""
    response, prompt = score["response"], score["prompt"] or ""
    film = isinstance(response, dict) and "video" in response
    return " ".join(str(prompt if film else response or prompt).split())


def _consensus(score: Json) -> dict[str, str]:
    """What those who can be believed say of an item, by scale; its dimension has a column."""
    end = f" of {score['dimension']}"
    return {name.removesuffix(end): f"{value:.2f}" for name, value in score["consensus"].items()}


def checked(collection: Collection, found: Sequence[Finding]) -> list[str]:
    """What stands out, in words: what it is, where, and what to do."""
    answers, items = len(collection.answers), len(collection.items)
    lines = [f"{counted(answers, 'answer')} about {counted(items, 'item')}"]
    if not found:
        return [f"{lines[0]}, and nothing stands out"]
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
            *(str(o.people), str(o.answers), f"{o.accuracy:.3f}", _interval(o)),
            *((f"{o.hours:.1f}",) if o.hours is not None else ()),
            o.kind,
        )
        for o in found
    ]
    hours = ("hours",) if timed else ()
    return ("people", "answers", "accuracy", "95 % interval", *hours, "kind"), rows


def enough(found: Sequence[Outlook], best: Outlook | None, accuracy: float) -> str:
    """What can be counted on for the accuracy that is wanted, in words."""
    once = (
        "; one repetition says nothing of how far chance moves it: plan with more --repetitions"
        if any(o.low is None for o in found)
        else ""
    )
    if best is None:
        return f"an accuracy of {accuracy:g} {_missed(found, accuracy)}{once}"
    by = "" if best.low is None else f" (at the lower end of its interval, {best.low:.3f})"
    words = (
        f"enough for an accuracy of {accuracy:g}{by}: {counted(best.answers, 'answer')} of kind "
        f"{best.kind} from {best.people} people, {-(-best.answers // best.people)} each"
    )
    if best.hours is None:
        return words + once
    return f"{words}; {best.hours:.1f} hours in all, {best.hours / best.people:.1f} each{once}"


def _missed(found: Sequence[Outlook], accuracy: float) -> str:
    """Why nothing is enough, and what may help."""
    most = max(found, key=lambda o: o.sure)
    what = f"with {counted(most.answers, 'answer')} of kind {most.kind}"
    last = [o for o in found if o.answers == max(each.answers for each in found)]
    if all((o.accuracy if o.high is None else o.high) < 0.5 for o in last):
        return (
            "is out of reach: these people are worse than chance, and with more answers the order "
            "comes out wrong more surely; plan with another --crowd"
        )
    if most.accuracy >= accuracy:
        return (
            f"is not sure: the mean is {most.accuracy:.3f} {what}, and its interval reaches down "
            f"to {most.sure:.3f}; plan with more --answers, or more --repetitions"
        )
    if all(o.sure <= 0.5 for o in last):
        return (
            f"is out of reach here: {last[-1].answers:,} answers are no better than chance; plan "
            "with more --answers or another --crowd"
        )
    return (
        f"is out of reach here: the best is {most.accuracy:.3f}, {what}; plan with more --answers"
    )


def _interval(outlook: Outlook) -> str:
    if outlook.low is None or outlook.high is None:
        return "none"
    return f"{outlook.low:.3f} to {outlook.high:.3f}"


def taken(done: Taken, found: Collection) -> list[str]:
    """What an import did, in words."""
    lines = [f"{counted(done.items, 'item')} taken in; `assent run` asks people about them"]
    if done.new or done.known:
        what = f"{counted(done.new, 'answer')} taken in, about {counted(done.items, 'item')}"
        lines = [f"{what}, by {counted(done.annotators, 'annotator')}"]
    if done.known:
        was = "was" if done.known == 1 else "were"
        lines.append(f"{counted(done.known, 'answer')} {was} there before")
    if found.duplicates:
        count = len(found.duplicates)
        say = (
            "row says the same again and counts"
            if count == 1
            else "rows say the same again and count"
        )
        lines.append(f"{count:,} {say} once; {ASKED_TWICE}")
    for why, count in found.skipped.items():
        lines.append(f"{counted(count, 'row')} not used: {why}")
    return lines


def refused(collection: Collection) -> list[str]:
    """A line for each of the first rows that were refused, and how many more there are."""
    # What all of them have in common is said once, below.
    twice = f"; {ASKED_TWICE}"
    told = [(each.place, each.why.removesuffix(twice)) for each in collection.refused]
    lines = [f"{place}: {why}" for place, why in told[:_SHOWN]]
    more = len(collection.refused) - len(lines)
    if more:
        lines.append(f"... and {more:,} more; --json lists all")
    if any(each.why.endswith(twice) for each in collection.refused):
        lines.append(ASKED_TWICE)
    return lines


def counted(number: int, noun: str) -> str:
    """A number with its noun: `no answers`, `1 answer`, `4,008 answers`."""
    if number == 0:
        return f"no {noun}s"
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _on_one_line(numbers: Mapping[str, float]) -> str:
    """Figures on one line; counts as whole numbers."""
    told = (
        f"{name} {int(value):,}" if float(value).is_integer() else f"{name} {value:.4g}"
        for name, value in numbers.items()
    )
    return ", ".join(told)
