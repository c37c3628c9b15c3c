"""What people wrote or played in place of the policy, as trajectories of the policy's own kind.

Their answers hold words and held keys; what a policy would have seen and done is made here,
once, by the world, and kept beside what the policy did.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from assent import hearing
from assent.errors import DataError, EnvironmentFault
from assent.project import Project
from assent.records import Trajectory
from assent.worlds.world import World

logger = logging.getLogger(__name__)


def keep_written(project: Project, world: World, number: int) -> set[str]:
    """Make trajectories of the texts that people wrote and that targets compare.

    Returns the names of those that the policy cannot read.
    """
    trajectories = project.store.trajectories
    known = set(trajectories.list(purpose="written"))
    written = {n: w for n, w in hearing.written(project.store).items() if n not in known}
    models = trajectories.many(text.instead_of for text in written.values())
    made, unreadable = [], set()
    for (name, text), model in zip(written.items(), models, strict=True):
        try:
            made.append(replace(world.written(model, text.text, name), round=number))
        except DataError:
            unreadable.add(name)
    trajectories.add(made, purpose="written")
    return unreadable


def demonstrated(project: Project, world: World, number: int) -> list[Trajectory]:
    """What people showed in answers in force, to be imitated; what is new is kept.

    What the policy cannot do, such as a text that it cannot read, is told and left out.
    """
    trajectories = project.store.trajectories
    known = set(trajectories.list(purpose="demonstration"))
    told = hearing.demonstrations(project.store)
    new = [each for each in told if each.id not in known]
    models = trajectories.many(each.instead_of for each in new)
    made = []
    for each, model in zip(new, models, strict=True):
        try:
            made.append(replace(world.demonstrated(model, each), round=number))
        except (DataError, EnvironmentFault) as error:
            logger.warning("what answer %s shows cannot be imitated: %s", each.id, error)
    trajectories.add(made, purpose="demonstration")
    usable = known | {each.id for each in made}
    return trajectories.many(each.id for each in told if each.id in usable)
