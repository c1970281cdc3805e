"""Fewer indexes for the journal to keep, so that each hand-over writes less; releases know their count."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _count_deliveries()
    op.drop_index("uq_delivery_live_address", "delivery")
    op.drop_index("ix_delivery_release_id_state", "delivery")
    op.add_column(
        "delivery",
        sa.Column(
            "claims_address",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="see states.CLAIMS_ADDRESS; of its own, so that most changes of state leave the index alone",
        ),
    )
    op.execute(
        "UPDATE delivery SET claims_address = false WHERE state IN ('failed', 'expired', 'cancelled', 'bounced')"
    )
    _create_indexes()
    op.drop_index("ix_outcome_release_id_link", "outcome")
    op.drop_index("ix_attempt_release_id_link", "attempt")
    if op.get_bind().dialect.name == "sqlite":
        _drop_rowids_of_attempts()


def _count_deliveries() -> None:
    op.add_column(
        "release",
        sa.Column(
            "deliveries",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="how many; known once it is prepared",
        ),
    )
    op.execute(
        "UPDATE release SET deliveries = (SELECT count(*) FROM delivery WHERE delivery.release_id = release.id)"
    )


def _create_indexes() -> None:
    op.create_index(
        "uq_delivery_live_address",
        "delivery",
        ["issue_id", sa.text("lower(address)")],
        unique=True,
        sqlite_where=sa.text("claims_address"),
        postgresql_where=sa.text("claims_address"),
    )
    op.create_index(
        "ix_delivery_not_accepted",
        "delivery",
        ["release_id", "state", "next_at"],
        sqlite_where=sa.text("state <> 'accepted'"),
        postgresql_where=sa.text("state <> 'accepted'"),
    )
    unplanned = sa.text("chunk_id IS NULL AND state IN ('queued', 'deferred')")
    op.create_index(
        "ix_delivery_unplanned",
        "delivery",
        ["release_id", "rank", "next_at"],
        sqlite_where=unplanned,
        postgresql_where=unplanned,
    )


def _drop_rowids_of_attempts() -> None:
    """Make the table anew as a tree of its key alone; SQLite cannot change that in place."""
    op.execute("ALTER TABLE attempt RENAME TO attempt_with_rowid")
    op.create_table(
        "attempt",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="1 for the first"),
        sa.Column("started_at", sa.Float(precision=53), nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["delivery.seq"], name=op.f("fk_attempt_seq")),
        sa.PrimaryKeyConstraint("seq", "n", name=op.f("pk_attempt")),
        comment="One SMTP transaction: written as the intent before the first content byte, or with a refusal",
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO attempt SELECT * FROM attempt_with_rowid")
    op.drop_table("attempt_with_rowid")
