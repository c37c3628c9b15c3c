"""What the crowd is like: the priors that every annotator and item is shrunk to.

They start as the literature has them and are learnt from the answers (empirical Bayes):
a crowd that hardly differs is pooled, a crowd that differs is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Priors:
    """Means and standard deviations over annotators; see `People` for the units.

    Normal: sensitivity N(sensitivity, sensitivity_sd), position N(0, position_sd), severity
    N(0, severity_sd), log stretch N(0, stretch_sd), log temperature N(0, temperature_sd),
    utilities N(0, utility_sd). Lapse is Beta(lapse_a, lapse_b). Thresholds: N(0, 3) for the
    lowest and N(usual, 1) for the logs of the gaps.
    """

    sensitivity: float = 1.0
    sensitivity_sd: float = 0.7
    position_sd: float = 0.3
    severity_sd: float = 1.0
    stretch_sd: float = 0.3
    lapse_a: float = 1.0
    lapse_b: float = 19.0
    temperature_sd: float = 0.5
    utility_sd: float = 2.0


USUAL = Priors()
