"""The register of numbers; acknowledgements found by delivery, and how many are asked for one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "registered_number",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("issued", sa.Text(), comment="the date printed on the advisory, ISO 8601"),
        sa.Column("subject", sa.Text(), comment="JSON: language -> text"),
        sa.Column("reason", sa.Text(), comment="why it is not used; null where it is"),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registered_number")),
        comment="The office's register of numbers: each once, for good",
    )
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
