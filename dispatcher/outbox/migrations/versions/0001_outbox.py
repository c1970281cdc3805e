"""The outbox: issues, releases, frames, deliveries, chunks with leases, attempts, events and their hash chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True, comment="the delivery, where the event is about one"),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        comment="What people and the program did to a release or a delivery besides attempts",
    )
    op.create_index(op.f("ix_event_release_id_link"), "event", ["release_id", "link"], unique=False)
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False, comment="original, in_effect, corrigendum, ..., reminder-n"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("number", "revision", "act", name=op.f("uq_issue_number_revision_act")),
        comment="What an address gets once: an act of a revision of an advisory",
    )
    op.create_table(
        "link",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column(
            "hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="SHA-256 over the previous hash and the rows",
        ),
        sa.PrimaryKeyConstraint("release_id", "n", name=op.f("pk_link")),
        comment="The hash chain of a release: one link for each group commit",
    )
    op.create_table(
        "octets",
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256, hexadecimal"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_octets")),
        comment="Shared parts of messages, rendered and encoded; each once however many releases use it",
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="what the attempt led to"),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False, comment="who brings the evidence"),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        comment="What became of an attempt; later evidence is a further row",
    )
    op.create_index(op.f("ix_outcome_release_id_link"), "outcome", ["release_id", "link"], unique=False)
    op.create_index(op.f("ix_outcome_seq_n"), "outcome", ["seq", "n"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="see states.ReleaseState"),
        sa.Column("paused_from", sa.Text(), nullable=True, comment="the state that `resume` returns to"),
        sa.Column(
            "text_hash", sa.Text(), nullable=False, comment="SHA-256 over advisory, templates and enclosures"
        ),
        sa.Column(
            "content_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 over text_hash and recipients; what is approved",
        ),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("message_domain", sa.Text(), nullable=False, comment="right side of every Message-ID"),
        sa.Column("time_zone", sa.Text(), nullable=False, comment="zone of the Date field"),
        sa.Column("effective_at", sa.Float(precision=53), nullable=False),
        sa.Column("notify_before", sa.Float(precision=53), nullable=False),
        sa.Column("useful_until", sa.Float(precision=53), nullable=True),
        sa.Column("window_end", sa.Float(precision=53), nullable=True),
        sa.Column("late_policy", sa.Text(), nullable=False),
        sa.Column("cutoff", sa.Float(precision=53), nullable=False, comment="nothing is handed over after it"),
        sa.Column(
            "late_reason",
            sa.Text(),
            nullable=True,
            comment="why an officer let it go although its hour had passed",
        ),
        sa.Column("owner", sa.Text(), nullable=False, comment="who writes it while `preparing`"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.Float(precision=53), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_release_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        comment="An advisory frozen for sending",
    )
    op.create_index(op.f("ix_release_issue_id"), "release", ["issue_id"], unique=False)
    op.create_table(
        "chunk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(precision=53), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column(
            "lease_token", sa.Integer(), nullable=False, comment="fencing token: a newer lease has a larger one"
        ),
        sa.Column("lease_until", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_chunk_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunk")),
        comment="Unit of lease: deliveries that one dispatcher works on at a time",
    )
    op.create_index(
        "ix_chunk_open",
        "chunk",
        ["release_id", "rank", "next_at"],
        unique=False,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "delivery",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("smtputf8", sa.Boolean(), nullable=False),
        sa.Column(
            "recipient",
            sa.Text(),
            nullable=False,
            comment="JSON: roles and the lines of the post addressed, frozen",
        ),
        sa.Column(
            "original_hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="of the message without its Date field",
        ),
        sa.Column("in_effect_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, comment="see states.DeliveryState"),
        sa.Column("rank", sa.Integer(), nullable=False, comment="smaller goes first: mediators fan out"),
        sa.Column("chunk_id", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.Float(precision=53), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=True, comment="which wording the first intent chose"),
        sa.Column(
            "dated_at", sa.Float(precision=53), nullable=True, comment="Date field, fixed at the first intent"
        ),
        sa.Column("first_attempt_at", sa.Float(precision=53), nullable=True),
        sa.Column("accepted_at", sa.Float(precision=53), nullable=True),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("last_enhanced", sa.Text(), nullable=True),
        sa.Column("last_reply", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_delivery_issue_id")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_delivery_release_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_delivery")),
        sa.UniqueConstraint("id", name=op.f("uq_delivery_id")),
        comment="One message for one recipient: a row of the outbox",
    )
    op.create_index(
        "ix_delivery_chunk_id",
        "delivery",
        ["chunk_id"],
        unique=False,
        sqlite_where=sa.text("chunk_id IS NOT NULL"),
        postgresql_where=sa.text("chunk_id IS NOT NULL"),
    )
    op.create_index("ix_delivery_release_id_state", "delivery", ["release_id", "state"], unique=False)
    op.create_table(
        "frame",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column(
            "variant",
            sa.Integer(),
            nullable=False,
            comment="deliveries of one variant share all but their own lines",
        ),
        sa.Column("wording", sa.Text(), nullable=False, comment="original or in_effect"),
        sa.Column(
            "layout",
            sa.Text(),
            nullable=False,
            comment="JSON; names octets by hash; carries the composition version",
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_frame_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame")),
        sa.UniqueConstraint("release_id", "variant", "wording", name=op.f("uq_frame_release_id_variant_wording")),
    )
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
    )
    op.create_index(op.f("ix_attempt_release_id_link"), "attempt", ["release_id", "link"], unique=False)
    live = "state NOT IN ('failed', 'expired', 'cancelled', 'bounced')"
    op.create_index(
        "uq_delivery_live_address",
        "delivery",
        ["issue_id", sa.text("lower(address)")],
        unique=True,
        sqlite_where=sa.text(live),
        postgresql_where=sa.text(live),
    )
