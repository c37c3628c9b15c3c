from __future__ import annotations

import math

import pytest

from assent.errors import RecordError
from assent.reward.covariates import of_texts


def test_length_is_the_logarithm_of_words() -> None:
    names, values = of_texts(["two words", ""], ["length"])
    assert names == ("log words",)
    assert values[:, 0] == pytest.approx([math.log(3), 0.0])


def test_formatting_is_counted() -> None:
    text = "# Head\n- one\n2. two\n**bold** and !\n```\ncode\n```\n"
    names, values = of_texts([text, "plain"], ["format"])
    counts = dict(zip(names, [math.expm1(v) for v in values[0]], strict=True))
    expected = {
        "log list lines": 2,
        "log headings": 1,
        "log bold": 1,
        "log code fences": 2,
        "log exclamations": 1,
    }
    assert counts == pytest.approx(expected)
    assert values[1].tolist() == [0.0] * 5


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(RecordError, match="tone"):
        of_texts(["x"], ["tone"])
