"""HTTP read by httptools, which is several times as quick as h11, with an end to what is read.

uvicorn's own class for it has no limit on a request line, on headers or on trailers, so that
one endless line would fill the memory. It offers no other way to set one than a child of it.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from assent.web.guard import MAX_BODY_BYTES, most_bytes

# As h11 counts: what is complete when it arrives passes, whatever is waited for may not be longer.
MAX_HEAD_BYTES = 64 * 1024
# A body in very small chunks is mostly lengths of chunks; the guard counts the body itself.
MAX_MESSAGE_BYTES = MAX_HEAD_BYTES + 8 * MAX_BODY_BYTES
_TOO_LONG = "The request is too long."


class Protocol(HttpToolsProtocol):
    """One connection. Bytes are counted from the one after that in which a request began."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._most = MAX_HEAD_BYTES
        self._open = False  # whether a request has begun that did not end yet
        self._read = 0

    def data_received(self, data: bytes) -> None:
        """Read on, or refuse."""
        if self._open:
            self._read += len(data)
            if self._read > self._most:
                self.send_400_response(_TOO_LONG)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Count anew."""
        self._open, self._read, self._most = True, 0, MAX_HEAD_BYTES
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there: a body may follow."""
        super().on_headers_complete()
        # Where more than usual is taken, only that: nobody sends a film in chunks of a byte.
        self._most = MAX_MESSAGE_BYTES + most_bytes(self.scope["path"]) - MAX_BODY_BYTES

    def on_message_complete(self) -> None:
        """Everything is there."""
        self._open = False
        super().on_message_complete()
