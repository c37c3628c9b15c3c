from __future__ import annotations

import pytest

from assent.crowd import agreement, lines
from assent.records import Json


def person(name: str, flag: str = "", answers: int = 40, pairs: int = 12) -> Json:
    """Somebody as `standing.people` tells of them."""
    own = {"value": 0.8, "low": 0.5, "high": 0.9, "pairs": pairs, "why": ""}
    numbers = {"sensitivity": 0.9, "low": 0.7, "high": 1.1, "position": 0.1, "severity": 0.0}
    numbers |= {"position_low": -0.1, "position_high": 0.3, "lapse": 0.03}
    row = {"name": name, "answers": answers, "flag": flag, "standing": "expert"}
    return {**row, **numbers, "self_consistency": own, "agreement": own}


def test_who_stands_out_comes_first_and_the_rest_is_a_sentence() -> None:
    many = [person(f"w{n}", answers=n) for n in range(200)]
    many[7]["flag"] = "careless (97%): answers hardly depend on what is shown; " * 3
    told = lines(many)
    assert len(told) < 15
    assert told[1].startswith("w7 ")
    assert told[2].startswith("    careless (97%)")
    assert any(line.startswith("199 more, and nothing stands out") for line in told)
    assert sum(line.startswith("w") and line[1].isdigit() for line in lines(many, True)) == 200


@pytest.mark.parametrize("severity", [0.0, -18.25])
def test_lines_fit_into_80_columns(severity: float) -> None:
    ends = {"severity_low": severity - 3.8, "severity_high": severity + 3.8}
    flag = "severe (99%): rates lower than the others"
    many = [{**person("a" * 40, flag, 123456), "severity": severity, **ends}] * 30
    told = lines(many)
    assert max(map(len, told)) < 80
    assert ("severity" in told[0]) == (severity != 0)


def test_numbers_have_half_their_interval() -> None:
    assert "0.90 ±.20" in lines([person("a")])[1]


def test_what_rests_on_a_pair_or_two_is_not_shown() -> None:
    told = lines([person("a", pairs=2)])
    assert "with self" not in told[0]
    assert any("nothing tells carelessness" in line for line in told)


def test_who_was_never_fitted_is_said_to_be() -> None:
    assert lines([{"name": "new", "answers": 0}])[2].strip() == "not fitted yet"


def test_nobody_is_no_error() -> None:
    assert len(lines([])) == 1


def test_agreement_stands_under_what_it_is_of() -> None:
    some = {"value": 0.5, "low": 0.4, "high": 0.6, "items": 7, "why": ""}
    none = {**some, "value": None, "low": None, "high": None, "why": "all answers are the same"}
    told = agreement(
        [
            {"about": "approval", "statistic": "same answer", **some},
            {"about": "approval", "statistic": "Fleiss' kappa", **none},
        ]
    )
    assert told[0] == "agreement, approval: 7 questions with two answers or more"
    assert told[1].split() == ["same", "answer", "0.500", "(0.400", "to", "0.600)"]
    assert told[2].endswith("none: all answers are the same")
