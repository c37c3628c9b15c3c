"""Tables for practice with known answers, and for what annotators tell the owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself when the key is exactly INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "practice",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sa.Index("practice_version", "version", "number"),
    )
    op.create_table(
        "practice_answer",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"]),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.Index("practice_answer_annotator", "annotator", "number"),
    )
    op.create_table(
        "flag",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.ForeignKeyConstraint(["query"], ["query.id"]),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.UniqueConstraint("annotator", "idempotency_key", name="flag_key"),
    )
