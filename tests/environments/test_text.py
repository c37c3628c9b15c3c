from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from assent.environments.environment import Context
from assent.environments.prompts import Demonstration, Dialogue, Message
from assent.environments.runner import rollout
from assent.environments.text import TextEnvironment, demonstrate
from assent.errors import DataError, EnvironmentFault
from assent.models.policy import Decision

END = 0


class Letters:
    """Letters as their code points; a message opens with 1, a reply with 2 and ends with 0."""

    def prompt(self, messages: Sequence[Message]) -> npt.NDArray[np.int64]:
        ids: list[int] = []
        for message in messages:
            ids += [1, *map(ord, message["content"])]
        return np.array([*ids, 2])

    def reply(self, text: str) -> npt.NDArray[np.int64]:
        return np.array([*map(ord, text), END])

    def turn(self, messages: Sequence[Message], user: str, ended: bool) -> npt.NDArray[np.int64]:
        return np.array([*([] if ended else [END]), 1, *map(ord, user), 2])

    def text(self, ids: npt.NDArray[Any]) -> str:
        return "".join(chr(each) for each in ids if each > 2)

    def ended(self, ids: npt.NDArray[Any]) -> bool:
        return bool(ids[-1] == END)


class Says:
    """A policy that says the same whatever it sees."""

    def __init__(self, *ids: int) -> None:
        self.ids = np.array(ids)

    def act(
        self, observations: Sequence[Any], rngs: Sequence[Any], greedy: bool = False
    ) -> list[Decision]:
        logprobs = np.full(len(self.ids), -0.5, dtype=np.float32)
        return [Decision(self.ids, logprobs) for _ in observations]


def user(text: str) -> Message:
    return {"role": "user", "content": text}


ONE = Dialogue("one", (user("ab"),), (), "p.jsonl, line 1")
TWO = Dialogue("two", (user("a"),), ("b",), "p.jsonl, line 2")


def ran(environment: TextEnvironment, policy: Says, seed: int = 0) -> Any:
    rng = np.random.default_rng(0)
    context = Context(round=2, checkpoint="c", now=5.0)
    (found,) = rollout([environment], policy, [seed], rng, context)  # type: ignore[arg-type]
    return found


def test_a_trajectory_is_the_prompt_and_the_reply_token_by_token() -> None:
    found = ran(TextEnvironment([ONE], Letters()), Says(ord("x"), END))
    assert (found.observations.tolist(), found.actions.tolist(), found.mask.tolist()) == (
        [1, 97, 98, 2, 120, 0],
        [97, 98, 2, 120, 0],
        [False, False, False, True, True],
    )


def test_log_probabilities_stand_where_the_policy_chose() -> None:
    found = ran(TextEnvironment([ONE], Letters()), Says(ord("x"), END))
    assert found.logprobs.tolist() == [0, 0, 0, -0.5, -0.5]


def test_two_turns_keep_every_token_that_the_policy_chose() -> None:
    found = ran(TextEnvironment([TWO], Letters()), Says(ord("x"), END))
    tokens = [1, 97, 2, 120, 0, 1, 98, 2, 120, 0]
    chosen = [tokens[place + 1] for place in np.flatnonzero(found.mask)]
    assert (found.observations.tolist(), chosen) == (tokens, [120, 0, 120, 0])


def test_a_cut_reply_in_a_dialogue_is_closed_without_being_chosen() -> None:
    found = ran(TextEnvironment([TWO], Letters()), Says(ord("x")))
    assert (found.observations.tolist(), found.mask.sum(), found.truncated) == (
        [1, 97, 2, 120, 0, 1, 98, 2, 120],
        2,
        True,
    )


@pytest.mark.parametrize(("last", "expected"), [(END, (True, False)), (ord("y"), (False, True))])
def test_an_ended_reply_terminates_and_a_cut_one_is_truncated(
    last: int, expected: tuple[bool, bool]
) -> None:
    found = ran(TextEnvironment([ONE], Letters()), Says(ord("x"), last))
    assert (found.terminated, found.truncated) == expected


def test_the_hidden_score_stands_at_the_last_token() -> None:
    def score(prompt: str, reply: str) -> float:
        return float(len(prompt) * 10 + len(reply))

    found = ran(TextEnvironment([ONE], Letters(), score=score), Says(ord("x"), END))
    assert found.environment_reward.tolist() == [0, 0, 0, 0, 21]


def test_without_a_score_there_is_no_true_reward() -> None:
    assert ran(TextEnvironment([ONE], Letters()), Says(END)).environment_reward is None


def test_people_read_the_messages_and_the_last_reply() -> None:
    found = ran(TextEnvironment([TWO], Letters()), Says(ord("x"), END))
    earlier = [user("a"), {"role": "assistant", "content": "x"}, user("b")]
    assert found.text == {"messages": earlier, "reply": "x"}


def test_a_record_says_where_it_comes_from() -> None:
    found = ran(TextEnvironment([ONE, TWO], Letters()), Says(END), seed=3)
    assert (found.group, found.seed, found.round, found.checkpoint) == ("two", 3, 2, "c")


def test_a_prompt_that_is_too_long_is_named_by_its_line() -> None:
    with pytest.raises(DataError, match="line 1 has 4 tokens"):
        TextEnvironment([ONE], Letters(), max_prompt_tokens=3).reset(seed=0)


def test_no_prompts_are_refused() -> None:
    with pytest.raises(EnvironmentFault, match="at least one prompt"):
        TextEnvironment([], Letters())


def test_an_empty_reply_is_refused() -> None:
    environment = TextEnvironment([ONE], Letters())
    environment.reset(seed=0)
    with pytest.raises(EnvironmentFault, match="no tokens"):
        environment.step(np.array([], dtype=np.int64))


def test_a_demonstration_is_learnt_from_its_reply_to_its_end() -> None:
    found = demonstrate(Demonstration((user("ab"),), "x", "d.jsonl, line 1"), Letters(), "id")
    learnt = found.actions[found.mask].tolist()
    assert (found.observations.tolist(), learnt) == ([1, 97, 98, 2, 120, 0], [120, 0])
