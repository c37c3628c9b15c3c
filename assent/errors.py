"""Everything that assent raises on purpose.

Each message says what was found, what was expected and what to do. The command
line prints the message alone and exits with the class's `exit_code`; the web
app turns it into the class's `http_status`, with its `code` for programs.
"""

from __future__ import annotations

from typing import ClassVar


class AssentError(Exception):
    """A condition that the person who runs assent can understand and mend."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 400
    code: str = ""


class ConfigError(AssentError):
    """A setting is unknown, missing, of the wrong type or without effect."""

    exit_code = 2


class EnvironmentFault(AssentError):
    """An environment does not exist, cannot be made or breaks its contract."""

    exit_code = 3


class RecordError(AssentError):
    """A record contradicts itself: wrong shapes, an impossible range, a NaN."""


class QueryError(AssentError):
    """A question does not fit its kind."""


class AnswerError(AssentError):
    """An answer does not fit its question."""

    http_status = 422


class StoreError(AssentError):
    """The database or the disk cannot do what was asked; nothing was lost."""

    exit_code = 4
    http_status = 503


class LeaseError(AssentError):
    """A question is not leased to the person who answers it."""

    http_status = 409


class AccessError(AssentError):
    """An invite, a link or a session is unknown, used up or expired.

    code: for programs, why a session lets nobody in: signed_out, paused or erased; else empty.
    """

    exit_code = 5
    http_status = 403

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ProjectError(AssentError):
    """A server has no project of a name; another one, or the same one later, may have it."""

    http_status = 404
    code = "no_project"


class CheckpointError(AssentError):
    """A checkpoint is missing, damaged or of another make."""

    exit_code = 6


class BusyError(AssentError):
    """Another process is already running this project."""

    exit_code = 7


class DataError(AssentError):
    """A file from outside cannot be believed; the message names the line."""

    exit_code = 8
