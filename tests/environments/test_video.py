"""A simulator that cannot be drawn is filmed by a worker, and a worker's death is only a fault."""

from __future__ import annotations

import base64
import importlib.util
import io
from typing import Any

import numpy as np
import pytest

from assent.environments.control import ControlEnvironment
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.environments.scenes import scene
from assent.environments.video import film
from assent.errors import EnvironmentFault
from assent.models.control import ControlPolicy
from assent.records import Json, Segment, Trajectory
from tests.environments.worlds import HERE

COUNTER = f"{HERE}:Counter-v0"


def episode(id: str, **options: Any) -> tuple[ControlEnvironment, Trajectory]:
    """An environment and one episode of it."""
    environment = ControlEnvironment(id, options)
    policy = ControlPolicy(environment.spaces)
    (made,) = rollout([environment], policy, [7], np.random.default_rng(0), Context())
    return environment, made


def pictures(video: Json) -> list[Any]:
    """The decoded frames, `[h, w, 3]`."""
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(base64.b64decode(video["data"]))) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_an_environment_without_drawing_states_is_filmed_from_start_to_stop() -> None:
    environment, made = episode(COUNTER)
    video = scene(environment, made, Segment(made.id, 1, 3))
    seen = pictures(video)
    assert (video["type"], video["mime"], video["fps"]) == ("video", "video/mp4", 10.0)
    assert [picture.shape for picture in seen] == [(20, 30, 3)] * 3
    # Grey 10, 20, 30 for the first, second and third step, as far as H.264 keeps it.
    np.testing.assert_allclose([picture.mean() for picture in seen], [10, 20, 30], atol=4)


@pytest.mark.slow
def test_classic_control_is_filmed_without_a_display() -> None:
    environment, made = episode("Pendulum-v1")
    assert len(pictures(film(environment, made, Segment(made.id, 5, 15)))) == 11


def test_an_environment_that_does_not_repeat_itself_is_named() -> None:
    environment, made = episode(COUNTER, breaks="wander")
    with pytest.raises(EnvironmentFault, match="does not repeat itself"):
        film(environment, made, Segment(made.id, 0, 3))


def test_a_crash_of_the_worker_is_a_fault_here() -> None:
    environment, made = episode(COUNTER, breaks="crash")
    with pytest.raises(EnvironmentFault, match="ended by signal 6"):
        film(environment, made, Segment(made.id, 0, 3))


def test_a_missing_encoder_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    environment, made = episode(COUNTER)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentFault, match=r"assent\[video\]"):
        film(environment, made, Segment(made.id, 0, 3))
