"""What the reward model sees of behaviour, and what sways people about it besides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from assent.likelihood.evidence import Doubles


@dataclass(frozen=True, slots=True)
class Described:
    """N pieces of behaviour.

    features: `[N, H, D]`. mask: `[N, H]`, False on padding. covariates: by name, `[N]` each, in
    any unit: they are in what people answer and stay out of the reward.
    """

    features: Tensor
    mask: Tensor
    covariates: tuple[tuple[str, Doubles], ...] = ()

    def only(self, names: tuple[str, ...]) -> Described:
        """With those of the covariates alone."""
        return replace(self, covariates=tuple(c for c in self.covariates if c[0] in names))
