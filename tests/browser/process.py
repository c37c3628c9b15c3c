"""A real server process for the browser tests: of a folder, on a port, with a length of leases."""

from __future__ import annotations

import sys
from pathlib import Path

from assent.project import Project
from assent.store.store import open_store
from assent.web import languages, server
from tests.web import content, pseudo


def main(folder: Path, port: int, lease_seconds: float) -> None:
    """Serve what lies in the folder; its world is the name of the folder."""
    languages.LANGUAGES[pseudo.CODE] = pseudo.language()
    config = content.settings("project", folder.name, lease_seconds=lease_seconds)
    server.serve([Project(folder, config, open_store(folder))], port)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
