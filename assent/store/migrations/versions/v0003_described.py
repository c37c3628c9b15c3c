"""A table for items in numbers: vectors of features, observations and actions of clips."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "described",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("observations", sa.LargeBinary(), nullable=False),
        sa.Column("actions", sa.LargeBinary(), nullable=False),
        sa.Column("phase", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("item"),
    )
