"""Recipient lists as officers accepted them: a history for each audience, with the repairs confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "accepted_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False, comment="empty for a file without tabs"),
        sa.Column("file_hash", sa.Text(), nullable=False, comment="SHA-256, hexadecimal"),
        sa.Column("accepted_at", sa.Float(precision=53), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_list")),
        comment="The recipients of an audience as an officer accepted them; append-only, the newest counts",
    )
    op.create_index(op.f("ix_accepted_list_audience"), "accepted_list", ["audience"], unique=False)
    op.create_table(
        "accepted_entry",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="in the order of the rows, from 1"),
        sa.Column("identity", sa.Text(), nullable=False, comment="what two spellings of the address share"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False, comment="JSON: names in English"),
        sa.Column("designation", sa.Text(), nullable=False, comment="JSON: language -> text"),
        sa.Column("organisation", sa.Text(), nullable=False, comment="JSON: language -> text"),
        sa.Column("main", sa.Boolean(), nullable=False, comment="the first address of its row"),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["accepted_list.id"], name=op.f("fk_accepted_entry_list_id")),
        sa.PrimaryKeyConstraint("list_id", "n", name=op.f("pk_accepted_entry")),
        comment="An address of an accepted list in one of its roles",
    )
    op.create_table(
        "accepted_repair",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="as it stands in the cell"),
        sa.Column("read", sa.Text(), nullable=False, comment="as it is read"),
        sa.ForeignKeyConstraint(["list_id"], ["accepted_list.id"], name=op.f("fk_accepted_repair_list_id")),
        sa.PrimaryKeyConstraint("list_id", "n", name=op.f("pk_accepted_repair")),
        comment="A repair that an officer confirmed, not asked about again while cell, value and reading stay",
    )
