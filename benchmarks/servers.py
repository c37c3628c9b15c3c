"""Server processes and databases for the benchmarks of the page: started, killed, thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql(durable: bool = True) -> Iterator[str]:
    """The URL of a PostgreSQL of one's own, gone with the block.

    durable: with fsync, as a server that keeps answers has it.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = str(found[-1]) if found else shutil.which("initdb")
    if program is None:
        raise SystemExit("PostgreSQL is not installed here (initdb); name a server with --url")
    binaries = Path(program).parent
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

    settings = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=200"
    if not durable:
        settings += " -c fsync=off"
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


class Server:
    """`assent serve` as a process that may be killed at any moment and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "assent", "serve", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it answers a second or two later."""
        command = [*self._command, "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """kill -9: it gets no chance to finish anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def answers(self) -> bool:
        """Whether it takes connections now."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def wait(self, seconds: float = 60) -> None:
        """Until it takes connections. Raises SystemExit when it does not."""
        until = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > until:
                raise SystemExit(f"the server on port {self.port} does not answer")
            time.sleep(0.05)


@contextmanager
def serving(folder: Path, number: int) -> Iterator[list[Server]]:
    """So many server processes of one project, all of them answering."""
    servers = [Server(folder) for _ in range(number)]
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.kill()
