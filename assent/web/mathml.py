"""LaTeX as MathML, which browsers draw and screen readers read, without a script of ours.

What LaTeX says is a stranger's, and the library passes some of it on as it is: what comes out is
read anew and must be built of names that are known to be harmless; anything else is no formula.
"""

from __future__ import annotations

import logging
import re
from xml.etree import ElementTree

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
TAGS = frozenset(
    {"math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow"}
    | {"mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr"}
    | {"munder", "munderover"}
)
# Others are left out: nothing moves, hides, colours or leads anywhere. No width below zero.
ATTRIBUTES = {
    "columnalign": re.compile("left|right|center"),
    "display": re.compile("block|inline"),
    "displaystyle": re.compile("true|false"),
    "fence": re.compile("true|false"),
    "form": re.compile("prefix|infix|postfix"),
    "linethickness": re.compile("0"),
    "mathvariant": re.compile("normal"),
    "notation": re.compile("box"),
    "scriptlevel": re.compile("[0-2]"),
    "stretchy": re.compile("true|false"),
    "width": re.compile(r"[012](\.\d{1,4})?em"),
}
# No browser breaks a line there: two lines would be read as one.
_NEVER = "linebreak"
_MOST = 2000  # characters; more is no formula that anybody reads


def of(latex: str, display: bool) -> str | None:
    """MathML of a formula without its dollars; None where it cannot be shown as it is meant.

    display: a line of its own, with large signs.
    """
    if len(latex) > _MOST:
        return None
    # Its tables take a third of a second to load, and few pages have a formula.
    from latex2mathml.converter import convert

    try:
        made = ElementTree.fromstring(convert(latex, display="block" if display else "inline"))
    except Exception as error:
        # A stranger's LaTeX sets off all kinds of errors in the library.
        logging.getLogger(__name__).debug("no formula, shown as it is: %r: %r", latex, error)
        return None
    return ElementTree.tostring(made, "unicode") if _harmless(made) else None


def _harmless(made: ElementTree.Element) -> bool:
    """Whether all that was made may be shown; leaves out attributes that need not be."""
    for element in made.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
        if element.tag not in TAGS or _NEVER in element.attrib:
            return False
        for name, value in list(element.items()):
            wanted = ATTRIBUTES.get(name)
            if wanted is None or not wanted.fullmatch(value):
                del element.attrib[name]
    return True
