"""Text: prompts, replies of a language model, one reward at a reply's end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from assent.config import TextConfig
from assent.environments import text as prompts
from assent.environments.environment import Context
from assent.environments.runner import rollout
from assent.environments.text import TextEnvironment
from assent.errors import CheckpointError
from assent.models.batch import Batch
from assent.models.language import LanguagePolicy
from assent.models.policy import Policy
from assent.records import Checkpoint, Json, Segment, Trajectory
from assent.store.store import Store
from assent.worlds.world import Acting, Described, Progress

HELD_OUT = 0.2  # share of prompts that only evaluation uses


class TextWorld:
    """A file of prompts and a language model as the stages see them."""

    def __init__(self, config: TextConfig, folder: Path, store: Store) -> None:
        self._config = config
        self._folder = folder
        self._store = store


"""TO BE DONE AFTER text builder"""
