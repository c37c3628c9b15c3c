"""The page in a process of its own, so that training never makes a person wait."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def page(folders: Sequence[Path], port: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """`assent serve` beside this process; it ends with the block, or when this process dies.

    The page's process reads a pipe from here as its standard input: a closed pipe, even after
    kill -9, tells it to stop, so that no orphan keeps the port.
    """
    command = [sys.executable, "-m", "assent", "serve", "--until-closed"]
    if port is not None:
        command += ["--port", str(port)]
    child = subprocess.Popen([*command, *map(str, folders)], stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin is not None:
            child.stdin.close()


def stop_when_closed() -> None:
    """End this process once its standard input is closed by the process that started it."""

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
