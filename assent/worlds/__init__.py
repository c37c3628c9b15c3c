"""The two worlds, and how a project gets its own."""

from __future__ import annotations

from assent.config import ControlConfig
from assent.project import Project
from assent.worlds.world import World


def make(project: Project) -> World:
    """The world that the project's settings name; its libraries are loaded only now."""
    if isinstance(project.config, ControlConfig):
        from assent.worlds.control import ControlWorld

        return ControlWorld(project.config, project.folder)
    from assent.worlds.text import TextWorld

    return TextWorld(project.config, project.folder, project.store)
