"""What comes next, from the counts in the store alone, and the loop that does it.

`next_stage` is a pure function: stop the process, move the database, go on next
week, and it says the same. A stage is repeated only when it did not finish.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assent.config import AnswersConfig, Config
from assent.store.counts import Counts

Word = Literal["imitate", "rollout", "ask", "reward", "improve", "evaluate", "wait", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do, in which round, and why."""

    word: Word
    round: int
    why: str


def next_stage(counts: Counts, config: Config, endless: bool = False) -> Step:
    """The next stage; `wait` while answers are missing; `done` after the last round.

    endless: there is no last round; the loop goes on for as long as people answer.
    """
    if not counts.imitated:
        return Step("imitate", 0, "there is no baseline policy yet")
    if not counts.baseline_evaluated:
        return Step("evaluate", 0, "the baseline was never measured")
    number = counts.round
    if over(number, config) and not endless:
        return Step("done", number - 1, f"all {config.project.rounds} rounds are over")
    if not counts.rollout:
        return Step("rollout", number, "this round's policy has not acted yet")
    if not counts.ask:
        return Step("ask", number, "nothing was asked about this round's behaviour")
    enough = wanted(counts, config)
    if not counts.reward and counts.answered < enough:
        missing = enough - counts.answered
        return Step("wait", number, f"{missing} of {enough} answers are missing")
    if not counts.reward:
        return Step("reward", number, f"{counts.answered} new answers are in")
    if not counts.improve:
        return Step("improve", number, "a new reward is there")
    return Step("evaluate", number, "a new policy is there")


def next_question(counts: Counts, config: AnswersConfig, news: bool) -> Step:
    """The next stage where there is no policy: ask, wait for answers, learn from them, ask again.

    news: whether there are answers that the newest fit has not seen.
    """
    missing = wanted(counts, config) - counts.answered
    if missing > 0:
        return Step("wait", counts.round, f"{missing} of {counts.slots} answers are missing")
    if news:
        return Step("reward", counts.round, "there are answers that the fit has not seen")
    return Step("ask", counts.round, "nothing is being asked")


def over(number: int, config: Config | AnswersConfig) -> bool:
    """Whether a round comes after the last; where there is no policy, none is the last."""
    return not isinstance(config, AnswersConfig) and number > config.project.rounds


def wanted(counts: Counts, config: Config | AnswersConfig) -> int:
    """The round's answers with which the loop goes on."""
    return math.ceil(config.ask.enough * counts.slots)


def run(
    counts: Callable[[], Counts],
    config: Config,
    perform: Callable[[Step], None],
    wait: Callable[[Step], bool],
) -> Step:
    """Do stage after stage until the last round is over; returns the step it ended at.

    counts: reads the store afresh. perform: does one stage.
    wait: called while answers are missing; returns whether to look again. It may
        sleep, or let simulated annotators answer.
    """
    while True:
        step = next_stage(counts(), config)
        if step.word == "done":
            return step
        if step.word != "wait":
            perform(step)
        elif not wait(step):
            return step
