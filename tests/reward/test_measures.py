from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from assent.likelihood.people import typical
from assent.reward.measures import (
    Decisions,
    agreement,
    calibration,
    decisions,
    held_out,
    noise_ceiling,
    undecided,
)
from tests.likelihood.crowd import compiled, grade, mixed, order
from tests.likelihood.test_joint import UTILITIES, certain


def test_agreement_counts_ties_half() -> None:
    # 0 above 1: right; 1 above 2: wrong; a tie: half; equal utilities: half
    judgements = [grade([0, 1], 4), grade([1, 2], 3), grade([0, 2], 2), grade([3, 3 + 1], 4)]
    utilities = np.array([1.0, -1.0, 2.0, 0.5, 0.5, 0.0])
    found = agreement("x", compiled(judgements), utilities)
    assert found == {"x": pytest.approx((1 + 0 + 0.5 + 0.5) / 4)}


def test_a_ranking_of_three_is_three_decisions() -> None:
    # utilities: 2 > 0 > 1; the answer says 0 > 2 > 1
    found = agreement("x", compiled([order([0, 2, 1], [0, 1, 2])]), UTILITIES)
    assert found == {"x": pytest.approx(2 / 3)}


def test_ratings_agree_where_their_order_does() -> None:
    judgements = [grade([0], 3, 5), grade([1], 0, 5), grade([2], 2, 5)]
    found = agreement("x", compiled(judgements), UTILITIES)
    assert found == {"x": 1.0}


def test_a_decision_is_predicted_with_its_annotator_s_parameters() -> None:
    evidence = compiled([grade([0, 1], 3, 2 + 3)], people=("a",))
    people = replace(certain(evidence), sensitivity=np.array([-1.0]))
    up, down = expit(-1.5 - people.thresholds[0][2]), expit(people.thresholds[0][1] + 1.5)
    found = decisions(evidence, UTILITIES[None], people)
    assert found.probability == pytest.approx([up / (up + down)])
    assert found.outcome.tolist() == [1]


def test_a_ranked_pair_is_seen_from_the_item_with_the_lower_number() -> None:
    evidence = compiled([order([1, 0], [0, 1])])
    found = decisions(evidence, UTILITIES[None], certain(evidence))
    assert found.probability == pytest.approx([expit(1.5)])
    assert found.outcome.tolist() == [0]


def test_calibration_bins_have_equal_mass() -> None:
    found = Decisions(np.linspace(0, 1, 30), (np.arange(30) % 2).astype(float))
    assert [row["count"] for row in calibration(found)] == [2.0] * 15


def test_two_who_agree_on_three_of_four_pairs_put_the_ceiling_where_the_formula_does() -> None:
    judgements = []
    for item in range(4):
        judgements.append(grade([0, item + 1], 4, who="a"))
        judgements.append(grade([0, item + 1], 4 if item else 0, who="b"))
    evidence = compiled(judgements, people=("a", "b"))
    found = noise_ceiling(evidence, least=4)
    assert found["reward/annotator_agreement"] == 0.75
    assert found["reward/noise_ceiling"] == pytest.approx((1 + math.sqrt(0.5)) / 2)


def test_the_same_pair_the_other_way_round_is_the_same_pair() -> None:
    judgements = [grade([0, 1], 4, who="a"), grade([1, 0], 0, who="b")]
    evidence = compiled(judgements, people=("a", "b"))
    assert noise_ceiling(evidence, least=1)["reward/annotator_agreement"] == 1


def test_an_annotator_asked_twice_is_no_second_opinion() -> None:
    judgements = [grade([0, 1], 4, who="a"), grade([0, 1], 4, who="a"), grade([0, 1], 0, who="b")]
    evidence = compiled(judgements, people=("a", "b"))
    assert noise_ceiling(evidence, least=1)["reward/annotator_agreement"] == 0


def test_each_answer_of_strangers_is_somebody_else_s() -> None:
    evidence = compiled([grade([0, 1], 4), grade([0, 1], 4), grade([1, 0], 4)])
    assert noise_ceiling(evidence, least=1) == {}
    told = noise_ceiling(evidence, least=1, strangers=(0,))
    assert told["reward/annotator_agreement"] == pytest.approx(1 / 3)


def test_without_a_second_opinion_there_is_no_ceiling() -> None:
    assert noise_ceiling(compiled([grade([0, 1], 4)])) == {}


def test_nothing_held_out_measures_nothing() -> None:
    evidence = mixed()
    assert held_out(evidence.take([]), UTILITIES[None], typical(evidence)) == ({}, [])


def test_every_kind_of_answer_can_be_measured() -> None:
    evidence = mixed()
    metrics, rows = held_out(evidence, np.stack([UTILITIES, -UTILITIES]), typical(evidence))
    assert np.isfinite(list(metrics.values())).all()
    assert 0 <= metrics["reward/calibration_error"] <= 1
    assert len(rows) == 15


def test_only_ties_decide_nothing() -> None:
    assert undecided(compiled([grade([0, 1], 2), order([0, 1], [0, 0])]))
    assert not undecided(compiled([grade([0, 1], 2), grade([0, 1], 3)]))
