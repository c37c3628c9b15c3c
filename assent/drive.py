"""The loop at a terminal: the page beside it, what it does and waits for, in words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from assent import board, console, loop, worlds
from assent import simulate as simulation
from assent.feedback import simulated
from assent.loop import Step, Word
from assent.project import Project, hold, open_project
from assent.serving import page
from assent.stages import STAGES, Metrics
from assent.worlds.world import World

POLL_SECONDS = 1.0
# Training gives way to the page: a person waits for the next question, the loop does not mind.
NICENESS = 10


def run(folder: Path, *, serve: bool, once: bool, crowd: str) -> None:
    """Run a project until its rounds are over, or with `once` until people are needed."""
    if crowd:
        simulated.parts(crowd)  # a slip is said now, not when the first question is there
    project = open_project(folder)
    with ExitStack() as stack:
        stack.enter_context(hold(project.folder))
        if serve and not once:
            stack.enter_context(page([project.folder]))
        give_way()
        end = drive(project, worlds.make(project), crowd, wait_for_people(once))
        console.out.print(f"{project.config.project.name}: {end.why}")
        if serve and not once and end.word == "done":
            console.out.print("the page stays open; Ctrl-C stops it")
            _sleep_for_ever()


def one(folder: Path, word: Word) -> None:
    """Do one stage of the current round, whatever the loop would do next."""
    project = open_project(folder)
    with hold(project.folder):
        counts = project.store.counts()
        number = 0 if word == "imitate" or not counts.imitated else counts.round
        if word == "evaluate" and not counts.baseline_evaluated:
            number = 0
        if word == "reward" and number > 1 and not counts.rollout:
            number -= 1  # nobody acted in this round yet: what is fitted is of the one before
        step = Step(word, number, "asked for")
        _announce(step)
        metrics = perform(project, worlds.make(project), step)
        console.out.print(f"  {console.figures(metrics)}")


def perform(project: Project, world: World, step: Step) -> Metrics:
    """Do one stage under a progress bar, and write its numbers for TensorBoard."""
    with console.bar(step.word) as bar:
        metrics = STAGES[step.word](project, world, step.round, bar)
    finished = project.store.runs.last(step.word)
    assert finished is not None, "a stage that returned has its line in the journal"
    board.write(project.folder, finished)
    return metrics


def drive(project: Project, world: World, crowd: str, wait: Callable[[Step], bool]) -> Step:
    """Stage after stage with bars and results; a simulated crowd answers when one is given."""

    def answer(step: Step) -> bool:
        if not crowd:
            return wait(step)
        _announce(Step("wait", step.round, f"simulated people answer ({crowd})"))
        with console.bar("answers") as bar:
            simulation.answer_open(project, crowd, time.time(), bar)
        return True

    def shown(step: Step) -> None:
        _announce(step)
        figures = console.figures(perform(project, world, step), SHOWN)
        if figures:
            console.out.print(f"           {figures}")

    return loop.run(project.store.counts, project.config, shown, answer)


SHOWN = (
    "imitate/held_out_nats",
    "rollout/steps",
    "ask/questions",
    "reward/agreement",
    "reward/calibration_error",
    "improve/reward",
    "evaluate/true_return",
    "evaluate/kl_nats",
)


def wait_for_people(once: bool) -> Callable[[Step], bool]:
    """What to do while answers are missing: say so once a round, sleep, look again."""
    said: set[int] = set()

    def wait(step: Step) -> bool:
        if once:
            return False
        if step.round not in said:
            said.add(step.round)
            console.out.print(f"round {step.round}  waiting for people: {step.why}")
        time.sleep(POLL_SECONDS)
        return True

    return wait


def give_way() -> None:
    """Lower this process's priority below the page's, where the system allows it."""
    os.nice(NICENESS)


def _announce(step: Step) -> None:
    console.out.print(f"[bold]round {step.round}  {step.word}[/]  {step.why}")


def _sleep_for_ever() -> None:
    while True:
        time.sleep(3600)
