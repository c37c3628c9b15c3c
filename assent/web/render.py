"""Text that others wrote, as HTML that cannot do anything; and the pages' templates."""

from __future__ import annotations

import html
from functools import lru_cache
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from assent.web import formulas, mathml

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

_TAGS = frozenset({"a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre"})
_TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "s", "strong", "ul"}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
_TAGS |= mathml.TAGS
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}} | {
    tag: set(mathml.ATTRIBUTES) for tag in mathml.TAGS
}
# Line breaks stay: a reply is judged as it was written.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
formulas.keep(_MARKDOWN)


@lru_cache(maxsize=2048)
def markdown(text: str) -> str:
    """Sanitised HTML of Markdown: no raw HTML, no images, links only to the web and to mail."""
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        # A link pressed by accident must not take the question away.
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def plainly(text: str) -> str:
    """Markdown as the words that are read of it, without marks, on one line."""
    words = nh3.clean(_MARKDOWN.render(text, {formulas.WRITTEN: True}), tags=set())
    return " ".join(html.unescape(words).split())


def images(text: str) -> int:
    """How many images of Markdown are left out: a page loads nothing from elsewhere."""
    inside = (part for block in _MARKDOWN.parse(text) for part in block.children or ())
    return sum(part.type == "image" for part in inside)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, **values: Any) -> str:
    """A template filled in; every value is escaped unless it came from `markdown`."""
    return _templates().get_template(name).render(values)


def scene(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored scene as the page shows it: Markdown becomes HTML, the rest stays as it is."""
    if stored["type"] == "clip":
        return stored
    messages = [
        {"role": str(one["role"]), "html": markdown(str(one["content"]))}
        for one in stored.get("messages") or ()
    ]
    before = {
        "messages": messages,
        "prompt_html": markdown(str(stored.get("prompt") or "")),
    }
    if stored["type"] == "video":
        return {**{name: stored.get(name) for name in ("type", "hash", "mime", "fps")}, **before}
    return {
        "type": "text",
        **before,
        "reply_html": markdown(str(stored.get("reply") or "")),
        "cut": stored.get("cut") is True,
    }
