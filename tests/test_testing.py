"""The shipped contracts hold for every built-in, and notice a plug-in that breaks them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from assent import plugins
from assent.feedback import kind as kinds
from assent.feedback.comparison import Comparison
from assent.feedback.kind import Form, Utilities
from assent.feedback.simulated import SimulatedAnnotator
from assent.questions import uniform
from assent.questions.ask import with_originals
from assent.questions.pool import Pool
from assent.questions.strategy import Choice, Need, Posterior
from assent.records import Grade, Json, Query, Segment, Target
from assent.sections import AskSection
from assent.testing import check_feedback_kind, check_strategy


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def query(name: str) -> Query:
    kind, ask = kinds.find(name), AskSection()
    segments = tuple(Segment(f"t{number}", 0, 5) for number in range(kind.size(ask)))
    asked = Query("q1", name, segments, "Which?", "uniform", 1.0, options=kind.options(ask))
    return with_originals([asked], {segments[0].key: "A reply."})[0]


@pytest.mark.parametrize("name", plugins.names("feedback"))
def test_every_built_in_kind_keeps_the_contract(name: str) -> None:
    check_feedback_kind(kinds.find(name), query(name), rng())


@pytest.mark.parametrize("name", plugins.names("strategies"))
def test_every_built_in_strategy_keeps_the_contract(name: str) -> None:
    check_strategy(plugins.find("strategies", name), rng())


class Broken:
    """A comparison with one promise broken."""

    name = "comparison"
    question = "Which is better?"

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.real = Comparison()

    def size(self, ask: AskSection) -> int:
        return self.real.size(ask)

    def options(self, ask: AskSection) -> Json:
        return self.real.options(ask)

    def form(self, query: Query) -> Form:
        return self.real.form(query)

    def check(self, query: Query, answer: object) -> Json:
        if self.fault == "accepts anything" and answer is None:
            return {}
        return self.real.check(query, answer)

    def targets(self, query: Query, answer: Json) -> list[Target]:
        targets = self.real.targets(query, answer)
        if not targets or self.fault == "accepts anything":
            return targets
        grade = targets[0]
        assert isinstance(grade, Grade)
        turned = Grade(grade.segments, 4 - grade.level, 5, grade.scale)
        fixed = Grade(grade.segments, 4 if answer.get("choice") != "tie" else 2, 5, grade.scale)
        return [{"turned": turned, "by place": fixed}.get(self.fault, grade)]

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        if self.fault == "own randomness":
            rng = np.random.default_rng()
        return self.real.simulate(query, utilities, annotator, shown_order, rng)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("accepts anything", "nonsense was accepted"),
        ("turned", "gave"),
        ("by place", "order of options"),
        ("own randomness", "randomness from elsewhere"),
    ],
)
def test_a_kind_that_breaks_a_promise_is_noticed(fault: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_feedback_kind(Broken(fault), query("comparison"), rng())


def greedy(pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator) -> list[Choice]:
    return uniform.choose(pool, posterior, Need(need.size, need.count + 1), rng)


def careless(
    pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator
) -> list[Choice]:
    members = range(min(need.size, len(pool.segments)))
    return [Choice(tuple(members), 1.0, "careless")][: need.count if pool.segments else 0]


def certain(pool: Pool, posterior: Posterior, need: Need, rng: np.random.Generator) -> list[Choice]:
    return [Choice(c.members, 0.0, "x") for c in uniform.choose(pool, posterior, need, rng)]


@pytest.mark.parametrize(
    ("strategy", "complaint"),
    [(greedy, "were wanted"), (careless, "look alike"), (certain, r"not in \(0, 1\]")],
)
def test_a_strategy_that_breaks_a_promise_is_noticed(strategy: Any, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_strategy(strategy, rng())
