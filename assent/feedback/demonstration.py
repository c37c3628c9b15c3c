"""How it is done: people write the reply, or play the episode, themselves.

Answers: `{"text": ...}`, or `{"actions": [[action, steps], ...]}` where the question's options
hold `play`, or `{"skip": reason}`. Nobody has compared what they did with anything, so a
demonstration is no target of the reward; it is kept and exported, and `imitate` learns from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assent.feedback import played
from assent.feedback.answers import opened, refuse, text_of
from assent.feedback.kind import CANNOT_TELL, SKIPS, Form, Utilities, need_segments
from assent.feedback.simulated import SimulatedAnnotator
from assent.feedback.written import MAX_CHARACTERS
from assent.records import Json, Query, Target
from assent.sections import AskSection


class Demonstration:
    """One prompt or start; what the segment did with it is not shown."""

    name = "demonstration"
    question = "What would a good reply be? Write it."

    def size(self, ask: AskSection) -> int:
        """Always one."""
        return 1

    def options(self, ask: AskSection) -> Json:
        """What the policy said there, which the page does not show; where nothing is said, how it
        can be played is put in its place.
        """
        return {"original": ""}

    def form(self, query: Query) -> Form:
        """An empty text, or keys to steer with."""
        need_segments(query, 1, 1, "ask one demonstration for each prompt")
        if "play" in query.options:
            return self._steered(query)
        return Form(
            self.name,
            query.question,
            "write",
            (query.segments[0].key,),
            (),
            (),
            skips=SKIPS,
            most_characters=MAX_CHARACTERS,
        )

    def check(self, query: Query, answer: object) -> Json:
        """The text, with something in it; or what was held, for how long."""
        need_segments(query, 1, 1, "ask one demonstration for each prompt")
        if "play" in query.options:
            played_out = opened(query, answer, ("actions",), '{"actions": [[action, steps], ...]}')
            if "skip" in played_out:
                return played_out
            return {"actions": played.runs(query, played_out.get("actions"))}
        given = opened(query, answer, ("text",), '{"text": the reply}')
        if "skip" in given:
            return given
        text = text_of(query, given.get("text"), MAX_CHARACTERS)
        if not text.strip():
            raise refuse(query, text, "a text that is not empty")
        return {"text": text}

    def targets(self, query: Query, answer: Json) -> list[Target]:
        """Nothing: the writer has not judged what the policy wrote."""
        return []

    def simulate(
        self,
        query: Query,
        utilities: Utilities,
        annotator: SimulatedAnnotator,
        shown_order: Sequence[int],
        rng: np.random.Generator,
    ) -> Json:
        """A skip: a formula can neither write nor play."""
        return dict(CANNOT_TELL)

    def _steered(self, query: Query) -> Form:
        play = played.play_of(query)
        return Form(
            self.name,
            query.question,
            "play",
            (query.segments[0].key,),
            played.choices(query),
            (),
            skips=SKIPS,
            play={name: play[name] for name in ("steps", "fps", "speed", "rest")},
        )
