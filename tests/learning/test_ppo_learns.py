"""PPO on the true reward must solve two classics. The settings are the benchmark's."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PARITY = Path(__file__).parents[2] / "benchmarks" / "ppo_parity.py"

pytestmark = [pytest.mark.slow, pytest.mark.learning]


@pytest.fixture(scope="module")
def parity() -> ModuleType:
    """The benchmark's file, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("ppo_parity", PARITY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ppo_parity"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def test_ppo_swings_the_pendulum_up(parity: ModuleType) -> None:
    # An untrained policy gets about -1200, the best known about -150.
    returns = [parity.own(parity.TASKS["pendulum"], seed).mean_return for seed in range(3)]

    assert np.median(returns) >= -260
    assert min(returns) >= -350


def test_ppo_balances_the_pole(parity: ModuleType) -> None:
    # An untrained policy gets about 20; Gymnasium calls 475 of 500 solved.
    returns = [parity.own(parity.TASKS["cartpole"], seed).mean_return for seed in range(3)]

    assert np.median(returns) >= 475
    assert min(returns) >= 300
