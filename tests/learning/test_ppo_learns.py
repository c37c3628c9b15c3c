"""PPO on the true reward must solve two classics. The settings are the benchmark's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

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


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small are slower on several threads, and much slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_ppo_swings_the_pendulum_up(parity: ModuleType) -> None:
    # An untrained policy gets about -1200, the best known about -150.
    returns = [parity.own(parity.TASKS["pendulum"], seed).mean_return for seed in range(3)]

    # Eight seeds of the benchmark: median -171, worst -238.
    assert np.median(returns) >= -250
    assert min(returns) >= -320


def test_ppo_balances_the_pole(parity: ModuleType) -> None:
    # An untrained policy gets about 20; Gymnasium calls 475 of 500 solved.
    returns = [parity.own(parity.TASKS["cartpole"], seed).mean_return for seed in range(3)]

    assert np.median(returns) >= 475
    assert min(returns) >= 300
