from collections.abc import Iterator
from pathlib import Path

import pytest

from assent import desk
from assent.desk import Submission
from assent.records import Annotator, Grade, Judgement, Order, Query, Segment
from assent.report import findings, page
from assent.store.store import Store, open_store
from tests.report import made

A, B, C = (Segment(name, 0, 1) for name in "abc")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def judged(annotator: str, level: int, item: tuple[Segment, ...] = (A, B)) -> Judgement:
    return Judgement(Grade(item, level, 5, "comparison"), annotator, (0, 1), "comparison", "f")


def ranked(annotator: str, ranks: tuple[int, ...]) -> Judgement:
    return Judgement(Order((A, B, C), ranks), annotator, (0, 1, 2), "ranking", "f")


def test_people_who_say_the_same_agree_perfectly() -> None:
    judgements = [judged(who, 4) for who in "xy"] + [judged(who, 0, (A, C)) for who in "xy"]
    found = findings.agreements(judgements)
    assert [(one.measure, one.estimate.value) for one in found] == [
        ("alpha, ordinal", 1.0),
        ("equal answers", 1.0),
    ]


def test_a_repeated_question_shows_who_is_of_one_mind() -> None:
    judgements = [judged("x", 4), judged("x", 4), judged("x", 0, (A, C)), judged("x", 4, (A, C))]
    again = {one.measure: one.estimate.value for one in findings.agreements(judgements)}
    assert again["same again"] == 0.5


def test_opposite_rankings_have_a_tau_of_minus_one() -> None:
    (found,) = findings.agreements([ranked("x", (0, 1, 2)), ranked("y", (2, 1, 0))])
    assert found.estimate.value == pytest.approx(-1.0)


def test_nothing_answered_means_nothing_to_agree_about() -> None:
    assert findings.agreements([]) == ()


def test_the_samples_come_from_the_first_and_the_last_evaluation(store: Store) -> None:
    for number in range(3):
        evaluated(store, number)
    found = findings.read(store, made.findings().config)
    assert [(one.round, one.rank, one.scene) for one in found.samples] == [
        (0, "best", made.text("reply 0")),
        (0, "worst", None),
        (2, "best", made.text("reply 2")),
        (2, "worst", None),
    ]


def test_a_video_kept_apart_is_read_with_its_bytes(store: Store) -> None:
    kept = store.blobs.put(b"moving")
    scene = store.blobs.put_json({"type": "video", "mime": "video/mp4", "fps": 30.0, "hash": kept})
    details = {"samples": [{"true": 1.0, "predicted": None, "scene": scene}]}
    store.runs.finish("evaluate", 0, 0.0, 1.0, {}, details)
    # "moving" in base64
    assert 'src="data:video/mp4;base64,bW92aW5n"' in page.build(store, made.findings().config)


def test_a_round_that_was_repeated_counts_once(store: Store) -> None:
    for value in (1.0, 2.0):
        store.runs.finish("reward", 1, 0.0, 1.0, {"reward/agreement": value}, {})
    (fit,) = findings.read(store, made.findings().config).of("reward")
    assert fit.metrics == {"reward/agreement": 2.0}


def test_the_report_counts_the_answers_in_force(store: Store) -> None:
    answered(store, "x", "y")
    found = findings.read(store, made.findings().config)
    assert (found.answers, found.annotators) == ({"comparison": 2}, 2)


def test_the_same_store_gives_the_same_page(store: Store) -> None:
    evaluated(store, 0)
    answered(store, "x", "y")
    config = made.findings().config
    assert page.build(store, config) == page.build(store, config)


def evaluated(store: Store, number: int) -> None:
    """An evaluation with two samples, the second of which lost its scene."""
    scene = store.blobs.put_json(made.text(f"reply {number}"))
    samples = [
        {"trajectory": "a", "true": 2.0, "predicted": 1.0, "scene": scene},
        {"trajectory": "b", "true": 1.0, "predicted": 2.0, "scene": "0" * 64},
    ]
    metrics = {"evaluate/true_return": 1.5}
    store.runs.finish("evaluate", number, 0.0, 1.0, metrics, {"samples": samples})


def answered(store: Store, *people: str) -> None:
    """One comparison, answered alike by everybody named."""
    query = Query(
        "q", "comparison", (A, B), "Which?", "uniform", 1.0, answers_wanted=len(people), round=1
    )
    scene = store.blobs.put_json(made.text("said"))
    store.questions.add([query], {segment.key: scene for segment in query.segments})
    for person in people:
        store.people.add(Annotator(person, person))
        (slot,) = desk.claim(store, person, 1, 10.0, 900.0)
        said = {"choice": A.key, "strength": "some"}
        given = Submission(slot.id, slot.lease_token, person, query.id, said, f"key-{person}")
        desk.answer(store, given, 11.0)
