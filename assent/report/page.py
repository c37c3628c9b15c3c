"""The report: one HTML file that holds everything it shows and asks nothing of the network.

All text comes through Jinja's escaping; a content security policy inside the file
lets only the report's own script run. The page depends on the store alone: the
same store gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assent.config import Config
from assent.records import Json
from assent.report import exhibits, findings, script
from assent.report.exhibits import Exhibit, Table
from assent.report.findings import Findings, Sample, measured
from assent.report.intervals import short
from assent.store.runs import Run
from assent.store.store import Store

FOLDER = Path(__file__).parent
_VIDEOS = ("video/mp4", "video/webm")


def build(store: Store, config: Config) -> str:
    """The report on everything in the store, as one self-contained HTML page."""
    return render(findings.read(store, config))


def render(found: Findings) -> str:
    """The page that says what was found."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    clips = script.bundle()
    return templates.get_template("page.html").render(
        name=found.config.project.name,
        world=found.config.environment.world,
        until=_moment(found.runs[-1].finished) if found.runs else None,
        style=Markup((FOLDER / "style.css").read_text("utf-8")),
        script=Markup(clips),
        fingerprint=script.fingerprint(clips),
        summary=_summary(found),
        stages=_stages(found.runs),
        checkpoints=_checkpoints(found),
        settings=_settings(found.config),
        parts=[
            ("Learning", _drawn(exhibits.learning(found))),
            ("The learnt reward", _drawn(exhibits.reward(found))),
            ("The people", _drawn(exhibits.people(found))),
        ],
        samples=[_sample(one) for one in found.samples],
        warnings=[w for run in found.of("reward")[-1:] for w in run.details.get("warnings", [])],
    )


def _drawn(shown: Sequence[Exhibit]) -> list[dict[str, Any]]:
    """Exhibits for the template; only here is SVG declared safe, because figures.py made it."""
    return [{"figure": Markup(e.figure), "table": e.table, "note": e.note} for e in shown]


def _summary(found: Findings) -> Table:
    """The page in one table: what was measured first and last."""
    rows = []
    for stage, name, words in (
        ("evaluate", "evaluate/true_return", "mean true return"),
        ("evaluate", "evaluate/kl_nats", "KL to the baseline, nats per sequence"),
        ("reward", "reward/agreement", "agreement with held-out answers"),
    ):
        known = [run for run in found.of(stage) if name in run.metrics]
        if known:
            first, last = known[0], known[-1]
            before = f"{measured(first, name)} (round {first.round})" if first is not last else ""
            rows.append((words, before, f"{measured(last, name)} (round {last.round})"))
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.answers.items())
    total = sum(found.answers.values())
    rows.append(("answers that count", "", f"{total} ({kinds})" if kinds else "none yet"))
    rows.append(("people who answered", "", str(found.annotators)))
    return Table(("", "first", "last, with 95 % intervals"), tuple(rows))


def _stages(runs: Sequence[Run]) -> Table:
    """The journal: every stage that came to its end, with what it measured."""
    rows = tuple(
        (
            run.stage,
            str(run.round),
            _moment(run.finished),
            f"{run.finished - run.started:.0f}",
            _measured(run.metrics),
        )
        for run in runs
    )
    return Table(("stage", "round", "finished (UTC)", "seconds", "measured"), rows)


def _checkpoints(found: Findings) -> Table:
    """Every set of weights that was kept, and how to tell it from others."""
    rows = tuple(
        (one.role, str(one.round), one.id, (one.parent or ""), one.weights[:16])
        for one in found.checkpoints
    )
    return Table(("role", "round", "checkpoint", "made from", "weights (SHA-256, 16 digits)"), rows)


def _settings(config: Config) -> Table:
    """Every setting in force, except the database's address, which may hold a password."""
    tree = config.model_dump(mode="json")
    rows = [
        (f"{section}.{name}", json.dumps(value, ensure_ascii=False))
        for section, settings in tree.items()
        for name, value in settings.items()
        if (section, name) != ("project", "store")
    ]
    return Table(("setting", "value"), tuple(rows))


def _sample(sample: Sample) -> Json:
    """One sample for the template: a text, a clip, a video, or nothing to show."""
    values = {"true return": sample.true, "learnt return": sample.predicted}
    facts = [f"{name} {short(value)}" for name, value in values.items() if value is not None]
    scene = sample.scene or {"type": "none"}
    shown: Json = {
        "title": f"Round {sample.round}, {sample.rank}",
        "facts": ", ".join(facts),
        "type": scene["type"],
    }
    if scene["type"] == "clip":
        shown["scene"] = json.dumps(scene, separators=(",", ":"))
    elif scene["type"] == "text":
        shown["messages"] = _messages(scene)
    elif scene["type"] == "video" and scene.get("mime") in _VIDEOS:
        shown["source"] = f"data:{scene['mime']};base64,{scene.get('data', '')}"
    else:
        shown["type"] = "none"
    return shown


def _messages(scene: Json) -> list[tuple[str, str]]:
    """Who said what, in order; texts are shown as they were written."""
    said = [(str(one["role"]), str(one["content"])) for one in scene.get("messages") or ()]
    if scene.get("prompt"):
        said.append(("prompt", str(scene["prompt"])))
    if scene.get("reply") is not None:
        said.append(("reply", str(scene["reply"])))
    return said


def _measured(metrics: Mapping[str, float]) -> str:
    """Metrics on one line, without the stage's name in front of each."""
    return ", ".join(f"{name.split('/', 1)[-1]} {short(v)}" for name, v in metrics.items())


def _moment(seconds: float) -> str:
    """A time since 1970 as people read it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
