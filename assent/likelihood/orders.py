"""Plackett-Luce with Efron's ties: the log-probability of an order and its derivatives.

An order is a row of choices, each of one option among those that are left (Plackett
1975; Efron 1977 for ties, where `remaining` holds the shares; see `evidence.py`).
Over the strict orders of K options the probabilities sum to 1. A tie stands for the
strict orders it could not tell apart: its probability is close to their mean, and
equal to it where the utilities that tie are equal. People choose the first places with more
or with less care than the last: each choice has a pace, 0 for Plackett and Luce's model.
"""

from __future__ import annotations

import numpy as np

from assent.likelihood.evidence import Doubles, OrderBlock


def terms(block: OrderBlock, predictor: Doubles, pace: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Log-probability `[..., n]`, and its gradients `[..., n, K]` by predictor and `[P, ..., n]`.

    predictor: `[..., n, K]` of the options, best first, any finite size. pace: `[P]` log of how
    much sharper each choice is than the first, P at least F; the second gradient is by it.
    """
    options = np.moveaxis(predictor, -1, 0)  # [K, ..., n]: sums over options are whole rows
    sharp, chance = np.exp(pace), placed(block)
    value = np.zeros(options.shape[1:])
    gradient = np.zeros(options.shape)
    by_pace = np.zeros((len(pace), *options.shape[1:]))
    for choice, share in enumerate(block.remaining):
        left = int(np.argmax(share > -np.inf))  # best first: those that are left stand together
        at, offset = options[left:], share[left:]
        scaled = at * sharp[choice]
        if offset.any():
            scaled = scaled + offset.reshape(-1, *[1] * (predictor.ndim - 1))
        largest = scaled.max(0)
        competing = np.exp(scaled - largest)
        total = competing.sum(0)
        competing /= total
        won = np.flatnonzero(chance[choice])
        gained = sum(chance[choice, option] * options[option] for option in won)
        value += sharp[choice] * gained - np.log(total) - largest
        by_pace[choice] = sharp[choice] * (gained - (competing * at).sum(0))
        gradient[left:] -= sharp[choice] * competing
        for option in won:
            gradient[option] += sharp[choice] * chance[choice, option]
    return value, np.moveaxis(gradient, 0, -1), by_pace


def placed(block: OrderBlock) -> Doubles:
    """`[F, K]` the chance that each choice was of each option: even among those that tie."""
    chance = np.zeros((len(block.remaining), len(block.group)))
    choice = 0
    for group in range(int(block.group.max()) + 1):
        members = np.flatnonzero((block.group == group) & (block.chosen > 0))
        for _ in members:
            chance[choice, members] = 1 / len(members)
            choice += 1
    return chance


def curvature(block: OrderBlock, predictor: Doubles, pace: Doubles) -> Doubles:
    """`[..., n, K, K]` minus the second derivative: the information about the predictors."""
    sharp = np.exp(pace[: len(block.remaining)])[:, None]
    left = predictor[..., None, :] * sharp + block.remaining  # [..., n, F, K]
    competing = np.exp(left - left.max(-1, keepdims=True))
    share = competing / competing.sum(-1, keepdims=True)
    weighed = share * sharp
    information: Doubles = -np.einsum("...fk,...fl->...kl", weighed, weighed)
    diagonal = np.arange(predictor.shape[-1])
    information[..., diagonal, diagonal] += (weighed * sharp).sum(-2)
    return information
