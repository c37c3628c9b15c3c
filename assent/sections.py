"""The sections of a settings file: what each key means, its default and what it may be.

Which sections a project has, and how they are read, is in `config.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from assent.options import Count, ImitateOptions, Options, Positive, PPOOptions, Share


class Project(Options):
    """What the project is called and how long the loop goes on."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")] = Field(
        description="lower case letters, digits, hyphens; part of the page's address"
    )
    seed: int = Field(0, ge=0, description="all randomness of the project follows from it")
    rounds: Count = Field(3, description="times through the loop")
    store: str | None = Field(
        None, description="database URL, postgresql+psycopg://...; absent: SQLite in the folder"
    )


class ControlEnvironmentSection(Options):
    """Any environment that Gymnasium can make by name."""

    world: Literal["control"] = Field(description="which world this is")
    id: str = Field(description="a Gymnasium id, e.g. Pendulum-v1")
    options: dict[str, Any] = Field(default_factory=dict, description="arguments of gymnasium.make")
    copies: Count = Field(8, description="environments stepped side by side")
    horizon: Literal["fixed", "native"] = Field(
        "fixed",
        description="fixed: every episode has horizon_steps steps, so its end tells nothing",
    )
    horizon_steps: Count | None = Field(None, description="absent: the environment's own limit")
    clip_seconds: Positive = Field(1.0, description="length of what people are shown")


class TextEnvironmentSection(Options):
    """Prompts from a file, answered in one or several turns."""

    world: Literal["text"] = Field(description="which world this is")
    prompts: str = Field(description="JSONL with `prompt` or `messages`, in the project folder")
    turns: Count = Field(1, description="replies per dialogue; later user turns come from the file")
    system: str | None = Field(None, description="said to the model before every dialogue")
    max_prompt_tokens: Count = Field(256, description="a longer prompt is an error, not cut")
    max_new_tokens: Count = Field(48, description="of one reply")
    must_end: bool = Field(
        True, description="a reply cut there scores low; false: text without an end, as stories"
    )
    temperature: Positive = Field(1.0, description="of sampling; divides the logits everywhere")
    score: str | None = Field(
        None, description="name of a hidden score (plug-in) that is only measured"
    )


class ControlPolicySection(Options):
    """A Gaussian or categorical network."""

    hidden: tuple[Count, ...] = Field((64, 64), description="width of each hidden layer")
    initial_log_std: float = Field(0.0, description="of the Gaussian's standard deviation")


class TextPolicySection(Options):
    """A causal language model: built here from nothing, or any that transformers can load."""

    model: str = Field("tiny", description="'tiny', a folder, or a name that transformers knows")
    lora_rank: int = Field(0, ge=0, description="0 trains all weights")
    width: Count = Field(128, description="of 'tiny'")
    layers: Count = Field(4, description="of 'tiny'")
    heads: Count = Field(4, description="of 'tiny'")
    vocabulary: Count = Field(1024, description="of 'tiny', trained on the demonstrations")


class ImitateSection(ImitateOptions):
    """Where the demonstrations are and how they are learnt."""

    demonstrations: str | None = Field(
        None, description="JSONL (text: prompt, reply) or NPZ (control); absent: start untrained"
    )


class RolloutSection(Options):
    """How much behaviour is collected for people to look at."""

    trajectories: Count = Field(16, description="per round")
    per_group: Count = Field(1, description="of them from one start; text: replies to one prompt")


class AskSection(Options):
    """Which questions, how many, of which kind."""

    questions: Count = Field(50, description="per round")
    kinds: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=lambda: {"comparison": 1.0},
        description="kind to share, e.g. comparison = 1",
    )
    text: str | None = Field(
        None, description="what people are asked, in every kind; absent: each kind's own question"
    )
    texts: dict[str, str] = Field(
        default_factory=dict, description="kind to what people are asked in it, before `text`"
    )
    answers_wanted: Count = Field(1, description="per question, each from another annotator")
    enough: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="share of a round's answers with which the loop goes on"
    )
    candidates: Count = Field(4, description="segments put up for choice, per question")
    strategy: str = Field("information", description="plug-in that chooses: uniform, information")
    random_share: Share = Field(0.25, description="of questions chosen at random, for calibration")
    repeat_share: Share = Field(
        0.0, description="of questions asked again, mirrored, of whoever answered them"
    )
    gold_share: Share = Field(
        0.0, description="of questions added whose answer the owner decided, as far as there are"
    )
    ranking_size: int = Field(4, ge=3, le=6, description="options of a ranking")
    rating_levels: int = Field(5, ge=2, le=11, description="levels of a rating")
    attributes: tuple[str, ...] = Field(
        ("Helpful", "Correct", "Clear"),
        description="what `attributes` asks about; more of each is better",
    )
    span_labels: tuple[str, ...] = Field(
        ("Good", "Bad"), description="what a marked part of a reply can be called, at most nine"
    )
    both_bad_disapproves: bool = Field(
        False, description="both bad is also a low approval of each, not only a tie"
    )

    def asked(self, kind: str, usual: str) -> str:
        """What people are asked in a kind whose own question is `usual`."""
        return self.texts.get(kind) or self.text or usual


class AnswersAskSection(AskSection):
    """Which questions about items, how many at a time, of which kind."""

    @model_validator(mode="after")
    def _every_item_is_a_candidate(self) -> AnswersAskSection:
        if "candidates" in self.model_fields_set:
            raise ValueError("candidates has no effect: every item is put up for choice; remove it")
        return self


class ServeSection(Options):
    """Where the page listens and how long a question is held for somebody."""

    host: str = Field("127.0.0.1", description="else than loopback needs `proxy` or `certificate`")
    port: int = Field(8700, ge=0, le=65535, description="0: any free one")
    proxy: bool = Field(False, description="a TLS proxy stands in front of the page")
    names: tuple[str, ...] = Field(
        (), description="names that others reach the page by; empty: with `proxy`, any"
    )
    certificate: str | None = Field(None, description="file of a TLS certificate in PEM")
    certificate_key: str | None = Field(None, description="file of its private key in PEM")
    lease_seconds: Positive = Field(900.0, description="a question comes back after this")
    invite_days: Positive = Field(30.0, description="an invite link works this long")
    practice_agreement: Share = Field(
        0.0, description="with the known answers of the practice, before the work; 0: any"
    )
    pay_per_hour: Positive | None = Field(
        None, description="what an hour of answering costs; absent: costs are told in minutes"
    )
    currency: Annotated[str, Field(pattern=r"^\S{0,8}$")] = Field(
        "", description="written behind what is paid, e.g. EUR or $; empty: nothing"
    )
    requests_per_second: Positive = Field(
        50.0, description="of one session, over ten seconds; more are told to wait"
    )


class EvaluateSection(Options):
    """How a policy is measured at the end of a round."""

    trajectories: Count = Field(32, description="fresh ones, never used for learning")
    greedy: bool = Field(False, description="the most likely action instead of a sampled one")


class ImproveSection(PPOOptions):
    """Reinforcement learning on the learnt reward."""

    algorithm: str = Field("ppo", description="plug-in that improves the policy")
    start: Literal["baseline", "previous", "both"] = Field(
        "both", description="the policy that learning starts from; both: the better result stays"
    )


class AnswersProject(Options):
    """What the project is called."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")] = Field(
        description="lower case letters, digits, hyphens"
    )
    seed: int = Field(0, ge=0, description="which answers are kept aside to measure on")
    store: str | None = Field(
        None, description="database URL, postgresql+psycopg://...; absent: SQLite in the folder"
    )


class AnswersEnvironmentSection(Options):
    """Nothing acts here: items come from files, and what people say of them, or from the page."""

    world: Literal["answers"] = Field(description="which world this is")
