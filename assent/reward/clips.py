"""From the steps of a clip to features on which a reward is linear. NumPy only.

A clip's features are sums over its steps (a reward per step, the partial return), and what its
last observation has more than its first (a value of states: people judge where a clip leads to,
as regret does; Knox et al. 2022, arXiv 2206.02231). Of a step there are its standardised
numbers and, with a `width`, a normal kernel about steps that were seen (Nystroem's
approximation): where there are few different steps and the width is small, nearly a number for
each of them; with a large one, smooth bends. Actions that are few whole numbers are taken as
names: one column for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assent.likelihood.evidence import Doubles, Integers

WIDTHS = (0.0, 0.1, 0.3, 1.0)  # of the kernel, times the root of the columns' number; 0: none
_LANDMARKS, _ENDS = 300, 100  # steps, and observations, that kernels stand about
_NAMES = 12  # different whole numbers up to which actions are names
_FAR = 5.0  # standard deviations; further out nothing was judged
_JITTER = 1e-6
_STEPS = 20_000  # that landmarks are chosen from and units are measured on
Clip = tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]  # observations, actions


@dataclass(frozen=True, slots=True)
class Kernel:
    """About landmarks `[M, D]`; root: `[M, M]`, so that features' products are the kernel."""

    landmarks: Doubles
    root: Doubles
    width: float

    def features(self, rows: Doubles) -> Doubles:
        """`[n, M]` of rows `[n, D]`."""
        found: Doubles = _near(rows, self.landmarks, self.width) @ self.root
        return found


@dataclass(frozen=True, slots=True)
class ClipMap:
    """What the features are measured by.

    centre, deviation: of a step's plain numbers, observations first. seen: how many those are.
    names: the different values of each action that is a name; empty for the others.
    steps, ends: kernels, or none.
    """

    centre: Doubles
    deviation: Doubles
    seen: int
    names: tuple[tuple[float, ...], ...]
    steps: tuple[Kernel, ...]
    ends: tuple[Kernel, ...]

    def features(self, clips: Sequence[Clip]) -> Doubles:
        """`[N, F]` of clips: observations `[T or T + 1, O]` and actions `[T, A]`."""
        rows, ends, owner = self._rows(clips)
        found = [rows, np.ones((len(rows), 1))]
        found += [kernel.features(rows) for kernel in self.steps]
        whole = np.hstack(found)
        total = np.zeros((len(clips), whole.shape[1]))
        np.add.at(total, owner, whole)
        between = [ends[1] - ends[0]]
        between += [kernel.features(ends[1]) - kernel.features(ends[0]) for kernel in self.ends]
        return np.hstack([total, *between])

    def _rows(self, clips: Sequence[Clip]) -> tuple[Doubles, Doubles, Integers]:
        """All steps `[n, D]`, the ends `[2, N, O]`, and the clip of each step."""
        steps, owner = [], []
        for clip, (seen, done) in enumerate(clips):
            steps.append(np.hstack([seen[: len(done)], done]))
            owner.append(np.full(len(done), clip))
        first = np.stack([seen[0] for seen, _ in clips])
        last = np.stack([seen[-1] for seen, _ in clips])
        unit = self.centre[: self.seen], self.deviation[: self.seen]
        ends = np.stack([_bounded(first, *unit), _bounded(last, *unit)])
        return self._encoded(np.vstack(steps)), ends, np.concatenate(owner)

    def _encoded(self, steps: Doubles) -> Doubles:
        """Standardised numbers `[n, D]`, and a column for each name."""
        plain = np.ones(steps.shape[1], bool)
        columns = []
        for action, values in enumerate(self.names, self.seen):
            if values:
                plain[action] = False
                columns.append(steps[:, [action]] == np.array(values))
        standard = _bounded(steps, self.centre, self.deviation)[:, plain]
        return np.hstack([standard, *columns]).astype(np.float64)


def clip_map(clips: Sequence[Clip], width: float, rng: np.random.Generator) -> ClipMap:
    """A map in the units of these clips; the more often a step is met, the likelier a landmark."""
    steps = np.vstack([np.hstack([seen[: len(done)], done]) for seen, done in clips])
    chosen = np.sort(rng.permutation(len(steps))[:_STEPS])
    steps = steps[chosen].astype(np.float64)
    seen = clips[0][0].shape[1]
    spread = steps.std(0)
    deviation = np.where(spread > 1e-6, spread, 1.0)
    names = tuple(_names(column) for column in steps[:, seen:].T)
    plain = ClipMap(steps.mean(0), deviation, seen, names, (), ())
    if width == 0:
        return plain
    rows = plain._encoded(steps)
    ends = _bounded(steps[:, :seen], plain.centre[:seen], plain.deviation[:seen])
    return ClipMap(
        plain.centre,
        plain.deviation,
        seen,
        names,
        (_kernel(rows, width, _LANDMARKS, rng),),
        (_kernel(ends, width, _ENDS, rng),),
    )


def _kernel(rows: Doubles, width: float, most: int, rng: np.random.Generator) -> Kernel:
    different = np.unique(rows, axis=0)
    landmarks = different[np.sort(rng.permutation(len(different))[:most])]
    reach = width * float(np.sqrt(rows.shape[1]))
    values, vectors = np.linalg.eigh(_near(landmarks, landmarks, reach))
    # Landmarks that are nearly the same would be told apart by rounding alone.
    return Kernel(landmarks, vectors / np.sqrt(np.maximum(values, _JITTER)), reach)


def _near(rows: Doubles, landmarks: Doubles, width: float) -> Doubles:
    square = (rows**2).sum(1)[:, None] + (landmarks**2).sum(1) - 2 * rows @ landmarks.T
    near: Doubles = np.exp(-0.5 * np.maximum(square, 0) / width**2)
    return near


def _names(column: Doubles) -> tuple[float, ...]:
    values = np.unique(column)
    named = len(values) <= _NAMES and (values == np.round(values)).all()
    return tuple(float(v) for v in values) if named else ()


def _bounded(rows: Doubles, centre: Doubles, deviation: Doubles) -> Doubles:
    bounded: Doubles = ((rows - centre) / deviation).clip(-_FAR, _FAR)
    return bounded
