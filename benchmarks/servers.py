"""Server processes and databases for the benchmarks of the page: started and killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postgresql import free_port, installed, started


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of one's own, with fsync on, gone with the block."""
    binaries = installed()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed here (initdb); name a server with --url")
    with started(binaries, durable=True) as url:
        yield url


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
