"""The settings as a page of documentation, made from the code so that it cannot lag behind.

`python -m assent.reference > docs/settings.md` renews the page; a test compares.
"""

from __future__ import annotations

import sys
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from assent.config import AnswersConfig, ControlConfig, TextConfig, defaults
from assent.options import Options

_OPENING = """# Settings

Every key of `assent.toml`, made from the code by `python -m assent.reference`. An unknown key is an
error, and so is a key of the other world. Units end the names. What is left out has the default
given here; `pretrained` is a text project whose `policy.model` is not `tiny`. A project of items
and answers alone (`answers`) has three sections of its own, at the end, and `[ask]` (without
`candidates`) and `[serve]` as they stand here.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING]
    shared = [name for name in ControlConfig.model_fields if name not in ("environment", "policy")]
    worlds: tuple[tuple[str, type[Options]], ...] = (
        ("control", ControlConfig),
        ("text", TextConfig),
    )
    for world, model in worlds:
        for name in ("environment", "policy"):
            parts.append(_section(f"[{name}], {world}", model.model_fields[name], {}))
    for name in shared:
        kinds = ("control", "text", "pretrained")
        own = {kind: defaults(kind).get(name, {}) for kind in kinds}
        parts.append(_section(f"[{name}]", ControlConfig.model_fields[name], own))
    for name, field in AnswersConfig.model_fields.items():
        if name in ("ask", "serve"):
            continue
        parts.append(_section(f"[{name}], answers", field, {}))
    return "\n".join(parts)


def _section(title: str, field: FieldInfo, own: dict[str, dict[str, Any]]) -> str:
    """One section's table; `own`: defaults that differ, by world."""
    model = field.annotation
    assert isinstance(model, type), title
    assert issubclass(model, Options), title
    lines = [f"## {title}", "", (model.__doc__ or "").strip(), ""]
    lines += ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, setting in model.model_fields.items():
        different = [f"{world}: `{_value(d[name])}`" for world, d in own.items() if name in d]
        default = ", ".join([_default(setting), *different])
        lines.append(f"| `{name}` | {default} | {setting.description or ''} |")
    return "\n".join(lines) + "\n"


def _default(setting: FieldInfo) -> str:
    value = setting.get_default(call_default_factory=True, validated_data={})
    return "needed" if value is PydanticUndefined else f"`{_value(value)}`"


def _value(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
