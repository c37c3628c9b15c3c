"""Sums of each annotator's answers, words from the owner, and what erasing a person may change.

The log of answers stays append-only but for one thing: a note may be emptied, since it is
the only place in it where somebody may have written about themselves.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself when the key is exactly INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSAL = "feedback is append-only; write a new event that replaces the old one"
_EMPTY = "'\"\"'"  # the note "" as the store writes it
_KEPT = (
    "number", "id", "query", "annotator", "answer", "shown_order", "created_at", "received_at",
    "timings", "guideline_version", "replaces", "late", "idempotency_key",
)  # fmt: skip


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
    op.execute("DROP TRIGGER feedback_no_update" + _on_table())
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in _KEPT)
        op.execute(
            "CREATE TRIGGER feedback_no_update BEFORE UPDATE ON feedback "
            f"WHEN NOT (NEW.note = {_EMPTY} AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION feedback_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.note = {_EMPTY} AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note' "
        f"THEN RETURN NEW; END IF; RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER feedback_no_update BEFORE UPDATE ON feedback "
        "FOR EACH ROW EXECUTE FUNCTION feedback_refuse_change()"
    )


def _on_table() -> str:
    return "" if op.get_bind().dialect.name == "sqlite" else " ON feedback"
