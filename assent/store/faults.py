"""What a database or a disk complained about, in words that a person can act on."""

from __future__ import annotations

import errno
import re

from sqlalchemy import exc

from assent.errors import AssentError, RecordError, StoreError

KEPT = "Everything acknowledged before is safe; the step that failed was not saved."

# Pattern in the engine's message, and what to do about it; the first that matches is used.
_ADVICE = (
    (r"disk is full|no space left|could not extend|disk i/o|file too large|quota", "full"),
    (r"database is locked|lock timeout|deadlock|could not serialize", "busy"),
    (r"unable to open|readonly|read-only|permission denied", "closed"),
    (r"malformed|not a database|invalid page|could not read block", "damaged"),
    (r"password|role .* does not exist|database .* does not exist|authentication", "refused"),
    (r"connect|server closed|terminating|timeout expired|could not translate", "unreachable"),
)
_WORDS = {
    "full": "the disk is full or refuses to write; free some space there, then try again",
    "busy": "another process held the database for too long; try again",
    "closed": "the database cannot be opened for writing; check the folder's owner and rights",
    "damaged": "the database file is damaged; stop, keep a copy, and restore the last backup",
    "refused": "the database does not let us in; check user, password and name in `project.store`",
    "unreachable": "the database does not answer; check that it runs and `project.store`",
    "unknown": "the database could not do this; read the message, mend the cause, try again",
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def database_fault(error: Exception, where: str) -> AssentError:
    """The error to raise for what the database raised; `where` names the database."""
    found = _short(str(getattr(error, "orig", None) or error))
    if isinstance(error, exc.IntegrityError):
        return RecordError(
            f"{where} refused a row: {found}; it is there already, or names something that is not"
        )
    if isinstance(error, exc.DataError | UnicodeEncodeError):
        return RecordError(f"{where} cannot hold a value: {found}; remove odd characters from it")
    if isinstance(error, exc.TimeoutError):
        return StoreError(f"{where}: {_WORDS['busy']}. {KEPT}")
    lowered = found.lower()
    for pattern, word in _ADVICE:
        if re.search(pattern, lowered):
            return StoreError(f"{where}: {_WORDS[word]} ({found}). {KEPT}")
    return StoreError(f"{where}: {_WORDS['unknown']} ({found}). {KEPT}")


def disk_fault(error: OSError, where: str) -> StoreError:
    """The error to raise for a file that could not be written or read."""
    word = "full" if error.errno in _FULL else "closed"
    advice = _WORDS["full"] if word == "full" else "check the folder's owner and rights"
    return StoreError(f"{where}: {advice} ({error.strerror or error}). {KEPT}")


def _short(message: str) -> str:
    """The engine's first line; enough to search for, and free of SQL and its values."""
    return message.strip().split("\n")[0][:200]
