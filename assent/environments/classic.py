"""Drawings of Gymnasium's classic control, to the measures of its own pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assent.environments.shapes import Drawing, Numbers, Shape, View, flat_pose, held
from assent.environments.states import Family

Painter = Callable[[Numbers, Numbers], Drawing]

GREY, BLUE, ORANGE, GREEN, YELLOW = 7, 0, 1, 2, 3  # places in the palette


def draw(family: Family, states: Numbers, actions: Numbers) -> Drawing:
    """The drawing of states `[F, S]` and the F-1 actions between them, `[F-1, A]`."""
    return _PAINTERS[family](states, actions)


def _cartpole(states: Numbers, actions: Numbers) -> Drawing:
    """state: cart position (m), speed, pole angle (rad, clockwise), its speed."""
    frames, position, angle = len(states), states[:, 0], -states[:, 2]
    axle = 0.06
    shapes = [
        Shape("line", (-2.4, 0.0, 2.4, 0.0), GREY),
        Shape("line", (-2.4, -0.1, -2.4, 0.1), GREY),  # beyond these marks the episode ends
        Shape("line", (2.4, -0.1, 2.4, 0.1), GREY),
        Shape("box", (0.2, 0.1, 0.12), BLUE),
        Shape("capsule", (0.04, 0.5), ORANGE),
        Shape("sphere", (0.045,), GREEN),
    ]
    still = flat_pose(0.0, 0.0, 0.0, frames)
    pole = flat_pose(position - 0.5 * np.sin(angle), axle + 0.5 * np.cos(angle), angle, frames)
    cart = flat_pose(position, 0.0, 0.0, frames)
    poses = [still, still, still, cart, pole, flat_pose(position, axle, 0.0, frames)]
    return Drawing(
        shapes,
        np.stack(poses, axis=1),
        View("xz", (0.0, 0.0, 0.45), (5.2, 1.9)),
        {
            "cart position (m)": position,
            "pole angle (deg)": np.degrees(states[:, 2]),
            "push": held(2 * actions[:, 0] - 1, frames),
        },
    )


def _pendulum(states: Numbers, actions: Numbers) -> Drawing:
    """state: angle from upright (rad, counterclockwise), angular speed."""
    frames, angle = len(states), states[:, 0]
    shapes = [Shape("capsule", (0.09, 0.45), ORANGE), Shape("sphere", (0.045,), GREY)]
    rod = flat_pose(-0.45 * np.sin(angle), 0.45 * np.cos(angle), angle, frames)
    return Drawing(
        shapes,
        np.stack([rod, flat_pose(0.0, 0.0, 0.0, frames)], axis=1),
        View("xz", (0.0, 0.0, 0.0), (2.4, 2.4)),
        {
            "angle from upright (deg)": np.degrees((angle + np.pi) % (2 * np.pi) - np.pi),
            "speed (rad/s)": states[:, 1],
            # The simulator turns harder torques into 2 N m.
            "torque (N m)": held(np.clip(actions[:, 0], -2.0, 2.0), frames),
        },
    )


def _acrobot(states: Numbers, actions: Numbers) -> Drawing:
    """state: first angle from hanging, second from the first (rad), their speeds."""
    frames = len(states)
    first, second = states[:, 0], states[:, 0] + states[:, 1]
    elbow_x, elbow_z = np.sin(first), -np.cos(first)
    tip = elbow_z - np.cos(second)
    shapes = [
        Shape("line", (-2.2, 1.0, 2.2, 1.0), GREY),  # the height to reach
        Shape("capsule", (0.1, 0.5), BLUE),
        Shape("capsule", (0.1, 0.5), ORANGE),
        Shape("sphere", (0.1,), YELLOW),
        Shape("sphere", (0.1,), YELLOW),
    ]
    poses = [
        flat_pose(0.0, 0.0, 0.0, frames),
        flat_pose(elbow_x / 2, elbow_z / 2, first, frames),
        flat_pose(elbow_x + np.sin(second) / 2, elbow_z - np.cos(second) / 2, second, frames),
        flat_pose(0.0, 0.0, 0.0, frames),
        flat_pose(elbow_x, elbow_z, 0.0, frames),
    ]
    return Drawing(
        shapes,
        np.stack(poses, axis=1),
        View("xz", (0.0, 0.0, 0.0), (4.6, 4.6)),
        {"height of the tip (m)": tip, "torque": held(actions[:, 0] - 1, frames)},
    )


def _mountaincar(states: Numbers, actions: Numbers) -> Drawing:
    """Three pushes: left, none, right."""
    return _hill(states, actions[:, 0] - 1, goal=0.5)


def _continuous(states: Numbers, actions: Numbers) -> Drawing:
    """Any push; the simulator turns harder ones into 1."""
    return _hill(states, np.clip(actions[:, 0], -1.0, 1.0), goal=0.45)


def _hill(states: Numbers, push: Numbers, goal: float) -> Drawing:
    """state: position and speed along x; the height is a sine."""
    frames, x = len(states), states[:, 0]
    hill = np.linspace(-1.2, 0.6, 61)
    points = np.stack((hill, _height(hill)), axis=1).ravel()
    flag = _height(np.array([goal]))[0]
    slope = np.arctan(1.35 * np.cos(3 * x))
    shapes = [
        Shape("line", tuple(points.tolist()), GREY),
        Shape("line", (goal, flag, goal, flag + 0.15), GREY),
        Shape("polygon", (goal, flag + 0.15, goal, flag + 0.09, goal + 0.08, flag + 0.12), YELLOW),
        Shape("sphere", (0.024,), GREY),
        Shape("sphere", (0.024,), GREY),
        Shape("box", (0.06, 0.03, 0.03), BLUE),
    ]
    still = flat_pose(0.0, 0.0, 0.0, frames)
    poses = [still, still, still]
    for along, above in ((-0.03, 0.024), (0.03, 0.024), (0.0, 0.055)):
        poses.append(
            flat_pose(
                x + along * np.cos(slope) - above * np.sin(slope),
                _height(x) + along * np.sin(slope) + above * np.cos(slope),
                slope,
                frames,
            )
        )
    return Drawing(
        shapes,
        np.stack(poses, axis=1),
        View("xz", (-0.3, 0.0, 0.62), (2.0, 1.25)),
        {
            "car position": x,
            "speed": states[:, 1],
            "push": held(push, frames),
        },
    )


def _height(x: Numbers) -> Numbers:
    """Of MountainCar's hill."""
    return np.asarray(0.45 * np.sin(3 * x) + 0.55)


_PAINTERS: dict[Family, Painter] = {
    "cartpole": _cartpole,
    "pendulum": _pendulum,
    "acrobot": _acrobot,
    "mountaincar": _mountaincar,
    "continuous": _continuous,
}
