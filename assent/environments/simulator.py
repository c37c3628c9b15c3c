"""Making a Gymnasium environment by name, and saying plainly why one cannot be made."""

from __future__ import annotations

import difflib
import functools
import importlib
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import EnvironmentFault
from assent.models.spaces import Spaces

try:
    import gymnasium as gym
    from gymnasium import error as faults
except ModuleNotFoundError as missing:
    raise EnvironmentFault(
        'control environments need Gymnasium, which is not installed; pip install "assent[control]"'
    ) from missing

_log = logging.getLogger(__name__)

NO_LIMIT = -1  # Gymnasium's word for "without a time limit"
FALLBACK_FPS = 30.0  # for an environment that says nothing of its pace
# Set by assent itself; given among the options they would contradict another setting.
_RESERVED = {
    "max_episode_steps": "set environment.horizon_steps",
    "render_mode": "remove it; assent chooses it when it films",
}


def make(
    id: str, options: Mapping[str, Any], limit: int = NO_LIMIT, film: bool = False
) -> gym.Env[Any, Any]:
    """The environment that Gymnasium knows as `id`.

    options: arguments of `gymnasium.make`. limit: steps after which it truncates.
    film: prepare it for `render()` as RGB arrays.
    Raises EnvironmentFault when there is none, when a package is missing, or when
    the options do not suit it.
    """
    for name, advice in _RESERVED.items():
        if name in options:
            raise EnvironmentFault(f"environment.options.{name} has no effect: {advice}")
    _quieten_mujoco(_spec(id))
    mode = {"render_mode": "rgb_array"} if film else {}
    try:
        # No checker wrapper: it warns on every start; `check_environment` does its work once.
        return gym.make(
            id, max_episode_steps=limit, disable_env_checker=True, **mode, **dict(options)
        )
    except faults.DependencyNotInstalled as error:
        raise EnvironmentFault(f"{id} needs a package that is not installed. {error}") from error
    except ImportError as error:
        raise EnvironmentFault(
            f"{id} cannot be imported ({error}); install the package that has it, for "
            'Gymnasium\'s own environments pip install "assent[control]"'
        ) from error
    except (faults.Error, TypeError, ValueError, AssertionError, OSError) as error:
        raise EnvironmentFault(
            f"{id} cannot be made with options {dict(options)}: {error}"
        ) from error


def own_limit(id: str) -> int | None:
    """The number of steps after which the environment is registered to end, if any."""
    limit: int | None = _spec(id).max_episode_steps
    return limit


def frames_per_second(environment: gym.Env[Any, Any]) -> float:
    """Steps a second in real time, as the environment's metadata has it; else 30."""
    return float(environment.metadata.get("render_fps") or FALLBACK_FPS)


def picture(environment: gym.Env[Any, Any]) -> npt.NDArray[np.uint8] | None:
    """The present moment as RGB `[h, w, 3]`; None when the environment renders otherwise."""
    rendered = environment.render()
    fits = isinstance(rendered, np.ndarray) and rendered.ndim == 3 and rendered.shape[2] == 3
    return rendered.astype(np.uint8) if fits else None  # type: ignore[union-attr]


def cheapen(environment: gym.Env[Any, Any]) -> None:
    """Render a MuJoCo environment 8 to 29 times faster, without a GPU, and as readable.

    No multisampling, shadows, reflections, skybox and haze. To be called after a reset.
    """
    import mujoco

    model: Any = environment.get_wrapper_attr("model")
    model.vis.quality.offsamples = 0
    model.vis.quality.shadowsize = 0
    model.mat_reflectance[:] = 0
    # Gymnasium has no public way to the viewer's flags.
    scene = environment.get_wrapper_attr("mujoco_renderer")._get_viewer("rgb_array").scn
    for flag in ("SHADOW", "REFLECTION", "SKYBOX", "HAZE"):
        scene.flags[getattr(mujoco.mjtRndFlag, f"mjRND_{flag}")] = 0


def spaces_of(environment: gym.Env[Any, Any], id: str, flag: bool) -> Spaces:
    """What a policy needs to know; `flag` adds one number to the observation.

    Raises EnvironmentFault for spaces that are not supported.
    """
    seen, done = environment.observation_space, environment.action_space
    if not seen.is_np_flattenable:
        raise EnvironmentFault(
            f"{id} has observations {seen}, which have no fixed length; any space that Gymnasium "
            "can flatten into a vector is supported; wrap the environment"
        )
    length = int(np.prod(gym.spaces.flatten_space(seen).shape or (1,))) + flag
    if isinstance(done, gym.spaces.Discrete):
        return Spaces(length, categories=int(done.n))
    if isinstance(done, gym.spaces.Box) and np.issubdtype(done.dtype, np.floating):
        low, high = done.low.astype(float).ravel(), done.high.astype(float).ravel()
        return Spaces(length, 0, tuple(low.tolist()), tuple(high.tolist()))
    raise EnvironmentFault(
        f"{id} has actions {done}; Box of floats and Discrete are supported; wrap the "
        "environment so that its actions are one of these"
    )


def _spec(id: str) -> Any:
    """Gymnasium's registration of an id; EnvironmentFault with close matches when unknown."""
    module, _, name = id.rpartition(":")
    try:
        # Unlike `make`, `spec` does not import the module that an id may begin with.
        if module:
            importlib.import_module(module)
        return gym.spec(name)
    except ImportError as error:
        raise EnvironmentFault(
            f"the module in {id!r} cannot be imported ({error}); install the package that has it"
        ) from error
    except faults.Error as error:
        lower = {each.lower(): each for each in gym.registry}
        close = difflib.get_close_matches(id.lower(), lower, n=3, cutoff=0.6)
        hint = f"did you mean {', '.join(lower[each] for each in close)}?" if close else str(error)
        raise EnvironmentFault(
            f"Gymnasium has no environment {id!r}; {hint} An environment of another package is "
            "named with its module, as in package.module:Name-v0"
        ) from error


def _quieten_mujoco(spec: Any) -> None:
    """Send MuJoCo's warnings to logging; by default it writes MUJOCO_LOG.TXT where one stands."""
    if "mujoco" not in str(spec.entry_point).lower():
        return
    try:
        import mujoco
    except ModuleNotFoundError as error:
        raise EnvironmentFault(
            f'{spec.id} needs MuJoCo, which is not installed; pip install "assent[control]"'
        ) from error
    mujoco.set_mju_user_warning(_report)


@functools.lru_cache(maxsize=256)
def _report(message: str) -> None:
    """Log a warning of MuJoCo, each text once: eight copies would say it eight times."""
    # What is out of date in a model's file concerns its author, not who runs it.
    level = logging.INFO if "deprecated" in message else logging.WARNING
    _log.log(level, "MuJoCo: %s", message)
