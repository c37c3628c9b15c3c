import json

import pytest

from assent.errors import ConfigError
from assent.feedback.kind import find, shown_in
from assent.records import Grade, Order, Segment
from assent.sections import AskSection
from tests.feedback.queries import query


def test_every_built_in_kind_is_found_under_its_name() -> None:
    names = [
        "approval",
        "attributes",
        "comparison",
        "correction",
        "demonstration",
        "ranking",
        "rate_then_rank",
        "rating",
        "spans",
    ]
    assert [find(name).name for name in names] == names


def test_an_unknown_kind_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="approval, attributes, comparison, correction"):
        find("applause")


def test_sizes_follow_the_settings() -> None:
    ask = AskSection(ranking_size=5)
    names = ("approval", "comparison", "ranking", "rating", "rate_then_rank", "correction")
    sizes = {name: find(name).size(ask) for name in names}
    assert sizes == {
        "approval": 1,
        "comparison": 2,
        "ranking": 5,
        "rating": 1,
        "rate_then_rank": 5,
        "correction": 1,
    }


def test_a_form_is_plain_values() -> None:
    form = find("comparison").form(query("comparison", 2)).json()
    assert json.loads(json.dumps(form))["choices"][4]["answer"] == {"choice": "tie"}


def test_places_are_told_in_the_targets_own_numbers() -> None:
    three = query("ranking", 3)
    target = Grade((three.segments[2], three.segments[0]), 3, 5, "comparison")
    # On the screen: the third, the second, the first; the target knows not the second.
    assert shown_in(target, three, (2, 1, 0)) == (0, 1)


def test_what_stood_nowhere_has_no_places() -> None:
    one = query("correction", 1)
    target = Order((Segment("written", 0, 1), one.segments[0]), (0, 1))
    assert shown_in(target, one, (0,)) == ()
