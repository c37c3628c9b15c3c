"""Simulated annotators answer open questions through the calls that people use.

They see what learning never sees: the true reward. What each answers depends only
on the project's seed, the question's place in its round and the annotator, so a
crowd that was interrupted goes on exactly as if it had not been.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assent import desk
from assent.desk import Submission
from assent.errors import ConfigError
from assent.feedback import kind as kinds
from assent.feedback import simulated
from assent.feedback.simulated import SimulatedAnnotator
from assent.project import Project
from assent.records import Annotator, Query, Segment, Trajectory
from assent.store.store import Store

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Exhibits:
    """What a round's questions show, as a simulated annotator sees it.

    row: segment key to row. worth: `[N]` true return. features: `[N, D]` for tastes.
    number: query id to its place in the round.
    """

    row: dict[str, int]
    worth: npt.NDArray[np.float64]
    features: npt.NDArray[np.float64]
    number: dict[str, int]


def answer_open(project: Project, crowd: str, now: float, progress: Progress) -> dict[str, int]:
    """Let a crowd answer every open question of the round; returns answers by name.

    crowd: kinds and numbers, e.g. "5 sharp, 2 careless, 1 inverted".
    now: seconds since 1970, written into the answers.
    Raises ConfigError when the true reward is not known, the crowd cannot be read or nothing
    was asked yet.
    """
    simulated.parts(crowd)
    store = project.store
    number = store.counts().round
    queries = store.questions.list(round=number)
    if not queries:
        raise ConfigError(f"round {number} has no questions yet; ask some with `assent ask`")
    exhibits = exhibit(store, queries)
    people = enrol(project, crowd, exhibits.features.shape[1])
    given = Counter({person.id: store.answers.count(person.id) for person, _ in people})
    before = given.copy()
    missing = store.counts().slots - store.counts().answered
    idle: set[str] = set()
    while len(idle) < len(people):
        # Whoever answered least goes first: the same order, whenever the crowd is interrupted.
        awake = [each for each in people if each[0].id not in idle]
        person, who = min(awake, key=lambda each: (given[each[0].id], each[0].name))
        slots = desk.claim(store, person.id, 1, now, project.config.serve.lease_seconds)
        if not slots:
            idle.add(person.id)
            continue
        seed = [project.config.project.seed, number, exhibits.number[slots[0].query.id]]
        rng = np.random.default_rng([*seed, zlib.crc32(person.name.encode())])
        answer = opinion(
            slots[0].query, slots[0].shown_order, who.at(given[person.id]), exhibits, rng
        )
        desk.answer(
            store,
            Submission(
                slot_id=slots[0].id,
                lease_token=slots[0].lease_token,
                annotator=person.id,
                query_id=slots[0].query.id,
                answer=answer,
                idempotency_key=f"{slots[0].id}:{person.id}",
            ),
            now,
        )
        given[person.id] += 1
        progress((given - before).total(), missing, "")
    return {person.name: given[person.id] - before[person.id] for person, _ in people}


def exhibit(store: Store, queries: Sequence[Query]) -> Exhibits:
    """The true worth of everything that these questions show.

    Raises ConfigError when a trajectory has no true reward.
    """
    segments = list({s.key: s for query in queries for s in query.segments}.values())
    trajectories = {
        t.id: t for t in store.trajectories.many(sorted({s.trajectory for s in segments}))
    }
    truths = {name: store.trajectories.truth(name) for name in trajectories}
    if any(truth is None for truth in truths.values()):
        raise ConfigError(
            "simulated annotators judge by the true reward, and this project has none; for text, "
            "name a hidden score in environment.score, or let people answer"
        )
    worth = [float(np.sum(truths[s.trajectory][s.start : s.stop])) for s in segments]  # type: ignore[index]
    return Exhibits(
        {s.key: i for i, s in enumerate(segments)},
        np.array(worth),
        np.array([traits(trajectories[s.trajectory], s) for s in segments]),
        {query.id: i for i, query in enumerate(queries)},
    )


def traits(trajectory: Trajectory, segment: Segment) -> npt.NDArray[np.float64]:
    """`[D]` visible properties of a segment, which a taste may weigh.

    Text: the length of the reply. Control: how much was moved, and mean observation.
    """
    steps = slice(segment.start, segment.stop)
    if trajectory.text is not None:
        return np.array([float(trajectory.mask[steps].sum())])
    effort = np.square(np.asarray(trajectory.actions[steps], np.float64)).mean()
    seen = np.asarray(trajectory.observations[steps], np.float64).reshape(
        segment.stop - segment.start, -1
    )
    return np.concatenate([[effort], seen.mean(0)])


def enrol(project: Project, crowd: str, width: int) -> list[tuple[Annotator, SimulatedAnnotator]]:
    """The crowd as annotators of the store; those of an earlier call are met again by name."""
    rng = np.random.default_rng([project.config.project.seed, zlib.crc32(b"crowd")])
    known = {each.name: each for each in project.store.people.list(species="simulated")}
    people = []
    for number, who in enumerate(simulated.crowd(crowd, rng, features=width)):
        person = known.get(who.name)
        if person is None:
            person = Annotator(
                id=f"simulated-{number:04d}-{who.name}",
                name=who.name,
                species="simulated",
                settings=who.settings(),
            )
            project.store.people.add(person)
        people.append((person, simulated.from_settings(person.settings)))
    return people


def opinion(
    query: Query,
    shown_order: Sequence[int],
    who: SimulatedAnnotator,
    exhibits: Exhibits,
    rng: np.random.Generator,
) -> dict[str, object]:
    """What a simulated annotator answers to one question."""
    worth = simulated.perceived(who, exhibits.worth, exhibits.features)
    rows = [exhibits.row[s.key] for s in query.segments]
    utilities = worth[rows]
    if who.fog:
        who = who.facing(float(simulated.standardised(exhibits.features)[rows, 0].mean()))
    return kinds.find(query.kind).simulate(query, utilities, who, shown_order, rng)
