from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assent.environments.prompts import read_demonstrations, read_prompts
from assent.errors import DataError


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def test_a_prompt_is_one_message_of_the_user(tmp_path: Path) -> None:
    (found,) = read_prompts(written(tmp_path, {"prompt": "Hello", "source": "ours"}))
    assert (found.messages, found.follow_ups) == ((user("Hello"),), ())


def test_a_system_prompt_stands_in_front_unless_there_is_one(tmp_path: Path) -> None:
    own = {"role": "system", "content": "Rhyme."}
    path = written(tmp_path, {"prompt": "a"}, {"messages": [own, user("b")]})
    heads = [each.messages[0]["content"] for each in read_prompts(path, system="Be kind.")]
    assert heads == ["Be kind.", "Rhyme."]


def test_with_one_turn_earlier_turns_are_history(tmp_path: Path) -> None:
    said = [user("a"), assistant("b"), user("c")]
    (found,) = read_prompts(written(tmp_path, {"messages": said}))
    assert (found.messages, found.follow_ups) == (tuple(said), ())


def test_with_two_turns_the_policy_answers_the_last_two_user_messages(tmp_path: Path) -> None:
    said = [user("a"), assistant("b"), user("c"), assistant("d"), user("e")]
    (found,) = read_prompts(written(tmp_path, {"messages": said}), turns=2)
    assert (found.messages, found.follow_ups) == (tuple(said[:3]), ("e",))


def test_a_dialogue_keeps_its_id_wherever_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, {"prompt": "a"}, {"prompt": "b"}, {"prompt": "a"})
    first, second, third = read_prompts(path)
    assert (first.id == third.id, first.id == second.id) == (True, False)


def test_a_demonstration_has_a_reply(tmp_path: Path) -> None:
    (found,) = read_demonstrations(written(tmp_path, {"prompt": "a", "reply": "b"}))
    assert (found.messages, found.reply) == ((user("a"),), "b")


def test_a_demonstration_without_a_reply_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1 has no `reply`"):
        read_demonstrations(written(tmp_path, {"prompt": "a"}))


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b'{"prompt": "a"',
        b'"prompt"',
        b"[1]",
        b"{}",
        b'{"prompt": ""}',
        b'{"prompt": 3}',
        b'{"prompt": null}',
        b'{"prompt": "a", "messages": []}',
        b'{"messages": []}',
        b'{"messages": "hello"}',
        b'{"messages": [{"role": "user"}]}',
        b'{"messages": [{"role": "wizard", "content": "a"}]}',
        b'{"messages": [{"role": "assistant", "content": "a"}]}',
        b'{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]}',
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "a\\u0000b"}',
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"prompt": "' + b"a" * 1_000_001 + b'"}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(b'{"prompt": "fine"}\n\n' + line + b"\n")
    with pytest.raises(DataError, match="line 3"):
        read_prompts(path)


def test_too_few_user_messages_for_the_turns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 1 has 1 user messages"):
        read_prompts(written(tmp_path, {"prompt": "a"}), turns=2)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_prompts(written(tmp_path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_prompts(tmp_path / "nothing.jsonl")
