"""What comes over the line before there is a request: no end of it, or two meanings."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import repeat

import pytest

from assent.web.protocol import MAX_HEAD_BYTES, MAX_MESSAGE_BYTES
from assent.web.site import Site
from tests.web.process import running

PIECE = b"a" * 8192
MANY = 4 * MAX_MESSAGE_BYTES // len(PIECE)
START = b"GET /replies/api/next HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = (
    b"POST /replies/api/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Assent: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture
def port(site: Site) -> Iterator[int]:
    with running(site) as address:
        yield int(address.split(":")[2].split("/")[0])


def _sent(port: int, first: bytes, pieces: Iterator[bytes] = iter(())) -> tuple[int, int]:
    """The status that comes back, and how many bytes were taken."""
    taken = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(first)
        try:
            for piece in pieces:
                line.sendall(piece)
                taken += len(piece)
        except OSError:
            pass  # it hung up; what it said before can still be read, unless it was overtaken
        try:
            answer = line.recv(65536)
        except OSError:
            answer = b""
    return int(answer.split()[1]) if answer else 0, taken


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"GET /", PIECE),
        (START + b"X: ", PIECE),
        (START, b"X: " + PIECE + b"\r\n"),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + PIECE + b"\r\n"),
        (CHUNKED + b"2;", PIECE),
    ],
    ids=["request line", "header", "headers", "trailers", "chunk extension"],
)
def test_what_has_no_end_is_refused(port: int, first: bytes, piece: bytes) -> None:
    status, taken = _sent(port, first, repeat(piece, MANY))
    assert status in (0, 400, 413)
    # What was on its way when the line was closed does not count as read.
    assert taken < len(piece) * MANY


def test_a_long_head_that_ends_is_read(port: int) -> None:
    assert _sent(port, START + b"X: " + b"a" * (MAX_HEAD_BYTES // 2) + b"\r\n\r\n")[0] == 403


@pytest.mark.parametrize(
    "head",
    [
        START + b"Host: example.org\r\n\r\n",
        START + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        START + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        START.replace(b"Host:", b"Host :") + b"\r\n",
        START + b"X: a\x00b\r\n\r\n",
    ],
    ids=["two hosts", "two lengths", "length and chunks", "space before colon", "NUL"],
)
def test_what_two_readers_could_read_differently_is_refused(port: int, head: bytes) -> None:
    assert _sent(port, head)[0] == 400
