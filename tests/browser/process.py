"""A real server process for the browser tests: `python -m tests.browser.process FOLDER PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

from assent.project import Project
from assent.store.store import open_store
from assent.web import languages, server
from tests.web import content, pseudo


def main(folder: Path, port: int) -> None:
    """Serve what lies in the folder; its world is the name of the folder."""
    languages.LANGUAGES[pseudo.CODE] = pseudo.language()
    config = content.settings("project", folder.name, lease_seconds=900.0)
    server.serve([Project(folder, config, open_store(folder))], port)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
