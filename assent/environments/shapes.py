"""The parts of a clip: what is drawn, where it is in each frame, and from where it is seen.

`scenes` writes these as JSON and explains every field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Outline = Literal["sphere", "capsule", "cylinder", "box", "ellipsoid", "line", "polygon"]
Plane = Literal["xz", "xy", "3d"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One body. size: metres, as the outline needs them. color: place in the palette."""

    shape: Outline
    size: tuple[float, ...]
    color: int


@dataclass(frozen=True, slots=True)
class View:
    """From where a clip is seen; see `scenes`."""

    plane: Plane
    centre: tuple[float, float, float]
    extent: tuple[float, float]
    track: int | None = None
    ground: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A clip before it is written down.

    poses: `[F, S, 7]` positions and quaternions. signals: name to `[F]` numbers.
    """

    shapes: list[Shape]
    poses: Numbers
    view: View
    signals: dict[str, Numbers]


def flat_pose(
    x: Numbers | float, z: Numbers | float, angle: Numbers | float, frames: int
) -> Numbers:
    """Poses `[F, 7]` in the xz picture.

    angle: radians, counterclockwise in the picture, which is about the negative y axis.
    """
    poses = np.zeros((frames, 7))
    half = np.asarray(angle) / 2
    poses[:, 0], poses[:, 2], poses[:, 3], poses[:, 5] = x, z, np.cos(half), -np.sin(half)
    return poses


def held(values: Numbers, frames: int) -> Numbers:
    """One number a step as one a frame: the last is shown once more."""
    return np.concatenate((values, values[-1:]))[:frames]
