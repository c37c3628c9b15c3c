"""Clips say where every body is; checked against places worked out by hand."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import pytest

from assent.environments import simulator
from assent.environments.control import ControlEnvironment
from assent.environments.scenes import clip_scene, scene, scenes
from assent.errors import EnvironmentFault
from assent.records import Json, Segment, Trajectory

DRAWN = [
    ("CartPole-v1", "xz"),
    ("Pendulum-v1", "xz"),
    ("Acrobot-v1", "xz"),
    ("MountainCar-v0", "xz"),
    ("MountainCarContinuous-v0", "xz"),
    ("Hopper-v5", "xz"),
    ("HalfCheetah-v5", "xz"),
    ("Walker2d-v5", "xz"),
    ("InvertedPendulum-v5", "xz"),
    ("Reacher-v5", "xy"),
    ("Swimmer-v5", "xy"),
    ("Ant-v5", "3d"),
    ("Humanoid-v5", "3d"),
]


def poses(clip: Json) -> npt.NDArray[np.float32]:
    """The frames of a clip, `[F, S, 7]`."""
    flat = np.frombuffer(base64.b64decode(clip["frames"]), dtype="<f4")
    return flat.reshape(-1, len(clip["shapes"]), 7)


def tip(clip: Json, shape: int, local: tuple[float, float, float]) -> list[float]:
    """Where a shape's local point is in the first frame."""
    pose, turn = poses(clip)[0, shape].astype(float), np.zeros(9)
    mujoco.mju_quat2Mat(turn, pose[3:])
    return [round(float(v), 5) for v in pose[:3] + turn.reshape(3, 3) @ np.array(local)]


def clip_of(id: str, steps: int = 4) -> Json:
    """A clip of an environment pushed with zeros."""
    environment = ControlEnvironment(id, horizon="native")
    environment.reset(seed=0)
    action: Any = np.zeros(() if environment.spaces.discrete else len(environment.spaces.low))
    states = [environment.state()]
    for _ in range(steps):
        environment.step(action)
        states.append(environment.state())
    return clip_scene(id, np.stack(states), np.stack([action] * steps), environment.fps)  # type: ignore[arg-type]


@pytest.mark.parametrize(("id", "plane"), DRAWN)
def test_a_clip_keeps_the_form_that_the_page_reads(id: str, plane: str) -> None:
    clip = json.loads(json.dumps(clip_of(id), allow_nan=False))
    frames = poses(clip)
    assert clip["view"]["plane"] == plane
    assert frames.shape == (5, len(clip["shapes"]), 7)
    assert np.isfinite(frames).all()
    np.testing.assert_allclose(np.linalg.norm(frames[..., 3:], axis=-1), 1, atol=1e-5)
    assert {len(values) for values in clip["signals"].values()} == {5}
    assert all(0 <= shape["color"] < 8 for shape in clip["shapes"])


@pytest.mark.parametrize(("id", "plane"), DRAWN)
def test_every_body_starts_within_the_picture(id: str, plane: str) -> None:
    clip = clip_of(id)
    view, places = clip["view"], poses(clip)[0, :, :3].astype(float)
    middle = np.array(view["centre"])
    if view["track"] is not None:
        middle[:1] = places[view["track"], :1]
        if plane != "xz":
            middle[1] = places[view["track"], 1]
    # The 3d picture is at least as tall as anything seen aslant.
    across = {"xz": (0, 2), "xy": (0, 1), "3d": (0, 2)}[plane]
    away = np.abs(places - middle)[:, across]
    assert (away <= np.array(view["extent"]) / 2).all()


@pytest.mark.parametrize(
    ("id", "track", "ground"),
    [
        ("Hopper-v5", True, 0.0),
        ("Ant-v5", True, 0.0),
        ("Reacher-v5", False, 0.0),
        ("InvertedPendulum-v5", False, None),
        ("CartPole-v1", False, None),
    ],
)
def test_a_body_that_travels_is_followed(id: str, track: bool, ground: float | None) -> None:
    view = clip_of(id)["view"]
    assert (view["track"] is not None, view["ground"]) == (track, ground)


def still(id: str, state: list[float], action: float = 0.0) -> Json:
    """A clip of one step in which nothing moves."""
    return clip_scene(id, np.array([state, state]), np.array([[action]]), 30.0)


def test_a_pole_that_leans_right_has_its_tip_on_the_right() -> None:
    # 30 degrees clockwise: 1 m of pole ends 0.5 m right and 0.866 m above the axle.
    clip = still("CartPole-v1", [1.0, 0.0, math.radians(30), 0.0])
    assert tip(clip, 4, (0, 0, 0.5)) == [1.5, 0.0, round(0.06 + math.sqrt(0.75), 5)]


def test_a_pendulum_at_a_quarter_turn_points_left() -> None:
    clip = still("Pendulum-v1", [math.pi / 2, 0.0])
    assert tip(clip, 0, (0, 0, 0.45)) == [-0.9, 0.0, 0.0]


def test_an_acrobot_stretched_sideways_ends_two_metres_to_the_right() -> None:
    clip = still("Acrobot-v1", [math.pi / 2, 0.0, 0.0, 0.0])
    assert tip(clip, 2, (0, 0, -0.5)) == [2.0, 0.0, 0.0]


def test_an_acrobots_tip_is_as_high_as_the_simulator_says() -> None:
    clip = still("Acrobot-v1", [math.pi, 0.0, 0.0, 0.0])
    assert clip["signals"]["height of the tip (m)"] == [2.0, 2.0]


def test_a_mountain_car_stands_on_its_hill() -> None:
    clip = still("MountainCar-v0", [-math.pi / 6, 0.0])  # the bottom, at height 0.1
    assert tip(clip, 5, (0, 0, -0.055)) == [round(-math.pi / 6, 5), 0.0, 0.1]


@pytest.mark.parametrize(
    ("id", "goal"), [("MountainCar-v0", 0.5), ("MountainCarContinuous-v0", 0.45)]
)
def test_the_flag_stands_at_the_goal(id: str, goal: float) -> None:
    assert clip_of(id)["shapes"][1]["size"][0] == goal


def test_geoms_are_where_mujoco_puts_them() -> None:
    clip = clip_of("Hopper-v5")
    model: Any = simulator.make("Hopper-v5", {}).get_wrapper_attr("model")
    environment = ControlEnvironment("Hopper-v5")
    environment.reset(seed=0)
    state, own = environment.state(), mujoco.MjData(model)
    assert state is not None
    own.qpos[:] = state[: model.nq]
    mujoco.mj_forward(model, own)
    np.testing.assert_allclose(
        poses(clip)[0, :, :3], own.geom_xpos[1:], atol=1e-6
    )  # 0 is the floor


def test_states_of_another_model_are_a_fault() -> None:
    with pytest.raises(EnvironmentFault, match="recorded with other environment options"):
        clip_scene("Hopper-v5", np.zeros((2, 5)), np.zeros((1, 3)), 125.0)


def ended(steps: int, over: int) -> Trajectory:
    """A CartPole episode that is over from one observation on."""
    observations = np.zeros((steps + 1, 5), np.float32)
    observations[over:, -1] = 1
    zeros = np.zeros(steps, np.float32)
    return Trajectory(
        "t",
        observations,
        np.zeros(steps, np.int64),
        zeros,
        np.ones(steps, np.bool_),
        False,
        True,
        "0",
        0,
        states=np.zeros((steps + 1, 4), np.float32),
    )


@pytest.mark.parametrize(
    ("start", "stop", "frame"), [(0, 10, None), (10, 30, 10), (25, 35, 0), (10, 20, 10)]
)
def test_a_clip_says_from_which_frame_the_episode_is_over(
    start: int, stop: int, frame: int | None
) -> None:
    environment = ControlEnvironment("CartPole-v1")
    assert scene(environment, ended(40, 20), Segment("t", start, stop))["ended_at"] == frame


def test_scenes_come_in_the_order_of_the_segments() -> None:
    told: list[tuple[int, int, str]] = []
    chosen = [Segment("t", 3, 5), Segment("t", 0, 8)]
    made = scenes(
        ControlEnvironment("CartPole-v1"), [ended(10, 9)], chosen, lambda *p: told.append(p)
    )
    assert [len(poses(clip)) for clip in made] == [3, 9]
    assert told == [(1, 2, "clips"), (2, 2, "clips")]
