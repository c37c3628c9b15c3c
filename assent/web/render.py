"""Text that others wrote, as HTML that cannot do anything; and the pages' templates."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

_TAGS = frozenset({"a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre"})
_TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "s", "strong", "ul"}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
# Line breaks stay: a reply is judged as it was written.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)


@lru_cache(maxsize=2048)
def markdown(text: str) -> str:
    """Sanitised HTML of Markdown: no raw HTML, no images, links only to the web and to mail."""
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=set(_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        # A link pressed by accident must not take the question away.
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


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
    if stored["type"] != "text":
        return stored
    messages = [
        {"role": str(one["role"]), "html": markdown(str(one["content"]))}
        for one in stored.get("messages") or ()
    ]
    return {
        "type": "text",
        "messages": messages,
        "prompt_html": markdown(str(stored.get("prompt") or "")),
        "reply_html": markdown(str(stored.get("reply") or "")),
        "cut": stored.get("cut") is True,
    }
