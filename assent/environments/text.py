"""Text: a prompt from a file is the start, a whole reply is the action.

An observation is the dialogue so far as token ids. The ids that the policy chose
are kept as they are; a reply is never turned into text and back. The functions of
the tokenizer are passed in, so nothing here knows what a model is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assent.environments.environment import Context, Episode
from assent.environments.prompts import Demonstration, Dialogue, Message
from assent.errors import DataError, EnvironmentFault
from assent.records import Json, Trajectory

Ids = npt.NDArray[np.int64]
Score = Callable[[str, str], float]


class Codec(Protocol):
    """What a tokenizer must be able to do; `assent.models.tokens.Tokens` is one."""

    def prompt(self, messages: Sequence[Message]) -> Ids:
        """The ids of a dialogue, up to where the reply begins."""
        ...

    def reply(self, text: str) -> Ids:
        """The ids of a whole reply, its end token included."""
        ...

    def turn(self, messages: Sequence[Message], user: str, ended: bool) -> Ids:
        """The ids between a reply and the next one."""
        ...

    def text(self, ids: npt.NDArray[Any]) -> str:
        """The ids as people read them."""
        ...

    def ended(self, ids: npt.NDArray[Any]) -> bool:
        """Whether a reply came to its end."""
        ...


class TextEnvironment:
    """Dialogues from a file; an episode is as many replies as its user asks for.

    score: of a prompt (the user's last message) and a reply; only measured. Without
        one there is no true reward, and trajectories have none.
    """

    def __init__(
        self,
        dialogues: Sequence[Dialogue],
        codec: Codec,
        max_prompt_tokens: int = 256,
        score: Score | None = None,
    ) -> None:
        if not dialogues:
            raise EnvironmentFault("a text environment needs at least one prompt, got none")
        self._dialogues = dialogues
        self._codec = codec
        self._score = score
        self._max_prompt_tokens = max_prompt_tokens
        self._dialogue = dialogues[0]
        self._messages: list[Message] = []
        self._context: Ids = np.zeros(0, dtype=np.int64)
        self._asked = 0

    def reset(self, *, seed: int) -> tuple[Ids, Json]:
        """Begin dialogue number `seed`, counted round and round the file.

        Raises DataError when the prompt has more than `max_prompt_tokens`.
        """
        self._dialogue = self._dialogues[seed % len(self._dialogues)]
        self._messages = [dict(each) for each in self._dialogue.messages]
        self._context = encode(self._dialogue, self._codec, self._max_prompt_tokens)
        self._asked = 0
        return self._context.copy(), {"group": self._dialogue.id}

    def step(self, action: npt.NDArray[Any]) -> tuple[Ids, float, bool, bool, Json]:
        """Take a reply, and say what the user says next if anything.

        The episode ends with the reply to the last user message: terminated when the
        reply has its end token, truncated when it was cut.
        """
        if len(action) == 0:
            raise EnvironmentFault("a reply of no tokens; a policy must choose at least one")
        reply = self._codec.text(action)
        asked = self._messages[-1]["content"]
        reward = 0.0 if self._score is None else float(self._score(asked, reply))
        ended = self._codec.ended(action)
        self._messages.append({"role": "assistant", "content": reply})
        self._context = np.concatenate((self._context, np.asarray(action, dtype=np.int64)))
        last = self._asked == len(self._dialogue.follow_ups)
        if not last:
            user = self._dialogue.follow_ups[self._asked]
            between = self._codec.turn(self._messages, user, ended)
            self._context = np.concatenate((self._context, between))
            self._messages.append({"role": "user", "content": user})
            self._asked += 1
        return self._context.copy(), reward, last and ended, last and not ended, {}

    def state(self) -> None:
        """None: a dialogue is read, not drawn."""
        return None

    def assemble(self, episode: Episode, id: str, context: Context) -> Trajectory:
        """Token by token: observation t is token t, action t is token t+1.

        The true reward of a reply stands at its last token.
        """
        tokens = episode.observations[-1].astype(np.int32)
        steps = len(tokens) - 1
        mask = np.zeros(steps, dtype=np.bool_)
        logprobs = np.zeros(steps, dtype=np.float32)
        rewards = np.zeros(steps, dtype=np.float32)
        for before, reply, own, reward in zip(
            episode.observations[:-1],
            episode.actions,
            episode.logprobs,
            episode.rewards,
            strict=True,
        ):
            chosen = slice(len(before) - 1, len(before) - 1 + len(reply))
            mask[chosen] = True
            logprobs[chosen] = own
            rewards[chosen.stop - 1] = reward
        return Trajectory(
            id=id,
            observations=tokens,
            actions=tokens[1:],
            logprobs=logprobs,
            mask=mask,
            terminated=episode.terminated,
            truncated=episode.truncated,
            group=self._dialogue.id,
            seed=episode.seed,
            round=context.round,
            checkpoint=context.checkpoint,
            text={"messages": self._messages[:-1], "reply": self._messages[-1]["content"]},
            environment_reward=None if self._score is None else rewards,
        )

    def close(self) -> None:
        """Nothing to give back."""


def encode(dialogue: Dialogue, codec: Codec, max_prompt_tokens: int) -> Ids:
    """The ids of a dialogue's opening. Raises DataError naming its line when it is too long."""
    try:
        ids = codec.prompt(dialogue.messages)
    except DataError as error:
        raise DataError(f"{dialogue.place}: {error}") from None
    if not 0 < len(ids) <= max_prompt_tokens:
        raise DataError(
            f"{dialogue.place} has {len(ids)} tokens; at least 1 and at most "
            f"environment.max_prompt_tokens = {max_prompt_tokens} are expected"
        )
    return ids


def demonstrate(shown: Demonstration, codec: Codec, id: str) -> Trajectory:
    """A demonstration as a trajectory whose reply, end token included, is to be learnt."""
    try:
        prompt, reply = codec.prompt(shown.messages), codec.reply(shown.reply)
    except DataError as error:
        raise DataError(f"{shown.place}: {error}") from None
    if len(prompt) == 0:
        raise DataError(f"{shown.place}: the prompt has no token, so no reply can follow it")
    tokens = np.concatenate((prompt, reply)).astype(np.int32)
    mask = np.arange(len(tokens) - 1) >= len(prompt) - 1
    text = {"messages": [dict(each) for each in shown.messages], "reply": shown.reply}
    return by_a_person(id, tokens, mask, shown.place, 0, text)


def by_a_person(
    id: str,
    tokens: npt.NDArray[np.int32],
    mask: npt.NDArray[np.bool_],
    group: str,
    seed: int,
    text: Json,
) -> Trajectory:
    """A dialogue that a person wrote, and ended: no policy gave its tokens a probability."""
    return Trajectory(
        id=id,
        observations=tokens,
        actions=tokens[1:],
        logprobs=np.zeros(len(mask), dtype=np.float32),
        mask=mask,
        terminated=True,
        truncated=False,
        group=group,
        seed=seed,
        text=text,
    )
