"""Another system's side of the page: push questions about one's own texts, follow the answers.

    client = Client.enter("http://127.0.0.1:8700/replies/join/...")  # an owner link, once
    client.ask([{"id": "q1", "kind": "approval", "items": [{"id": "a", "reply": "Hello."}]}])
    for event in client.follow():
        print(event["query"], event["answer"])

Nothing but the standard library is needed. A question that was pushed before stays as it
is, so that pushing again after a fault is harmless; events have numbers without gaps, so
that who remembers the last number has missed nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from urllib.parse import urlencode, urlsplit

from assent.errors import AccessError, AnswerError, AssentError, StoreError
from assent.records import Json

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
        status, headers, content = _send(root, "POST", "join", {"token": token}, "")
        said = _read(status, content)
        if said.get("role") != "owner":
            raise AccessError("this link is for annotators; a client needs an owner link")
        return cls(root, headers.get("set-cookie", "").split(";")[0])

    def overview(self) -> Json:
        """The state of the project, as on the owner's page."""
        return self._call("GET", "owner/overview")

    def ask(self, questions: Iterable[Json]) -> int:
        """Queue questions and return how many are new; those that are there stay as they are.

        One that was kept although its acknowledgement got lost is there when it is sent again.

        questions: each with `id`, `kind`, `items` (`id`, `reply`, perhaps `prompt`), perhaps
            `question`, `answers_wanted` and `options`, as the API's document says.
        Raises AnswerError naming what the server does not accept; what came before it is kept.
        """
        added = 0
        for parcel in _parcels(questions):
            added += int(self._call("POST", "owner/questions", {"questions": parcel})["added"])
        return added

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
        """The JSON of a response; asked again while the server is away or busy."""
        wait = _FIRST_WAIT_SECONDS
        for attempt in range(_ATTEMPTS):
            try:
                status, _, content = _send(self.root, method, path, body, self.cookie)
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
            size += len(json.dumps(question))
            if parcel and size > _MOST_BYTES:
                yield parcel
                parcel, size = [], len(json.dumps(question))
            parcel.append(question)
        yield parcel


def _send(
    root: str, method: str, path: str, body: Json | None, cookie: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by small name, content. Raises StoreError when the line breaks."""
    parts = urlsplit(root)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    line = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    headers = {"X-Assent": "1", "Content-Type": "application/json", "Cookie": cookie}
    try:
        line.request(
            method,
            f"{parts.path}/api/{path}",
            None if body is None else json.dumps(body).encode(),
            headers,
        )
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
