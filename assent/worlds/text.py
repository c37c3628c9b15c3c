"""Text: prompts, replies of a language model, and one reward where a reply ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from assent import plugins
from assent.config import TextConfig
from assent.environments import prompts
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.environments.text import TextEnvironment, by_a_person, demonstrate
from assent.errors import CheckpointError, ConfigError, DataError
from assent.hearing import Demonstrated
from assent.models import pretrained, tiny
from assent.models.batch import Batch
from assent.models.language import LanguagePolicy
from assent.models.policy import Policy
from assent.models.pretrained import Parts
from assent.records import Checkpoint, Json, Segment, Trajectory
from assent.reward.described import Described
from assent.store.store import Store
from assent.worlds.world import Acting, Progress

HELD_OUT_EVERY = 5  # one prompt of so many is kept for evaluation alone
# A reply without its end token scores at most this, in standard deviations of the reward
# (a fixed low score, arXiv 1909.08593; without it policies learn not to stop).
CUT_SCORE = -1.0
COPIES = 64  # dialogues that one batch of the model writes side by side


class TextWorld:
    """A file of prompts and a language model as the stages see them.

    store: where the baseline's checkpoint is found, which gives the reward's features
        and the reference log-probabilities.
    """

    def __init__(self, config: TextConfig, folder: Path, store: Store) -> None:
        self._config = config
        self._folder = folder
        self._store = store
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dialogues: list[prompts.Dialogue] = []
        self._frozen: LanguagePolicy | None = None

    def baseline(self, rng: np.random.Generator) -> Policy:
        """A small model built from the demonstrations' words, or the one the settings name."""
        settings = self._config.policy
        if settings.model != "tiny":
            return self._policy(pretrained.open_model(self._model_name(), settings.lora_rank))
        shape = tiny.Shape(settings.width, settings.layers, settings.heads, settings.vocabulary)
        return self._policy(tiny.build(self._words(), shape, int(rng.integers(2**31))))

    def restore(self, checkpoint: Checkpoint, weights: bytes) -> Policy:
        """The policy of a checkpoint."""
        section = self._config.environment
        return LanguagePolicy.restore(
            weights, checkpoint.details, section.max_new_tokens, section.temperature, self._device
        )

    def demonstrations(self, policy: Policy) -> Sequence[Trajectory]:
        """The replies of the file that `imitate.demonstrations` names, in the policy's tokens."""
        name = self._config.imitate.demonstrations
        if name is None:
            return ()
        assert isinstance(policy, LanguagePolicy), "a text world has language policies"
        shown = prompts.read_demonstrations(self._folder / name, self._config.environment.system)
        return [demonstrate(each, policy.tokens, f"shown-{i}") for i, each in enumerate(shown)]

    def starts(self, count: int, rng: np.random.Generator, held_out: bool) -> list[int]:
        """Numbers of prompts, each as often as the others; a fifth is kept for evaluation."""
        numbers = np.arange(len(self._read()))
        apart = numbers % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
        if apart.any():
            numbers = numbers[apart == held_out]
        rounds = -(-count // len(numbers))
        drawn = np.concatenate([rng.permutation(numbers) for _ in range(rounds)])
        return [int(number) for number in drawn[:count]]

    def act(
        self, acting: Acting, seeds: Sequence[int], rng: np.random.Generator, progress: Progress
    ) -> list[Trajectory]:
        """One dialogue per seed."""
        assert isinstance(acting.policy, LanguagePolicy), "a text world has language policies"
        section = self._config.environment
        score = plugins.find("scores", section.score) if section.score else None
        environments = [
            TextEnvironment(self._read(), acting.policy.tokens, section.max_prompt_tokens, score)
            for _ in range(min(COPIES, len(seeds)))
        ]
        return rollout(
            environments,
            acting.policy,
            seeds,
            rng,
            Context(acting.round, acting.checkpoint, acting.now, acting.greedy),
            lambda done, total: progress(done, total, "replies"),
        )

    def batch(self, trajectories: Sequence[Trajectory]) -> Batch:
        """A reply's end is final even where it was cut: nothing comes after it for anybody."""
        batch = Batch.from_trajectories(trajectories)
        return replace(batch, terminated=torch.ones_like(batch.terminated))

    def segments(
        self, trajectories: Sequence[Trajectory], count: int, rng: np.random.Generator
    ) -> list[Segment]:
        """Whole replies."""
        chosen = rng.permutation(len(trajectories))[:count]
        return [self.whole(trajectories[i]) for i in sorted(chosen)]

    def describe_segments(
        self, trajectories: Sequence[Trajectory], segments: Sequence[Segment]
    ) -> Described:
        """The baseline's hidden states over each reply: H = 1."""
        row = {t.id: i for i, t in enumerate(trajectories)}
        whole = self.describe(Batch.from_trajectories(trajectories))
        chosen = torch.tensor([row[s.trajectory] for s in segments])
        tokens = {t.id: int(t.mask.sum()) for t in trajectories}
        length = np.log1p([float(tokens[s.trajectory]) for s in segments])
        return Described(whole.features[chosen], whole.mask[chosen], (("length", length),))

    def describe(self, batch: Batch) -> Described:
        """The baseline's hidden states over the replies: H = 1."""
        base = self._base()
        parts = [base.features(part) for part in _in_parts(batch)]
        features = torch.cat(parts).float().cpu()
        return Described(features, torch.ones(features.shape[:2], dtype=torch.bool))

    def place(self, scores: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The score of a reply stands at its last token; one that was cut may have to score low."""
        rewards = torch.zeros(batch.mask.shape)
        steps = torch.arange(batch.mask.shape[1])
        last = torch.where(batch.mask, steps, -1).max(1).values
        ended = scores[:, 0]
        if self._config.environment.must_end:
            ended = torch.where(batch.truncated, ended.clamp(max=CUT_SCORE), ended)
        rewards[torch.arange(len(batch)), last] = ended
        return rewards

    def reference(self, batch: Batch) -> torch.Tensor | None:
        """Log-probabilities under the baseline."""
        return torch.cat([self._base().logprobs(part).cpu() for part in _in_parts(batch)])

    def whole(self, trajectory: Trajectory) -> Segment:
        """From the first token that the policy chose to its last."""
        chosen = np.flatnonzero(trajectory.mask)
        return Segment(trajectory.id, int(chosen[0]), int(chosen[-1]) + 1)

    def written(self, model: Trajectory, text: str, id: str) -> Trajectory:
        """The text's tokens, with the end token, in place of the model's last reply.

        Token for token what the policy saw stays, so that nothing but the reply differs in
        what the reward sees. Raises DataError when the language model cannot read the text:
        it is too long, or spells out a control token.
        """
        policy = self._base()
        reply = policy.tokens.reply(text)
        others = np.flatnonzero(~model.mask[: np.flatnonzero(model.mask)[-1]])
        first = int(others[-1]) + 1 if len(others) else 0
        tokens = np.concatenate((model.observations[: first + 1], reply)).astype(np.int32)
        if policy.room is not None and len(tokens) > policy.room:
            raise DataError(
                f"a written text and its prompt have {len(tokens)} tokens, and the model has room "
                f"for {policy.room}"
            )
        mask = np.ones(len(tokens) - 1, dtype=np.bool_)
        mask[:first] = model.mask[:first]
        said = {**(model.text or {}), "reply": text}
        return by_a_person(id, tokens, mask, model.group, model.seed, said)

    def play(self, start: Trajectory) -> Json | None:
        """Nothing: texts are written."""
        return None

    def demonstrated(self, model: Trajectory, shown: Demonstrated) -> Trajectory:
        """The text that a person wrote, in place of the model's last reply."""
        return self.written(model, str(shown.answer["text"]), shown.id)

    def scenes(
        self, trajectories: Sequence[Trajectory], segments: Sequence[Segment], progress: Progress
    ) -> list[Json]:
        """The dialogue as it was said, and whether its end was cut off."""
        of = {t.id: t for t in trajectories}
        return [
            {"type": "text", **(of[s.trajectory].text or {}), "cut": of[s.trajectory].truncated}
            for s in segments
        ]

    def one_group(self) -> bool:
        """Only replies to one prompt are compared."""
        return False

    def _base(self) -> LanguagePolicy:
        """The baseline, read once."""
        if self._frozen is None:
            checkpoint = self._store.checkpoints.latest("policy", round=0)
            if checkpoint is None:
                raise CheckpointError("this project has no baseline yet; run `assent imitate`")
            policy = self.restore(checkpoint, self._store.checkpoints.weights(checkpoint))
            assert isinstance(policy, LanguagePolicy), "a text world has language policies"
            self._frozen = policy
        return self._frozen

    def _policy(self, parts: Parts) -> LanguagePolicy:
        section = self._config.environment
        return LanguagePolicy(parts, section.max_new_tokens, section.temperature, self._device)

    def _read(self) -> list[prompts.Dialogue]:
        section = self._config.environment
        if not self._dialogues:
            path = self._folder / section.prompts
            self._dialogues = prompts.read_prompts(path, section.turns, section.system)
        return self._dialogues

    def _words(self) -> list[str]:
        """What the small model's tokenizer learns from."""
        name = self._config.imitate.demonstrations
        if name is None:
            raise ConfigError(
                "policy.model 'tiny' is built from demonstrations; set imitate.demonstrations, or "
                "name a pretrained model"
            )
        shown = prompts.read_demonstrations(self._folder / name, self._config.environment.system)
        return [text for each in shown for text in (each.messages[-1]["content"], each.reply)]

    def _model_name(self) -> str:
        """A folder inside the project, any other folder, or a name that transformers knows."""
        inside = self._folder / self._config.policy.model
        return str(inside) if inside.is_dir() else self._config.policy.model


def _in_parts(batch: Batch) -> list[Batch]:
    """The batch in pieces that fit in memory whatever the number of trajectories."""
    rows = torch.arange(len(batch))
    return [batch.rows(part) for part in rows.split(COPIES)]
