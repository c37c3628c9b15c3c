"""The Python client, against a real server."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assent import desk, hearing
from assent.client import Client
from assent.desk import Submission
from assent.errors import AccessError, AnswerError, StoreError
from assent.feedback import kind as kinds
from assent.interop import files, jsonl
from assent.records import Annotator, Json
from assent.web.site import Site
from tests.interop.written import film
from tests.web import content
from tests.web.process import running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = content.site(tmp_path_factory.mktemp("client") / "replies")
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def root(site: Site) -> Iterator[str]:
    with running(site) as address:
        yield address


@pytest.fixture
def client(site: Site, root: str) -> Client:
    token = site.store.people.invite("owner", time.time(), 1.0, 1)
    return Client.enter(f"{root}/join/{token}")


def pair(name: str, **more: object) -> Json:
    items = [{"id": each, "prompt": "Hello", "reply": f"{each} of {name}"} for each in "ab"]
    return {"id": name, "kind": "comparison", "items": items, **more}


def choose(site: Site, question: str, item: str, who: str) -> None:
    """Let somebody answer a pushed question through the counter."""
    site.store.people.add_all([Annotator(who, who)])
    slots = desk.claim(site.store, who, 400, time.time(), 60.0)
    slot = next(each for each in slots if each.query.id == f"outside-{question}")
    place = slot.query.options["items"].index(item)
    answer = {"choice": slot.query.segments[place].key}
    desk.answer(
        site.store,
        Submission(slot.id, slot.lease_token, who, slot.query.id, answer, f"{question}-{who}"),
        time.time(),
    )


def test_a_pushed_question_comes_back_with_its_answer_in_the_senders_names(
    site: Site, client: Client
) -> None:
    assert client.ask([pair("one")]) == 1
    choose(site, "one", "b", "ada")

    [event] = client.answers()["one"]

    assert (event["answer"], event["items"], sorted(event["shown"]), event["annotator"]) == (
        {"choice": "b", "strength": "some"},
        ["a", "b"],
        ["a", "b"],
        "ada",
    )


def test_pushing_again_is_harmless(client: Client) -> None:
    assert [client.ask([pair("two"), pair("three")]) for _ in range(2)] == [2, 0]


def test_what_changed_under_the_same_id_is_told_and_stays(client: Client) -> None:
    client.ask([pair("changing")])
    with pytest.raises(AnswerError, match="'changing' were asked before with another content"):
        client.ask([pair("changing", question="Which is worse?")])


def test_a_dialogue_is_asked_about_with_all_its_messages(site: Site, client: Client) -> None:
    messages = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "And?"},
    ]
    items = [{"id": each, "messages": messages, "reply": f"Reply {each}"} for each in "ab"]
    client.ask([{"id": "dialogue", "kind": "comparison", "items": items}])
    query = site.store.questions.get("outside-dialogue")
    shown = site.store.questions.scene(query.segments[0].key)
    assert shown is not None
    assert (shown["messages"], shown["reply"]) == (messages, "Reply a")


def test_a_question_gets_more_answers_or_fewer_afterwards(site: Site, client: Client) -> None:
    client.ask([pair("wide", answers_wanted=2)])
    choose(site, "wide", "a", "wide-1")
    wanted = [client.want("wide", 4)]
    client.ask([pair("wide", answers_wanted=5)])
    wanted += [client.want("wide", 0), client.want("wide", 0)]
    with pytest.raises(AnswerError, match="push it first"):
        client.want("never", 1)
    assert wanted == [4, 1, 1]


def test_what_is_refused_is_named_by_the_senders_id(client: Client) -> None:
    with pytest.raises(AnswerError, match=r"question 'odd'\.items\.0\.text"):
        client.ask([pair("even"), {"id": "odd", "kind": "rating", "items": [{"text": "x"}]}])


def test_many_questions_go_in_parcels(site: Site, client: Client) -> None:
    assert client.ask(pair(f"many-{n}") for n in range(230)) == 230


def test_who_remembers_the_last_number_misses_nothing(site: Site, client: Client) -> None:
    client.ask([pair("four", answers_wanted=2)])
    before = client.overview()["answers"]
    last = max((event["number"] for event in client.events()), default=0)
    choose(site, "four", "a", "bo")

    later = list(client.events(after=last))

    assert ([each["query"] for each in later], client.overview()["answers"]) == (
        ["four"],
        before + 1,
    )


def test_events_are_followed_as_they_come(site: Site, client: Client) -> None:
    client.ask([pair("five")])
    last = max((event["number"] for event in client.events()), default=0)
    following = client.follow(after=last, pause_seconds=0.05)
    choose(site, "five", "a", "cy")
    assert next(following)["query"] == "five"


def test_an_invite_of_the_client_lets_annotators_in(client: Client, root: str) -> None:
    link = client.invite(uses=1)
    assert link.startswith(f"{root}/join/")
    with pytest.raises(AccessError, match="consent"):
        Client.enter(link)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({**pair("six"), "kind": "nothing"}, "nothing"),
        ({**pair("six"), "items": pair("six")["items"][:1]}, "needs 2 segments"),
        ({**pair("six"), "items": [{"id": "a", "reply": "x"}, {"id": "a", "reply": "y"}]}, "twice"),
        ({**pair("six"), "items": [{"id": "a", "reply": "x"}, {"id": "b", "reply": "x"}]}, "same"),
        ({**pair("six"), "id": "../../etc"}, "id"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_the_reason(
    client: Client, question: Json, words: str
) -> None:
    with pytest.raises(AnswerError, match=words):
        client.ask([question])


def test_a_link_works_once(site: Site, root: str) -> None:
    token = site.store.people.invite("owner", time.time(), 1.0, 1)
    Client.enter(f"{root}/join/{token}")
    with pytest.raises(AccessError, match="used up"):
        Client.enter(f"{root}/join/{token}")


def test_what_is_no_link_is_said(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="no invite link"):
        Client.enter("http://127.0.0.1:1/replies")


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(StoreError, match="does not answer"):
        Client.enter("http://127.0.0.1:9/replies/join/x")


def test_what_was_pushed_is_not_learnt_from_by_the_loop(site: Site, client: Client) -> None:
    client.ask([pair("seven")])
    choose(site, "seven", "a", "dee")
    assert hearing.judgements(site.store) == []


def test_a_correction_from_outside_is_told_and_not_learnt_from(site: Site, client: Client) -> None:
    client.ask([{"id": "eight", "kind": "correction", "items": [{"id": "a", "reply": "It ist."}]}])
    site.store.people.add_all([Annotator("eve", "eve")])
    slots = desk.claim(site.store, "eve", 400, time.time(), 60.0)
    slot = next(each for each in slots if each.query.id == "outside-eight")
    given = Submission(
        slot.id, slot.lease_token, "eve", slot.query.id, {"text": "It is."}, "eight-eve"
    )
    desk.answer(site.store, given, time.time())

    [event] = client.answers()["eight"]

    assert (slot.query.options["original"], event["answer"], hearing.written(site.store)) == (
        "It ist.",
        {
            "text": "It is.",
            "difference": [["=", "It "], ["-", "ist"], ["+", "is"], ["=", "."]],
        },
        {},
    )
    assert slot.query.question == kinds.find("correction").question


@contextmanager
def forgetful(root: str, drops: int) -> Iterator[str]:
    """A line to the server that loses so many responses after the server has done its work."""
    address, name = root.removeprefix("http://").split("/")
    host, port = address.split(":")
    left = [drops]

    def serve(line: socket.socket) -> None:
        with line, socket.create_connection((host, int(port)), 30) as server:
            request = line.recv(65536)
            while b"\r\n\r\n" not in request or len(request) < _length(request):
                request += line.recv(65536)
            server.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b""
            while part := server.recv(65536):
                answer += part
            if left[0]:
                left[0] -= 1
            else:
                line.sendall(answer)

    def accept() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,)).start()

    with socket.create_server((host, 0)) as listener:
        threading.Thread(target=accept).start()
        yield f"http://{host}:{listener.getsockname()[1]}/{name}"
        listener.shutdown(socket.SHUT_RDWR)
    assert left == [0], "no response was lost"


def _length(request: bytes) -> int:
    """Of a whole request: its head and the content that the head promises."""
    head = request.index(b"\r\n\r\n") + 4
    found = re.search(rb"content-length: (\d+)", request[:head].lower())
    return head + int(found[1]) if found else head


def test_what_was_done_and_not_acknowledged_is_not_done_twice(
    site: Site, client: Client, root: str
) -> None:
    with forgetful(root, drops=2) as broken:
        Client(broken, client.cookie).ask([pair("nine"), pair("ten")])
    kept = [query.id for query in site.store.questions.list() if query.id[8:] in ("nine", "ten")]
    assert sorted(kept) == ["outside-nine", "outside-ten"]


def guided(site: Site, root: str, words: str) -> str:
    """The guide's example that has these words, with an owner link of its own."""
    guide = (Path(__file__).parent.parent / "docs" / "guide.md").read_text("utf-8")
    found = re.findall(r"```python\n(from assent.client.*?)```", guide, re.DOTALL)
    [example] = [each for each in found if words in each]
    token = site.store.people.invite("owner", time.time(), 1.0, 1)
    return re.sub(r'"http://.*?/join/\.\.\."', repr(f"{root}/join/{token}"), example)


def test_the_example_for_labelling_alone_asks_and_is_exported(
    site: Site, root: str, tmp_path: Path
) -> None:
    exec(compile(guided(site, root, "pairs ="), "docs/guide.md", "exec"), {})
    choose(site, "pair0", "0", "nina")
    choose(site, "pair1", "0", "nina")

    jsonl.write(tmp_path / "said.jsonl", jsonl.lines(site.store, site.name, 1.0))
    found = files.read(tmp_path / "said.jsonl")

    said = [found.queries[a.query] for a in found.answers if a.annotator == "nina"]
    texts = {f"{item.id}:0:1": item.response for item in found.items.values()}
    shown = [[texts[segment.key] for segment in query.segments] for query in said]
    assert (found.refused, shown) == ((), [["7", "8"], ["Red.", "Seven."]])


def test_the_example_of_the_guide_runs(
    site: Site, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    example = guided(site, root, "client.follow")

    def people() -> None:
        while not site.store.questions.many(["outside-q1"]):
            time.sleep(0.02)
        choose(site, "q1", "b", "fay")

    answering = threading.Thread(target=people)
    answering.start()
    exec(compile(example, "docs/guide.md", "exec"), {})
    answering.join()

    told = capsys.readouterr().out
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 10
    assert "/join/" in told
    assert "q1 {'choice': 'b', 'strength': 'some'}" in told
    assert told.splitlines()[-1].startswith("[{'number': ")


def test_a_film_is_sent_from_its_file_and_asked_about(
    site: Site, client: Client, tmp_path: Path
) -> None:
    # Larger than what any other request may bring, and more than a line holds.
    for name in "ab":
        (tmp_path / name).write_bytes(film(name.encode()).ljust(3_000_000, b"."))
    hashes = [client.film(tmp_path / name) for name in "ab"]
    items = [{"id": name, "video": {"hash": hash}} for name, hash in zip("ab", hashes, strict=True)]
    assert client.film(str(tmp_path / "a")) == hashes[0]
    assert client.ask([{"id": "films", "kind": "comparison", "items": items}]) == 1
    choose(site, "films", "b", "ada")
    assert site.store.blobs.get(hashes[1]) == (tmp_path / "b").read_bytes()
    assert client.answers()["films"][0]["answer"]["choice"] == "b"


def test_what_is_no_film_is_not_sent(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.mp4"
    path.write_bytes(b"<html>")
    with pytest.raises(AnswerError, match="begins with b'<html>'; MP4 or WebM is expected"):
        client.film(path)
    path.write_bytes(film(b"").ljust(101))
    monkeypatch.setattr("assent.client.MAX_FILM_BYTES", 100)
    with pytest.raises(AnswerError, match="101 bytes; up to 100 are taken"):
        client.film(path)
    with pytest.raises(FileNotFoundError):
        client.film(tmp_path / "none.mp4")


def test_a_film_is_not_sent_by_whoever_is_no_owner(root: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(film(b"a").ljust(3_000_000, b"."))
    with pytest.raises(AccessError, match="belongs to the project's owner"):
        Client(root, "").film(path)
