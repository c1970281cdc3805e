"""What an advisory wants done with deliveries of which nobody knows whether the relay took them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "release",
        sa.Column(
            "doubt_policy",
            sa.Text(),
            nullable=False,
            server_default="hold",
            comment="what `resolve --by-policy` does",
        ),
    )
