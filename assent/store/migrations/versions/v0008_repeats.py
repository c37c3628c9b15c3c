"""A slot of a repeat names the question that it repeats, so that only its annotators get it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0008"
down_revision = "v0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("slot", sa.Column("repeats", sa.Text(), nullable=True))
    lite = op.get_bind().dialect.name == "sqlite"
    original = "json_extract(q.options, '$.mirror_of')"
    if not lite:
        original = "q.options::jsonb->>'mirror_of'"
    op.execute(
        f"UPDATE slot SET repeats = (SELECT {original} FROM query q WHERE q.id = slot.query) "
        "WHERE query IN (SELECT id FROM query WHERE purpose = 'repeat')"
    )
    free = sa.text("state = 0 AND repeats IS NOT NULL")
    op.create_index(
        "slot_repeats", "slot", ["round", "repeats"], sqlite_where=free, postgresql_where=free
    )
