"""Films that people judge: which are taken, and how they are known from their first bytes."""

from __future__ import annotations

MAX_FILM_BYTES = 64 * 1024 * 1024  # of one film: minutes in full HD; whoever judges loads it whole
MAX_FPS = 1000.0
USUAL_FPS = 30.0
HEAD_BYTES = 64  # of a film, in which its type stands
EXPECTED = (
    "MP4 or WebM is expected: ffmpeg -i FILE -c:v libx264 -pix_fmt yuv420p FILM.mp4 makes one"
)


def mime_of(head: bytes) -> str | None:
    """The MIME type of a film by its first `HEAD_BYTES`; None of whatever is neither MP4 nor WebM.

    What a name or a sender says of the type counts for nothing.
    """
    if head[4:8] == b"ftyp":
        return "video/mp4"
    # Matroska begins alike and names its type a little later; browsers play WebM only.
    return "video/webm" if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head else None
