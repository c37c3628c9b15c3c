from __future__ import annotations

import re

import pytest

from assent.web import render
from tests.web.payloads import PAYLOADS

HARMLESS = re.compile(
    r"</?(a|blockquote|br|code|del|em|h[1-6]|hr|li|ol|p|pre|s|strong|table|tbody|td|th|thead|tr|ul)"
    r'( href="(https?:|mailto:)[^"]*"| start="\d+"| target="_blank"'
    r'| rel="noopener noreferrer nofollow")*\s*/?>'
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_leaves_more_than_harmless_tags(payload: str) -> None:
    html = render.markdown(payload)
    assert "<" not in HARMLESS.sub("", html)


def test_markdown_keeps_what_a_reader_needs() -> None:
    html = render.markdown("**bold** and `code`\nnext line\n\n- one")
    first = "<p><strong>bold</strong> and <code>code</code><br>\nnext line</p>\n"
    assert html == first + "<ul>\n<li>one</li>\n</ul>\n"


def test_a_link_opens_elsewhere_and_tells_nothing() -> None:
    html = render.markdown("[x](https://example.org)")
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_an_image_is_not_loaded() -> None:
    assert "<img" not in render.markdown("![x](https://example.org/pixel.png)")
