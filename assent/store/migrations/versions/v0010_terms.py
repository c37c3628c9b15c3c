"""What annotators agree to in the owner's own words, version by version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0010"
down_revision = "v0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "terms",
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("markdown", sa.Text(), nullable=False),
    )
