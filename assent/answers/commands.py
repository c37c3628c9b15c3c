"""The verbs for items and answers: parse, call one function, print. Nothing is decided here."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assent import console
from assent.errors import ConfigError, DataError

if TYPE_CHECKING:
    from assent.interop.collection import Collection
    from assent.project import AnswersProject

Folder = Annotated[Path, typer.Argument(help="project folder", file_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for programs")]
Source = Annotated[
    Path,
    typer.Argument(help="folder with items.jsonl and labels.jsonl (or .gz), labels file, CSV, NPZ"),
]
Kind = Annotated[
    str | None, typer.Option(help="what a CSV holds: approval, rating or ranking", metavar="KIND")
]
Levels = Annotated[int | None, typer.Option(help="levels of a CSV's ratings")]
Low = Annotated[float | None, typer.Option(help="label of the lowest level; else 1, or 0 if met")]
High = Annotated[float | None, typer.Option(help="label of the highest level; else from --levels")]
ItemsFile = Annotated[Path | None, typer.Option(help="items file, if not beside the labels")]
Repeats = Annotated[
    bool, typer.Option(help="who answers a question again was asked again: keep every answer")
]
HERE = Path(".")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("import")(import_)
    for verb in (score, check, predict, plan):
        app.command()(verb)


def import_(
    path: Source,
    folder: Folder = HERE,
    kind: Kind = None,
    levels: Levels = None,
    low: Low = None,
    high: High = None,
    items: ItemsFile = None,
    repeats: Repeats = False,
    strict: Annotated[bool, typer.Option(help="take nothing in if any row is refused")] = False,
    as_json: AsJson = False,
) -> None:
    """Take items and answers in from files; the same row again is no second answer.

    An item is a prompt with responses, or with a film: `"video": "a.mp4"`, MP4 or WebM.
    Rows that cannot be true are named by line and left out. Formats: docs/interchange.md.
    """
    from assent.answers import stored, tables
    from assent.interop import files
    from assent.interop.tables import Table
    from assent.project import open_answers

    store = open_answers(folder).store
    with _working("reading") as working, store.write():
        taking = stored.Taking(
            store, time.time(), lambda count: working.update(f"{count:,} answers taken in ...")
        )
        known = stored.known(store)
        table = Table(kind, levels, low, high)
        found = files.read(path, table, items, repeats, known, taking)
        if found.refused and strict:
            raise DataError(
                f"nothing is imported, {tables.counted(len(found.refused), 'row')} refused:\n  "
                + "\n  ".join(tables.refused(found))
            )
        taking(found)
        taken = taking.taken(found.known)
        nothing = not taken.new and not taken.known
        if nothing and found.refused:
            raise DataError(_none_believed(path, found, taken.items))
        stored.keep_films(store, taking.films)
        if nothing and not taken.items:
            raise DataError(f"{path} holds no row; see docs/interchange.md for what is expected")
    if as_json:
        told = {"duplicates": found.duplicates, "skipped": found.skipped}
        _print_json({**asdict(taken), **told, "refused": [asdict(each) for each in found.refused]})
    else:
        console.out.print("\n".join(tables.taken(taken, found)), markup=False, soft_wrap=True)
        _refused(found)


def reward(folder: Path, as_json: bool) -> None:
    """Fit a project of answers, and print the figures."""
    from assent.answers import reward as learning
    from assent.answers import tables
    from assent.project import hold, open_answers

    project = open_answers(folder)
    with hold(project.folder), _working("fitting"):
        _, figures = learning.learn(project)
    if as_json:
        _print_json(figures)
        return
    for warning in figures["warnings"]:
        console.out.print(f"note: {warning}", markup=False)
    console.out.print("\n".join(tables.figures(figures)), markup=False, soft_wrap=True)


def ask(folder: Path) -> None:
    """Ask the next questions about a project's items."""
    from assent.answers import asking
    from assent.project import hold, open_answers

    project = open_answers(folder)
    with hold(project.folder):
        figures = asking.ask(project)
    console.out.print(f"  {console.figures(figures)}")
    if not figures["ask/questions"]:
        console.err.print("note: every set of items was asked about; nothing is left to ask")


def run(folder: Path, serve: bool, once: bool, crowd: str) -> None:
    """Ask, wait for people, learn, and ask again."""
    from assent.answers import running
    from assent.project import open_answers

    project = open_answers(folder)
    if crowd:
        raise ConfigError("simulated people judge by a true reward, and items have none")
    running.run(project, serve=serve, once=once)


def status(project: AnswersProject, as_json: bool) -> None:
    """Print what a project of answers holds."""
    from assent.answers import tables

    state = tables.standing(project)
    if as_json:
        _print_json(state)
    else:
        console.table(f"project {state['project']}", ("what", "value"), tables.standing_rows(state))


def score(
    folder: Folder = HERE,
    every: Annotated[bool, typer.Option("--all", help="every item, not the ends only")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what every item is worth: posterior mean and standard deviation.

    In logits of a typical annotator: of two items 1 apart, such a one prefers the better 73 %
    of the time. Each dimension's mean is near 0.
    """
    from assent.answers import reward as learning
    from assent.answers import tables
    from assent.project import open_answers

    project = open_answers(folder)
    found = learning.scores(project.store, project.config.project.seed)
    if as_json:
        _print_json(found)
    else:
        console.table(*tables.scores(found, every), cut=True)


def check(
    path: Annotated[Path, typer.Argument(help="project folder, or files as for import")] = HERE,
    kind: Kind = None,
    levels: Levels = None,
    low: Low = None,
    high: High = None,
    items: ItemsFile = None,
    repeats: Repeats = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a set of answers, in a project or in files; changes nothing."""
    from assent.answers import stored, tables
    from assent.answers.check import check as look
    from assent.config import FILE_NAME
    from assent.interop import files
    from assent.interop.tables import Table
    from assent.project import open_answers

    with _working("reading"):
        if (path / FILE_NAME).exists():
            collection = stored.everything(open_answers(path).store)
        else:
            collection = files.read(path, Table(kind, levels, low, high), items, repeats)
        found = look(collection)
    if not collection.items and not found:
        raise DataError(f"{path} holds no item and no answer: there is nothing to check")
    if as_json:
        sizes = {"items": len(collection.items), "answers": len(collection.answers)}
        _print_json({**sizes, "findings": [finding.json() for finding in found]})
    else:
        text = "\n".join(tables.checked(collection, found))
        console.out.print(text, markup=False, soft_wrap=True)


def predict(
    folder: Folder = HERE,
    labels: Annotated[Path | None, typer.Option(help="answers to predict, as for import")] = None,
    kind: Kind = None,
    levels: Levels = None,
    low: Low = None,
    high: High = None,
    items: ItemsFile = None,
    as_json: AsJson = False,
) -> None:
    """Foretell answers that the model has not seen, and say how far it was right.

    Each answer gets the probability of every possible answer by that annotator; one who is
    new answers as the crowd does. Over the file: log-loss in nats an answer, accuracy, and for
    ratings the root mean square error in the units of the ratings.
    """
    import numpy as np

    from assent.answers import reward as learning
    from assent.answers import stored, tables
    from assent.interop import files
    from assent.interop.tables import Table
    from assent.project import open_answers

    if labels is None:
        raise DataError("name the answers to predict: --labels FILE")
    project = open_answers(folder)
    fitted = learning.newest(project.store)
    with _working("predicting"):
        known = stored.known(project.store, answers=False)
        found = files.read(labels, Table(kind, levels, low, high), items, True, known)
        if found.refused and not found.answers:
            raise DataError(_none_believed(labels, found))
        seen, alike = stored.seen(project.store, found)
        found = stored.among(project.store, found)
        rng = np.random.default_rng(project.config.project.seed)
        summary, rows = fitted.predict(found, rng)
    figures = {**summary.json(), "seen_before": seen, "seen_alike": alike}
    figures |= {"refused": len(found.refused)}
    if as_json:
        refused = [asdict(refusal) for refusal in found.refused]
        _print_json({**figures, "refused": refused, "predictions": rows})
        return
    console.out.print("\n".join(tables.figures(figures)), markup=False, soft_wrap=True)
    _refused(found)
    for note in tables.notes(figures):
        console.err.print(f"note: {note}")


def plan(
    items: Annotated[int, typer.Option(help="how many things are to be told apart")] = 30,
    kind: Annotated[
        list[str],
        typer.Option(
            help="comparison, ranking (of four), rating (of five levels), approval; may be "
            "given again, to compare"
        ),
    ] = ["comparison"],  # noqa: B006
    crowd: Annotated[str, typer.Option(help="kinds of people, in their shares")] = (
        "7 sharp, 2 careless, 1 inverted"
    ),
    people: Annotated[list[int], typer.Option(help="how many; may be given again")] = [10],  # noqa: B006
    answers: Annotated[list[int], typer.Option(help="how many in all; may be given again")] = [  # noqa: B006
        100,
        200,
        400,
        800,
        1600,
    ],
    accuracy: Annotated[float, typer.Option(help="say what surely reaches this")] = 0.9,
    seconds: Annotated[
        list[float], typer.Option(help="an answer takes; once, or once for each kind")
    ] = [],  # noqa: B006
    repetitions: Annotated[
        int, typer.Option(help="studies simulated for each; 1: no interval")
    ] = 5,
    seed: Annotated[int, typer.Option(help="of the simulation")] = 0,
    as_json: AsJson = False,
) -> None:
    """Plan a study: how many answers, from how many people, for which accuracy.

    Simulated people (the kinds of `assent simulate`) judge items of random worth; accuracy is
    the share of all pairs of items that come out in their true order.
    """
    from assent.answers import tables
    from assent.answers.plan import Study, enough
    from assent.answers.plan import plan as outlook

    kinds, counts, times = tuple(dict.fromkeys(kind)), tuple(sorted(set(answers))), tuple(seconds)
    study = Study(items, kinds, crowd, tuple(people), counts, repetitions, times, accuracy)
    with console.bar("plan") as bar:
        found = outlook(study, seed, bar)
    best = enough(found, accuracy)
    if as_json:
        told = {"accuracy": accuracy, "enough": None if best is None else asdict(best)}
        _print_json({"outlooks": [asdict(each) for each in found], **told})
        return
    console.table(f"{items} items, {crowd}", *tables.outlooks(found))
    console.out.print(tables.enough(found, best, accuracy), soft_wrap=True)


def _none_believed(path: Path, found: Collection, items: int = 0) -> str:
    first = found.refused[0]
    if items:
        count = len(found.refused)
        return (
            f"nothing is imported of {path}, {count:,} refused; first, {first.place}: {first.why}"
        )
    return f"no row of {path} could be believed; the first, {first.place}: {first.why}"


def _refused(found: Collection) -> None:
    """Print the rows that were refused."""
    from assent.answers import tables

    if found.refused:
        console.err.print(f"[bold]{tables.counted(len(found.refused), 'row')} refused:[/]")
        console.err.print("\n".join(tables.refused(found)), markup=False, soft_wrap=True)


def _working(what: str) -> Any:
    """A sign of life on standard error, for as long as the block lasts."""
    return console.err.status(f"{what} ...")


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
