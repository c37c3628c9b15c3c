"""A process in which people play: `python -m assent.environments.playing`, a line a request.

The page knows no simulator, so it writes JSON lines to this process and reads one back for
each. A fault in a simulator ends this process and not the page. It ends when its input does.

    {"do": "open", "name": ..., "play": {...}, "actions": [[action, steps], ...]}
    {"do": "step", "name": ..., "at": steps so far, "actions": [[action, steps], ...]}
    {"do": "close", "name": ...}

`open` plays the given actions again and answers with the scene of the moment, `step` with the
frames since. Both say how many steps were played and whether the episode is over.
"""

from __future__ import annotations

import json
import os
import sys
from collections import OrderedDict
from typing import Any, TextIO

import numpy as np

from assent.environments import scenes
from assent.environments.control import ControlEnvironment
from assent.environments.replaying import Playing, held, made
from assent.errors import AssentError, EnvironmentFault
from assent.records import Json

MOST_PLAYING = 16  # at once; who has not moved for longest makes room

_Episode = tuple[ControlEnvironment, Playing, Json]


class Arcade:
    """The episodes that are being played, by name."""

    def __init__(self) -> None:
        self._episodes: OrderedDict[str, _Episode] = OrderedDict()

    def serve(self, request: Json) -> Json:
        """One answer. Raises AssentError with what to tell the person."""
        name = str(request["name"])
        if request["do"] == "close":
            self._close(name)
            return {}
        if request["do"] == "open":
            self._close(name)
            self._open(name, request["play"], request["actions"])
            _, playing, play = self._episodes[name]
            return {**_standing(playing), "scene": _scene(playing, play, len(playing.actions))}
        if name not in self._episodes:
            raise EnvironmentFault("this episode is not here any more; go on, and it comes back")
        self._episodes.move_to_end(name)
        _, playing, play = self._episodes[name]
        first = len(playing.actions)
        if first != request["at"]:
            raise EnvironmentFault(f"{first} steps were played here, not {request['at']}")
        for action in held(request["actions"]):
            if playing.over:
                break
            playing.step(action)
        drawn = _scene(playing, play, first)
        return {**_standing(playing), "frames": drawn["frames"]}

    def _open(self, name: str, play: Json, actions: Any) -> None:
        environment = made(play)
        playing = Playing(environment, play)
        for action in held(actions):
            playing.step(action)
        self._episodes[name] = (environment, playing, play)
        while len(self._episodes) > MOST_PLAYING:
            self._close(next(iter(self._episodes)))

    def _close(self, name: str) -> None:
        if name in self._episodes:
            self._episodes.pop(name)[0].close()


def _standing(playing: Playing) -> Json:
    return {"steps": len(playing.actions), "over": playing.over}


def _scene(playing: Playing, play: Json, first: int) -> Json:
    """The clip from moment `first` on; what it was before is on the page already."""
    actions = np.array(playing.actions[first:])
    if not len(actions):
        # A clip needs an action for its signals, which nobody looks at here.
        discrete = play["categories"] > 0
        actions = np.zeros((1,) if discrete else (1, len(play["low"])))
        states = [playing.states[first]] * 2
    else:
        states = playing.states[first:]
    clip = scenes.clip_scene(
        play["environment"], np.stack(states), actions, play["fps"], options=play["options"]
    )
    return {**clip, "signals": {}}


def main(requests: TextIO, answers: TextIO) -> None:
    """Answer every line until there are no more."""
    arcade = Arcade()
    for line in requests:
        try:
            answer = arcade.serve(json.loads(line))
        except AssentError as error:
            answer = {"error": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    # What a simulator prints must not be taken for an answer.
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(sys.stdin, own)
