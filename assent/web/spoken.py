"""A page in the language of whoever asks for it."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from assent.web import languages, render


def page(request: Request, name: str, **values: Any) -> HTMLResponse:
    """A template in the visitor's language; a language chosen on it is kept."""
    language = languages.of(request)
    others = [each for each in languages.LANGUAGES.values() if each.code != language.code]
    told = {"t": language.html, "kind": language.kind, "tell": language.tell}
    html = render.page(name, language=language, others=others, **told, **values)
    response = HTMLResponse(html)
    languages.remember(request, response)
    return response
