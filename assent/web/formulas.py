"""Formulas in Markdown: nothing of LaTeX is a mark or an escape.

`$…$` as Pandoc reads it, so that prices are none: no blank inside the dollars, no digit after
them. `$$…$$`, `\\(…\\)`, `\\[…\\]` and `\\begin{…}` to `\\end{…}` besides. What cannot be drawn is
shown as code, as it was written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from assent.web import mathml

# Bounded, or what is opened ten thousand times and never closed takes for ever.
_INSIDE = re.compile(
    r"\$\$(?:[^$\\]|\\.){1,2000}?\$\$"
    r"|\\\(.{1,2000}?\\\)"
    r"|\\\[.{1,2000}?\\\]"
    r"|\$(?=[^\s$])(?:[^$\\\n]|\\.){1,1000}?(?<=\S)\$(?![\d$])",
    re.DOTALL,
)
_ENDS = {
    "$$": re.compile(r"\$\$$"),
    "\\[": re.compile(r"\\\]$"),
    "\\begin{": re.compile(r"\\end\{[a-z]+\*?\}$"),
}
_MOST_LINES = 100
# What formulas are written between; an environment belongs to its formula.
_BOUNDS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
# In the `env` of a rendering: formulas as they were written, for who reads words alone.
WRITTEN = "formulas as written"


def keep(markdown: MarkdownIt) -> None:
    """Let a parser leave formulas alone, and its renderer draw them."""
    markdown.add_render_rule("formula", _drawn)
    markdown.inline.ruler.before("escape", "formula", _inline)
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("fence", "formula", _block, ends)


def _inline(state: StateInline, silent: bool) -> bool:
    found = _INSIDE.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("formula", "math", 0).content = found[0]
    state.pos = found.end()
    return True


def _drawn(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any
) -> str:
    """A formula as MathML where it can be drawn, else as code."""
    token = tokens[place]
    written = html.escape(token.content, quote=False)
    drawn = None if WRITTEN in env else mathml.of(*_within(token.content.strip()))
    if not token.block:
        return drawn or f"<code>{written}</code>"
    return f"<p>{drawn}</p>\n" if drawn else f"<pre><code>{written}</code></pre>\n"


def _within(formula: str) -> tuple[str, bool]:
    """A formula without its bounds, and whether it stands on a line of its own."""
    for opened, closed in _BOUNDS:
        if formula.startswith(opened):
            return formula[len(opened) : -len(closed)], opened in ("$$", "\\[")
    return formula, True


def _block(state: StateBlock, start: int, stop: int, silent: bool) -> bool:
    """Lines from one that opens a formula to the one that ends with its end."""
    first = _line(state, start)
    opened = next((each for each in _ENDS if first.startswith(each)), None)
    if opened is None or state.is_code_block(start):
        return False
    within = range(start, min(stop, start + _MOST_LINES))
    found = (n for n in within if _ENDS[opened].search(_rest(state, n, start, opened)))
    last = next(found, None)
    if last is None:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, keepLastLF=False)
        token.block = True
        state.line = last + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    begin = state.bMarks[number] + state.tShift[number]
    return state.src[begin : state.eMarks[number]].rstrip()


def _rest(state: StateBlock, number: int, start: int, opened: str) -> str:
    """A line without what opened the formula: `$$` alone does not end it."""
    line = _line(state, number)
    return line[len(opened) :] if number == start else line
