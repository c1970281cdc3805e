"""What an advisory wants done with deliveries of which nobody knows whether the relay took them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


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
    op.add_column(
        "delivery",
        sa.Column(
            "keeps_wording",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="an earlier try is uncertain: the same message goes again, or none",
        ),
    )
