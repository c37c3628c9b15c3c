"""The most probable numbers behind answers, how sure they are, and the answers' evidence.

What the likelihood sees is linear in the numbers, which are standard normal before any answer:

    seen = dense @ a + sparse @ s

`a` are few and act everywhere (weights of features, effects of covariates), `s` may be many and
act in few places each (offsets of prompts, what an item is worth beyond its features).
The posterior is normal around its highest place (Laplace; MacKay 1992); the information about
`s` is a sparse matrix, through which `a` is seen (its Schur complement). NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.sparse.linalg import splu, spsolve_triangular

from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.joint import curvature, utility_gradient
from assent.likelihood.people import People
from assent.reward.newton import climb

_ENOUGH = 1e-4  # nats that a Newton step must promise


@dataclass(frozen=True, slots=True)
class Design:
    """Rows that the likelihood sees. dense: `[R, P]`; sparse: `[R, Q]`; Q may be 0."""

    evidence: Evidence
    dense: Doubles
    sparse: sparse.csr_array

    @property
    def size(self) -> int:
        """P + Q."""
        size: int = self.dense.shape[1] + self.sparse.shape[1]
        return size

    def seen(self, numbers: Doubles) -> Doubles:
        """`[E, R]` of numbers `[E, P + Q]`, or `[R]` of `[P + Q]`."""
        few = self.dense.shape[1]
        rows: Doubles = numbers[..., :few] @ self.dense.T
        if self.sparse.shape[1]:
            rows = rows + (self.sparse @ numbers[..., few:].T).T
        return rows

    def by_numbers(self, by_row: Doubles) -> Doubles:
        """The derivative `[P + Q]` by the numbers from the one by the rows."""
        return np.concatenate([self.dense.T @ by_row, self.sparse.T @ by_row])


@dataclass(frozen=True, slots=True)
class Mode:
    """The most probable numbers `[P + Q]` of a design, and the information there.

    evidence: log-probability of the answers, nats, the numbers integrated out.
    """

    numbers: Doubles
    information: Information
    evidence: float

    def draws(self, count: int, rng: np.random.Generator) -> Doubles:
        """`[E, P + Q]` from the posterior; their mean is its mean exactly, for E above 1."""
        if count == 1:
            return self.numbers[None].copy()
        noise = rng.standard_normal((count, len(self.numbers)))
        noise = (noise - noise.mean(0)) * np.sqrt(count / (count - 1))
        drawn: Doubles = self.numbers + self.information.spread(noise.T).T
        return drawn


class Information:
    """`H = I + X' K X` of numbers `[a | s]`, factorised: K is that of the rows, X the design."""

    def __init__(self, design: Design, rows: sparse.csr_array) -> None:
        self._few = design.dense.shape[1]
        many = int(design.sparse.shape[1])
        weighed = rows @ design.dense
        whole = design.dense.T @ weighed + np.eye(self._few)
        self._inner: _Inner | None = None
        self._across = np.zeros((0, self._few))
        self._cross = np.zeros((0, self._few))
        if many:
            within = design.sparse.T @ (rows @ design.sparse) + sparse.eye_array(many)
            self._inner = _Inner(within.tocsc())
            self._cross = np.asarray(design.sparse.T @ weighed)
            self._across = self._inner.solve(self._cross)
            whole = whole - self._cross.T @ self._across
        self._root: Doubles = cholesky(whole, lower=True)

    @property
    def log_determinant(self) -> float:
        """Of H."""
        inner = self._inner.log_determinant if self._inner else 0.0
        return inner + 2 * float(np.log(np.diag(self._root)).sum())

    def solve(self, slope: Doubles) -> Doubles:
        """`H^-1 slope`, `[P + Q]`."""
        few, many = slope[: self._few], slope[self._few :]
        if self._inner is None:
            solved: Doubles = cho_solve((self._root, True), few)
            return solved
        alone = self._inner.solve(many)
        first = cho_solve((self._root, True), few - self._cross.T @ alone)
        return np.concatenate([first, alone - self._across @ first])

    def spread(self, noise: Doubles) -> Doubles:
        """`[P + Q, E]` with covariance `H^-1` from standard normal noise of that shape."""
        first = solve_triangular(self._root.T, noise[: self._few])
        if self._inner is None:
            return np.asarray(first)
        rest = self._inner.spread(noise[self._few :]) - self._across @ first
        return np.concatenate([first, rest])

    def errors_of_few(self, columns: slice) -> Doubles:
        """Standard errors of some of `a`."""
        unit = np.eye(self._few)[:, columns]
        errors: Doubles = np.sqrt((solve_triangular(self._root, unit, lower=True) ** 2).sum(0))
        return errors


class _Inner:
    """A sparse positive matrix `[Q, Q]`, factorised without pivoting: `L D L'` up to order."""

    def __init__(self, matrix: sparse.csc_array) -> None:
        options = {"SymmetricMode": True}
        self._lu = splu(matrix, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
        self._upper = self._lu.U.tocsr()
        self._diagonal = self._upper.diagonal()

    @property
    def log_determinant(self) -> float:
        return float(np.log(self._diagonal).sum())

    def solve(self, right: Doubles) -> Doubles:
        solved: Doubles = self._lu.solve(np.ascontiguousarray(right))
        return solved

    def spread(self, noise: Doubles) -> Doubles:
        """`[Q, E]` of covariance matrix^-1: U is D L', so U^-1 D^1/2 has it."""
        scaled = np.sqrt(self._diagonal)[:, None] * noise
        drawn: Doubles = spsolve_triangular(self._upper, scaled, lower=False)
        ordered: Doubles = drawn[self._lu.perm_c]
        return ordered


def mode(design: Design, people: People, start: Doubles | None = None) -> Mode:
    """The most probable numbers by Newton's method.

    start: `[P + Q]` where to begin.
    """

    def density(numbers: Doubles) -> tuple[float, Doubles]:
        seen = design.seen(numbers)
        value, slope = utility_gradient(design.evidence, seen[None], people)
        by_numbers = design.by_numbers(slope[0]) - numbers
        return float(value[0] - 0.5 * numbers @ numbers), by_numbers

    def information(numbers: Doubles) -> Information:
        return Information(design, curvature(design.evidence, design.seen(numbers), people))

    first = np.zeros(design.size) if start is None else start
    numbers, value = climb(density, lambda at, slope: information(at).solve(slope), first, _ENOUGH)
    whole = information(numbers)
    return Mode(numbers, whole, value - 0.5 * whole.log_determinant)
