"""One typed tree of settings: TOML in, TOML out, and an unknown key is an error.

A project is for control, for text, or for answers alone; each has its own tree, so a
setting that would have no effect in one world does not exist there.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator

from assent.errors import ConfigError
from assent.options import AnswersRewardOptions, Options, RewardOptions
from assent.sections import (
    AnswersAskSection,
    AnswersEnvironmentSection,
    AnswersProject,
    AskSection,
    ControlEnvironmentSection,
    ControlPolicySection,
    EvaluateSection,
    ImitateSection,
    ImproveSection,
    Project,
    RolloutSection,
    ServeSection,
    TextEnvironmentSection,
    TextPolicySection,
)

FILE_NAME = "assent.toml"


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


class AnswersConfig(Options):
    """All settings of a project that has only items and answers."""

    project: AnswersProject
    environment: AnswersEnvironmentSection
    ask: AnswersAskSection = AnswersAskSection()
    serve: ServeSection = ServeSection()
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
            f"project {found.project.name} has only items and answers, and no policy; its verbs "
            "are import, check, run, ask, serve, invite, reward, score, predict, annotators, "
            "status and export"
        )
    return found


def load_any(folder: Path) -> AnyConfig:
    """The settings in `folder/assent.toml`, of whichever world. Raises as `load`."""
    path = folder / FILE_NAME
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {FILE_NAME} in {folder}; make a project with `assent init answers DIR` "
            "for answers alone, or `assent init control DIR` or `assent init text DIR` for the loop"
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
