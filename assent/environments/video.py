"""Videos of simulators that cannot be drawn from states, made by a worker process.

The worker replays an episode from its start seed and its recorded actions, checks
that it sees what was recorded, and films it. It is a process of its own because a
graphics driver that crashes must not take the training along.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assent.environments.control import ControlEnvironment
from assent.errors import EnvironmentFault
from assent.records import Json, Segment, Trajectory

WORKER = "assent.environments.filming"
TIMEOUT_SECONDS = 600.0
REQUEST, FILM, FAULT = "request.npz", "film", "fault.txt"  # names in the worker's folder


def film(environment: ControlEnvironment, trajectory: Trajectory, segment: Segment) -> Json:
    """The video scene of one segment: its H+1 frames in real time.

    Raises EnvironmentFault when PyAV is missing, when the simulator does not repeat
    itself, when it cannot be rendered, or when the worker dies.
    """
    if importlib.util.find_spec("av") is None:
        raise EnvironmentFault(
            f"{environment.id} cannot be drawn from states and must be filmed, which needs PyAV; "
            'pip install "assent[video]"'
        )
    faults = []
    for settings in _backends(environment):
        with tempfile.TemporaryDirectory(prefix="assent-film-") as name:
            folder = Path(name)
            _write(folder / REQUEST, environment, trajectory, segment)
            fault = _run(folder, settings)
            if fault is None:
                saved = json.loads((folder / f"{FILM}.json").read_text("utf-8"))
                moving = base64.b64encode((folder / FILM).read_bytes()).decode("ascii")
                return {"type": "video", **saved, "fps": environment.fps, "data": moving}
        faults.append(fault)
    raise EnvironmentFault(f"{environment.id} cannot be filmed: " + "; ".join(faults))


def _backends(environment: ControlEnvironment) -> Sequence[dict[str, str]]:
    """Settings of the worker to try in turn; none needs a display."""
    if environment.family != "mujoco":
        return [{"SDL_VIDEODRIVER": "dummy"}]
    chosen = os.environ.get("MUJOCO_GL")
    names = [chosen] if chosen else ["egl", "osmesa"]
    return [{"MUJOCO_GL": name, "PYOPENGL_PLATFORM": name} for name in names]


def _write(
    path: Path, environment: ControlEnvironment, trajectory: Trajectory, segment: Segment
) -> None:
    """What the worker has to replay."""
    order = {
        "id": environment.id,
        "options": environment.options,
        "horizon": environment.horizon,
        "horizon_steps": environment.horizon_steps,
        "seed": trajectory.seed,
        "start": segment.start,
        "stop": segment.stop,
    }
    np.savez(
        path,
        order=np.frombuffer(json.dumps(order).encode("utf-8"), dtype=np.uint8),
        actions=trajectory.actions[: segment.stop],
        observations=trajectory.observations[: segment.stop + 1],
    )


def _run(folder: Path, settings: dict[str, str]) -> str | None:
    """Run the worker; None when the film is there, else what went wrong."""
    # The worker imports what we can import, such as an environment beside the project.
    path = os.pathsep.join(each for each in sys.path if each)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", WORKER, str(folder)],
            env={**os.environ, "PYTHONPATH": path, **settings},
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the worker took longer than {TIMEOUT_SECONDS:.0f} s; show shorter clips"
    if ended.returncode == 0:
        return None
    if (folder / FAULT).exists():
        return (folder / FAULT).read_text("utf-8")
    last = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
    backend = settings.get("MUJOCO_GL", "no OpenGL")
    if ended.returncode < 0:
        return f"the worker was ended by signal {-ended.returncode} ({backend}; {last[0]})"
    return (
        f"the worker failed ({backend}; {last[0]}); rendering MuJoCo without a display needs "
        "libosmesa6 or libegl1 with libgl1-mesa-dri, and MUJOCO_GL=osmesa or egl"
        if "MUJOCO_GL" in settings
        else f"the worker failed ({last[0]})"
    )
