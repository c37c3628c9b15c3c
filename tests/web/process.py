"""A real server over a site of the tests, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from assent.web.app import create_app
from assent.web.protocol import Protocol
from assent.web.server import listen
from assent.web.site import Site


@contextmanager
def running(site: Site) -> Iterator[str]:
    """The address of the project, `http://127.0.0.1:port/name`, until the block ends."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app([site]),
            http=Protocol,
            log_level="error",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/{site.name}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
