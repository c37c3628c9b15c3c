"""The worker that replays one episode and films it: `python -m assent.environments.filming DIR`.

It reads DIR/request.npz, writes DIR/film and DIR/film.json, or DIR/fault.txt and
exits with 3. Only `video` starts it.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from assent.environments.control import ControlEnvironment
from assent.environments.video import FAULT, FILM, REQUEST
from assent.errors import EnvironmentFault

Frames = list[npt.NDArray[np.uint8]]

# A replay on the machine that recorded is exact; another machine's rounding may differ.
TOLERANCE = 1e-4


def main(folder: Path) -> int:
    """Film what the folder asks for; the exit status."""
    try:
        with np.load(folder / REQUEST, allow_pickle=False) as request:
            order = json.loads(request["order"].tobytes())
            frames, fps = _replay(order, request["actions"], request["observations"])
        mime = encode(frames, fps, folder / FILM)
    except EnvironmentFault as fault:
        (folder / FAULT).write_text(str(fault), "utf-8")
        return fault.exit_code
    (folder / f"{FILM}.json").write_text(json.dumps({"mime": mime}), "utf-8")
    return 0


def encode(frames: Frames, fps: float, path: Path) -> str:
    """Write pictures `[h, w, 3]` as a video; its MIME type.

    H.264 in MP4 where PyAV has an encoder for it, else VP9 in WebM; browsers play both.
    """
    h264 = "libx264" in av.codecs_available
    container: Any = av.open(
        str(path),
        "w",
        format="mp4" if h264 else "webm",
        # The index goes first, so that a page can seek before all has arrived.
        options={"movflags": "+faststart"} if h264 else {},
    )
    stream = container.add_stream(
        "libx264" if h264 else "libvpx-vp9", rate=Fraction(fps).limit_denominator(1000)
    )
    height, width = (each - each % 2 for each in frames[0].shape[:2])  # 4:2:0 needs even sides
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.options = {"preset": "veryfast"} if h264 else {"deadline": "realtime", "cpu-used": "8"}
    for frame in frames:
        even = np.ascontiguousarray(frame[:height, :width])
        for packet in stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")):
            container.mux(packet)
    for packet in stream.encode():
        container.mux(packet)
    container.close()
    return "video/mp4" if h264 else "video/webm"


def _replay(
    order: dict[str, Any], actions: npt.NDArray[Any], observations: npt.NDArray[Any]
) -> tuple[Frames, float]:
    """The pictures of the asked-for steps, and their pace."""
    environment = ControlEnvironment(
        order["id"], order["options"], order["horizon"], order["horizon_steps"], film=True
    )
    frames: Frames = []
    seen, _ = environment.reset(seed=order["seed"])
    for step, recorded in enumerate(observations):
        if step:
            seen = environment.step(actions[step - 1])[0]
        if not np.allclose(seen, recorded, rtol=TOLERANCE, atol=TOLERANCE):
            raise EnvironmentFault(
                f"after {step} steps the replay of seed {order['seed']} sees something else than "
                "was recorded: the environment does not repeat itself. Make it draw all its "
                "randomness from reset(seed=...)"
            )
        if step >= order["start"]:
            frames.append(environment.picture())
    environment.close()
    return frames, environment.fps


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
