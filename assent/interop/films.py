"""Films as items: a file that a line names, known by what is in it."""

from __future__ import annotations

import hashlib
import re
import reprlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assent.errors import DataError
from assent.interop.collection import digest
from assent.store import films
from assent.store.items import Item

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Film:
    """A film in the store. hash: of its bytes. fps: frames a second, for stepping through it."""

    hash: str
    mime: str
    fps: float


def item_of_film(prompt: Any, film: Film, name: str) -> Item:
    """The item of a film under its prompt. How fast people step through it makes no other one."""
    told = {"video": film.hash, "mime": film.mime, "fps": film.fps}
    prompt = prompt or None  # an empty one and none show the same
    return Item(_id(prompt, film.hash), name, prompt, told)


def film_in(item: Item) -> Film | None:
    """The film that an item is; None of anything else, though its response may be spelled alike."""
    told = item.response
    if not isinstance(told, dict) or told.keys() != {"video", "mime", "fps"}:
        return None
    if item.id != _id(item.prompt, told["video"]):
        return None
    return Film(told["video"], told["mime"], told["fps"])


def film_shown(scene: Row) -> Film | None:
    """The film that a scene names; None where it shows another thing.

    What a loop filmed itself has no place for a prompt, and is none of somebody's own.
    """
    hash, mime, fps = scene.get("hash"), scene.get("mime"), scene.get("fps")
    if scene.get("type") != "video" or not {"prompt", "messages"} & scene.keys():
        return None
    if not isinstance(hash, str) or not re.fullmatch(r"[0-9a-f]{64}", hash):
        return None
    return Film(hash, str(mime), float(fps)) if fps is not None and _is_rate(fps) else None


def film_of(row: Row, folder: Path) -> tuple[Film, Path]:
    """The film that a line of an items file names, and where it lies.

    folder: of the items file. Raises DataError when it cannot be taken.
    """
    if row.get("responses"):
        raise DataError("an item has a video or responses, found both; give each a line of its own")
    fps = row.get("fps", films.USUAL_FPS)
    if not _is_rate(fps):
        raise DataError(
            f"fps is {_quoted(fps)}; frames a second, above 0 and up to {films.MAX_FPS:g}, expected"
        )
    path = _path(row["video"], folder)
    try:
        mime, hash = _read(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot read the film {_quoted(row['video'])}: {why}") from None
    return Film(hash, mime, float(fps)), path


def _path(name: Any, folder: Path) -> Path:
    if not isinstance(name, str) or not name.strip():
        raise DataError(f"video is {_quoted(name)}; the path of a film is expected")
    if "://" in name:
        raise DataError(
            f"video is the address {_quoted(name)}; nothing is fetched: download the film, and "
            "name its file"
        )
    # A file from elsewhere must not bring in what lies about on this machine.
    given = PurePosixPath(name)
    if given.is_absolute() or ".." in given.parts:
        raise DataError(
            f"video is {_quoted(name)}; a path below the folder of the items file is expected: "
            "put the film there, or a link to it"
        )
    return folder / name


def _read(path: Path) -> tuple[str, str]:
    """MIME type and hash of a film. Raises DataError, or what the file system raises."""
    name = repr(str(path))  # it may hold anything, also what a terminal obeys
    if not path.is_file():
        raise DataError(f"there is no film {name}; check the path, which starts at the items file")
    size = path.stat().st_size
    if not 0 < size <= films.MAX_FILM_BYTES:
        raise DataError(
            f"the film {name} has {size:,} bytes; 1 to {films.MAX_FILM_BYTES:,} are expected: "
            + ("make it again" if size == 0 else "cut it shorter, or make it smaller")
        )
    with path.open("rb") as file:
        head = file.read(films.HEAD_BYTES)
        mime = films.mime_of(head)
        if mime is None:
            raise DataError(f"the film {name} begins with {head[:12]!r}; {films.EXPECTED}")
        file.seek(0)
        return mime, hashlib.file_digest(file, "sha256").hexdigest()


def _is_rate(fps: Any) -> bool:
    if isinstance(fps, bool) or not isinstance(fps, int | float):
        return False
    return 0 < fps <= films.MAX_FPS


def _id(prompt: Any, hash: Any) -> str:
    # Three parts, so that no response of a text can have the same.
    return digest(["film", prompt, hash])


def _quoted(value: object) -> str:
    return reprlib.repr(value)
