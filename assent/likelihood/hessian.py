"""The second derivative of each judgement by the utilities that it is about. NumPy only."""

from __future__ import annotations

import numpy as np

from assent.likelihood import grades, orders
from assent.likelihood.evidence import Doubles, OrderBlock
from assent.likelihood.joint import Part, bounds, coefficient, predictor
from assent.likelihood.people import People


def information(part: Part, utilities: Doubles, people: People) -> Doubles:
    """`[E, n, K, K]` minus the second derivatives of a block's values at utilities `[E, R]`.

    Exact: where an answer is likely to be a lapse, log-probabilities bend upwards, and the
    information is negative.
    """
    block, trust = part.block, part.trust[..., None, None]
    at = predictor(block, utilities, people)
    factor = np.broadcast_to(coefficient(block, people), block.items.shape)
    if isinstance(block, OrderBlock):
        looked = orders.curvature(block, at, people.pace)
    else:
        looked = grades.curvature(at, *bounds(block, people))[..., None, None]
    looked = looked * factor[:, :, None] * factor[:, None, :]
    # log((1 - eps) p + eps q) in which the share of p, the trust, moves with log p.
    slope = part.by_utility(people) / np.maximum(part.trust, 1e-300)[..., None]
    outer = slope[..., :, None] * slope[..., None, :]
    bent: Doubles = trust * looked - trust * (1 - trust) * outer
    return bent
