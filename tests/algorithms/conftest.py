"""Switches on the run-time check of every shape that functional.py declares."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from beartype import BeartypeConf, beartype
from jaxtyping import Bool, Float, jaxtyped

from assent.algorithms import functional


@pytest.fixture(autouse=True, scope="package")
def checked_shapes() -> Iterator[None]:
    checker = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int will do for a float
    with pytest.MonkeyPatch.context() as patch:
        # The module imports these for the type checker only.
        patch.setattr(functional, "Float", Float, raising=False)
        patch.setattr(functional, "Bool", Bool, raising=False)
        for name, function in inspect.getmembers(functional, inspect.isfunction):
            if function.__module__ == functional.__name__ and not name.startswith("_"):
                patch.setattr(functional, name, jaxtyped(typechecker=checker)(function))
        yield
