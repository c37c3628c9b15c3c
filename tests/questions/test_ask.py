from collections import Counter

import numpy as np
import pytest

from assent.errors import ConfigError, QueryError
from assent.questions import information
from assent.questions.ask import choose, counts, with_originals
from assent.questions.pool import Pool
from assent.records import Query, Segment
from assent.sections import AskSection

POOL = Pool(tuple(Segment(f"t{n}", 0, 5) for n in range(40)), ("a",) * 40)
POSTERIOR = np.random.default_rng(0).standard_normal((5, 40))


def asked(ask: AskSection, seed: int = 0) -> list[Query]:
    return choose(POOL, POSTERIOR, ask, information.choose, 3, np.random.default_rng(seed))


def test_shares_of_kinds_add_up_to_the_number_of_questions() -> None:
    # 10 * (3, 3, 1) / 7 = 4.29, 4.29, 1.43: the largest remainder is the last.
    assert counts({"comparison": 3, "rating": 3, "approval": 1}, 10) == {
        "comparison": 4,
        "rating": 4,
        "approval": 2,
    }


def test_each_kind_gets_its_questions_with_its_own_number_of_segments() -> None:
    ask = AskSection(questions=20, kinds={"comparison": 2, "ranking": 1, "rating": 1})
    shapes = Counter((query.kind, len(query.segments)) for query in asked(ask))
    assert shapes == {("comparison", 2): 10, ("ranking", 4): 5, ("rating", 1): 5}


def test_a_question_carries_what_it_needs() -> None:
    ask = AskSection(
        questions=1, kinds={"rating": 1}, text="How calm?", answers_wanted=3, rating_levels=7
    )
    query = asked(ask)[0]
    assert (query.question, query.answers_wanted, query.round, query.options, query.purpose) == (
        "How calm?",
        3,
        3,
        {"levels": 7},
        "normal",
    )


def test_without_a_text_each_kind_asks_its_own_question() -> None:
    ask = AskSection(questions=2, kinds={"rating": 1, "comparison": 1})
    assert {query.kind: query.question for query in asked(ask)} == {
        "rating": "How good is this?",
        "comparison": "Which is better?",
    }


def test_a_kind_may_have_words_of_its_own_beside_those_for_all() -> None:
    ask = AskSection(
        questions=3,
        kinds={"rating": 1, "comparison": 1, "approval": 1},
        texts={"rating": "How tall?"},
        text="Is it?",
    )
    said = {query.kind: query.question for query in asked(ask)}
    assert said == {"rating": "How tall?", "comparison": "Is it?", "approval": "Is it?"}


def test_a_correction_carries_the_text_that_is_shown() -> None:
    queries = asked(AskSection(questions=2, kinds={"correction": 1, "rating": 1}))
    texts = {query.segments[0].key: f"reply of {query.kind}" for query in queries}
    found = {query.kind: query.options for query in with_originals(queries, texts)}
    assert found == {"correction": {"original": "reply of correction"}, "rating": {"levels": 5}}


def test_what_has_no_words_cannot_be_corrected() -> None:
    queries = asked(AskSection(questions=1, kinds={"correction": 1}))
    with pytest.raises(QueryError, match="use a text project"):
        with_originals(queries, {})


def test_repeats_come_last_and_name_the_question_they_mirror() -> None:
    queries = asked(AskSection(questions=20, repeat_share=0.2))
    originals = {query.id: query for query in queries[:20]}
    again = queries[20:]
    assert len(again) == 4
    assert {query.purpose for query in again} == {"repeat"}
    assert all(query.segments == originals[query.options["mirror_of"]].segments for query in again)


def test_no_question_is_repeated_twice() -> None:
    queries = asked(AskSection(questions=20, repeat_share=1.0))
    assert len({query.options["mirror_of"] for query in queries[20:]}) == 20


def test_ids_sort_in_the_order_of_the_list() -> None:
    ids = [query.id for query in asked(AskSection(questions=50, repeat_share=0.2))]
    assert ids == sorted(set(ids))


def test_the_same_generator_asks_the_same_questions() -> None:
    ask = AskSection(questions=20, repeat_share=0.2)
    one, other = (
        [(q.kind, q.segments, q.strategy, q.selection_probability) for q in asked(ask, seed=4)]
        for _ in range(2)
    )
    assert one == other


def test_the_control_arm_is_there_at_its_share() -> None:
    strategies = Counter(q.strategy for q in asked(AskSection(questions=40, random_share=0.25)))
    assert strategies == {"information": 30, "uniform": 10}


def test_a_pool_too_small_asks_fewer() -> None:
    three = Pool(POOL.segments[:3], POOL.groups[:3])
    queries = choose(
        three,
        POSTERIOR[:, :3],
        AskSection(questions=20),
        information.choose,
        0,
        np.random.default_rng(0),
    )
    assert len(queries) == 3


def test_a_kind_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no feedback called 'applause'"):
        asked(AskSection(kinds={"applause": 1}))
    with pytest.raises(ConfigError, match="applause"):
        asked(AskSection(texts={"applause": "Clap?"}))
