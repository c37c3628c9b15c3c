"""How many answers of each annotator are in force, kept as a sum; and words from the owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself when the key is exactly INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "annotator", sa.Column("answers", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE annotator SET answers = (SELECT count(*) FROM feedback f "
        "WHERE f.annotator = annotator.id AND f.answer IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM feedback l WHERE l.replaces = f.id))"
    )
    op.create_table(
        "message",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("message_annotator", "message", ["annotator", "number"])
