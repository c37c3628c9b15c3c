"""Newton's method for log-densities that have one highest place, with steps halved until they help.

Undamped it diverges on answers that a few numbers explain well.
"""

from __future__ import annotations

from collections.abc import Callable

from assent.likelihood.evidence import Doubles

_STEPS = 50
_SMALLEST = 1e-6  # of a whole step
_GAIN = 1e-4  # of what a step promised, that it has to bring (Armijo's condition)

Density = Callable[[Doubles], tuple[float, Doubles]]
# From a place and the slope there to the whole Newton step.
Step = Callable[[Doubles, Doubles], Doubles]


def climb(
    density: Density, step_from: Step, start: Doubles, enough: float
) -> tuple[Doubles, float]:
    """The highest place from `start` on, and the log-density there.

    density: value and slope. enough: nats; a step that promises less is not taken.
    """
    place = start
    value, slope = density(place)
    for _ in range(_STEPS):
        step = step_from(place, slope)
        promise, size = float(slope @ step), 1.0
        if promise < enough:
            break
        while size > _SMALLEST:
            further, there = density(place + size * step)
            if further >= value + _GAIN * size * promise:
                break
            size /= 2
        else:
            break
        place, value, slope = place + size * step, further, there
    return place, value
