"""What the server says to people with something filled in, told in another language.

An error or a warning is put into English where it arises, by code that knows of no page, and may
be kept for weeks. Here it is found again among a language's sentences, each an English one with
`{names}` in place of what was filled in, and told with the same filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import final

_NAME = re.compile(r"\{(\w+)\}")
# What stands for one word, a blank in it only between quotation marks; other names take anything.
_ONE_WORD = frozenset({"kind", "id", "number"})
_WORD = r"'[^']*'|\S+?"
_MOST = 1000  # characters: nothing that is meant for people is longer
_DEEPEST = 3  # sentences in one another: whoever answers may have put more of them there
_NEXT = "; "  # between sentences that were said together

Say = Callable[[str], str]


@final
class Sentences:
    """The sentences of one language."""

    def __init__(self, told: Mapping[str, str]) -> None:
        # Whichever says most in its own words is tried first.
        own = sorted(told, key=lambda english: -len(_NAME.sub("", english)))
        self._plain = {english: told[english] for english in own if not _NAME.search(english)}
        self._filled = [(_found(each), told[each]) for each in own if each not in self._plain]

    def tell(self, text: str, say: Say) -> str:
        """A text of the server's in this language; as it is where no sentence fits.

        say: what pages say, too, such as single words that were filled in.
        """
        return self._tell(text, say, _DEEPEST) or text

    def _tell(self, text: str, say: Say, deep: int) -> str | None:
        """None where no sentence fits. deep: how many may be in one another."""
        if len(text) > _MOST or not deep:
            return None
        said = self._plain.get(text) or say(text)
        if said != text:
            return said
        for pattern, sentence in self._filled:
            match = pattern.fullmatch(text)
            if match:
                # What is filled in may be a sentence itself, such as what is wrong with a part.
                found = match.groupdict().items()
                return _fill(sentence, {n: self._tell(v, say, deep - 1) or v for n, v in found})
        parts = text.split(_NEXT)
        told = [self._tell(part, say, deep - 1) for part in parts] if len(parts) > 1 else []
        return _NEXT.join(each or part for each, part in zip(told, parts, strict=False)) or None


def _found(english: str) -> re.Pattern[str]:
    """What finds a sentence with anything filled in."""
    own, names = _NAME.split(english)[::2], _NAME.findall(english)
    places = [f"(?P<{name}>{_WORD if name in _ONE_WORD else '.+?'})" for name in names]
    pairs = zip(map(re.escape, own), [*places, ""], strict=True)
    return re.compile("".join(text + place for text, place in pairs), re.DOTALL)


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda name: values[name[1]], sentence)
