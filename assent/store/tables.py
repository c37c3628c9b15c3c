"""The tables as queries use them. Migrations make them; a test compares the two."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# SQLite only numbers rows by itself when the key is exactly INTEGER.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Whole = sa.BigInteger()
_Real: sa.Double[float] = sa.Double()

# States of a slot. They stand literally in queries: only then are partial indexes used.
FREE: sa.ColumnElement[int] = sa.literal_column("0")
LEASED: sa.ColumnElement[int] = sa.literal_column("1")
STATE_FREE, STATE_LEASED, STATE_DONE = 0, 1, 2

trajectory = sa.Table(
    "trajectory",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("round", _Whole, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("checkpoint", sa.Text),
    sa.Column("start_group", sa.Text, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),  # a seed may have more than 64 bits
    sa.Column("terminated", sa.Boolean, nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False),
    sa.Column("steps", _Whole, nullable=False),
    sa.Column("arrays", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("truth", sa.Text),
    sa.Index("trajectory_round", "round", "purpose", "number"),
)

# Things that are judged without having been acted here: a response under its prompt.
item = sa.Table(
    "item",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("response", sa.Text, nullable=False),
)

# What a file calls a prompt with its responses: the ids of its items, in the file's order.
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("items", sa.Text, nullable=False),
)

# Items in numbers, as NumPy's own files: a vector of features, or the steps of a clip.
described = sa.Table(
    "described",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("observations", sa.LargeBinary, nullable=False),
    sa.Column("actions", sa.LargeBinary, nullable=False),
    sa.Column("phase", _Real),
)

scene = sa.Table(
    "scene",
    metadata,
    sa.Column("segment", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
)

query = sa.Table(
    "query",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("segments", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("strategy", sa.Text, nullable=False),
    sa.Column("selection_probability", _Real, nullable=False),
    sa.Column("answers_wanted", _Whole, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("round", _Whole, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Index("query_round", "round", "number"),
)

# One row a round: its questions' next turn, and sums kept so that counting is one look-up.
queue = sa.Table(
    "queue",
    metadata,
    sa.Column("round", _Whole, primary_key=True, autoincrement=False),
    sa.Column("next_turn", _Whole, nullable=False),
    sa.Column("questions", _Whole, nullable=False),
    sa.Column("slots", _Whole, nullable=False),
    sa.Column("done", _Whole, nullable=False),
)

slot = sa.Table(
    "slot",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("query", sa.Text, sa.ForeignKey("query.id"), nullable=False),
    sa.Column("place", _Whole, nullable=False),
    sa.Column("round", _Whole, sa.ForeignKey("queue.round"), nullable=False),
    sa.Column("turn", _Whole, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id")),
    sa.Column("lease_token", sa.Text),
    sa.Column("lease_until", _Real),
    sa.Column("lease_seconds", _Real),
    sa.Column("order_seed", _Whole, nullable=False),
    sa.Column("shown_order", sa.Text),
    # The question that this one asks again; only whoever answered that one gets it.
    sa.Column("repeats", sa.Text),
    sa.UniqueConstraint("query", "place", name="slot_place"),
    # Nobody can have two slots of one question, whatever the code above does.
    sa.UniqueConstraint("query", "annotator", name="slot_once"),
)
sa.Index(
    "slot_free",
    slot.c.round,
    slot.c.turn,
    sqlite_where=slot.c.state == FREE,
    postgresql_where=slot.c.state == FREE,
)
sa.Index(
    "slot_repeats",
    slot.c.round,
    slot.c.repeats,
    sqlite_where=sa.and_(slot.c.state == FREE, slot.c.repeats.is_not(None)),
    postgresql_where=sa.and_(slot.c.state == FREE, slot.c.repeats.is_not(None)),
)
sa.Index(
    "slot_expiry",
    slot.c.lease_until,
    sqlite_where=slot.c.state == LEASED,
    postgresql_where=slot.c.state == LEASED,
)
sa.Index(
    "slot_held",
    slot.c.annotator,
    sqlite_where=slot.c.state == LEASED,
    postgresql_where=slot.c.state == LEASED,
)

# Before this turn of the round, every free slot is of a question that the annotator answered,
# or a repeat, which is looked for by itself.
bookmark = sa.Table(
    "bookmark",
    metadata,
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), primary_key=True),
    sa.Column("round", _Whole, primary_key=True, autoincrement=False),
    sa.Column("turn", _Whole, nullable=False),
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("query", sa.Text, sa.ForeignKey("query.id"), nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("shown_order", sa.Text, nullable=False),
    sa.Column("created_at", _Real, nullable=False),
    sa.Column("received_at", _Real, nullable=False),
    sa.Column("timings", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("guideline_version", _Whole, nullable=False),
    sa.Column("replaces", sa.Text, sa.ForeignKey("feedback.id"), unique=True),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("idempotency_key", sa.Text, nullable=False),
    sa.UniqueConstraint("annotator", "idempotency_key", name="feedback_key"),
    sa.Index("feedback_query", "query", "annotator"),
    sa.Index("feedback_annotator", "annotator", "number"),
)

# One row: the last event's number and how many answers are in force.
tally = sa.Table(
    "tally",
    metadata,
    sa.Column("id", _Whole, primary_key=True, autoincrement=False),
    sa.Column("last_event", _Whole, nullable=False),
    sa.Column("answers", _Whole, nullable=False),
)

annotator = sa.Table(
    "annotator",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("species", sa.Text, nullable=False),
    sa.Column("groups", sa.Text, nullable=False),
    sa.Column("consented_at", _Real),
    sa.Column("consent_version", _Whole),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    # In force; kept as a sum, since counting them would slow down with every answer.
    sa.Column("answers", _Whole, nullable=False, server_default="0"),
    # The newest version of the guideline that they were shown; 0: none.
    sa.Column("guideline_seen", _Whole, nullable=False, server_default="0"),
)

# What the owner wrote to an annotator, shown on their work screen until it was read.
message = sa.Table(
    "message",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sent_at", _Real, nullable=False),
    sa.Column("read_at", _Real),
    sa.Index("message_annotator", "annotator", "number"),
)

guideline = sa.Table(
    "guideline",
    metadata,
    sa.Column("version", _Whole, primary_key=True, autoincrement=False),
    sa.Column("markdown", sa.Text, nullable=False),
)

# What annotators agree to in the owner's own words.
terms = sa.Table(
    "terms",
    metadata,
    sa.Column("version", _Whole, primary_key=True, autoincrement=False),
    sa.Column("markdown", sa.Text, nullable=False),
)

invite = sa.Table(
    "invite",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id")),
    sa.Column("created_at", _Real, nullable=False),
    sa.Column("expires_at", _Real, nullable=False),
    sa.Column("uses_left", _Whole),
)

# Which names were taken through which invite: one person a name.
redemption = sa.Table(
    "redemption",
    metadata,
    sa.Column("invite", _Whole, sa.ForeignKey("invite.number"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id")),
    sa.Column("expires_at", _Real, nullable=False),
)

# Questions with known answers; those of the newest version are in force.
practice = sa.Table(
    "practice",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("version", _Whole, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("practice_version", "version", "number"),
)

practice_answer = sa.Table(
    "practice_answer",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("practice", sa.Text, sa.ForeignKey("practice.id"), nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("agreement", _Real, nullable=False),
    sa.Column("created_at", _Real, nullable=False),
    sa.Index("practice_answer_annotator", "annotator", "number"),
)

# What an annotator told the owner about a question.
flag = sa.Table(
    "flag",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("query", sa.Text, sa.ForeignKey("query.id"), nullable=False),
    sa.Column("annotator", sa.Text, sa.ForeignKey("annotator.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", _Real, nullable=False),
    sa.Column("idempotency_key", sa.Text, nullable=False),
    sa.UniqueConstraint("annotator", "idempotency_key", name="flag_key"),
)

# What the owner decided about an annotator (by id) or a report (by number); the last one is in
# force, so that each can be undone by another.
decision = sa.Table(
    "decision",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("value", _Real, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", _Real, nullable=False),
    sa.Index("decision_about", "verb", "about", "number"),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("round", _Whole, nullable=False),
    sa.Column("weights", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("metrics", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Index("checkpoint_role", "role", "round", "number"),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("number", _Number, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("round", _Whole, nullable=False),
    sa.Column("started", _Real, nullable=False),
    sa.Column("finished", _Real, nullable=False),
    sa.Column("metrics", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Index("run_stage", "stage", "round", "number"),
)
