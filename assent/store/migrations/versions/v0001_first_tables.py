"""The first tables, and the triggers that keep the log of answers append-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself when the key is exactly INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_REFUSAL = "feedback is append-only: corrections and undos are new rows"


def upgrade() -> None:
    _people()
    _entrances()
    _behaviour()
    _learning()
    _questions()
    _slots()
    _answers()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _people() -> None:
    op.create_table(
        "annotator",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.Double()),
        sa.Column("consent_version", sa.BigInteger()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "guideline",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )


def _entrances() -> None:
    op.create_table(
        "invite",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("uses_left", sa.BigInteger()),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "redemption",
        sa.Column("invite", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.ForeignKeyConstraint(["invite"], ["invite.number"]),
        sa.PrimaryKeyConstraint("invite", "name"),
    )
    op.create_table(
        "session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text()),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )


def _behaviour() -> None:
    op.create_table(
        "trajectory",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("start_group", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("terminated", sa.Boolean(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("arrays", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("truth", sa.Text()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("trajectory_round", "trajectory", ["round", "purpose", "number"])
    op.create_table(
        "scene",
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("segment"),
    )


def _learning() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("checkpoint_role", "checkpoint", ["role", "round", "number"])
    op.create_table(
        "run",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("finished", sa.Double(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("run_stage", "run", ["stage", "round", "number"])


def _questions() -> None:
    op.create_table(
        "query",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("segments", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("selection_probability", sa.Double(), nullable=False),
        sa.Column("answers_wanted", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("query_round", "query", ["round", "number"])
    op.create_table(
        "queue",
        sa.Column("round", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_turn", sa.BigInteger(), nullable=False),
        sa.Column("questions", sa.BigInteger(), nullable=False),
        sa.Column("slots", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("round"),
    )


def _slots() -> None:
    op.create_table(
        "slot",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("annotator", sa.Text()),
        sa.Column("lease_token", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("lease_seconds", sa.Double()),
        sa.Column("order_seed", sa.BigInteger(), nullable=False),
        sa.Column("shown_order", sa.Text()),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.ForeignKeyConstraint(["query"], ["query.id"]),
        sa.ForeignKeyConstraint(["round"], ["queue.round"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("query", "annotator", name="slot_once"),
        sa.UniqueConstraint("query", "place", name="slot_place"),
    )
    op.create_index("slot_expiry", "slot", ["lease_until"], **_where("state = 1"))
    op.create_index("slot_free", "slot", ["round", "turn"], **_where("state = 0"))
    op.create_index("slot_held", "slot", ["annotator"], **_where("state = 1"))
    op.create_table(
        "bookmark",
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.PrimaryKeyConstraint("annotator", "round"),
    )


def _answers() -> None:
    op.create_table(
        "feedback",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("shown_order", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("timings", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("guideline_version", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.Text()),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.ForeignKeyConstraint(["query"], ["query.id"]),
        sa.ForeignKeyConstraint(["replaces"], ["feedback.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("annotator", "idempotency_key", name="feedback_key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("replaces"),
    )
    op.create_index("feedback_annotator", "feedback", ["annotator", "number"])
    op.create_index("feedback_query", "feedback", ["query", "annotator"])
    op.create_table(
        "tally",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO tally (id, last_event, answers) VALUES (1, 0, 0)")


def _guard_sqlite() -> None:
    for word in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER feedback_no_{word} BEFORE {word.upper()} ON feedback "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION feedback_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for word in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER feedback_no_{word} BEFORE {word.upper()} ON feedback "
            "FOR EACH STATEMENT EXECUTE FUNCTION feedback_refuse()"
        )
