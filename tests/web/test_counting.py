"""Counts that are brought up to date event by event equal those of a count from nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assent import desk, hearing
from assent.feedback import kind as kinds
from assent.feedback import quality, tables
from assent.hearing import Heard
from assent.records import Annotator, Feedback, Grade, Json, Query, Segment, new_id
from assent.store.database import SQLITE_NAME
from assent.store.store import Store, open_store
from assent.web.owner import agreement, disputes, tallies
from assent.web.owner.cost import Work
from assent.web.owner.counting import Counted, Counting
from assent.web.owner.golds import GoldOut
from tests.store.made import NOW

PEOPLE = ("ada", "bo", "cy")
PAIR = (Segment("a", 0, 1), Segment("b", 0, 1))
THREE = (*PAIR, Segment("c", 0, 1))
RATED: Json = {"levels": 5}
KNOWN: Json = {"gold": {"level": 2}}
SKIP: Json = {"skip": "cannot_tell"}
CHOICES: list[Json] = [
    {"choice": "a:0:1"},
    {"choice": "b:0:1", "strength": "much"},
    {"choice": "tie"},
    {"choice": "both_bad"},
]
LEVELS: list[Json] = [{"level": 0}, {"level": 2}, {"level": 4}]
ORDERS: list[Json] = [
    {"ranking": [["a:0:1"], ["b:0:1"], ["c:0:1"]]},
    {"ranking": [["c:0:1"], ["a:0:1", "b:0:1"]]},
    {"ranking": [["a:0:1", "b:0:1", "c:0:1"]]},
]
TEXTS: list[Json] = [{"text": "as it was"}, {"text": "better"}, {"text": "worse"}]


def asked(id: str, kind: str, segments: tuple[Segment, ...], **changes: Any) -> Query:
    made = Query(id, kind, segments, "?", "uniform", 1.0, answers_wanted=3, round=1)
    return replace(made, **changes)


# A pair, the same pair the other way round in another round, and known questions among them.
QUESTIONS: list[tuple[Query, list[Json]]] = [
    (asked("pair", "comparison", PAIR, options={"both_bad": "disapproved"}), CHOICES),
    (asked("again", "comparison", PAIR[::-1], purpose="repeat", round=2), CHOICES),
    (asked("known", "rating", PAIR[:1], purpose="gold", options=RATED | KNOWN), LEVELS),
    (asked("rated", "rating", PAIR[1:], round=2, options=RATED), LEVELS),
    (asked("ordered", "ranking", THREE), ORDERS),
    (asked("reordered", "ranking", THREE[::-1]), ORDERS),
    (asked("written", "correction", PAIR[:1], options={"original": "as it was"}), TEXTS),
]

# Who, about which question, and what: an answer, a verdict, taking back, being forgotten.
Deed = tuple[str, int, int, str]
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.integers(0, len(QUESTIONS) - 1),
        st.integers(0, 4),
        st.sampled_from(["answer"] * 12 + ["undo"] * 4 + ["verdict"] * 2 + ["erase"]),
    ),
    min_size=15,
    max_size=40,
)


@contextmanager
def opened(template: Path) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(template, Path(name) / SQLITE_NAME)
        with open_store(Path(name)) as store:
            store.people.add_all([Annotator(who, who) for who in PEOPLE])
            store.questions.add([query for query, _ in QUESTIONS], {})
            yield store


def do(store: Store, deed: Deed, now: float) -> None:
    who, number, which, verb = deed
    query, answers = QUESTIONS[number]
    answer = [*answers, SKIP][which % (len(answers) + 1)]
    standing = store.answers.standing(query.id, who)
    if verb == "erase":
        store.people.erase(who, now)
    elif verb == "verdict" and "skip" not in answer:
        desk.verdict(store, query.id, answer, "", now)
    elif verb == "undo" and standing is not None:
        desk.undo(store, who, standing.id, new_id(), now)
    elif verb == "answer":
        timings = {"read": 1000.0 * which, "decide": 500.0} if which else {"idle": 3.0}
        checked = kinds.find(query.kind).check(query, answer)
        order = tuple(range(len(query.segments)))
        event = Feedback(new_id(now), query.id, who, checked, order, now, timings)
        store.answers.add(event, None, None, event.id, now)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_a_count_brought_up_to_date_is_one_from_nothing(
    sqlite_template: Path, deeds: list[Deed]
) -> None:
    with pytest.MonkeyPatch.context() as patch, opened(sqlite_template) as store:
        patch.setattr(disputes, "LEAST", 2)
        every, seldom = Counting(store), Counting(store)
        for place, deed in enumerate(deeds):
            do(store, deed, NOW + 100 * place)
            up_to_date(every, store)
            assert_alike(every.told(), anew(store))
            if place % 7 == 3:
                up_to_date(seldom, store)
        up_to_date(seldom, store)
        assert seldom.told() == every.told()


@pytest.mark.parametrize("piece", [1, 2, 1000])
def test_how_much_is_counted_at_a_time_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr("assent.web.owner.counting.PIECE", piece)
    monkeypatch.setattr(disputes, "LEAST", 2)
    store.people.add_all([Annotator(who, who) for who in PEOPLE])
    store.questions.add([query for query, _ in QUESTIONS], {})
    counting = Counting(store)
    rng = np.random.default_rng(0)
    for place in range(60):
        verb = ("answer", "answer", "answer", "undo", "verdict")[rng.integers(5)]
        who = PEOPLE[rng.integers(len(PEOPLE))]
        deed = who, int(rng.integers(len(QUESTIONS))), int(rng.integers(5)), verb
        do(store, deed, NOW + 100 * place)
        if place in (20, 40):
            up_to_date(counting, store)
    up_to_date(counting, store)
    assert len(counting.told().over_time) > 1
    assert_alike(counting.told(), anew(store))


def test_a_count_that_was_interrupted_is_begun_again(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_store.people.add_all([Annotator(who, who) for who in PEOPLE])
    sqlite_store.questions.add([query for query, _ in QUESTIONS], {})
    for place, who in enumerate(PEOPLE):
        do(sqlite_store, (who, 0, 0, "answer"), NOW + place)
    found = tallies.Tallies(sqlite_store)
    found.counted()
    do(sqlite_store, ("ada", 0, 1, "answer"), NOW + 9)
    do(sqlite_store, ("ada", 3, 1, "answer"), NOW + 10)

    told, calls = Counting._count, list[int]()

    def fail_in_the_middle(self: Counting, *given: Any) -> None:
        told(self, *given)
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("assent.web.owner.counting.PIECE", 1)
        patch.setattr(Counting, "_count", fail_in_the_middle)
        with pytest.raises(MemoryError):
            found.counted()

    assert_alike(found.counted(), anew(sqlite_store))


def test_many_new_answers_are_counted_beside_the_page(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "AT_ONCE", 2)
    sqlite_store.people.add_all([Annotator(who, who) for who in PEOPLE])
    sqlite_store.questions.add([query for query, _ in QUESTIONS], {})
    for place, who in enumerate((*PEOPLE, *PEOPLE)):
        do(sqlite_store, (who, place % 2, place, "answer"), NOW + place)
    found = tallies.Tallies(sqlite_store)
    assert_alike(found.wait(), anew(sqlite_store))


def up_to_date(counting: Counting, store: Store) -> None:
    for _ in counting.advance(store.answers.last_event()):
        pass


def assert_alike(found: Counted, expected: Counted) -> None:
    """Equal, numbers up to the order in which they were summed."""
    for name in Counted.__slots__:
        assert plain(getattr(found, name)) == plain(getattr(expected, name)), name


def plain(value: Any) -> Any:
    """As values that compare with a tolerance."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict | Counter):
        return {key: plain(each) for key, each in value.items()}
    if hasattr(value, "model_dump"):
        return {key: plain(each) for key, each in value.model_dump().items()}
    return pytest.approx(value, abs=1e-9) if isinstance(value, float) else value


# What follows counts everything from nothing, plainly and slowly.


def anew(store: Store) -> Counted:
    heard = hearing.hear(store)
    # Without the owner's verdicts: whoever gives one has seen what the others answered.
    said = Heard(
        tuple(each for each in heard.events if each.annotator != hearing.ADJUDICATOR),
        heard.queries,
        tuple(each for each in heard.judgements if each.annotator != hearing.ADJUDICATOR),
    )
    numbers = {query.id: n for n, query in enumerate(store.questions.list())}
    return Counted(
        store.answers.last_event(),
        Counter(heard.queries[each.query].round for each in heard.events),
        tuple(agreements(said)),
        tuple(disputed(said, numbers)),
        tuple(windows(said)),
        spent(said),
        golds(heard),
    )


def agreements(heard: Heard) -> list[agreement.AgreementOut]:
    rows, said = [], heard.judgements
    for scale in sorted({j.target.scale for j in said if isinstance(j.target, Grade)}):
        table = tables.grades(said, scale)[1]
        found = {
            "Krippendorff's alpha": quality.krippendorff_alpha(table, "ordinal", rng()),
            "same answer": quality.raw_agreement(table, rng()),
        }
        first, again = tables.repeats(said, scale)
        if len(first):
            found["same answer when asked again"] = quality.self_consistency(first, again, rng())
        rows += [agreement._row(scale, name, each) for name, each in found.items()]
    ranks = tables.orders(said)[1]
    if ranks.size:
        rows.append(
            agreement._row("ranking", "Kendall's tau", quality.ranking_agreement(ranks, rng()))
        )
    return rows


def disputed(heard: Heard, numbers: dict[str, int]) -> list[disputes.DisputeOut]:
    answers = answered(heard)
    found = []
    for query, values in pairs(answers).items():
        mean = sum(value for _, value in values) / len(values)
        if mean > 0:
            found.append((round(mean, 12), len(values), numbers[query], query))
    return [
        disputes.DisputeOut(
            query=query,
            kind=heard.queries[query].kind,
            question=heard.queries[query].question,
            answers=len(answers[query]),
            difference=mean,
        )
        for mean, _, _, query in sorted(found, reverse=True)
    ]


def windows(heard: Heard) -> list[disputes.WindowOut]:
    rows = sorted(
        (max(time for time, _ in values), 1 - sum(value for _, value in values) / len(values))
        for values in pairs(answered(heard)).values()
    )
    count = min(disputes.WINDOWS, len(rows) // disputes.LEAST)
    parts: list[list[tuple[float, float]]] = []
    for part in np.array_split(np.arange(len(rows)), count) if count > 1 else []:
        some = [rows[place] for place in part]
        if parts and parts[-1][-1][0] // 60 == some[-1][0] // 60:
            parts[-1] += some
        else:
            parts.append(some)
    return [disputes._window(np.array(part)) for part in parts] if len(parts) > 1 else []


def spent(heard: Heard) -> Work:
    timings = [each.timings for each in heard.events if {"read", "decide"} & set(each.timings)]
    seconds = [(each.get("read", 0.0) + each.get("decide", 0.0)) / 1000 for each in timings]
    return Work(len(seconds), sum(seconds), float(np.median(seconds)) if seconds else 0.0)


def golds(heard: Heard) -> dict[str, GoldOut]:
    found: dict[str, list[float]] = defaultdict(list)
    for event in heard.events:
        query = heard.queries[event.query]
        if query.purpose == "gold" and event.answer is not None:
            kind = kinds.find(query.kind)
            known = kind.targets(query, query.options["gold"])
            far = disputes.difference(known, kind.targets(query, event.answer))
            if far is not None:
                found[event.annotator].append(1 - far)
    return {
        who: GoldOut(answers=len(values), agreement=sum(values) / len(values))
        for who, values in found.items()
    }


def answered(heard: Heard) -> dict[str, list[tuple[float, list[Any]]]]:
    targets: dict[str, list[Any]] = defaultdict(list)
    for judgement in heard.judgements:
        targets[judgement.feedback].append(judgement.target)
    found: dict[str, list[tuple[float, list[Any]]]] = defaultdict(list)
    for event in heard.events:
        if event.id in targets:
            found[event.query].append((event.created_at, targets[event.id]))
    return found


def pairs(
    answers: dict[str, list[tuple[float, list[Any]]]],
) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for query, said in answers.items():
        values = [
            (max(one[0], other[0]), value)
            for one, other in combinations(said, 2)
            if (value := disputes.difference(one[1], other[1])) is not None
        ]
        if values:
            found[query] = values
    return found


def rng() -> np.random.Generator:
    return np.random.default_rng(0)
