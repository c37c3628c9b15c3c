"""What the loop asks, in a real store: nothing that looks alike, and both sides as often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assent import config, stages, worlds
from assent.project import Project
from assent.questions import ask
from assent.records import Json, Query, Segment, Trajectory
from assent.store.store import Store, open_store
from assent.worlds.world import Progress
from tests.store.made import NOW, answer, claim, people, query, take_back

TOML = {
    "project": {"name": "asking", "seed": 5},
    "environment": {"world": "control", "id": "Pendulum-v1", "horizon_steps": 30, "copies": 2},
    "policy": {"hidden": [8]},
    "rollout": {"trajectories": 8},
    "ask": {"questions": 12, "kinds": {"comparison": 2, "ranking": 1}, "repeat_share": 0.5},
    "evaluate": {"trajectories": 2},
}


class Lookalikes:
    """A world in which some segments look like others, whatever their features say."""

    def __init__(self, world: Any, alike: int) -> None:
        self._world = world
        self._alike = alike

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def scenes(
        self, trajectories: Sequence[Trajectory], chosen: Sequence[Segment], progress: Progress
    ) -> list[Json]:
        """The clips as they are, but for the first few, which are all the same."""
        clips: list[Json] = self._world.scenes(trajectories, chosen, progress)
        return [clips[0] if n < self._alike else clip for n, clip in enumerate(clips)]


def asked(folder: Path, alike: int) -> tuple[Project, dict[str, float]]:
    project = Project(folder, config.parse(TOML), open_store(folder))
    world = worlds.make(project)
    stages.imitate(project, world, 0)
    stages.rollout(project, world, 1)
    return project, dict(stages.ask(project, Lookalikes(world, alike), 1))


def hashes(store: Store, query: Query) -> list[str]:
    keys = [segment.key for segment in query.segments]
    found = store.questions.scene_hashes(keys)
    return [found[key] for key in keys]


def test_options_that_look_alike_are_never_put_side_by_side(tmp_path: Path) -> None:
    project, metrics = asked(tmp_path, alike=5)
    queries = project.store.questions.list()
    assert metrics["ask/alike"] > 0
    assert metrics["ask/questions"] == len(queries) > 0
    assert all(len(set(hashes(project.store, q))) == len(q.segments) for q in queries)


def test_nothing_is_left_out_where_everything_looks_different(tmp_path: Path) -> None:
    project, metrics = asked(tmp_path, alike=0)
    assert metrics["ask/alike"] == 0
    assert {q.purpose for q in project.store.questions.list()} == {"normal", "repeat"}


def test_a_question_that_is_left_out_is_not_repeated_either() -> None:
    both = query("one")
    again = ask.repeat(both, "again")
    looks = {segment.key: "same" for segment in both.segments}
    assert ask.telling_apart([both, again], looks) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"type": "text", "reply": "Yes. \n"}, {"type": "text", "reply": "Yes."}, True),
        ({"type": "text", "reply": "Yes"}, {"type": "text", "reply": "yes"}, False),
        ({"type": "clip", "frames": "AAAA"}, {"type": "clip", "frames": "AAAA"}, True),
        ({"type": "clip", "frames": "AAAA"}, {"type": "clip", "frames": "AAAB"}, False),
    ],
)
def test_what_nobody_sees_is_no_difference(one: Json, other: Json, same: bool) -> None:
    assert (ask.look(one) == ask.look(other)) is same


@pytest.mark.parametrize("options", [2, 3, 4])
def test_within_a_question_every_option_stands_at_every_place_as_often(
    store: Store, options: int
) -> None:
    segments = tuple(Segment(f"s{n}", 0, 1) for n in range(options))
    kind = "comparison" if options == 2 else "ranking"
    wanted = 2 * options
    many = [
        Query(f"{n:032x}", kind, segments, "?", "uniform", 1.0, answers_wanted=wanted, round=1)
        for n in range(5)
    ]
    store.questions.add(many, {})
    names = [f"p{n}" for n in range(wanted)]
    people(store, *names)
    stood: dict[str, Counter[tuple[int, int]]] = {each.id: Counter() for each in many}
    for name in names:
        for slot in claim(store, name, limit=len(many)):
            stood[slot.query.id].update(enumerate(slot.shown_order))
    # Each of `options` options at each of as many places: twice over twice as many people.
    expected = {(place, option): 2 for place in range(options) for option in range(options)}
    assert all(dict(counted) == expected for counted in stood.values())


def test_a_slot_that_comes_back_keeps_its_side(store: Store) -> None:
    people(store, "ada", "bo", "cy")
    store.questions.add([query("q", answers_wanted=2)], {})
    first = claim(store, "ada")[0].shown_order
    other = claim(store, "bo")[0].shown_order
    [again] = claim(store, "cy", NOW + 10_000)
    assert first != other
    assert again.shown_order in (first, other)
    answer(store, again, "cy", now=NOW + 10_000)


def test_over_many_questions_sides_are_even(store: Store) -> None:
    people(store, "ada")
    many = [query(f"{n:012d}-{n * 7919:020d}") for n in range(400)]
    store.questions.add(many, {})
    left = sum(slot.shown_order == (0, 1) for slot in claim(store, "ada", limit=400))
    # A fair coin leaves this band once in a million times.
    assert abs(left - 200) < 5 * 10


def test_what_was_taken_back_comes_back_on_the_same_side(store: Store) -> None:
    people(store, "ada")
    store.questions.add([query("q", answers_wanted=2)], {})
    [slot] = claim(store, "ada")
    take_back(store, answer(store, slot, "ada").feedback)
    [again] = claim(store, "ada", NOW + 1)
    assert again.shown_order == slot.shown_order
