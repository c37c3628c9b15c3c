"""Files named by what is in them: arrays, weights and scenes, written once and checked.

A blob is either whole or absent: it is written beside its place, forced to disk
and renamed. Its name is its SHA-256, so that equal contents are one file and
damage is seen. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, final

import numpy as np
import numpy.typing as npt

from assent.errors import RecordError, StoreError
from assent.records import Json
from assent.store import plain
from assent.store.faults import disk_fault

_HASH = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20  # bytes read at once of what is not read whole
_DRAFTS = "." + 16 * "[0-9a-f]"
_ABANDONED_SECONDS = 24 * 3600  # since something was written to a draft


@final
class Blobs:
    """A folder of files named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the content and return its hash; on disk when this returns.

        A damaged file of the same name is made good.
        Raises StoreError when the disk is full or cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        path = self.path(name)
        try:
            if not _holds(path, content):
                _write(path, content)
            _sync_folder(path.parent)
        except OSError as error:
            raise disk_fault(error, str(path.parent)) from error
        return name

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """For content that comes piece by piece: what is not kept in the end is gone.

        Raises StoreError when the disk is full or cannot be written.
        """
        path = self._folder / f".{secrets.token_hex(8)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.open("xb")
            self._clear(os.fstat(file.fileno()).st_mtime)
        except OSError as error:
            raise disk_fault(error, str(self._folder)) from error
        try:
            yield Draft(self, path, file)
        finally:
            path.unlink(missing_ok=True)
            # What was kept is on disk; what was not may be left in the buffer of a full one.
            with suppress(OSError):
                file.close()

    def _clear(self, now: float) -> None:
        """Remove what a process that was killed had begun."""
        for path in self._folder.glob(_DRAFTS):
            with suppress(FileNotFoundError):  # another process clears away, too
                if now - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def get(self, name: str) -> bytes:
        """The content with this hash. Raises StoreError when it is missing or damaged."""
        path = self.path(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise StoreError(
                f"blob {name} is missing from {self._folder}; restore it from a backup"
            ) from None
        except OSError as error:
            raise disk_fault(error, str(path)) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise StoreError(
                f"blob {path} is damaged: its content does not have the hash that is its name; "
                "restore this file from a backup"
            )
        return content

    def head(self, name: str, count: int) -> bytes:
        """The first bytes, not checked. Raises StoreError when there is no such blob."""
        try:
            with self.path(name).open("rb") as file:
                return file.read(count)
        except FileNotFoundError:
            raise StoreError(
                f"blob {name} is missing from {self._folder}; restore it from a backup"
            ) from None

    def checked(self, name: str) -> Path:
        """Where the content with this hash lies, for what is too large to be held in memory.

        Raises StoreError when it is missing or damaged.
        """
        path = self.path(name)
        try:
            sound = _digest(path) == name
        except FileNotFoundError:
            raise StoreError(
                f"blob {name} is missing from {self._folder}; restore it from a backup"
            ) from None
        if not sound:
            raise StoreError(
                f"blob {path} is damaged: its content does not have the hash that is its name; "
                "restore this file from a backup"
            )
        return path

    def has(self, name: str) -> bool:
        """Whether there is a file of this name; its content is checked when it is read."""
        return self.path(name).is_file()

    def path(self, name: str) -> Path:
        """Where the blob with this hash is, or would be."""
        if not _HASH.fullmatch(name):
            raise StoreError(f"{name[:80]!r} is not a blob; expected 64 hexadecimal digits")
        return self._folder / name[:2] / name[2:]

    def put_arrays(self, arrays: Mapping[str, npt.NDArray[Any]]) -> str:
        """Keep named arrays as one NPZ file; equal arrays give the same hash."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, array in sorted(arrays.items()):
                if array.dtype.hasobject:
                    raise RecordError(f"array {name!r} holds Python objects; expected numbers")
                # A ZipInfo made by hand has a fixed date: the hash depends on the arrays alone.
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
        return self.put(buffer.getvalue())

    def get_arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays that were kept under this hash."""
        content = self.get(name)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (ValueError, zipfile.BadZipFile, AttributeError) as error:
            raise StoreError(f"blob {name} does not hold arrays: {error}") from None

    def put_json(self, value: Json) -> str:
        """Keep a JSON object; NaN and infinities are refused, as browsers cannot read them."""
        return self.put(plain.dumps(value, finite=True).encode("ascii"))

    def get_json(self, name: str) -> Json:
        """The JSON object that was kept under this hash."""
        try:
            value: Json = plain.loads(self.get(name).decode("utf-8"))
        except ValueError as error:
            raise StoreError(f"blob {name} does not hold JSON: {error}") from None
        return value


@final
class Draft:
    """Content on its way into the store; `Blobs.draft` makes it and clears it away."""

    def __init__(self, blobs: Blobs, path: Path, file: BinaryIO) -> None:
        self._blobs = blobs
        self._path = path
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def hash(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Put a piece behind those before."""
        try:
            self._file.write(piece)
        except OSError as error:
            raise disk_fault(error, str(self._path.parent)) from error
        self._digest.update(piece)
        self.size += len(piece)

    def keep(self) -> str:
        """Keep all of it and return its hash; on disk when this returns."""
        name = self.hash
        path = self._blobs.path(name)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                _sync_folder(path.parent.parent)
            self._path.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise disk_fault(error, str(path.parent)) from error
        return name


def _digest(path: Path) -> str:
    """The hash of a file, read again only when the file is another one."""
    found = path.stat()
    return _digest_of(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4096)
def _digest_of(path: Path, *stamp: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    """Write the file whole, or leave nothing."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        _sync_folder(path.parent.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Force a folder's list of files to disk: a renamed file is safe only then."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
