"""A language that nobody speaks, from right to left: what has no ⟦brackets⟧ is not translated."""

from __future__ import annotations

from assent.web.languages import LANGUAGES, Language

CODE = "ar-xb"


def language() -> Language:
    """Every text of the German catalogue, in brackets and a third longer."""
    words = {text: f"⟦{text} {'~' * (len(text) // 3)}⟧" for text in LANGUAGES["de"].words}
    return Language(CODE, "⟦Pseudo⟧", "rtl", words)
