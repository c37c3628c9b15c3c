"""Drawings of MuJoCo models: where every geom is at recorded joint positions, without OpenGL."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from assent.environments.shapes import Drawing, Numbers, Outline, Plane, Shape, View, held
from assent.errors import EnvironmentFault

PALETTE = 8
VISIBLE_GROUPS = 3  # MuJoCo's own viewer hides groups 3 to 5, where collision meshes are
_GEOM = mujoco.mjtGeom
# As int: an enum of MuJoCo does not equal a NumPy integer from the left.
_PLANE, _FIELD = int(_GEOM.mjGEOM_PLANE), int(_GEOM.mjGEOM_HFIELD)
_FREE, _SLIDE, _HINGE = (
    int(each)
    for each in (
        mujoco.mjtJoint.mjJNT_FREE,
        mujoco.mjtJoint.mjJNT_SLIDE,
        mujoco.mjtJoint.mjJNT_HINGE,
    )
)
_OUTLINES: dict[int, tuple[Outline, int]] = {  # geom type to outline and numbers of its size
    int(_GEOM.mjGEOM_SPHERE): ("sphere", 1),
    int(_GEOM.mjGEOM_CAPSULE): ("capsule", 2),
    int(_GEOM.mjGEOM_ELLIPSOID): ("ellipsoid", 3),
    int(_GEOM.mjGEOM_CYLINDER): ("cylinder", 2),
    int(_GEOM.mjGEOM_BOX): ("box", 3),
}


def draw(model: Any, states: Numbers, actions: Numbers) -> Drawing:
    """The drawing of states `[F, nq + nv]` and the F-1 actions between them, `[F-1, A]`.

    Raises EnvironmentFault when the states are not of this model.
    """
    if states.shape[1] != model.nq + model.nv:
        raise EnvironmentFault(
            f"drawing states of {states.shape[1]} numbers for a model of {model.nq} positions and "
            f"{model.nv} speeds; they were recorded with other environment options"
        )
    data = mujoco.MjData(model)
    geoms = [g for g in range(model.ngeom) if _visible(model, g)]
    poses = np.zeros((len(states), len(geoms), 7))
    for frame, state in enumerate(states):
        data.qpos[:] = state[: model.nq]
        mujoco.mj_kinematics(model, data)
        for place, g in enumerate(geoms):
            poses[frame, place, :3] = data.geom_xpos[g] + _offset(model, data, g)
            mujoco.mju_mat2Quat(poses[frame, place, 3:], data.geom_xmat[g])
    shapes = [_shape(model, g) for g in geoms]
    return Drawing(shapes, poses, _view(model, geoms), _signals(model, states, actions))


def _visible(model: Any, geom: int) -> bool:
    """Whether a person would see this geom as a body: floors and terrains are not bodies."""
    if model.geom_type[geom] in (_PLANE, _FIELD):
        return False
    return bool(model.geom_group[geom] < VISIBLE_GROUPS and model.geom_rgba[geom, 3] > 0)


def _shape(model: Any, geom: int) -> Shape:
    """The outline of one geom, coloured by its body; a mesh is drawn as its bounding box."""
    color = int(model.geom_bodyid[geom]) % PALETTE
    known = _OUTLINES.get(int(model.geom_type[geom]))
    if known is None:
        return Shape("box", tuple(model.geom_aabb[geom, 3:].tolist()), color)
    outline, numbers = known
    return Shape(outline, tuple(model.geom_size[geom, :numbers].tolist()), color)


def _offset(model: Any, data: Any, geom: int) -> Numbers:
    """From a geom's frame to the middle of what is drawn; zero but for meshes."""
    if int(model.geom_type[geom]) in _OUTLINES:
        return np.zeros(3)
    return np.asarray(data.geom_xmat[geom].reshape(3, 3) @ model.geom_aabb[geom, :3])


def _view(model: Any, geoms: list[int]) -> View:
    """A view that is the same for every clip of the model, so that two can be compared."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    plane = _plane(model, data)
    root = _traveller(model)
    track = next((i for i, g in enumerate(geoms) if model.geom_bodyid[g] == root), None)
    ground = _ground(model, data)
    shown = geoms if track is None else [g for g in geoms if model.geom_bodyid[g] != 0]
    low = np.min([data.geom_xpos[g] - _reach(model, data, g) for g in shown], axis=0)
    high = np.max([data.geom_xpos[g] + _reach(model, data, g) for g in shown], axis=0)
    size, middle = high - low, (high + low) / 2
    if track is None:
        around = float(np.linalg.norm(size))
        sides = {"xz": (size[0], size[2]), "xy": (size[0], size[1]), "3d": (around, around)}
        extent = (1.2 * float(sides[plane][0]), 1.2 * float(sides[plane][1]))
        return View(plane, _triple(middle), extent, None, ground)
    span = float(size.max())
    extent = (2.4 * span, 1.7 * span) if plane != "xy" else (3.0 * span, 2.0 * span)
    if ground is not None and plane != "xy":
        middle[2] = ground + 0.32 * extent[1]  # a good two thirds of the picture above the floor
    return View(plane, _triple(middle), extent, track, ground)


def _plane(model: Any, data: Any) -> Plane:
    """The plane in which all motion lies, or "3d"."""
    planes: tuple[tuple[Plane, int], ...] = (("xz", 1), ("xy", 2))
    for plane, normal in planes:
        across = np.abs(data.xaxis[:, normal])
        hinges = model.jnt_type == _HINGE
        slides = model.jnt_type == _SLIDE
        inside = (hinges & (across > 0.999)) | (slides & (across < 1e-3))
        if model.njnt and inside.all():
            return plane
    return "3d"


def _traveller(model: Any) -> int:
    """The body that can leave the picture: free, or on a slide without ends; -1 when none."""
    for joint in range(model.njnt):
        kind, body = model.jnt_type[joint], int(model.jnt_bodyid[joint])
        endless = kind == _SLIDE and not model.jnt_limited[joint]
        if model.body_parentid[body] == 0 and (kind == _FREE or endless):
            return body
    return -1


def _ground(model: Any, data: Any) -> float | None:
    """Height of the first level floor."""
    for g in range(model.ngeom):
        level = data.geom_xmat[g].reshape(3, 3)[2, 2] > 0.99
        if model.geom_type[g] == _PLANE and level:
            return float(data.geom_xpos[g, 2])
    return None


def _reach(model: Any, data: Any, geom: int) -> Numbers:
    """Half sizes of the box along the world's axes that contains a geom."""
    turn = np.abs(data.geom_xmat[geom].reshape(3, 3))
    return np.asarray(turn @ model.geom_aabb[geom, 3:])


def _signals(model: Any, states: Numbers, actions: Numbers) -> dict[str, Numbers]:
    """Curves that help to judge: speed, and effort of all motors."""
    frames = len(states)
    speeds = states[:, model.nq :]
    signals: dict[str, Numbers] = {}
    body = _traveller(model)
    if body >= 0:
        # By custom the first degree of freedom of a body that travels is along x.
        signals["forward speed (m/s)"] = speeds[:, model.jnt_dofadr[model.body_jntadr[body]]]
    else:
        signals["speed of the joints (rms)"] = np.sqrt((speeds**2).mean(axis=1))
    if model.nu and actions.shape[1] == model.nu:
        limit = np.where(model.actuator_ctrllimited, model.actuator_ctrlrange[:, 1], 1.0)
        effort = np.abs(np.clip(actions / limit, -1.0, 1.0)).mean(axis=1)
        signals["effort (0 to 1)"] = held(effort, frames)
    return signals


def _triple(point: Numbers) -> tuple[float, float, float]:
    """A point as plain numbers."""
    return float(point[0]), float(point[1]), float(point[2])
