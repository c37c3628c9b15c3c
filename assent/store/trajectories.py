"""What policies did. The true reward lies apart and is read through `truth` alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, final

import numpy.typing as npt
import sqlalchemy as sa

from assent.errors import RecordError
from assent.records import Floats, Trajectory
from assent.store import plain
from assent.store.blobs import Blobs
from assent.store.database import Database
from assent.store.tables import trajectory as table

Use = Literal["rollout", "evaluate", "written", "demonstration"]
_CHUNK = 500  # SQLite takes at most 999 values in one statement on old builds


@final
class Trajectories:
    """Rows about trajectories, and their arrays as blobs."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def add(self, trajectories: Sequence[Trajectory], purpose: Use = "rollout") -> None:
        """Keep trajectories; RecordError when one of them is there already.

        purpose: `evaluate`, and `written` and `demonstration` (both by people), keep them out of
            what people are asked about.
        """
        rows = [self._row(trajectory, purpose) for trajectory in trajectories]
        if rows:
            with self._database.write() as connection:
                connection.execute(sa.insert(table), rows)

    def get(self, id: str) -> Trajectory:
        """One trajectory, without its true reward."""
        return self.many([id])[0]

    def many(self, ids: Iterable[str]) -> list[Trajectory]:
        """Trajectories in the order asked for, without their true rewards.

        Raises RecordError naming the first that does not exist.
        """
        wanted = list(ids)
        found: dict[str, Any] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                some = wanted[start : start + _CHUNK]
                for row in connection.execute(sa.select(table).where(table.c.id.in_(some))):
                    found[row.id] = row
        for id in wanted:
            if id not in found:
                raise RecordError(f"there is no trajectory {id!r} in this store")
        return [self._record(found[id]) for id in wanted]

    def numbers(self, ids: Iterable[str]) -> dict[str, int]:
        """From each of these ids that is here to the trajectory's number, by which it is called."""
        wanted, found = list(dict.fromkeys(ids)), {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _CHUNK):
                some = sa.select(table.c.id, table.c.number).where(
                    table.c.id.in_(wanted[start : start + _CHUNK])
                )
                found.update({row.id: int(row.number) for row in connection.execute(some)})
        return found

    def list(self, round: int | None = None, purpose: Use = "rollout") -> list[str]:
        """Ids in the order they were added; of one round, or of all."""
        chosen = sa.select(table.c.id).where(table.c.purpose == purpose).order_by(table.c.number)
        if round is not None:
            chosen = chosen.where(table.c.round == round)
        with self._database.read() as connection:
            return list(connection.execute(chosen).scalars())

    def truth(self, id: str) -> Floats | None:
        """The environment's own reward `[T]`, or None where there is none.

        For measuring and for simulated annotators; learning code never calls it.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(table.c.truth).where(table.c.id == id)).first()
        if row is None:
            raise RecordError(f"there is no trajectory {id!r} in this store")
        return None if row.truth is None else self._blobs.get_arrays(row.truth)["reward"]

    def _row(self, trajectory: Trajectory, purpose: Use) -> dict[str, Any]:
        arrays: dict[str, npt.NDArray[Any]] = {
            "observations": trajectory.observations,
            "actions": trajectory.actions,
            "logprobs": trajectory.logprobs,
            "mask": trajectory.mask,
        }
        if trajectory.states is not None:
            arrays["states"] = trajectory.states
        reward = trajectory.environment_reward
        return {
            "id": trajectory.id,
            "round": trajectory.round,
            "purpose": purpose,
            "checkpoint": trajectory.checkpoint,
            "start_group": trajectory.group,
            "seed": str(trajectory.seed),
            "terminated": trajectory.terminated,
            "truncated": trajectory.truncated,
            "steps": trajectory.steps,
            "arrays": self._blobs.put_arrays(arrays),
            "text": None if trajectory.text is None else plain.dumps(trajectory.text),
            "truth": None if reward is None else self._blobs.put_arrays({"reward": reward}),
        }

    def _record(self, row: Any) -> Trajectory:
        arrays = self._blobs.get_arrays(row.arrays)
        return Trajectory(
            id=row.id,
            observations=arrays["observations"],
            actions=arrays["actions"],
            logprobs=arrays["logprobs"],
            mask=arrays["mask"],
            terminated=row.terminated,
            truncated=row.truncated,
            group=row.start_group,
            seed=int(row.seed),
            round=row.round,
            checkpoint=row.checkpoint,
            states=arrays.get("states"),
            text=None if row.text is None else plain.loads(row.text),
        )
