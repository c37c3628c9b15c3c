"""Another system's side of the page: push questions about one's own things, follow the answers.

    client = Client.enter("http://127.0.0.1:8700/replies/join/...")  # an owner link, once
    client.ask([{"id": "q1", "kind": "approval", "items": [{"id": "a", "reply": "Hello."}]}])
    for event in client.follow():
        print(event["query"], event["answer"])

Films go first, each to its hash: `{"id": "a", "video": {"hash": client.film("a.mp4")}}`.

Nothing but the standard library is needed. A question that was pushed before stays as it
is, so that pushing again after a fault is harmless; events have numbers without gaps, so
that who remembers the last number has missed nothing.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode, urlsplit

from assent.errors import AccessError, AnswerError, AssentError, StoreError
from assent.records import Json
from assent.store.films import EXPECTED, HEAD_BYTES, MAX_FILM_BYTES, mime_of

_PARCEL = 100  # questions or events of one request
_MOST_BYTES = 200_000  # of one request; the server takes a little more
_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.5
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Client:
    """An owner's session with one project of a server.

    root: `http://host:port/project`. cookie: of the session; keep it to come back without
        a new link, and keep it secret: whoever has it owns the project.
    """

    root: str
    cookie: str

    @classmethod
    def enter(cls, link: str) -> Client:
        """Take up an owner link, as printed by `assent serve` or `assent invite --role owner`.

        Raises AccessError when it is no owner link or does not work any more.
        """
        root, join, token = link.strip().rpartition("/join/")
        if not (root and join and token):
            raise AccessError(f"{link[:80]!r} is no invite link; expected http://.../join/...")
        status, headers, content = _send(root, "POST", "join", _encoded({"token": token}), "")
        said = _read(status, content)
        if said.get("role") != "owner":
            raise AccessError("this link is for annotators; a client needs an owner link")
        return cls(root, headers.get("set-cookie", "").split(";")[0])

    def overview(self) -> Json:
        """The state of the project, as on the owner's page."""
        return self._call("GET", "owner/overview")

    def ask(self, questions: Iterable[Json]) -> int:
        """Queue questions and return how many are new; those that are there stay as they are.

        One that was kept although its acknowledgement got lost is there when it is sent again;
        where more answers are wanted now, it gets more.

        questions: each with `id`, `kind`, `items` (`id`, `reply` or the `video` of a film, perhaps
            `prompt` or, of a dialogue, `messages`), perhaps `question`, `answers_wanted`, `options`
            and `meta`, as the API's document says.
        Raises AnswerError naming what the server does not accept, or what is there with another
        content; what came before it is kept.
        """
        added = 0
        for parcel in _parcels(questions):
            try:
                said = self._call("POST", "owner/questions", {"questions": parcel})
            except AnswerError as error:
                raise AnswerError(_by_id(str(error), parcel)) from None
            added += int(said["added"])
            if said["changed"]:
                raise AnswerError(
                    f"{', '.join(map(repr, said['changed'][:5]))} were asked before with another "
                    "content, and stay as they were; give what changed a new id"
                )
        return added

    def film(self, path: str | Path) -> str:
        """Send a film, MP4 or WebM, and return its hash, by which items name it as their `video`.

        The same film again is the same hash. Raises AnswerError when it is too large, empty or
        of another type, OSError when it cannot be read.
        """
        with Path(path).open("rb") as file:
            size, head = Path(path).stat().st_size, file.read(HEAD_BYTES)
            if mime_of(head) is None:
                raise AnswerError(f"the film {path} begins with {head[:12]!r}; {EXPECTED}")
            if size > MAX_FILM_BYTES:
                raise AnswerError(
                    f"the film {path} has {size:,} bytes; up to {MAX_FILM_BYTES:,} are taken: cut "
                    "it shorter, or make it smaller"
                )

            def send() -> _Response:
                file.seek(0)
                return _send(self.root, "POST", "media", file, self.cookie, size)

            return str(_patiently(send)["hash"])

    def want(self, question: str, answers: int) -> int:
        """Let a question have so many answers in all; 0: no more than it has.

        Returns how many it gets: what is given, or being worked on, stays.
        """
        path = f"owner/questions/wanted?{urlencode({'id': question})}"
        return int(self._call("PUT", path, {"answers": answers})["answers"])

    def events(self, after: int = 0) -> Iterator[Json]:
        """What was said after event number `after`, up to now: answers, corrections, undos."""
        while True:
            query = urlencode({"after": after, "limit": _PARCEL})
            found = self._call("GET", f"owner/events?{query}")["events"]
            yield from found
            if len(found) < _PARCEL:
                return
            after = int(found[-1]["number"])

    def follow(
        self, after: int = 0, pause_seconds: float = 2.0, until: float | None = None
    ) -> Iterator[Json]:
        """Events as they come, for ever or until a moment in seconds since 1970."""
        while until is None or time.time() < until:
            for event in self.events(after):
                after = int(event["number"])
                yield event
            time.sleep(pause_seconds)

    def answers(self) -> dict[str, list[Json]]:
        """From each question to its answers in force, oldest first."""
        in_force: dict[str, Json] = {}
        for event in self.events():
            in_force.pop(event["replaces"], None)
            if event["answer"] is not None:
                in_force[event["feedback"]] = event
        found: dict[str, list[Json]] = {}
        for event in in_force.values():
            found.setdefault(event["query"], []).append(event)
        return found

    def invite(self, uses: int | None = None, days: float | None = None) -> str:
        """A new link for annotators. uses: how many may come in by it; None: any number."""
        body = {"role": "annotator", "uses": uses, "days": days}
        path = str(self._call("POST", "owner/invites", body)["path"])
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}{path}"

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        sent = None if body is None else _encoded(body)
        return _patiently(lambda: _send(self.root, method, path, sent, self.cookie))


_Response = tuple[int, dict[str, str], bytes]


def _patiently(send: Callable[[], _Response]) -> Json:
    """The JSON of a response; asked again while the server is away or busy."""
    wait = _FIRST_WAIT_SECONDS
    for attempt in range(_ATTEMPTS):
        try:
            status, _, content = send()
        except StoreError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if status not in (429, 503) or attempt == _ATTEMPTS - 1:
                return _read(status, content)
        time.sleep(wait)
        wait *= 2
    raise AssertionError("the last attempt returns or raises")


def _parcels(questions: Iterable[Json]) -> Iterator[list[Json]]:
    """Questions in as few requests as the server takes."""
    waiting = iter(questions)
    while some := list(islice(waiting, _PARCEL)):
        parcel: list[Json] = []
        size = 0
        for question in some:
            size += len(_encoded(question))
            if parcel and size > _MOST_BYTES:
                yield parcel
                parcel, size = [], len(_encoded(question))
            parcel.append(question)
        yield parcel


def _by_id(error: str, parcel: Sequence[Json]) -> str:
    """An error with questions by their ids, in place of where they stood in a request."""
    return re.sub(
        r"body\.questions\.(\d+)",
        lambda found: f"question {parcel[int(found[1])].get('id')!r}",
        error,
    )


def _encoded(body: Json) -> bytes:
    # Letters as they are: escaped, most languages take two or three times the room. Half a
    # character is sent on, so that the server says what is wrong with it.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _send(
    root: str,
    method: str,
    path: str,
    body: bytes | BinaryIO | None,
    cookie: str,
    size: int | None = None,
) -> _Response:
    """Status, headers by small name, content. Raises StoreError when the line breaks.

    size: of a body that is a file, which is sent as it is read.
    """
    parts = urlsplit(root)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    line = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    headers = {"X-Assent": "1", "Content-Type": "application/json", "Cookie": cookie}
    if size is not None:
        headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    try:
        line.request(method, f"{parts.path}/api/{path}", body, headers)
        response = line.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return response.status, told, response.read()
    except (OSError, HTTPException) as error:
        raise StoreError(f"{parts.netloc} does not answer ({error}); try again") from None
    finally:
        line.close()


def _read(status: int, content: bytes) -> Json:
    """The JSON of a response that says yes; its error as ours otherwise."""
    try:
        said = json.loads(content)
    except ValueError:
        said = {"error": f"HTTP {status}: {content[:80]!r}"}
    if status < 400 and isinstance(said, dict):
        return said
    words: Sequence[str] = [str(said.get(name, "")) for name in ("error", "what_to_do")]
    kinds: dict[int, type[AssentError]] = {401: AccessError, 403: AccessError, 503: StoreError}
    raise kinds.get(status, AnswerError)("; ".join(filter(None, words)))
