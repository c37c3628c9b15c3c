"""Which version of the guideline each annotator was shown last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0009"
down_revision = "v0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seen = sa.Column("guideline_seen", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("annotator", seen)
    # Until now answers named what their authors had been shown.
    op.execute(
        "UPDATE annotator SET guideline_seen = COALESCE((SELECT MAX(f.guideline_version) "
        "FROM feedback f WHERE f.annotator = annotator.id), 0)"
    )
