"""Items as people see them."""

from __future__ import annotations

from typing import Any

from assent.interop.films import film_in
from assent.records import Json
from assent.store.items import Item


def scene_of(item: Item) -> Json | None:
    """An item as people see it; None where it is neither a text nor a film.

    Without a response, the prompt itself is what is judged.
    """
    film = film_in(item)
    if film is not None:
        before = _before(item.prompt)
        shown = {"type": "video", "hash": film.hash, "mime": film.mime, "fps": film.fps}
        return None if before is None else {**shown, **before}
    prompt, reply = item.prompt, item.response
    if reply is None:
        prompt, reply = "", item.prompt
    if not isinstance(reply, str) or not reply.strip():
        return None
    before = _before(prompt)
    return None if before is None else {"type": "text", **before, "reply": reply}


def _before(prompt: Any) -> Json | None:
    """What stands above what is judged; None where that cannot be shown."""
    if _messages(prompt):
        return {"messages": [{name: each[name] for name in ("role", "content")} for each in prompt]}
    return {"prompt": prompt or ""} if prompt is None or _is_text(prompt) else None


def _messages(prompt: Any) -> bool:
    """Whether a prompt is a conversation: who said what, in their order."""
    if not isinstance(prompt, list) or not prompt:
        return False
    return all(
        isinstance(each, dict) and _is_text(each.get("role")) and _is_text(each.get("content"))
        for each in prompt
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
