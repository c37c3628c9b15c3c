"""Two policies learn from simulated people; then the page opens and anybody may answer."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from assent import console, drive, loop, starters, worlds
from assent.config import FILE_NAME
from assent.loop import Step
from assent.project import Project, hold, open_project
from assent.report import page as report
from assent.serving import page
from assent.stages import Metrics
from assent.worlds.world import World

EXAMPLES = ("pendulum", "replies")
# Eight people for the pendulum: two do not look, one has understood the question backwards.
CROWDS = {
    "pendulum": "5 sharp, 2 careless, 1 inverted",
    "replies": "5 sharp, 1 careless, 1 severe, 1 left_biased",
}
TITLES = {"pendulum": "true return", "replies": "hidden score"}


def run(folder: Path, *, once: bool, seed: int) -> None:
    """Run both examples with simulated people; then serve them, unless `once`.

    A folder that holds an earlier demonstration is gone on with.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        projects = [_open(folder / name, name, seed, stack) for name in EXAMPLES]
        drive.give_way()
        for project in projects:
            _learn(project)
        _table(projects, time.monotonic() - started)
        if not once:
            _serve(projects)


def _open(folder: Path, name: str, seed: int, stack: ExitStack) -> Project:
    if not (folder / FILE_NAME).exists():
        starters.example(name, folder, seed)
    project = open_project(folder)
    stack.enter_context(hold(project.folder))
    return project


def _learn(project: Project) -> None:
    """All rounds but the visitors' own, answered by the crowd, and a report."""
    name = project.config.project.name
    console.out.rule(f"[bold]{name}[/]: {CROWDS[name]}", align="left")
    drive.drive(project, worlds.make(project), CROWDS[name], _never)
    path = project.folder / "report.html"
    path.write_text(report.build(project.store, project.config), "utf-8")
    console.out.print(f"           report: {path}")


def _serve(projects: list[Project]) -> None:
    """Ask a further round's questions, open the page, and learn from whoever answers."""
    turns: list[tuple[Project, World]] = [(project, worlds.make(project)) for project in projects]
    with page([project.folder for project in projects]):
        console.out.print("answer a few questions; the loop goes on with them. Ctrl-C stops it.")
        while True:
            busy = [_go_on(project, world) for project, world in turns]
            if not any(busy):
                time.sleep(drive.POLL_SECONDS)


def _go_on(project: Project, world: World) -> bool:
    """Do the project's next stage if it needs nobody; whether it did."""
    step = loop.next_stage(project.store.counts(), project.config, endless=True)
    if step.word == "wait":
        return False
    metrics = drive.perform(project, world, step)
    console.out.print(
        f"{project.config.project.name}: round {step.round} {step.word} "
        f"{console.figures(metrics, drive.SHOWN)}"
    )
    return True


def _never(step: Step) -> bool:
    return False


def _table(projects: list[Project], seconds: float) -> None:
    rows = [_row(project) for project in projects]
    console.table(
        f"what was learnt, in {seconds / 60:.1f} minutes",
        ("project", "measured", "first", "last", "answers", "KL, nats"),
        rows,
    )


def _row(project: Project) -> tuple[str, ...]:
    name = project.config.project.name
    runs = project.store.runs.list("evaluate")
    first, last = runs[0].metrics, runs[-1].metrics
    kl = last.get("evaluate/kl_nats")
    answers = project.store.counts().answers
    return (
        name,
        TITLES[name],
        _mean(first),
        _mean(last),
        str(answers),
        "" if kl is None else f"{kl:.2f}",
    )


def _mean(metrics: Metrics) -> str:
    """A mean and half of its 95 % interval."""
    mean, low, high = (metrics[f"evaluate/true_return{end}"] for end in ("", "_low", "_high"))
    return f"{mean:.4g} ± {(high - low) / 2:.3g}"
