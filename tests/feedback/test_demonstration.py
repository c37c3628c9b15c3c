import numpy as np
import pytest

from assent.errors import AnswerError
from assent.feedback.demonstration import Demonstration
from assent.testing import check_feedback_kind
from tests.feedback.queries import query

KIND = Demonstration()
ONE = query("demonstration", 1)


def test_the_contract() -> None:
    check_feedback_kind(KIND, ONE, np.random.default_rng(0))


def test_what_was_written_is_kept_as_it_was_written() -> None:
    assert KIND.check(ONE, {"text": " A line,\n\tand another. "}) == {
        "text": " A line,\n\tand another. "
    }


def test_nobody_compared_it_with_anything() -> None:
    assert KIND.targets(ONE, {"text": "A reply."}) == []


@pytest.mark.parametrize("text", [None, "", " ", 3, "\x07"])
def test_what_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(AnswerError, match="expected"):
        KIND.check(ONE, {"text": text})


def test_the_form_begins_with_nothing() -> None:
    form = KIND.form(ONE)
    assert (form.layout, form.text) == ("write", "")
