"""One typed tree of settings: TOML in, TOML out, and an unknown key is an error.

A project is for control, for text, or for answers alone; each has its own tree, so a
setting that would have no effect in one world does not exist there.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from assent.errors import ConfigError
from assent.options import (
    AnswersRewardOptions,
    Count,
    ImitateOptions,
    Options,
    Positive,
    PPOOptions,
    RewardOptions,
    Share,
)

FILE_NAME = "assent.toml"


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
        None, description="what people are asked; absent: each kind's own question"
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


class _Sections(Options):
    """What both worlds have."""

    project: Project
    imitate: ImitateSection = ImitateSection()
    rollout: RolloutSection = RolloutSection()
    ask: AskSection = AskSection()
    serve: ServeSection = ServeSection()
    reward: RewardOptions = RewardOptions()
    improve: ImproveSection = ImproveSection()
    evaluate: EvaluateSection = EvaluateSection()


class ControlConfig(_Sections):
    """All settings of a control project."""

    environment: ControlEnvironmentSection
    policy: ControlPolicySection = ControlPolicySection()


class TextConfig(_Sections):
    """All settings of a text project."""

    environment: TextEnvironmentSection
    policy: TextPolicySection = TextPolicySection()

    @model_validator(mode="after")
    def _tiny_is_full(self) -> TextConfig:
        if self.policy.model == "tiny" and self.policy.lora_rank:
            raise ValueError("policy.lora_rank has no effect on model 'tiny'; remove it")
        return self


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
    """Nothing acts here: items and what people said of them come from files."""

    world: Literal["answers"] = Field(description="which world this is")


class AnswersConfig(Options):
    """All settings of a project that has only items and answers."""

    project: AnswersProject
    environment: AnswersEnvironmentSection
    reward: AnswersRewardOptions = AnswersRewardOptions()


Config = ControlConfig | TextConfig
AnyConfig = Config | AnswersConfig

# What suits one world is not what suits the other; a file's own settings come over these.
_DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "control": {
        "improve": {"discount": 0.95, "learning_rate": 1e-3, "minibatch_size": 256},
        "evaluate": {"greedy": True},
    },
    "text": {
        "imitate": {"learning_rate": 3e-3},
        "rollout": {"trajectories": 64, "per_group": 4},
        # On hidden states a linear head learns more from a few hundred answers than a deep one.
        "reward": {"hidden": (), "prior_scale": 0.3, "weight_decay": 1.0, "learning_rate": 3e-3},
        # Restarting from the baseline on all answers is the robust choice (arXiv 2505.18126).
        "improve": {
            "start": "baseline",
            "episodes": 64,
            "learning_rate": 5e-4,
            "kl_weight": 0.1,
            "value_weight": 0.1,
        },
    },
    # On top of text's, for a model that was trained elsewhere: it has more to lose.
    "pretrained": {
        "imitate": {"learning_rate": 1e-5, "epochs": 2},
        "improve": {"learning_rate": 1e-5},
    },
}


def defaults(world: str) -> dict[str, dict[str, Any]]:
    """Defaults by section that differ from the classes': of control, text or pretrained text."""
    return _DEFAULTS[world]


def load(folder: Path) -> Config:
    """The settings in `folder/assent.toml`.

    Raises ConfigError naming every bad key, what was found and what is allowed, and where the
    project has only items and answers, for then there is no loop.
    """
    found = load_any(folder)
    if isinstance(found, AnswersConfig):
        raise ConfigError(
            f"project {found.project.name} has only items and answers; its verbs are import, "
            "check, reward, score, predict, annotators, status and export"
        )
    return found


def load_any(folder: Path) -> AnyConfig:
    """The settings in `folder/assent.toml`, of whichever world. Raises as `load`."""
    path = folder / FILE_NAME
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {FILE_NAME} in {folder}; make a project with `assent init control DIR`"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    if _world(tree) != "answers":
        return parse(tree, str(path))
    return parse_answers(tree, str(path))


def parse_answers(tree: dict[str, Any], source: str = FILE_NAME) -> AnswersConfig:
    """The settings of a project for answers in a tree of plain values."""
    try:
        return AnswersConfig.model_validate(tree)
    except ValidationError as error:
        raise _refused(error, AnswersConfig, source) from None


def parse(tree: dict[str, Any], source: str = FILE_NAME) -> Config:
    """The settings in a tree of plain values; `source` names it in errors."""
    world = _world(tree)
    models: dict[str, type[Config]] = {"control": ControlConfig, "text": TextConfig}
    if world not in models:
        raise ConfigError(
            f'{source}: [environment] needs world = "control" or "text", found {world!r} '
            '("answers" is for items and answers without a policy)'
        )
    try:
        if world == "text" and _model(tree) != "tiny":
            tree = _over(_DEFAULTS["pretrained"], tree)
        return models[world].model_validate(_over(_DEFAULTS[world], tree))
    except ValidationError as error:
        raise _refused(error, models[world], source) from None


def _world(tree: dict[str, Any]) -> Any:
    environment = tree.get("environment")
    return environment.get("world") if isinstance(environment, dict) else None


def _refused(error: ValidationError, model: type[Options], source: str) -> ConfigError:
    """Every bad setting, a line each."""
    lines = [_explain(dict(problem), model) for problem in error.errors()]
    return ConfigError(f"{source}:\n" + "\n".join(f"  {line}" for line in lines))


def _model(tree: dict[str, Any]) -> object:
    """The language model that a tree names, before it is checked."""
    policy = tree.get("policy", {})
    return policy.get("model", "tiny") if isinstance(policy, dict) else "tiny"


def _over(defaults: dict[str, dict[str, Any]], tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with a world's defaults in the sections that leave them open."""
    merged = dict(tree)
    for section, settings in defaults.items():
        own = tree.get(section, {})
        merged[section] = {**settings, **own} if isinstance(own, dict) else own
    return merged


def _explain(problem: dict[str, Any], model: type[Options]) -> str:
    """One line about one bad setting."""
    path = [str(part) for part in problem["loc"]]
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"{name}: unknown setting; {_known(path[:-1], model)}"
    if problem["type"] == "missing":
        return f"{name}: missing"
    return f"{name}: {problem['msg'].lower()}, found {problem['input']!r}"


def _known(path: list[str], model: type[Options]) -> str:
    """The names allowed at a place in the tree, for an error."""
    for part in path:
        field = model.model_fields.get(part)
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, Options)):
            return "remove it"
        model = annotation
    return "allowed here: " + ", ".join(model.model_fields)
