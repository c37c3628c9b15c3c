"""The document of the API, with what stands before every route and so in none of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assent.web.guard import WRITE_HEADER, WRITES, most_bytes

_REFUSED = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_HEADER = {
    "name": WRITE_HEADER.title(),
    "in": "header",
    "required": True,
    "schema": {"type": "string", "default": "1"},
    "description": "any value; a form on another site cannot send it",
}


def install(app: FastAPI) -> None:
    """Let the application tell what its guard asks for and what it refuses."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _guarded(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _guarded(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the header of every write, and the guard's refusals."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refused = {"429": {"description": "Too many requests; wait a few seconds", **_REFUSED}}
            if method.upper() in WRITES:
                operation.setdefault("parameters", []).append(_HEADER)
                words = f"The body has more than {most_bytes(path)} bytes"
                refused["400"] = {"description": "The body cannot be read", **_REFUSED}
                refused["413"] = {"description": words, **_REFUSED}
            operation["responses"] = refused | operation["responses"]
    return document
