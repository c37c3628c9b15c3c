"""Each preset answers as docs/guide.md says: closed forms, or many draws against them.

A share of n draws is within 4 standard errors, sqrt(p (1 - p) / n), of its probability
but once in 16,000; with n = 4,000 that is .032 at most.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from assent.feedback import kind as kinds
from assent.feedback.simulated import PRESETS, SimulatedAnnotator, crowd, perceived
from assent.records import Query, Segment

DRAWS = 4000
WITHIN = 0.032
PAIR = Query(
    "q", "comparison", (Segment("a", 0, 1), Segment("b", 0, 1)), "", "", 1.0, options={"levels": 2}
)
THUMB = Query("q", "approval", (Segment("a", 0, 1),), "", "", 1.0)


def prefers_first(who: SimulatedAnnotator, worth: list[float], shown: tuple[int, int]) -> float:
    """How often the first segment is chosen."""
    rng = np.random.default_rng(0)
    kind = kinds.find("comparison")
    chosen = [kind.simulate(PAIR, np.array(worth), who, shown, rng) for _ in range(DRAWS)]
    return float(np.mean([answer["choice"] == "a:0:1" for answer in chosen]))


def expected(who: SimulatedAnnotator, gap: float, place: float) -> float:
    """The same in closed form: a lapse is even, else the logistic of gap and place."""
    looked = expit(who.sensitivity * gap + place * who.position)
    return float((1 - who.lapse) * looked + who.lapse / 2)


@pytest.mark.parametrize("name", ["sharp", "careless", "left_biased", "severe", "inverted"])
@pytest.mark.parametrize("gap", [0.0, 0.5, -1.0])
def test_choices_have_the_stated_probability(name: str, gap: float) -> None:
    who = PRESETS[name]
    found = prefers_first(who, [gap, 0.0], (0, 1))
    assert found == pytest.approx(expected(who, gap, +1), abs=WITHIN)


def test_the_table_of_the_guide_is_true() -> None:
    stated = {name: (p.sensitivity, p.lapse, p.position, p.severity) for name, p in PRESETS.items()}
    assert stated == {
        "sharp": (3.0, 0.02, 0.0, 0.0),
        "careless": (0.7, 0.25, 0.0, 0.0),
        "left_biased": (2.0, 0.02, 1.5, 0.0),
        "severe": (2.5, 0.02, 0.0, 2.0),
        "inverted": (-2.0, 0.02, 0.0, 0.0),
        "drifting": (3.0, 0.02, 0.0, 0.0),
        "taste": (3.0, 0.02, 0.0, 0.0),
        "minority": (3.0, 0.02, 0.0, 0.0),
        "foggy": (3.0, 0.02, 0.0, 0.0),
    }


def test_the_left_biased_favour_whichever_is_shown_first() -> None:
    who = PRESETS["left_biased"]
    first, second = (prefers_first(who, [0.0, 0.0], order) for order in ((0, 1), (1, 0)))
    # (1 - .02) sigma(1.5) + .01 = .811
    assert first == pytest.approx(0.811, abs=WITHIN)
    assert second == pytest.approx(1 - 0.811, abs=WITHIN)


def test_the_severe_approve_less() -> None:
    who, rng = PRESETS["severe"], np.random.default_rng(0)
    kind = kinds.find("approval")
    good = [kind.simulate(THUMB, np.zeros(1), who, (0,), rng)["level"] for _ in range(DRAWS)]
    assert np.mean(good) == pytest.approx(0.98 * expit(-2.0) + 0.01, abs=WITHIN)


def test_the_drifting_get_blinder_and_more_severe() -> None:
    start = PRESETS["drifting"]
    later = start.at(300)
    assert later.sensitivity == pytest.approx(3.0 * math.exp(-1.5))
    assert later.severity == pytest.approx(3.0)
    found = prefers_first(later, [1.0, 0.0], (0, 1))
    assert found == pytest.approx(expected(later, 1.0, +1), abs=WITHIN)
    assert found < expected(start, 1.0, +1) - 0.2


def test_the_foggy_see_worse_where_the_first_feature_is_large() -> None:
    who = PRESETS["foggy"].facing(2.0)
    assert who.sensitivity == pytest.approx(3.0 * math.exp(-1.4))
    found = prefers_first(who, [1.0, 0.0], (0, 1))
    assert found == pytest.approx(expected(who, 1.0, +1), abs=WITHIN)


def test_tastes_are_everybody_s_own_and_the_minority_s_is_shared() -> None:
    members = crowd("3 taste, 2 minority, 1 minority", np.random.default_rng(0), features=4)
    tastes = [member.taste for member in members]
    assert len(set(tastes[:3])) == 3
    assert len(set(tastes[3:])) == 1
    lengths = [np.linalg.norm(taste) for taste in tastes]
    assert lengths == pytest.approx([1, 1, 1, 1.5, 1.5, 1.5])


def test_a_minority_agrees_with_itself_more_than_with_the_others() -> None:
    """Worth and features are independent, of unit variance: two of the minority correlate
    by 1, one of them and a sharp one by 1 / sqrt(1 + 1.5 ** 2) = .555."""
    rng = np.random.default_rng(0)
    worth, features = rng.standard_normal(20_000), rng.standard_normal((20_000, 3))
    one, other, sharp = crowd("2 minority, 1 sharp", rng, features=3)
    seen = [perceived(who, worth, features) for who in (one, other, sharp)]
    found = np.atleast_2d(np.corrcoef(seen))
    assert found[0, 1] == pytest.approx(1.0)
    # The standard error of a correlation of .555 is (1 - .555 ** 2) / sqrt(20,000) = .005.
    assert found[0, 2] == pytest.approx(0.555, abs=0.02)


def test_a_minority_needs_features() -> None:
    with pytest.raises(Exception, match="'minority' needs segments with features"):
        crowd("1 minority", np.random.default_rng(0))


def test_individuals_of_a_kind_differ_by_a_sixth() -> None:
    members = crowd("4000 sharp", np.random.default_rng(0))
    logs = np.log([member.sensitivity / 3.0 for member in members])
    assert logs.std() == pytest.approx(0.15, abs=0.007)
    assert replace(members[0], name="sharp", sensitivity=3.0) == PRESETS["sharp"]
