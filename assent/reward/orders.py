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
    options = np.moveaxis(predictor, -1, 0)  # [K, ..., n]: sums over options are whole rows
    chosen = block.chosen.reshape(-1, *[1] * (predictor.ndim - 1))
    value = (options * chosen).sum(0)
    gradient = np.broadcast_to(chosen, options.shape).copy()
    for share in block.remaining:
        left = int(np.argmax(share > -np.inf))  # best first: those that are left stand together
        at = options[left:]
        if share[left:].any():
            at = at + share[left:].reshape(-1, *chosen.shape[1:])
        largest = at.max(0)
        competing = np.exp(at - largest)
        total = competing.sum(0)
        value -= np.log(total) + largest
        competing /= total
        gradient[left:] -= competing
    return value, np.moveaxis(gradient, 0, -1)


def curvature(block: OrderBlock, predictor: Doubles) -> Doubles:
    """`[..., n, K, K]` minus the second derivative: the information about the predictors."""
    left = predictor[..., None, :] + block.remaining  # [..., n, F, K]
    competing = np.exp(left - left.max(-1, keepdims=True))
    share = competing / competing.sum(-1, keepdims=True)
    information: Doubles = -np.einsum("...fk,...fl->...kl", share, share)
    diagonal = np.arange(predictor.shape[-1])
    information[..., diagonal, diagonal] += share.sum(-2)
    return information
