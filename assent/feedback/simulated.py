"""Annotators of known quality, for tests and for trying the loop without people.

They answer from the likelihood that the reward model fits: a cumulative logistic
link for levels, Plackett-Luce for orders, each mixed with a lapse. Sensitivity is
in units of the standard deviation of the pool's utilities: a simulated person
whose noise is in reward units is nearly perfect in one environment and nearly
blind in the next, only because rewards are counted differently there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from assent.errors import ConfigError, RecordError
from assent.records import Json

Doubles = npt.NDArray[np.float64]

_MAX_CROWD = 10_000
_MINORITY = 1.5  # standard deviations of worth: what they share outweighs what all share
# Beyond e^5 an annotator is a rock or a random number, and the exponent must not overflow.
_MAX_DRIFT = 5.0


@dataclass(frozen=True, slots=True)
class SimulatedAnnotator:
    """How one simulated annotator answers; the defaults are an attentive, fair one.

    sensitivity: logits per standard deviation of utility; negative is inverted.
    lapse: share of answers that are drawn uniformly from all answers.
    position: logits that the place shown first gains over the place shown last.
    severity: logits taken off every rating and approval.
    sensitivity_drift: change of log sensitivity per 100 answers.
    severity_drift: change of severity in logits per 100 answers.
    taste: weight of each standardised feature of a segment, in standard deviations.
    fog: log sensitivity that is lost per standard deviation of the first feature, averaged
        over what is shown: long texts or wild clips are judged worse than others.
    tie, much: thresholds of a comparison in logits: closer is a tie, further is much.
    spread: of the thresholds of a rating, in logits.
    """

    name: str
    sensitivity: float = 3.0
    lapse: float = 0.02
    position: float = 0.0
    severity: float = 0.0
    sensitivity_drift: float = 0.0
    severity_drift: float = 0.0
    taste: tuple[float, ...] = ()
    fog: float = 0.0
    tie: float = 0.6
    much: float = 2.5
    spread: float = 1.5

    def __post_init__(self) -> None:
        if not 0 <= self.lapse <= 1:
            raise ConfigError(f"annotator {self.name}: lapse {self.lapse} is outside 0 to 1")
        if not 0 <= self.tie <= self.much:
            raise ConfigError(f"annotator {self.name}: needs 0 <= tie <= much")

    def at(self, answered: int) -> SimulatedAnnotator:
        """This annotator after so many answers: the same one unless it drifts."""
        hundreds = answered / 100
        power = min(max(self.sensitivity_drift * hundreds, -_MAX_DRIFT), _MAX_DRIFT)
        return replace(
            self,
            sensitivity=self.sensitivity * math.exp(power),
            severity=self.severity + self.severity_drift * hundreds,
            sensitivity_drift=0.0,
            severity_drift=0.0,
        )

    def facing(self, feature: float) -> SimulatedAnnotator:
        """This annotator before options whose first feature is so many deviations off."""
        if self.fog == 0.0:
            return self
        power = min(max(-self.fog * feature, -_MAX_DRIFT), _MAX_DRIFT)
        return replace(self, sensitivity=self.sensitivity * math.exp(power))

    def comparison_thresholds(self, levels: int = 5) -> Doubles:
        """`[levels - 1]` logits between much worse, worse, tie, better and much better.

        levels: 3 has no much, 2 no tie either.
        """
        upper = {5: [self.tie, self.much], 3: [self.tie], 2: []}[levels]
        middle = [0.0] if levels == 2 else []
        return np.array([*(-t for t in reversed(upper)), *middle, *upper])

    def rating_thresholds(self, levels: int) -> Doubles:
        """`[levels - 1]` logits between the levels; a pool's levels are then used about equally."""
        level = np.arange(1, levels)
        thresholds: Doubles = self.spread * np.log(level / (levels - level))
        return thresholds

    def settings(self) -> Json:
        """The annotator as plain values, for `records.Annotator.settings`."""
        return {**asdict(self), "taste": list(self.taste)}


def from_settings(settings: Mapping[str, Any]) -> SimulatedAnnotator:
    """The annotator that `settings` described; ConfigError names what is unknown."""
    known = [field.name for field in fields(SimulatedAnnotator)]
    unknown = sorted(set(settings) - set(known))
    if unknown or "name" not in settings:
        raise ConfigError(
            f"a simulated annotator has {', '.join(known)}; found {', '.join(sorted(settings))}"
        )
    try:
        taste = tuple(float(weight) for weight in settings.get("taste", ()))
        numbers = {n: float(v) for n, v in settings.items() if n not in ("name", "taste")}
    except (TypeError, ValueError):
        raise ConfigError(
            f"annotator {settings['name']!r}: every setting but its name is a number, and taste a "
            "list of numbers; found something else"
        ) from None
    return SimulatedAnnotator(str(settings["name"]), taste=taste, **numbers)


def perceived(
    annotator: SimulatedAnnotator,
    utilities: npt.NDArray[np.floating[Any]],
    features: npt.NDArray[np.floating[Any]] | None = None,
) -> Doubles:
    """`[N]` what a pool is worth to an annotator, in standard deviations of the pool.

    utilities: `[N]` of the whole pool, in any unit; a constant pool is worth 0 throughout.
    features: `[N, D]` of the segments, for annotators with a taste.
    """
    if not np.isfinite(utilities).all():
        raise RecordError("a utility is not finite, so nobody can judge it; mend the true reward")
    worth = standardised(np.asarray(utilities, dtype=np.float64))
    if not annotator.taste:
        return worth
    width = 0 if features is None else features.shape[1]
    if features is None or width != len(annotator.taste):
        raise ConfigError(
            f"annotator {annotator.name} has a taste over {len(annotator.taste)} features; the "
            f"segments have {width}; make the crowd with features={width}"
        )
    liking: Doubles = standardised(np.asarray(features, dtype=np.float64)) @ annotator.taste
    return worth + liking


def standardised(columns: npt.NDArray[np.floating[Any]]) -> Doubles:
    """Mean 0 and standard deviation 1 along the first axis; constant columns become 0."""
    centred = columns - columns.mean(axis=0)
    deviation = centred.std(axis=0)
    # A constant column is left with rounding errors, which must not be blown up to unit size.
    constant = deviation <= 1e-12 * np.abs(columns).max(axis=0, initial=0.0)
    scaled: Doubles = np.where(constant, 0.0, centred / np.where(constant, 1.0, deviation))
    return scaled


def level_probabilities(logit: float, thresholds: Doubles) -> Doubles:
    """`[L]` chance of each level: P(level <= c) = sigmoid(threshold_c - logit)."""
    below = 0.5 * (1 + np.tanh(0.5 * (thresholds - logit)))  # a sigmoid that cannot overflow
    chance: Doubles = np.diff(below, prepend=0.0, append=1.0)
    return chance


def draw_level(logit: float, thresholds: Doubles, lapse: float, rng: np.random.Generator) -> int:
    """A level from the cumulative link, or with chance `lapse` any level."""
    levels = len(thresholds) + 1
    chance = (1 - lapse) * level_probabilities(logit, thresholds) + lapse / levels
    return int(np.searchsorted(np.cumsum(chance)[:-1], rng.random(), side="right"))


def draw_order(scores: Doubles, lapse: float, rng: np.random.Generator) -> list[int]:
    """Indices best first, from Plackett-Luce, or with chance `lapse` any permutation.

    Sorting scores plus Gumbel noise is a draw from Plackett-Luce (Yellott 1977).
    """
    # Both draws are always made, so that an answer takes the same share of the stream.
    noise, lapses = rng.gumbel(size=len(scores)), rng.random() < lapse
    return [int(index) for index in np.argsort(-(noise if lapses else scores + noise))]


def place_bonus(shown_order: Sequence[int], position: float) -> Doubles:
    """`[K]` logits each segment gains from its place: half `position` first to minus half last.

    With two options the first shown gains exactly `position` over the second.
    """
    places = len(shown_order)
    bonus = np.zeros(places)
    if places > 1:
        bonus[np.asarray(shown_order)] = position * np.linspace(0.5, -0.5, places)
    return bonus


PRESETS: Mapping[str, SimulatedAnnotator] = {
    preset.name: preset
    for preset in (
        SimulatedAnnotator("sharp"),
        SimulatedAnnotator("careless", sensitivity=0.7, lapse=0.25),
        SimulatedAnnotator("left_biased", sensitivity=2.0, position=1.5),
        SimulatedAnnotator("severe", sensitivity=2.5, severity=2.0),
        SimulatedAnnotator("inverted", sensitivity=-2.0),
        SimulatedAnnotator("drifting", sensitivity_drift=-0.5, severity_drift=1.0),
        SimulatedAnnotator("taste"),
        SimulatedAnnotator("minority"),
        SimulatedAnnotator("foggy", fog=0.7),
    )
}


def crowd(
    description: str, rng: np.random.Generator, features: int = 0
) -> list[SimulatedAnnotator]:
    """The annotators that a text like `5 sharp, 2 careless, 1 inverted` asks for.

    They are named `sharp-1`, `sharp-2`, ...; no two are quite alike: sensitivities
    of one kind differ by about a sixth. Every `taste` has a random taste of length 1 of its
    own; all of the `minority` share one, of length 1.5, so that they agree with one another
    more than with the others.
    features: how many features a segment has; needed for `taste` and `minority` alone.
    Raises ConfigError saying which part was not understood.
    """
    members: list[SimulatedAnnotator] = []
    numbers = dict.fromkeys(PRESETS, 0)
    shared: tuple[float, ...] = ()
    for count, preset in parts(description):
        if preset == "minority" and not shared:
            shared = _direction(preset, features, _MINORITY, rng)
        for _ in range(count):
            numbers[preset] += 1
            name = f"{preset}-{numbers[preset]}"
            members.append(_individual(PRESETS[preset], name, features, rng))
            if preset == "minority":
                members[-1] = replace(members[-1], taste=shared)
    return members


def parts(description: str) -> list[tuple[int, str]]:
    """How many of which preset a crowd's text names.

    Raises ConfigError saying which part was not understood.
    """
    read = []
    example = 'write for instance "5 sharp, 2 careless"'
    for part in description.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,6})\s+([a-z_]+)\s*", part)
        if match is None:
            raise ConfigError(f"crowd: {part.strip()[:60]!r} is not a number and a name; {example}")
        count, preset = int(match[1]), match[2]
        if preset not in PRESETS:
            raise ConfigError(
                f"crowd: no annotator called {preset[:60]!r}; there are: {', '.join(PRESETS)}"
            )
        read.append((count, preset))
    total = sum(count for count, _ in read)
    if not 1 <= total <= _MAX_CROWD:
        raise ConfigError(f"crowd: {total} annotators; 1 to {_MAX_CROWD} expected; {example}")
    return read


def _individual(
    preset: SimulatedAnnotator, name: str, features: int, rng: np.random.Generator
) -> SimulatedAnnotator:
    """One of a kind, a little different from the next."""
    sensitivity = preset.sensitivity * math.exp(0.15 * rng.standard_normal())
    taste = preset.taste
    if preset.name == "taste":
        taste = _direction(preset.name, features, 1.0, rng)
    return replace(preset, name=name, sensitivity=sensitivity, taste=taste)


def _direction(
    preset: str, features: int, length: float, rng: np.random.Generator
) -> tuple[float, ...]:
    """A random taste of this length, in standard deviations of worth."""
    if features < 1:
        raise ConfigError(f"crowd: {preset!r} needs segments with features; leave it out here")
    direction = rng.standard_normal(features)
    return tuple(float(weight) for weight in length * direction / np.linalg.norm(direction))
