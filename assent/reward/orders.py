"""Plackett-Luce with Efron's ties: the log-probability of an order and its derivatives.

An order is a row of choices, each of one option among those that are left (Plackett
1975; Efron 1977 for ties, where `remaining` holds the shares; see `evidence.py`).
Over the strict orders of K options the probabilities sum to 1. A tie stands for the
strict orders it could not tell apart: its probability is close to their mean, and
equal to it where the utilities that tie are equal.
"""

from __future__ import annotations

import numpy as np

from assent.reward.evidence import Doubles, OrderBlock


def terms(block: OrderBlock, predictor: Doubles) -> tuple[Doubles, Doubles]:
    """Log-probability `[..., n]` and its gradient `[..., n, K]`.

    predictor: `[..., n, K]` of the options, best first, any finite size.
    """
    competing, largest = _competing(block, predictor)
    total = competing.sum(-1)  # [..., n, F]
    spent = (np.log(total) + largest).sum(-1)
    value = (predictor * block.chosen).sum(-1) - spent
    gradient = block.chosen - (competing / total[..., None]).sum(-2)
    return value, gradient


def curvature(block: OrderBlock, predictor: Doubles) -> Doubles:
    """`[..., n, K, K]` minus the second derivative: the information about the predictors."""
    competing, _ = _competing(block, predictor)
    share = competing / competing.sum(-1, keepdims=True)  # [..., n, F, K]
    information: Doubles = -np.einsum("...fk,...fl->...kl", share, share)
    diagonal = np.arange(predictor.shape[-1])
    information[..., diagonal, diagonal] += share.sum(-2)
    return information


def _competing(block: OrderBlock, predictor: Doubles) -> tuple[Doubles, Doubles]:
    """exp of the predictors among those left, over the largest, and the log of the largest."""
    left = predictor[..., None, :] + block.remaining  # [..., n, F, K]
    largest = left.max(-1)
    competing: Doubles = np.exp(left - largest[..., None])
    return competing, largest
