"""A PostgreSQL server of one's own, for benchmarks and tests: started, used, thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONNECTIONS = 200  # at once: four server processes have up to 32 each


def installed() -> Path | None:
    """The folder of the newest PostgreSQL server's programs; None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    program = found[-1] if found else shutil.which("initdb")
    return Path(program).parent if program else None


@contextmanager
def started(binaries: Path, durable: bool) -> Iterator[str]:
    """The URL of a server that is gone with the block.

    durable: with fsync, as a server that keeps answers has it; tests do without.
    """
    # Not in a folder of this user's alone: the server's own user must be able to enter.
    home = Path(tempfile.mkdtemp(prefix="assent-postgresql-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    port = free_port()

    def call(name: str, *arguments: str) -> None:
        command = [str(binaries / name), "-D", str(home / "data"), *arguments]
        with (home / "calls.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, user=user, cwd=home)

    settings = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
    settings += f" -c max_connections={CONNECTIONS} -c fsync={'on' if durable else 'off'}"
    try:
        call("initdb", "-U", "assent", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        call("pg_ctl", "-l", str(home / "server.log"), "-w", "-o", settings, "start")
        yield f"postgresql+psycopg://assent@127.0.0.1:{port}/postgres"
        call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
