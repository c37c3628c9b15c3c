"""How a person steers an environment by keyboard: which keys do what, and what nothing held does.

What comes out is plain, for a question's options: a page needs no simulator to show it.
"""

from __future__ import annotations

from typing import Any

from assent.environments.control import ControlEnvironment
from assent.errors import QueryError
from assent.records import Json

MOST_STEPS = 5000  # of a played episode
# The key that lowers and the key that raises each number of an action, where hands can find them.
_PAIRS = (
    ("ArrowLeft", "ArrowRight"),
    ("ArrowDown", "ArrowUp"),
    ("a", "d"),
    ("s", "w"),
    ("j", "l"),
    ("k", "i"),
    ("f", "h"),
    ("g", "t"),
)
_MOST_CATEGORIES = 10
# What turns goes against the clock with the left key, for left and right depend on where it is.
_TURNING = ("pendulum", "acrobot")
_TURNS = ("↺", "↻")
_MOST_FPS = 30.0  # steps that hands keep up with; what is faster is played in slow motion at first
_SPEEDS = (1.0, 0.5, 0.25, 0.1)


def play(environment: ControlEnvironment, seed: int) -> Json:
    """What a question needs so that somebody can play the episode that `seed` names.

    controls: each with its key, its label and the `action` it stands for: a category, or a
        vector that is added to those of other keys that are held. rest: the action while
        nothing is held; None: whatever was held last. speed: of the clock at first.
    Raises QueryError where it cannot be drawn live, or has more actions than fingers.
    """
    if environment.family is None:
        raise QueryError(
            f"{environment.id} can only be filmed, not drawn as it moves; take demonstration out "
            "of [ask.kinds]"
        )
    steps = min(environment.horizon_steps, MOST_STEPS)
    spaces = environment.spaces
    steering = _categories(environment) if spaces.discrete else _vectors(environment)
    return {
        "environment": environment.id,
        "options": environment.options,
        "horizon": environment.horizon,
        "horizon_steps": environment.horizon_steps,
        "seed": seed,
        "steps": steps,
        "fps": environment.fps,
        "speed": next((s for s in _SPEEDS if s * environment.fps <= _MOST_FPS), _SPEEDS[-1]),
        "categories": spaces.categories,
        "low": spaces.to_json()["low"],
        "high": spaces.to_json()["high"],
        **steering,
    }


def _categories(environment: ControlEnvironment) -> Json:
    """Two or three ways on the arrows, as in classic control; more on the digits."""
    count = environment.spaces.categories
    if count > _MOST_CATEGORIES:
        raise _too_many(environment, count)
    if count == 2 or (count == 3 and environment.family in ("mountaincar", "acrobot")):
        turning = environment.family in _TURNING
        ways = (count - 1, 0) if turning else (0, count - 1)
        controls = [
            {"key": key, "label": label, "action": way}
            for key, label, way in zip(_PAIRS[0], _sides(turning), ways, strict=True)
        ]
        return {"controls": controls, "rest": 1 if count == 3 else None}
    return {
        "controls": [
            {"key": str(way), "label": str(way), "action": way} for way in range(1, count)
        ],
        "rest": 0,
    }


def _vectors(environment: ControlEnvironment) -> Json:
    """A key down and a key up for each number of an action, to the end of its range."""
    spaces = environment.spaces
    count = len(spaces.low)
    if count > len(_PAIRS):
        raise _too_many(environment, count)
    names = _names(environment)
    turning = environment.family in _TURNING
    controls = []
    for place, (low, high) in enumerate(zip(spaces.low, spaces.high, strict=True)):
        ends = [low if low > float("-inf") else -1.0, high if high < float("inf") else 1.0]
        labels = _sides(turning) if count == 1 else (f"{names[place]} −", f"{names[place]} +")
        for key, label, end in zip(
            _PAIRS[place], labels, reversed(ends) if turning else ends, strict=True
        ):
            vector = [0.0] * count
            vector[place] = float(end)
            controls.append({"key": key, "label": label, "action": vector})
    return {"controls": controls, "rest": [0.0] * count}


def _sides(turning: bool) -> tuple[str, str]:
    """What the left and the right arrow do."""
    return _TURNS if turning else ("left", "right")


def _names(environment: ControlEnvironment) -> list[str]:
    """What each number of an action moves: a joint's own name where a model has one."""
    count = len(environment.spaces.low)
    model: Any = environment.model()
    if model is None:
        return [str(number) for number in range(1, count + 1)]
    import mujoco  # only where a model of its was loaded already

    joints = (int(joint) for joint in model.actuator_trnid[:, 0])
    named = [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT, joint) for joint in joints]
    return [
        (name or str(number)).removesuffix("_joint").replace("_", " ")
        for number, name in enumerate(named, start=1)
    ]


def _too_many(environment: ControlEnvironment, count: int) -> QueryError:
    return QueryError(
        f"{environment.id} has {count} actions, more than anybody steers by keyboard; take "
        "demonstration out of [ask.kinds]"
    )
