"""The page's own files, revalidated each time so that an update is seen at once."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Statics(StaticFiles):
    """Static files with an ETag and `no-cache`: kept by the browser, asked about each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
