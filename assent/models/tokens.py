"""Text to token ids and back: the one way in for training, sampling and scoring.

A prompt is rendered by the tokenizer's chat template when it has one, else as
plain text that the reply continues. Ids are made once and stored with the
trajectory; nothing here turns a sampled reply into text and back into ids.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from jinja2.exceptions import TemplateError
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from assent.errors import CheckpointError, ConfigError, DataError

Ids = npt.NDArray[np.int64]
Message = Mapping[str, str]

# Tokens that models reserve for padding and the like, in order of preference.
_PAD_NAMES = (
    "<pad>",
    "[PAD]",
    "<|pad|>",
    "<|finetune_right_pad_id|>",
    "<|endoftext|>",
    "<unk>",
)
_PLAIN_TURN = "\n\n"
_STAND_IN = "stand-in-9317"  # no template contains it


class Tokens:
    """A tokenizer with a pad id that is not its end id, and one format for prompts.

    pad: fills batches; it may lie beyond the vocabulary, since a padded position
        is never looked up in an embedding (models replace it, see `language`).
    ends: the ids that end a reply; `end` is the one that demonstrations end with.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, pad: int, end: int, ends: frozenset[int]
    ) -> None:
        self.tokenizer = tokenizer
        self.pad = pad
        self.end = end
        self.ends = ends
        self._special = tuple(sorted(filter(None, tokenizer.all_special_tokens)))

    @classmethod
    def of(cls, tokenizer: Any, more_ends: Sequence[int] = ()) -> Self:
        """The tokens of a transformers tokenizer.

        more_ends: further ids after which the model stops, from its generation settings.
        Raises ConfigError when the tokenizer has no end token or is not a fast one.
        """
        if getattr(tokenizer, "backend_tokenizer", None) is None:
            raise ConfigError(
                f"the tokenizer is a {type(tokenizer).__name__}, which has no fast form; save it "
                "as tokenizer.json with the `tokenizers` library beside the model"
            )
        end = tokenizer.eos_token_id
        if end is None:
            raise ConfigError(
                "the tokenizer has no end token, so no reply could ever end; set eos_token in "
                "the model's tokenizer_config.json"
            )
        ends = frozenset({int(end), *(int(each) for each in more_ends)})
        return cls(tokenizer, _pad(tokenizer, ends), int(end), ends)

    @property
    def vocabulary(self) -> int:
        """How many ids the tokenizer knows; `pad` may lie beyond."""
        return len(self.tokenizer)

    def prompt(self, messages: Sequence[Message]) -> Ids:
        """The ids of a dialogue, up to where the policy's reply begins.

        messages: `role` (system, user, assistant) and `content`, the last from the user.
        Raises DataError when a content holds a control token, which would change who speaks.
        """
        for message in messages:
            self._check(message["content"])
        return self._encode(self._render(messages, opening=True))

    def reply(self, text: str) -> Ids:
        """The ids of a whole reply, its end token included: the end must be learnt too."""
        self._check(text)
        return np.append(self._encode(text), self.end)

    def turn(self, messages: Sequence[Message], user: str, ended: bool) -> Ids:
        """What stands between the policy's last reply and its next one.

        messages: the dialogue so far; the last is the policy's reply.
        user: what the user says next. ended: the reply has its end token already.
        Raises ConfigError when the chat template rewrites earlier turns.
        """
        self._check(user)
        # The reply itself stays as it was sampled, so a stand-in is rendered in its place.
        stand_in = [*messages[:-1], {"role": "assistant", "content": _STAND_IN}]
        before = self._render(stand_in, opening=False)
        after = self._render([*stand_in, {"role": "user", "content": user}], opening=True)
        place = before.rfind(_STAND_IN)
        if place < 0 or not after.startswith(before):
            raise ConfigError(
                "the model's chat template rewrites earlier turns, so a dialogue's token ids "
                "cannot be kept; set environment.turns = 1 or change the template"
            )
        between = after[place + len(_STAND_IN) :]
        mark = self._end_text()
        if between.startswith(mark):
            between = between[len(mark) :]
        ids = self._encode(between)
        return ids if ended else np.insert(ids, 0, self.end)

    def text(self, ids: npt.NDArray[Any]) -> str:
        """The ids as people read them, without control tokens."""
        known = [int(each) for each in ids if int(each) < self.vocabulary]
        return str(self.tokenizer.decode(known, skip_special_tokens=True)).strip()

    def ended(self, ids: npt.NDArray[Any]) -> bool:
        """Whether a reply came to its end, rather than being cut."""
        return len(ids) > 0 and int(ids[-1]) in self.ends

    def files(self) -> dict[str, str]:
        """The tokenizer as file name to text, enough for `from_files`."""
        with tempfile.TemporaryDirectory() as folder:
            self.tokenizer.save_pretrained(folder)
            paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
            return {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}

    @classmethod
    def from_files(cls, files: Mapping[str, str], more_ends: Sequence[int] = ()) -> Self:
        """The tokens that `files` gave. Raises CheckpointError when they make no tokenizer."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                if Path(name).name != name:
                    raise CheckpointError(f"checkpoint: tokenizer file {name!r} leaves its folder")
                (Path(folder) / name).write_text(content, "utf-8")
            try:
                tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            # The Rust side of `tokenizers` raises plain Exception on broken JSON.
            except Exception as error:
                raise CheckpointError(
                    f"checkpoint: its tokenizer cannot be rebuilt ({error}); restore the "
                    "checkpoint from a copy or imitate again"
                ) from None
        return cls.of(tokenizer, more_ends)

    def _render(self, messages: Sequence[Message], opening: bool) -> str:
        """The dialogue as one string, control tokens spelled out."""
        if not self.tokenizer.chat_template:
            text = _PLAIN_TURN.join(message["content"] for message in messages)
            # A single prompt is continued as it stands; a dialogue needs its turns told apart.
            return self._start_text() + text + (_PLAIN_TURN if opening and messages[1:] else "")
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    [dict(message) for message in messages],
                    tokenize=False,
                    add_generation_prompt=opening,
                )
            )
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise ConfigError(
                f"the model's chat template refuses a dialogue of {roles}: {error}; leave out "
                "the system prompt, or use prompts that the template knows"
            ) from None

    def _encode(self, text: str) -> Ids:
        """The ids of a rendered text; nothing is added at either end."""
        # Adding special tokens here would give a second start token: the render has it.
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.asarray(ids, dtype=np.int64)

    def _check(self, content: str) -> None:
        """Raises DataError when a text spells out a control token."""
        for token in self._special:
            if token in content:
                raise DataError(
                    f"a message contains {token!r}, which is a control token of this model; "
                    "take it out of the text"
                )

    def _start_text(self) -> str:
        """The start token, if this tokenizer puts one before a text."""
        bare = self.tokenizer("a", add_special_tokens=True)["input_ids"]
        start = self.tokenizer.bos_token_id
        starts = start is not None and len(bare) > 0 and bare[0] == start
        return str(self.tokenizer.bos_token) if starts else ""

    def _end_text(self) -> str:
        """The end token as the template spells it."""
        return str(self.tokenizer.convert_ids_to_tokens(self.end))


def _pad(tokenizer: Any, ends: frozenset[int]) -> int:
    """An id for padding that ends no reply."""
    if tokenizer.pad_token_id is not None and tokenizer.pad_token_id not in ends:
        return int(tokenizer.pad_token_id)
    known = tokenizer.get_vocab()
    for name in _PAD_NAMES:
        if name in known and known[name] not in ends:
            return int(known[name])
    # Beyond the vocabulary, as in Ziegler et al. 2019: the embedding is never asked for it.
    return int(max(len(tokenizer), max(known.values()) + 1))


def as_bytes(files: Mapping[str, str]) -> npt.NDArray[np.uint8]:
    """Tokenizer files as one array, to travel with the weights."""
    return np.frombuffer(json.dumps(dict(files)).encode("utf-8"), dtype=np.uint8).copy()


def from_bytes(array: npt.NDArray[np.uint8]) -> dict[str, str]:
    """The tokenizer files that `as_bytes` packed. Raises CheckpointError."""
    try:
        files = json.loads(array.tobytes().decode("utf-8"))
        return {str(name): str(content) for name, content in files.items()}
    except (ValueError, AttributeError) as error:
        raise CheckpointError(f"checkpoint: its tokenizer is damaged ({error})") from None
