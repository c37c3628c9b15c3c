"""Playing an episode through the server: only by whoever holds it, within bounds, after a fault."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from assent.environments import replaying
from assent.errors import StoreError
from assent.records import Query
from assent.web.site import Site
from assent.web.work.simulators import Simulators
from tests.web import content
from tests.web.conftest import Visitor, visitor
from tests.web.test_answers import KEY

LEFT, RIGHT, REST = [2.0], [-2.0], [0.0]


@pytest.fixture
def player(site: Site) -> Iterator[Visitor]:
    """Somebody who holds the question of one played episode."""
    content.play(site.store)
    who = visitor([site], site).join()
    assert len(who.take()) == 1
    yield who
    who.client.app.state.simulators.close()  # type: ignore[attr-defined]


def query_of(site: Site) -> Query:
    return site.store.questions.list()[0]


def begin(player: Visitor, actions: list[Any] | None = None) -> Any:
    return player.send("api/play", {"query": query_of(player.site).id, "actions": actions or []})


def step(player: Visitor, at: int, *actions: Any) -> Any:
    body = {"query": query_of(player.site).id, "at": at, "actions": list(actions)}
    return player.send("api/play/steps", body)


def frames(text: str) -> Any:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, 2, 7)


def test_an_episode_moves_as_it_is_steered(player: Visitor) -> None:
    opened = begin(player).json()
    left = step(player, 0, [LEFT, 6]).json()
    begin(player)
    right = step(player, 0, [RIGHT, 6]).json()
    start = frames(opened["scene"]["frames"])[0]
    assert (opened["steps"], left["steps"], left["over"]) == (0, 6, False)
    assert frames(left["frames"]).shape == (7, 2, 7)
    assert np.array_equal(frames(left["frames"])[0], start)
    assert not np.allclose(frames(left["frames"])[-1], frames(right["frames"])[-1])


def test_what_was_played_is_the_same_when_it_is_played_again(player: Visitor, site: Site) -> None:
    begin(player)
    step(player, 0, [LEFT, 6], [REST, 4])
    last = frames(step(player, 10, [RIGHT, 3]).json()["frames"])[-1]
    again = begin(player, [[LEFT, 6], [REST, 4], [RIGHT, 3]]).json()
    assert again["steps"] == 13
    assert np.array_equal(frames(again["scene"]["frames"])[0], last)


def test_an_episode_ends_at_its_bound(player: Visitor) -> None:
    begin(player)
    told = step(player, 0, [LEFT, 40]).json()
    refused = step(player, 40, [LEFT, 1])
    assert (told["steps"], told["over"]) == (40, True)
    assert (refused.status_code, refused.json()) == (
        200,
        {"frames": refused.json()["frames"], "steps": 40, "over": True},
    )


@pytest.mark.parametrize(
    "actions",
    [
        [[LEFT, 41]],
        [[LEFT, 0]],
        [[LEFT, -3]],
        [[LEFT, 2.5]],
        [[LEFT, True]],
        [[[3.0], 1]],
        [[["2"], 1]],
        [[[2.0, 2.0], 1]],
        [[2.0, 1]],
        [[LEFT]],
        ["left"],
        [[LEFT, 20], [RIGHT, 21]],
    ],
)
def test_what_nobody_could_have_played_is_refused(player: Visitor, actions: list[Any]) -> None:
    begin(player)
    assert begin(player, actions).status_code == 422
    assert step(player, 0, *actions).status_code == 422


def test_a_step_after_another_than_the_last_is_refused(player: Visitor) -> None:
    begin(player)
    step(player, 0, [LEFT, 5])
    assert step(player, 0, [LEFT, 5]).status_code == 409
    assert step(player, 5, [LEFT, 5]).json()["steps"] == 10


def test_nobody_else_can_play_it(site: Site, player: Visitor) -> None:
    other = visitor([site], site).join("other")
    said = begin(other)
    assert (said.status_code, "whoever holds" in said.text) == (403, True)


def test_two_people_play_two_episodes(site: Site) -> None:
    content.play(site.store, 2)
    one, two = visitor([site], site).join("one"), visitor([site], site).join("two")
    two.client.app.state.simulators = one.client.app.state.simulators  # type: ignore[attr-defined]
    held = [who.take(1)[0]["query"] for who in (one, two)]
    for who, query in zip((one, two), held, strict=True):
        assert who.send("api/play", {"query": query}).status_code == 200
    for who, query in zip((one, two), held, strict=True):
        body = {"query": query, "at": 0, "actions": [[LEFT, 3]]}
        assert who.send("api/play/steps", body).json()["steps"] == 3
    one.client.app.state.simulators.close()  # type: ignore[attr-defined]


def test_a_question_that_is_not_played_cannot_be(site: Site, person: Visitor) -> None:
    content.ask(site.store, {"approval": 1})
    query = person.take()[0]["query"]
    assert 400 <= person.send("api/play", {"query": query}).status_code < 500


def test_a_simulator_that_died_is_started_again_and_nothing_is_lost(player: Visitor) -> None:
    begin(player)
    step(player, 0, [LEFT, 5])
    simulators: Simulators = player.client.app.state.simulators  # type: ignore[attr-defined]
    assert simulators._worker is not None
    simulators._worker.kill()
    simulators._worker.wait()
    lost = step(player, 5, [LEFT, 1])
    again = begin(player, [[LEFT, 5]]).json()
    assert (lost.status_code, again["steps"]) == (409, 5)
    assert step(player, 5, [LEFT, 1]).json()["steps"] == 6


def test_a_simulator_that_hangs_is_given_up() -> None:
    slow = Simulators(timeout_seconds=0.0)
    with pytest.raises(StoreError, match="in a moment"):
        slow.ask({"do": "close", "name": "x"})
    slow.close()


def test_an_unknown_environment_is_told_and_not_a_fault(site: Site) -> None:
    content.play(site.store, environment="Nowhere-v0")
    who = visitor([site], site).join()
    query = who.take()[0]["query"]
    said = who.send("api/play", {"query": query})
    who.client.app.state.simulators.close()  # type: ignore[attr-defined]
    assert (said.status_code, "Nowhere" in said.text) == (409, True)


def test_what_was_played_is_an_answer_like_any_other(player: Visitor, site: Site) -> None:
    question = player.take()[0]
    given = {"actions": [[LEFT, 5], [[2], 3], [REST, 2]]}
    assert player.answer(question, given, KEY).status_code == 200
    [event] = site.store.answers.current()
    words = player.get("api/history").json()["answers"][0]["words"]
    # Neighbours that are the same are one run.
    assert (event.answer, words) == ({"actions": [[LEFT, 8], [REST, 2]]}, "played: 10")


def test_the_form_keeps_the_seed_to_itself(player: Visitor) -> None:
    form = player.take()[0]["form"]
    assert form["layout"] == "play"
    assert set(form["play"]) == {"steps", "fps", "speed", "rest"}


def test_an_episode_is_a_trajectory_of_what_was_seen_and_done(site: Site) -> None:
    environment = replaying.made(content.PLAY)
    made = replaying.replayed(environment, content.PLAY, [[LEFT, 3], [REST, 2]], "shown", 1)
    environment.close()
    assert made.actions.ravel().tolist() == [2.0, 2.0, 2.0, 0.0, 0.0]
    # Cosine, sine, speed, and whether it has ended.
    assert made.observations.shape == (6, 4)
    assert made.seed == 7
    assert (made.terminated, made.truncated) == (False, True)


def test_nobody_names_a_simulator_over_the_api(site: Site) -> None:
    owner = visitor([site], site).join(role="owner")
    question = {
        "id": "q",
        "kind": "demonstration",
        "items": [{"id": "a", "reply": "x"}],
        "options": {"play": {**content.PLAY, "environment": "antigravity:Env-v0"}},
    }
    said = owner.send("api/owner/questions", {"questions": [question]})
    assert (said.status_code, "only the loop" in said.text) == (400, True)
    assert site.store.questions.list() == []
