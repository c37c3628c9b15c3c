"""What sways people about a text without being a part of its worth: its length, its format.

Each covariate is a number of a text; the likelihood takes them in standard deviations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from assent.errors import RecordError
from assent.likelihood.evidence import Doubles

_LIST = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s", re.MULTILINE)
_HEADING = re.compile(r"^\s*#{1,6}\s", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_FENCE = re.compile(r"^\s*```", re.MULTILINE)
# Exclamation marks, and the blocks in which Unicode has most of its emoji.
_LOUD = re.compile("[!\u2600-\u27bf\U0001f300-\U0001faff]")


def _logged(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda text: math.log1p(len(pattern.findall(text)))


KINDS: dict[str, dict[str, Callable[[str], float]]] = {
    "length": {"log words": lambda text: math.log1p(len(text.split()))},
    "format": {
        "log list lines": _logged(_LIST),
        "log headings": _logged(_HEADING),
        "log bold": _logged(_BOLD),
        "log code fences": _logged(_FENCE),
        "log exclamations": _logged(_LOUD),
    },
}


def of_texts(texts: Sequence[str], kinds: Sequence[str]) -> tuple[tuple[str, ...], Doubles]:
    """Names of the covariates of these kinds, and their values `[N, C]`.

    Counts are logarithms of one more: the second exclamation mark tells less than the first.
    Raises RecordError naming a kind that there is not.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise RecordError(f"covariates {unknown} of a text; there are {', '.join(KINDS)}")
    chosen = {name: count for kind in kinds for name, count in KINDS[kind].items()}
    values = [[count(text) for count in chosen.values()] for text in texts]
    return tuple(chosen), np.array(values, np.float64).reshape(len(texts), len(chosen))
