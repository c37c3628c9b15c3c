"""Films as lines of an items file: which are taken, and what they are known by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assent.errors import DataError
from assent.interop import files
from assent.interop.collection import Collection
from assent.interop.films import film_in
from assent.store import films
from tests.interop.written import film

MP4, WEBM = film(b"one"), b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(30)


def read(folder: Path, *rows: Any) -> Collection:
    lines = [json.dumps({"item_id": f"i{n}", **row}) + "\n" for n, row in enumerate(rows)]
    (folder / "items.jsonl").write_text("".join(lines), "utf-8")
    return files.read(folder / "items.jsonl")


def test_a_film_is_known_by_its_bytes_and_its_prompt(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    for name, content in (("a.mp4", MP4), ("clips/b", MP4), ("c.webm", WEBM)):
        (tmp_path / name).write_bytes(content)
    found = read(
        tmp_path,
        {"video": "a.mp4", "prompt": "Stack."},
        {"video": "clips/b", "prompt": "Stack.", "fps": 10},
        {"video": "c.webm", "prompt": ""},
        {"video": "c.webm"},
        {"video": "a.mp4"},
    )
    ids = [found.entries[f"i{n}"][0] for n in range(5)]
    told = [film_in(found.items[id]) for id in dict.fromkeys(ids)]
    assert (ids[0] == ids[1], ids[2] == ids[3], len(set(ids))) == (True, True, 3)
    assert [(each.mime, each.fps) for each in told if each] == [
        ("video/mp4", 30.0),
        ("video/webm", 30.0),
        ("video/mp4", 30.0),
    ]
    assert found.films == {
        told[0].hash: tmp_path / "a.mp4",  # type: ignore[union-attr]
        told[1].hash: tmp_path / "c.webm",  # type: ignore[union-attr]
    }


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"video": "none.mp4"}, "there is no film .*none.mp4.; check the path"),
        ({"video": "."}, "there is no film"),
        ({"video": "empty.mp4"}, "empty.mp4' has 0 bytes; 1 to 100 are expected: make it again"),
        ({"video": "long.mp4"}, "long.mp4' has 101 bytes; 1 to 100 are expected: cut it"),
        (
            {"video": "page.mp4"},
            r"page.mp4' begins with b'<html>'; MP4 or WebM is expected: ffmpeg",
        ),
        ({"video": "matroska.webm"}, "begins with .*; MP4 or WebM is expected"),
        ({"video": "../a.mp4"}, "a path below the folder of the items file is expected"),
        ({"video": "/etc/passwd"}, "a path below the folder of the items file is expected"),
        ({"video": "https://example.org/a.mp4"}, "nothing is fetched: download the film"),
        ({"video": "a\0\x1b[2J.mp4"}, r"there is no film .*a\\x00\\x1b\[2J.mp4'"),
        ({"video": "\ud800.mp4"}, r"there is no film .*\\ud800.mp4'"),
        ({"video": "x" * 5000}, "cannot read the film"),
        ({"video": 7}, "video is 7; the path of a film is expected"),
        ({"video": " "}, "the path of a film is expected"),
        ({"video": "a.mp4", "responses": ["x"]}, "a video or responses, found both"),
        ({"video": "a.mp4", "fps": 0}, "fps is 0; frames a second, above 0"),
        ({"video": "a.mp4", "fps": True}, "fps is True"),
        ({"video": "a.mp4", "fps": None}, "fps is None"),
        ({"video": "a.mp4", "fps": 1e9}, "up to 1000, expected"),
    ],
)
def test_what_is_no_film_is_refused_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: Any, why: str
) -> None:
    monkeypatch.setattr(films, "MAX_FILM_BYTES", 100)
    (tmp_path / "a.mp4").write_bytes(MP4)
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "long.mp4").write_bytes(MP4.ljust(101))
    (tmp_path / "page.mp4").write_bytes(b"<html>")
    (tmp_path / "matroska.webm").write_bytes(WEBM.replace(b"webm", b"matr"))
    [refused] = read(tmp_path, {"video": "a.mp4"}, row).refused
    assert refused.place == "items.jsonl:2"
    with pytest.raises(DataError, match=why):
        raise DataError(refused.why)


def test_a_response_that_is_spelled_like_a_film_is_none(tmp_path: Path) -> None:
    told = {"video": "0" * 64, "mime": "video/mp4", "fps": 30.0}
    found = read(tmp_path, {"prompt": "P", "responses": [told]})
    [item] = found.items.values()
    assert (item.response, film_in(item)) == (told, None)
