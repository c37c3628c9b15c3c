"""The knobs of the learning rooms, defined once, with their defaults and sources.

`config` uses these classes as sections of `assent.toml`; `algorithms` and
`reward` take them as arguments. Nothing here knows files, stores or networks.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Options(BaseModel):
    """Frozen settings; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ImitateOptions(Options):
    """Supervised learning of the baseline policy."""

    epochs: Count = Field(4, description="passes over the demonstrations")
    batch_size: Count = Field(32, description="sequences (text) or steps (control) a batch")
    learning_rate: Positive = Field(1e-3, description="of AdamW, annealed to a tenth by a cosine")
    weight_decay: float = Field(0.01, ge=0, description="of AdamW")
    held_out: Share = Field(0.05, description="share kept aside to measure and to stop early")
    max_gradient_norm: Positive = Field(1.0, description="gradient clipping")


class RewardOptions(Options):
    """The reward ensemble and the people, fitted together."""

    heads: Literal["network", "linear"] = Field(
        "network", description="networks, or a linear-Bayesian head for good frozen features"
    )
    members: Count = Field(5, description="networks, or draws, of the ensemble (Coste 2023: 4-5)")
    hidden: tuple[Count, ...] = Field((64, 64), description="width of each hidden layer")
    learning_rate: Positive = Field(1e-2, description="of AdamW; full batches stand large steps")
    weight_decay: float = Field(1e-3, ge=0, description="of AdamW")
    max_epochs: Count = Field(300, description="upper bound; held-out answers stop earlier")
    patience_epochs: Count = Field(30, description="epochs without a better held-out loss")
    held_out: Share = Field(0.15, description="share of answers that only decides when to stop")
    prior_scale: float = Field(1.0, ge=0, description="weight of each member's frozen random prior")
    refit_epochs: Count = Field(10, description="epochs between two fits of the people")
    batch_size: Count = Field(4096, description="judgements a batch")
    annotators: bool = Field(True, description="learn who can be believed; false pools everybody")
    covariates: tuple[Literal["length", "phase"], ...] = Field(
        (), description="in the answers, out of the reward: a reply's log length, a clip's phase"
    )
    pessimism: float = Field(0.5, ge=0, description="standard deviations taken off the mean")


class PPOOptions(Options):
    """Proximal policy optimisation (Schulman et al. 2017), details of arXiv 2403.17031."""

    updates: Count = Field(40, description="rounds of collecting and learning")
    episodes: Count = Field(16, description="trajectories collected before each update")
    epochs: Count = Field(4, description="passes over each collection")
    minibatch_size: Count = Field(64, description="rows (text) or steps (control) a minibatch")
    learning_rate: Positive = Field(3e-4, description="of Adam, annealed linearly to zero")
    adam_eps: Positive = Field(1e-5, description="of Adam (arXiv 2403.17031)")
    clip: Positive = Field(0.2, description="of the probability ratio")
    value_clip: Positive = Field(0.2, description="of the value, in units of the return's spread")
    value_weight: Positive = Field(0.5, description="of the value loss")
    entropy_weight: float = Field(0.0, ge=0, description="of the entropy bonus")
    discount: Share = Field(1.0, description="gamma")
    gae_lambda: Share = Field(0.95, description="lambda of generalised advantage estimation")
    kl_weight: float = Field(0.0, ge=0, description="of KL to the baseline, k1 in the reward")
    kl_target_nats: Positive | None = Field(
        None, description="per sequence; adapts kl_weight toward it; absent: fixed weight"
    )
    max_gradient_norm: Positive = Field(0.5, description="gradient clipping")


class AnswersRewardOptions(Options):
    """What items are worth and who can be believed, without a network."""

    annotators: bool = Field(True, description="learn who can be believed; false pools everybody")
    held_out: Share = Field(0.1, description="share of answers that the fit is measured on first")
    utilities: Literal["auto", "features", "free"] = Field(
        "auto", description="worth by items' features; auto: where all that were judged have some"
    )
    covariates: tuple[Literal["length", "format", "phase"], ...] = Field(
        ("length",),
        description="with features: in the answers, out of the worth; phase: of clips in episodes",
    )
    taste: int = Field(
        0,
        ge=0,
        le=8,
        description="without features: dimensions in which people may differ in taste",
    )
    prompts: bool = Field(
        False, description="without features: single items are judged by what their prompt allows"
    )
