"""A small store by hand: texts and clips, questions of every kind, one finished round."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np

from assent import config
from assent.config import Config
from assent.feedback import kind as kinds_of
from assent.feedback import played
from assent.records import Json, Query, Segment, Trajectory, new_id
from assent.sections import AskSection
from assent.store.store import Store, open_store
from assent.web.site import Site

NOW = 1_700_000_000.0
# How many options a question of each kind has here.
OPTIONS = {
    "comparison": 2,
    "ranking": 4,
    "rating": 1,
    "approval": 1,
    "attributes": 1,
    "rate_then_rank": 4,
    "correction": 1,
    "demonstration": 1,
    "spans": 1,
}
IN_CLIPS = ("comparison", "ranking", "rating", "approval", "attributes", "rate_then_rank")
GUIDELINE = (
    "# What to look for\n\nPrefer the reply that **helps**. Say *both bad* when neither does."
)


def settings(name: str, world: str = "text", **serve: object) -> Config:
    """The least settings of a project."""
    environment: Json = {"world": "text", "prompts": "prompts.jsonl"}
    if world == "control":
        environment = {"world": "control", "id": "Pendulum-v1"}
    return config.parse(
        {"project": {"name": name, "seed": 1}, "environment": environment, "serve": serve}
    )


def text_scene(number: int) -> Json:
    """What a person sees of reply number so and so."""
    return {
        "type": "text",
        "prompt": "My order **1042** has not arrived. What now?",
        "reply": f"Reply {number}: I am *sorry* to hear that. "
        + "We are looking into it. " * (number % 4),
    }


def clip_scene(number: int, steps: int = 30) -> Json:
    """A ball and a rod that swing, faster for a greater number."""
    frames = np.zeros((steps + 1, 3, 7), np.float32)
    frames[..., 3] = 1.0
    angle = np.sin(np.arange(steps + 1) * (0.1 + 0.02 * (number % 7))) * 0.9
    frames[:, 1, 0] = np.sin(angle) * 0.5
    frames[:, 1, 2] = 1.0 - np.cos(angle) * 0.5
    frames[:, 1, 3], frames[:, 1, 5] = np.cos(angle / 2), -np.sin(angle / 2)
    frames[:, 2, 0], frames[:, 2, 2] = np.sin(angle), 1.0 - np.cos(angle)
    frames[:, 0, 2] = 1.0
    return {
        "type": "clip",
        "fps": 30.0,
        "shapes": [
            {"shape": "box", "size": [0.3, 0.1, 0.05], "color": 7},
            {"shape": "capsule", "size": [0.06, 0.5], "color": 0},
            {"shape": "sphere", "size": [0.16], "color": 1},
        ],
        "frames": base64.b64encode(frames.tobytes()).decode("ascii"),
        "view": {
            "plane": "xz",
            "centre": [0.0, 0.0, 0.6],
            "extent": [2.6, 1.9],
            "track": None,
            "ground": -0.25,
        },
        "ended_at": None,
        "signals": {"angle (deg)": [round(float(a) * 57.3, 2) for a in angle]},
    }


def video_scene(store: Store, folder: Path) -> Json:
    """One second of a light bar that falls, filmed; needs PyAV."""
    from assent.environments import filming

    frames = [np.zeros((64, 96, 3), np.uint8) for _ in range(31)]
    for number, frame in enumerate(frames):
        frame[2 * number : 2 * number + 4] = 255
    mime = filming.encode(frames, 30.0, folder / "film")
    film = store.blobs.put((folder / "film").read_bytes())
    return {"type": "video", "hash": film, "mime": mime, "fps": 30.0}


def trajectory(seed: int, round: int) -> Trajectory:
    """Eight steps of nothing in particular."""
    return Trajectory(
        id=new_id(),
        observations=np.zeros((9, 2), np.float32),
        actions=np.zeros((8, 1), np.float32),
        logprobs=np.zeros(8, np.float32),
        mask=np.ones(8, np.bool_),
        terminated=False,
        truncated=True,
        group="start",
        seed=seed,
        round=round,
        environment_reward=np.full(8, -1.0, np.float32),
    )


def ask(
    store: Store,
    kinds: dict[str, int],
    world: str = "text",
    wanted: int = 1,
    shown: Json | None = None,
    round: int = 1,
) -> list[Query]:
    """Queue so many questions of each kind, every option a trajectory of its own.

    shown: a scene for every option in place of the world's. round: 0 has none, as from outside.
    """
    queries, scenes = [], {}
    number = 0
    for kind, count in kinds.items():
        for _ in range(count):
            segments: list[Segment] = []
            for _ in range(OPTIONS[kind]):
                acted = trajectory(number, round=1)
                store.trajectories.add([acted])
                segment = Segment(acted.id, 0, 8)
                scene = text_scene(number) if world == "text" else clip_scene(number)
                scenes[segment.key] = store.blobs.put_json(shown or scene)
                segments.append(segment)
                number += 1
            queries.append(
                Query(
                    id=new_id(),
                    kind=kind,
                    segments=tuple(segments),
                    question=kinds_of.find(kind).question,
                    strategy="uniform",
                    selection_probability=1.0,
                    answers_wanted=wanted,
                    round=round,
                    options=_options(kind, number - 1),
                )
            )
    store.questions.add(queries, scenes)
    return queries


PLAY: Json = {
    "environment": "Pendulum-v1",
    "options": {},
    "horizon": "fixed",
    "horizon_steps": 40,
    "seed": 7,
    "steps": 40,
    "fps": 30.0,
    "speed": 1.0,
    "categories": 0,
    "low": [-2.0],
    "high": [2.0],
    "controls": [
        {"key": "ArrowLeft", "label": "↺", "action": [2.0]},
        {"key": "ArrowRight", "label": "↻", "action": [-2.0]},
    ],
    "rest": [0.0],
}


def play(store: Store, count: int = 1, **changes: object) -> list[Query]:
    """Queue so many demonstrations of a pendulum that is played for 40 steps."""
    queries = []
    for number in range(count):
        acted = trajectory(number, round=1)
        store.trajectories.add([acted])
        segment = Segment(acted.id, 0, 8)
        queries.append(
            Query(
                id=new_id(),
                kind="demonstration",
                segments=(segment,),
                question=played.QUESTION,
                strategy="uniform",
                selection_probability=1.0,
                round=1,
                options={"play": {**PLAY, "seed": number, **changes}},
            )
        )
        store.questions.add(queries[-1:], {segment.key: store.blobs.put_json(clip_scene(number))})
    return queries


def _options(kind: str, number: int) -> Json:
    """What the settings' defaults give a question about reply number so and so."""
    options = kinds_of.find(kind).options(AskSection())
    return options | ({"original": text_scene(number)["reply"]} if "original" in options else {})


def waiting(folder: Path, name: str = "replies") -> Path:
    """The folder of a project that waits for its first question, closed, to be copied."""
    made = site(folder, name)
    finish_baseline(made.store)
    made.store.close()
    return folder


def finish_baseline(store: Store, world: str = "text") -> None:
    """A journal that says: imitated, measured, acted and asked; now people are needed."""
    make = text_scene if world == "text" else clip_scene
    samples = [
        {
            "trajectory": "none",
            "true": value,
            "predicted": None,
            "scene": store.blobs.put_json(make(n)),
        }
        for n, value in enumerate((3.0, 1.0, -2.0), start=100)
    ]
    measured = {
        "evaluate/true_return": -1200.0,
        "evaluate/true_return_low": -1260.0,
        "evaluate/true_return_high": -1140.0,
    }
    store.runs.finish("imitate", 0, NOW, NOW + 1, {}, {})
    store.runs.finish("evaluate", 0, NOW + 1, NOW + 2, measured, {"samples": samples})
    store.runs.finish("rollout", 1, NOW + 2, NOW + 3, {}, {})
    store.runs.finish("ask", 1, NOW + 3, NOW + 4, {}, {})


def site(folder: Path, name: str = "replies", world: str = "text", **serve: object) -> Site:
    """A project with a guideline and an empty queue."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(folder)
    store.people.set_guideline(GUIDELINE)
    return Site(name, store, settings(name, world, **serve))
