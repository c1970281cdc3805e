"""What follows a release by itself, what it follows, when it goes, what it does to an earlier advisory."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for column in (
        sa.Column(
            "follow_ups",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="JSON: what follows by itself, see life.py",
        ),
        sa.Column("derived_from", sa.Integer(), comment="the release that it follows by itself, approved with it"),
        sa.Column("send_at", sa.Float(53), comment="when `run` lets it go, by an officer's order"),
        sa.Column("relation", sa.Text(), comment="what it does to an earlier advisory, see acts.py"),
        sa.Column("target", sa.Text(), comment="the number of that advisory"),
    ):
        op.add_column("release", column)
