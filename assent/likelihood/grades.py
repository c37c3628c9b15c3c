"""The cumulative link: the log-probability of a level and its derivatives.

P(level <= c) = sigma(threshold_c - predictor) (Samejima's graded response model;
on a difference, with symmetric thresholds, Rao and Kupper's ties and their graded
kin). Written as sigma(a) - sigma(b) = sigma(a) sigma(-b) (1 - exp(b - a)) it loses
no digits at any predictor.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from assent.likelihood.evidence import Doubles

_SMALLEST = 1e-290  # below it a product of probabilities may lose its digits


def terms(
    predictor: Doubles, lower: Doubles, upper: Doubles
) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Log-probability, and its derivatives by predictor, lower and upper threshold.

    predictor: `[..., n]`. lower, upper: thresholds around the level, `[n]` or alike; the
    lowest level has -inf below and the highest inf above, with derivative 0 there.
    """
    above, below = upper - predictor, predictor - lower
    gap = np.exp(lower - upper)  # 0 at both ends
    outward = gap / -np.expm1(lower - upper)
    reached, left = expit(above), expit(below)
    by_upper = 1 - reached + outward
    by_lower = left - 1 - outward
    product = reached * left
    if product.size and product.min() > _SMALLEST:
        value = np.log(product) + np.log1p(-gap)
    else:
        value = log_expit(above) + log_expit(below) + np.log1p(-gap)
    return value, -by_upper - by_lower, by_lower, by_upper


def curvature(predictor: Doubles, lower: Doubles, upper: Doubles) -> Doubles:
    """`[..., n]` minus the second derivative by the predictor; never negative."""
    above, below = expit(upper - predictor), expit(lower - predictor)
    information: Doubles = above * (1 - above) + below * (1 - below)
    return information


def probabilities(predictor: Doubles, thresholds: Doubles) -> Doubles:
    """`[n, levels]` of every level; thresholds: `[levels - 1]` or `[n, levels - 1]`."""
    reached = expit(thresholds - predictor[:, None])
    ends = np.zeros((len(predictor), 1))
    levels: Doubles = np.diff(np.concatenate([ends, reached, ends + 1], 1), axis=1)
    return levels
