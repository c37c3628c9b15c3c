"""The shipped check of environments holds for ours and notices one that breaks its promise."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from assent.environments.control import ControlEnvironment
from assent.testing import check_environment
from tests.environments.worlds import HERE


def push(environment: ControlEnvironment) -> Any:
    """Random actions of the right kind."""
    spaces = environment.spaces
    if spaces.discrete:
        return lambda _, rng: np.asarray(rng.integers(spaces.categories))
    return lambda _, rng: rng.standard_normal(spaces.action).astype(np.float32)


@pytest.mark.parametrize("id", ["CartPole-v1", "Pendulum-v1", "Hopper-v5", f"{HERE}:Counter-v0"])
@pytest.mark.parametrize("horizon", ["fixed", "native"])
def test_control_keeps_the_contract(id: str, horizon: Literal["fixed", "native"]) -> None:
    environment = ControlEnvironment(id, horizon=horizon)
    check_environment(environment, push(environment), np.random.default_rng(0))


def test_an_environment_that_does_not_repeat_itself_breaks_it() -> None:
    environment = ControlEnvironment(f"{HERE}:Counter-v0", {"breaks": "wander"})
    with pytest.raises(AssertionError, match="the same observations"):
        check_environment(environment, push(environment), np.random.default_rng(0))
