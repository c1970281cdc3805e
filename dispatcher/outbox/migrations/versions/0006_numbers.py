"""Acknowledgements found by delivery, and how many are asked for one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "release",
        sa.Column(
            "asked", sa.Integer(), nullable=False, server_default="0", comment="deliveries of the part `to`"
        ),
    )
    op.execute(  # nearly: a mediator told for information, which no sample has, would count as asked
        "UPDATE release SET asked = (SELECT count(*) FROM delivery"
        " WHERE delivery.release_id = release.id AND delivery.rank < 2)"
    )
    op.create_index(
        "ix_event_acknowledged",
        "event",
        ["seq"],
        sqlite_where=sa.text("kind = 'acknowledged'"),
        postgresql_where=sa.text("kind = 'acknowledged'"),
    )
