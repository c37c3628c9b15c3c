"""A real server process for the browser tests: of a folder, on a port, with a length of leases."""

from __future__ import annotations

from pathlib import Path

from assent.project import Project, open_answers
from assent.store.store import open_store
from assent.web import app, languages, render, server
from assent.web.work import pages
from tests.web import content, pseudo


def main(folder: Path, port: int, lease_seconds: float) -> None:
    """Serve what lies in the folder; its world is the name of the folder, or as its settings say.

    A folder `static` in it is another version of the page's files; one without a worker is of a
    version that knew of none.
    """
    if (files := folder / "static").is_dir():
        render.STATIC = vars(app)["STATIC"] = files
        if not (files / "work" / "worker.js").exists():
            known = [each for each in pages.router.routes if each.name != "worker"]  # type: ignore[attr-defined]
            pages.router.routes = known
    languages.LANGUAGES[pseudo.CODE] = pseudo.language()
    if folder.name == "answers":
        server.serve([open_answers(folder)], port)
        return
    config = content.settings("project", folder.name, lease_seconds=lease_seconds)
    server.serve([Project(folder, config, open_store(folder))], port)
