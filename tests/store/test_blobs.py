"""Blobs: whole or absent, named by their content, never believed unread."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from assent.errors import RecordError, StoreError
from assent.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 10 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_blob_is_named_by_its_sha256(blobs: Blobs) -> None:
    # sha256 of "abc", FIPS 180-2 appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert blobs.put(b"abc") == expected


def test_a_blob_reads_back(blobs: Blobs) -> None:
    assert blobs.get(blobs.put(b"abc")) == b"abc"


def test_equal_contents_are_one_file(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(b"abc")
    blobs.put(b"abc")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_damaged_blob_is_noticed(blobs: Blobs) -> None:
    name = blobs.put(b"abc")
    blobs.path(name).write_bytes(b"abd")
    with pytest.raises(StoreError, match=r"damaged.*restore this file"):
        blobs.get(name)


def test_putting_a_damaged_blob_again_mends_it(blobs: Blobs) -> None:
    name = blobs.put(b"abc")
    blobs.path(name).write_bytes(b"ab")
    blobs.put(b"abc")
    assert blobs.get(name) == b"abc"


def test_a_missing_blob_is_said(blobs: Blobs) -> None:
    with pytest.raises(StoreError, match=r"missing.*backup"):
        blobs.get("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_reaches_no_file(blobs: Blobs, name: str) -> None:
    with pytest.raises(StoreError, match="not a blob"):
        blobs.path(name)


def test_arrays_read_back_with_their_types(blobs: Blobs) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {
        "file": np.arange(3, dtype=np.int16),
        "b": np.zeros((2, 0), np.float32),
    }
    back = blobs.get_arrays(blobs.put_arrays(arrays))
    assert {k: (v.dtype, v.shape, v.tolist()) for k, v in back.items()} == {
        k: (v.dtype, v.shape, v.tolist()) for k, v in arrays.items()
    }


def test_equal_arrays_have_one_hash(blobs: Blobs) -> None:
    first = blobs.put_arrays({"a": np.ones(3), "b": np.zeros(2)})
    assert blobs.put_arrays({"b": np.zeros(2), "a": np.ones(3)}) == first


def test_python_objects_are_refused(blobs: Blobs) -> None:
    with pytest.raises(RecordError, match="'a' holds Python objects"):
        blobs.put_arrays({"a": np.array([{}, None])})


def test_a_pickled_array_from_outside_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", a=np.array([{}], dtype=object))
    name = blobs.put((tmp_path / "evil.npz").read_bytes())
    with pytest.raises(StoreError, match="does not hold arrays"):
        blobs.get_arrays(name)


def test_json_reads_back(blobs: Blobs) -> None:
    value = {"type": "text", "reply": "h\u00e9 \x00 \ud800", "n": np.float32(0.5)}
    assert blobs.get_json(blobs.put_json(value)) == value | {"n": 0.5}


def test_json_that_no_browser_can_read_is_refused(blobs: Blobs) -> None:
    with pytest.raises(RecordError, match="JSON"):
        blobs.put_json({"x": float("nan")})


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_is_said_and_leaves_no_half_blob(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"disk is full.*free some space"):
        blobs.put(b"more than ten bytes")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_came_in_pieces_is_kept_as_what_came_whole(blobs: Blobs, tmp_path: Path) -> None:
    for _ in range(2):
        with blobs.draft() as draft:
            draft.write(b"a film ")
            draft.write(b"in two")
            kept = draft.keep()
    with blobs.draft() as dropped:
        dropped.write(b"half")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (kept, files) == (blobs.put(b"a film in two"), [blobs.checked(kept)])
    assert (blobs.get(kept), blobs.head(kept, 6)) == (b"a film in two", b"a film")


def test_what_a_killed_process_had_begun_is_cleared_away_the_next_day(
    blobs: Blobs, tmp_path: Path
) -> None:
    code = f"""
from pathlib import Path
import os, signal
from assent.store.blobs import Blobs
with Blobs(Path({str(tmp_path)!r})).draft() as draft:
    draft.write(b"half a film")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    [left] = tmp_path.glob(".*")
    with blobs.draft():
        there = left.exists()  # it may be another process at work
    yesterday = left.stat().st_mtime - 24 * 3600 - 60
    os.utime(left, (yesterday, yesterday))
    with blobs.draft() as draft:
        draft.write(b"whole")
        draft.keep()

    assert (there, left.exists(), list(tmp_path.glob(".*"))) == (True, False, [])


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_is_said_in_the_middle_of_a_draft(blobs: Blobs, tmp_path: Path) -> None:
    with blobs.draft() as draft:
        draft.write(b"more than ten bytes")
        with pytest.raises(StoreError, match="disk is full"):
            draft.keep()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_damage_is_seen_without_reading_it_into_memory(blobs: Blobs) -> None:
    name = blobs.put(b"sound")
    path = blobs.checked(name)
    path.write_bytes(b"rotten")
    with pytest.raises(StoreError, match=r"damaged.*backup"):
        blobs.checked(name)
    path.unlink()
    with pytest.raises(StoreError, match=r"missing.*backup"):
        blobs.checked(name)
