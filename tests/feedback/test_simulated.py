import json
import math

import numpy as np
import pytest

from assent.errors import ConfigError, RecordError
from assent.feedback.simulated import (
    PRESETS,
    SimulatedAnnotator,
    crowd,
    draw_level,
    draw_order,
    from_settings,
    level_probabilities,
    perceived,
    place_bonus,
)


def test_levels_have_the_chances_of_the_logistic_link() -> None:
    # sigmoid(-log 3) = 1/4 and sigmoid(log 3) = 3/4.
    thresholds = np.array([-math.log(3), math.log(3)])
    np.testing.assert_allclose(level_probabilities(0.0, thresholds), [0.25, 0.5, 0.25])


@pytest.mark.parametrize("logit", [-1e6, 1e6])
def test_an_extreme_utility_makes_no_overflow(logit: float) -> None:
    chance = level_probabilities(logit, np.array([-1.0, 1.0]))
    np.testing.assert_array_equal(chance, [1, 0, 0] if logit < 0 else [0, 0, 1])


def test_a_lapse_is_uniform_over_all_levels() -> None:
    rng = np.random.default_rng(0)
    levels = [draw_level(1e6, np.array([-1.0, 0.0, 1.0]), 1.0, rng) for _ in range(8000)]
    # Chi-square with 3 degrees of freedom exceeds 16.27 once in a thousand.
    assert ((np.bincount(levels) - 2000.0) ** 2 / 2000).sum() < 16.27


def test_a_lapse_is_uniform_over_all_orders() -> None:
    rng = np.random.default_rng(0)
    scores = np.array([50.0, 0.0, -50.0])
    orders = [tuple(draw_order(scores, 1.0, rng)) for _ in range(6000)]
    counts = np.array([orders.count(order) for order in sorted(set(orders))], dtype=float)
    # Chi-square with 5 degrees of freedom exceeds 20.52 once in a thousand.
    assert len(counts) == 6
    assert ((counts - 1000) ** 2 / 1000).sum() < 20.52


def test_the_place_bonus_falls_evenly_from_the_first_place_to_the_last() -> None:
    np.testing.assert_allclose(place_bonus((2, 0, 1), 2.0), [0.0, -1.0, 1.0])


def test_of_two_the_first_shown_gains_the_whole_position_bias() -> None:
    bonus = place_bonus((1, 0), 0.7)
    assert bonus[1] - bonus[0] == pytest.approx(0.7)


def test_one_option_alone_has_no_place() -> None:
    np.testing.assert_array_equal(place_bonus((0,), 5.0), [0.0])


def test_what_annotators_see_does_not_depend_on_the_unit_of_reward() -> None:
    annotator = SimulatedAnnotator("k")
    utilities = np.array([1.0, 2.0, 4.0])
    seen = perceived(annotator, utilities)
    np.testing.assert_allclose(perceived(annotator, 1000 * utilities - 7), seen)
    assert seen.std() == pytest.approx(1.0)


def test_a_pool_of_equals_is_worth_nothing_to_anybody() -> None:
    np.testing.assert_array_equal(perceived(SimulatedAnnotator("k"), np.full(3, 0.1)), np.zeros(3))


def test_a_taste_is_added_over_standardised_features() -> None:
    annotator = SimulatedAnnotator("k", taste=(0.5, 0.0))
    features = np.array([[10.0, 1.0], [30.0, 1.0]])
    np.testing.assert_allclose(perceived(annotator, np.array([0.0, 1.0]), features), [-1.5, 1.5])


def test_a_taste_for_features_that_are_not_there_is_an_error() -> None:
    annotator = SimulatedAnnotator("k", taste=(0.5, 0.0))
    with pytest.raises(ConfigError, match="make the crowd with features=3"):
        perceived(annotator, np.zeros(2), np.zeros((2, 3)))


def test_a_utility_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(RecordError, match="not finite"):
        perceived(SimulatedAnnotator("k"), np.array([0.0, np.nan]))


def test_a_drifting_annotator_loses_sensitivity_and_gains_severity() -> None:
    start = SimulatedAnnotator("k", sensitivity=3.0, sensitivity_drift=-0.5, severity_drift=1.0)
    later = start.at(200)
    assert [later.sensitivity, later.severity] == pytest.approx([3 * math.exp(-1), 2.0])


def test_fog_lowers_sensitivity_where_the_first_feature_is_large() -> None:
    foggy = SimulatedAnnotator("k", sensitivity=3.0, fog=0.5)
    found = [foggy.facing(feature).sensitivity for feature in (-1.0, 0.0, 2.0)]
    assert found == pytest.approx([3 * math.exp(0.5), 3.0, 3 * math.exp(-1)])


def test_an_annotator_without_drift_stays_the_same() -> None:
    assert PRESETS["sharp"].at(10_000) == PRESETS["sharp"]


def test_a_drift_over_a_lifetime_does_not_overflow() -> None:
    busy = SimulatedAnnotator("k", sensitivity=1.0, sensitivity_drift=1.0).at(10**9)
    assert busy.sensitivity == pytest.approx(math.exp(5))


def test_rating_thresholds_of_two_levels_are_the_middle() -> None:
    np.testing.assert_array_equal(SimulatedAnnotator("k").rating_thresholds(2), [0.0])


def test_an_annotator_survives_being_stored() -> None:
    annotator = SimulatedAnnotator("k", lapse=0.5, taste=(1.0, 2.0))
    assert from_settings(json.loads(json.dumps(annotator.settings()))) == annotator


@pytest.mark.parametrize(
    "settings", [{}, {"name": "k", "charm": 1.0}, {"name": "k", "lapse": "often"}]
)
def test_settings_of_no_annotator_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        from_settings(settings)


def test_a_lapse_above_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="outside 0 to 1"):
        SimulatedAnnotator("k", lapse=1.5)


def test_a_crowd_is_read_from_a_line_of_text() -> None:
    members = crowd("2 sharp, 1 inverted,1 careless", np.random.default_rng(0))
    assert [member.name for member in members] == ["sharp-1", "sharp-2", "inverted-1", "careless-1"]


def test_the_same_kind_named_twice_goes_on_counting() -> None:
    members = crowd("1 sharp, 1 sharp", np.random.default_rng(0))
    assert [member.name for member in members] == ["sharp-1", "sharp-2"]


def test_members_of_a_crowd_differ_and_keep_their_sign() -> None:
    members = crowd("5 inverted", np.random.default_rng(0))
    sensitivities = {member.sensitivity for member in members}
    assert len(sensitivities) == 5
    assert max(sensitivities) < 0


def test_a_taste_has_length_one() -> None:
    member = crowd("1 taste", np.random.default_rng(0), features=4)[0]
    assert np.linalg.norm(member.taste) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        ("", "is not a number and a name"),
        ("sharp", "is not a number and a name"),
        ("5 sharp careless", "is not a number and a name"),
        ("5 sharp,", "is not a number and a name"),
        ("-1 sharp", "is not a number and a name"),
        ("5 wise", "there are: sharp, careless"),
        ("0 sharp", "0 annotators"),
        ("999999 sharp", "999999 annotators"),
        ("1 taste", "needs segments with features"),
    ],
)
def test_a_crowd_that_cannot_be_read_is_explained(description: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        crowd(description, np.random.default_rng(0))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_asked_for(name: str) -> None:
    assert len(crowd(f"1 {name}", np.random.default_rng(0), features=2)) == 1
