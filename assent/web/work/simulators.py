"""The process in which people play, as the page sees it: started when somebody plays, lost alone.

The page knows no simulator. It talks in lines of JSON to `assent.environments.playing`, which
ends when this process does, since its input is a pipe from here.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from typing import IO, Any, final

from assent.errors import StoreError
from assent.records import Json

WORKER = "assent.environments.playing"
TIMEOUT_SECONDS = 30.0  # of one request; the first loads a simulator
_GONE = "the simulator is not there; press the key again in a moment"


@final
class Simulators:
    """One worker for all projects of a server; requests take turns."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def ask(self, request: Json) -> Json:
        """The worker's answer; `error` in it is for the person.

        Raises StoreError when the worker does not answer; the next request starts another.
        """
        with self._lock:
            worker = self._running()
            try:
                assert worker.stdin is not None, "the worker was started with a pipe"
                worker.stdin.write(json.dumps(request) + "\n")
                worker.stdin.flush()
                line = self._answers.get(timeout=self._timeout)
            except (OSError, queue.Empty):
                line = ""
            if not line:
                self._stop()
                raise StoreError(_GONE)
            answer: Json = json.loads(line)
            return answer

    def close(self) -> None:
        """End the worker, if there is one."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[str]:
        if self._worker is None or self._worker.poll() is not None:
            self._stop()
            # The worker imports what we can import, such as an environment beside the project.
            path = os.pathsep.join(each for each in sys.path if each)
            self._worker = subprocess.Popen(
                [sys.executable, "-m", WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
            )
            self._answers = queue.Queue()
            reader = (self._worker.stdout, self._answers)
            threading.Thread(target=_read, args=reader, daemon=True).start()
        return self._worker

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent goes nowhere
                    pipe.close()


def _read(lines: IO[str], answers: queue.Queue[Any]) -> None:
    """In a thread: hand every line on, and at the end an empty one."""
    try:
        for line in lines:
            answers.put(line)
    except ValueError:
        pass  # closed while it was read
    answers.put("")
