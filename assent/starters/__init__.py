"""New projects: a commented settings file, a guideline, and for text a corpus to start on."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from assent.config import FILE_NAME
from assent.environments import manners
from assent.errors import ConfigError
from assent.project import GUIDELINE_NAME


def make(world: str, folder: Path, *, environment: str, model: str) -> list[str]:
    """Write a new project's files into `folder`; returns their names.

    Raises ConfigError when the world is unknown or the folder already holds a project.
    """
    if world not in ("control", "text", "answers"):
        raise ConfigError(f"a project is for 'control', 'text' or 'answers', found {world!r}")
    name = _name(folder)
    if world == "answers":
        settings = files(__package__).joinpath("answers.toml").read_text("utf-8")
        texts = {FILE_NAME: settings.format(name=name), GUIDELINE_NAME: _guideline("text")}
        return write(folder, texts)
    settings = files(__package__).joinpath(f"{world}.toml").read_text("utf-8")
    tiny = world == "text" and model == "tiny"
    filled = settings.format(
        name=name, environment=environment, model=model, note="" if tiny else "# "
    )
    made = write(folder, {FILE_NAME: filled, GUIDELINE_NAME: _guideline(world)})
    if world == "control":
        return made
    # Something to run at once, to be written over with one's own.
    manners.write(folder, seed=0)
    if not tiny:
        (folder / manners.DEMONSTRATIONS_NAME).unlink()
        return [*made, manners.PROMPTS_NAME]
    return [*made, manners.PROMPTS_NAME, manners.DEMONSTRATIONS_NAME]


def example(which: str, folder: Path, seed: int) -> list[str]:
    """Write one of the two projects of the demonstration: 'pendulum' or 'replies'."""
    settings = files(__package__).joinpath(f"{which}.toml").read_text("utf-8")
    made = write(folder, {FILE_NAME: settings.format(seed=seed), GUIDELINE_NAME: _guideline(which)})
    if which == "replies":
        manners.write(folder, seed)
    return made


def write(folder: Path, texts: dict[str, str]) -> list[str]:
    """Write files into a new or empty folder; a project that is there is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / FILE_NAME).exists():
        raise ConfigError(
            f"{folder} already holds a project; choose another folder, or go on with "
            f"`assent run {folder}`"
        )
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return sorted(texts)


def _name(folder: Path) -> str:
    """A project name made from the folder's: lower case, digits and hyphens."""
    letters = [c if c.isascii() and c.isalnum() else "-" for c in folder.resolve().name.lower()]
    return "".join(letters).strip("-")[:40] or "project"


def _guideline(name: str) -> str:
    return files(__package__).joinpath(f"{name}.md").read_text("utf-8")
