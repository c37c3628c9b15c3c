"""What people see of behaviour: a clip as JSON, drawn in the browser from simulator states.

No OpenGL, no display and no video is needed. A clip (`"type": "clip"`) is:

    {
      "type": "clip",
      "fps": 30.0,              frames a second in real time
      "shapes": [shape, ...],   S of them; frames give the place of each
      "frames": "base64",       float32, little-endian, [F, S, 7] in C order: F frames
                                (one more than the steps shown); for each shape the world
                                position x, y, z in metres and the unit quaternion w, x, y, z
                                that turns local axes into world axes
      "view": {
        "plane": "xz" | "xy" | "3d",
        "centre": [x, y, z],    the world point in the middle of the picture
        "extent": [w, h],       metres that must be visible; scale so that both fit, keep
                                the aspect, show more where the canvas has room
        "track": index | null,  the middle follows this shape: plane "xz" takes its x,
                                "xy" and "3d" its x and y; the rest stays `centre`
        "ground": z | null      height of the floor
      },
      "ended_at": frame | null, from this frame on the episode is over: the picture stands
                                still and should say "ended"
      "signals": {"pole angle (deg)": [F numbers], ...}     small curves under the clip
    }

A shape is `{"shape": name, "size": [...], "color": n}` in its own local frame, centred on its
position, lengths in metres; n from 0 to 7 is a colour of the page's palette:

    sphere     [radius]
    capsule    [radius, half]   from (0, 0, -half) to (0, 0, half), rounded ends beyond that
    cylinder   [radius, half]   the same with flat ends
    box        [hx, hy, hz]     half sizes
    ellipsoid  [rx, ry, rz]     half axes
    line       [u0, v0, u1, v1, ...]    an open polyline in the plane of the picture: u, v are
                                local x and z in "xz", local x and y in "xy"
    polygon    [u0, v0, u1, v1, ...]    the same, closed and filled

Projection, right and up in the picture:

- "xz": right = x, up = z; seen from negative y. "xy": right = x, up = y; seen from above.
  Shapes are painted in the order of the list, later over earlier.
- "3d": orthographic, from the side and a little above. With a = -60 and e = 22.5 degrees,
  right = (-sin a, cos a, 0), up = (-sin e cos a, -sin e sin a, cos e) and the direction into
  the picture is (-cos e cos a, -cos e sin a, -sin e); far shapes are painted first.

Ground: in "xz" a line with marks that stay where they are in the world, so that travel can be
seen while the middle moves along; in "3d" a grid at that height; in "xy" nothing.

The other two scenes that a page may meet are text, `{"type": "text", ...}`, and, for simulators
that cannot be drawn, `{"type": "video", "mime": "video/mp4", "fps": 30.0, "data": "base64"}`,
where whoever keeps it may put the bytes into a blob of their own and write its `hash` in place
of `data`. Films of somebody's own have a `hash`, and a `prompt` or `messages` to stand above them.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.environments import classic, simulator, video
from assent.environments.control import ControlEnvironment
from assent.environments.states import family
from assent.errors import EnvironmentFault
from assent.records import Json, Segment, Trajectory

Progress = Callable[[int, int, str], None]


def scenes(
    environment: ControlEnvironment,
    trajectories: Sequence[Trajectory],
    segments: Sequence[Segment],
    progress: Progress,
) -> list[Json]:
    """What a person will see of each segment, in the order of the segments.

    progress: called with (done, wanted, "clips").
    """
    by_id = {each.id: each for each in trajectories}
    made = []
    for number, segment in enumerate(segments, start=1):
        made.append(scene(environment, by_id[segment.trajectory], segment))
        progress(number, len(segments), "clips")
    return made


def scene(environment: ControlEnvironment, trajectory: Trajectory, segment: Segment) -> Json:
    """A clip of one segment, or a video when the simulator cannot be drawn."""
    if trajectory.states is None:
        return video.film(environment, trajectory, segment)
    ended = environment.ended_at(trajectory)
    inside = ended is not None and ended <= segment.stop
    return clip_scene(
        environment.id,
        trajectory.states[segment.start : segment.stop + 1],
        trajectory.actions[segment.start : segment.stop],
        environment.fps,
        options=environment.options,
        ended_at=max(0, ended - segment.start) if ended is not None and inside else None,
    )


def clip_scene(
    id: str,
    states: npt.NDArray[Any],
    actions: npt.NDArray[Any],
    fps: float,
    *,
    options: Mapping[str, Any] | None = None,
    ended_at: int | None = None,
) -> Json:
    """The clip of H steps of the environment called `id`, as the module's text defines it.

    states: `[H+1, S]` drawing states. actions: `[H]` or `[H, A]` between them.
    Raises EnvironmentFault when this environment cannot be drawn from states.
    """
    drawn, model = _known(id, json.dumps(dict(options or {}), sort_keys=True))
    places = np.asarray(states, dtype=np.float64)
    done = np.asarray(actions, dtype=np.float64).reshape(len(actions), -1)
    if drawn == "mujoco":
        from assent.environments import bodies  # MuJoCo is loaded only where it is drawn

        drawing = bodies.draw(model, places, done)
    elif drawn is not None:
        drawing = classic.draw(drawn, places, done)
    else:
        raise EnvironmentFault(f"{id} cannot be drawn from states; film it with `scene`")
    return {
        "type": "clip",
        "fps": fps,
        "shapes": [asdict(each) for each in drawing.shapes],
        "frames": base64.b64encode(drawing.poses.astype("<f4").tobytes()).decode("ascii"),
        "view": asdict(drawing.view),
        "ended_at": ended_at,
        "signals": {
            name: [float(f"{value:.4g}") for value in values]
            for name, values in drawing.signals.items()
        },
    }


@functools.lru_cache(maxsize=8)
def _known(id: str, options: str) -> tuple[Any, Any]:
    """The painter of an environment, and its MuJoCo model if it has one."""
    environment = simulator.make(id, json.loads(options))
    drawn = family(environment)
    model = getattr(environment.unwrapped, "model", None) if drawn == "mujoco" else None
    environment.close()
    return drawn, model
