"""The languages of the annotators' pages: one catalogue each, English being every text's key.

A catalogue is a JSON file in `catalogues/`: what the language calls itself, its direction,
and from each English text to its translation: `words` of pages, `told` by the server alone. What
an owner wrote, such as a question of their own, stands in no catalogue and stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response
from markupsafe import Markup, escape

from assent import plugins
from assent.web.render import FOLDER
from assent.web.sentences import Sentences

COOKIE = "assent-language"
_SECONDS = 365 * 24 * 3600
_MOST_ASKED = 20  # languages in a header that are looked at
# Places in a form whose value is a text for people.
_SHOWN = frozenset({"label", "hint", "question"})


@dataclass(frozen=True, slots=True)
class Language:
    """One language. code: as in `lang`. name: what it calls itself. words: from English.

    point: between a number's whole and its parts. sentences: that the server alone says, such as
    errors; no page carries them.
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    words: Mapping[str, str]
    point: str = "."
    sentences: Sentences = field(default=Sentences({}))

    def say(self, text: str) -> str:
        """A text in this language; in English where the catalogue does not have it."""
        return self.words.get(text, text)

    def tell(self, text: str) -> str:
        """What the server says, such as an error, in this language; else in English."""
        return self.words.get(text) or self.sentences.tell(text, self.say)

    def html(self, text: str, **values: str) -> Markup:
        """A text as HTML, with `{names}` filled in; what is no `Markup` is escaped."""
        said = escape(self.say(text))
        return said.format(**values) if values else said

    def kind(self, name: str) -> str:
        """A kind of question, or a scale of one such as "attributes Clear", in words."""
        first, _, rest = name.partition(" ")
        if rest and first in plugins.names("feedback"):
            return f"{self.kind(first)}: {self.say(rest)}"
        return self.say(name.replace("_", " "))

    def form(self, form: dict[str, Any]) -> dict[str, Any]:
        """A form whose labels are in this language; its answers stay as they are."""
        if not self.words:
            return form
        return {name: self._part(name, value) for name, value in form.items()}

    def _part(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.say(value) if name in _SHOWN else value
        if isinstance(value, list | tuple):
            return [self.form(each) if isinstance(each, dict) else each for each in value]
        return value


def _read() -> dict[str, Language]:
    """Every catalogue that is delivered, English first."""
    found = {"en": Language("en", "English", "ltr", {})}
    for path in sorted((FOLDER / "catalogues").glob("*.json")):
        told = json.loads(path.read_text("utf-8"))
        found[path.stem] = Language(
            path.stem,
            told["name"],
            told["direction"],
            told["words"],
            told["point"],
            Sentences(told["told"]),
        )
    return found


LANGUAGES = _read()


def of(request: Request) -> Language:
    """The language that was asked for: by `?language=`, else before, else by the browser."""
    for code in (request.query_params.get("language"), request.cookies.get(COOKIE)):
        if code in LANGUAGES:
            return LANGUAGES[code]
    for code in _wanted(request.headers.get("accept-language", "")):
        if code in LANGUAGES:
            return LANGUAGES[code]
    return LANGUAGES["en"]


async def asked(request: Request) -> Language:
    """As `of`, without a thread of its own: there is nothing to wait for."""
    return of(request)


def remember(request: Request, response: Response) -> None:
    """Keep a language that was chosen on a page in the browser."""
    code = request.query_params.get("language")
    if code in LANGUAGES:
        response.set_cookie(COOKIE, code, max_age=_SECONDS, path="/", samesite="lax")


def _wanted(header: str) -> list[str]:
    """The languages of an Accept-Language header (RFC 9110, 12.5.4), best first.

    A region is wanted as its language, too: `de-AT` is also `de`.
    """
    weighed: list[tuple[float, str]] = []
    for part in header[:1000].split(",")[:_MOST_ASKED]:
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1:
            weighed.append((weight, tag.strip().lower()))
    best = [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]
    return [code for tag in best for code in (tag, tag.split("-")[0])]


OfLanguage = Annotated[Language, Depends(asked)]
