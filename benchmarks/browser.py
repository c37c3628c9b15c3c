"""A browser as far as requests go: one connection, one session, and a line that may be cut."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any, Literal

# Where a line is cut: in the middle of sending, or after sending and before the response is read.
Cut = Literal["before", "after"]


class Broken(Exception):
    """The line broke: nobody knows whether the request arrived."""


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status


class Browser:
    """Somebody's browser. `port` may be changed between two calls: another server process."""

    def __init__(self, project: str, port: int) -> None:
        self.project = project
        self.port = port
        self._cookie = ""
        self._line: tuple[int, asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def join(self, token: str, name: str) -> None:
        """Take up an invite."""
        await self.call("POST", "join", {"token": token, "name": name, "consent": True})

    async def call(
        self, method: str, path: str, body: Any = None, cut: Cut | None = None, delay: float = 0.0
    ) -> Any:
        """The JSON of a response. Raises Broken, or Refused.

        cut: break the line there; delay: so many seconds after sending.
        """
        request = self._request(method, path, body)
        try:
            if cut == "before":
                _, writer = await self._connect()
                writer.write(request[: len(request) * 2 // 3])
                await writer.drain()
                raise Broken("cut before it was sent")
            reader, writer = await self._connect()
            writer.write(request)
            await writer.drain()
            if cut == "after":
                await asyncio.sleep(delay)
                raise Broken("cut before the response")
            status, headers, content = await asyncio.wait_for(_response(reader), 60)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self.hang_up()
            raise Broken(str(error)) from None
        except Broken:
            self.hang_up()
            raise
        if status != 200:
            raise Refused(status, content.decode("utf-8", "replace")[:300])
        self._cookie = headers.get("set-cookie", self._cookie).split(";")[0]
        return json.loads(content)

    async def fetch(self, path: str) -> bytes:
        """What stands at a path, as it is. Raises Refused."""
        reader, writer = await self._connect()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {self._cookie}"]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        status, _, content = await asyncio.wait_for(_response(reader), 600)
        if status != 200:
            raise Refused(status, content.decode("utf-8", "replace")[:300])
        return content

    def hang_up(self) -> None:
        """Close the line without a word."""
        if self._line is not None:
            self._line[2].transport.abort()
            self._line = None

    def _request(self, method: str, path: str, body: Any) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} /{self.project}/api/{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "X-Assent: 1",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "Accept-Encoding: gzip",
            f"Cookie: {self._cookie}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._line is not None and self._line[0] != self.port:
            self.hang_up()
        if self._line is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self._line = (self.port, reader, writer)
        return self._line[1], self._line[2]


async def _response(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by small name, content. Raises ValueError when it is not HTTP."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        content = await _chunks(reader)
    else:
        content = await reader.readexactly(int(headers.get("content-length", "0")))
    if headers.get("content-encoding") == "gzip":
        content = zlib.decompress(content, zlib.MAX_WBITS | 16)
    return int(head[0].split()[1]), headers, content


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A content that comes in pieces."""
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append((await reader.readexactly(size + 2))[:size])
    await reader.readexactly(2)
    return b"".join(pieces)
