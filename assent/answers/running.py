"""Items and people without a policy: ask, wait for answers, learn from them, ask again."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack

from assent import console, hearing, loop
from assent.answers import asking, tables
from assent.answers import reward as learning
from assent.errors import DataError
from assent.loop import Step
from assent.project import AnswersProject, hold
from assent.serving import page

POLL_SECONDS = 1.0
# Learning gives way to the page: a person waits for the next question.
NICENESS = 10


def run(project: AnswersProject, *, serve: bool, once: bool) -> None:
    """Go on until nothing is left to ask, or with `once` until people are needed.

    serve: with the page beside it. Where it stands follows from the store: stopped at any
    moment, it goes on from there. Raises DataError where no question can be made of the items.
    """
    with ExitStack() as stack:
        stack.enter_context(hold(project.folder))
        # What is wrong with the items is said before the page opens.
        step = go_on(project)
        if serve and not once:
            stack.enter_context(page([project.folder]))
            os.nice(NICENESS)
        if step is not None:
            console.out.print(f"waiting for people: {step.why}")
        while step is not None and not once:
            time.sleep(POLL_SECONDS)
            step = go_on(project)
        if step is None:
            console.out.print("nothing is left to ask: every set of items was asked about")
        if serve and not once:
            console.out.print("the page stays open; Ctrl-C stops it")
            while True:
                time.sleep(3600)


def go_on(project: AnswersProject) -> Step | None:
    """Learn and ask until people are needed: what is waited for; None with nothing left to ask."""
    while True:
        counts, news = project.store.counts(), hearing.unlearnt(project.store)
        step = loop.next_question(counts, project.config, news)
        if step.word == "wait":
            return step
        console.out.print(f"[bold]{step.word}[/]  {step.why}")
        if step.word == "reward" and _learn(project):
            continue
        figures = asking.ask(project)
        console.out.print(f"        {console.figures(figures)}")
        if not figures["ask/questions"]:
            return None


def _learn(project: AnswersProject) -> bool:
    """Whether the answers could be learnt from; what could not is said."""
    try:
        _, figures = learning.learn(project)
    except DataError as error:
        console.err.print(f"note: {error}", markup=False)
        return False
    for warning in figures["warnings"]:
        console.out.print(f"note: {warning}", markup=False)
    console.out.print("\n".join(tables.figures(figures)), markup=False, soft_wrap=True)
    return True
