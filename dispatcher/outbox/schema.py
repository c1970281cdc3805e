"""The durable record, field by field. Times are seconds since 1970 in UTC; ids of deliveries are 16 random octets.

`attempt`, `outcome` and `event` are append-only; each row belongs to a `link` of its release's hash chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dispatcher.outbox.states import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Moment = sa.Float(53)

issue = sa.Table(
    "issue",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("act", sa.Text, nullable=False, comment="original, in_effect, corrigendum, ..., reminder-n"),
    sa.UniqueConstraint("number", "revision", "act"),
    comment="What an address gets once: an act of a revision of an advisory",
)

registered_number = sa.Table(
    "registered_number",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("issued", sa.Text, comment="the date printed on the advisory, ISO 8601"),
    sa.Column("subject", sa.Text, comment="JSON: language -> text"),
    sa.Column("reason", sa.Text, comment="why it is not used; null where it is"),
    sa.Column("at", _Moment, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    comment="The office's register of numbers: each once, for good",
)

release = sa.Table(
    "release",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("issue_id", sa.ForeignKey("issue.id"), nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="see states.ReleaseState"),
    sa.Column("paused_from", sa.Text, comment="the state that `resume` returns to"),
    sa.Column("text_hash", sa.Text, nullable=False, comment="SHA-256 over advisory, templates and enclosures"),
    sa.Column(
        "content_hash", sa.Text, nullable=False, comment="SHA-256 over text_hash and recipients; what is approved"
    ),
    sa.Column("envelope_from", sa.Text, nullable=False),
    sa.Column("message_domain", sa.Text, nullable=False, comment="right side of every Message-ID"),
    sa.Column("time_zone", sa.Text, nullable=False, comment="zone of the Date field"),
    sa.Column("effective_at", _Moment, nullable=False),
    sa.Column("notify_before", _Moment, nullable=False),
    sa.Column("useful_until", _Moment),
    sa.Column("window_end", _Moment),
    sa.Column("late_policy", sa.Text, nullable=False),
    sa.Column("cutoff", _Moment, nullable=False, comment="nothing is handed over after it"),
    sa.Column("late_reason", sa.Text, comment="why an officer let it go although its hour had passed"),
    sa.Column(
        "doubt_policy", sa.Text, nullable=False, server_default="hold", comment="what `resolve --by-policy` does"
    ),
    sa.Column("owner", sa.Text, nullable=False, comment="who writes it while `preparing`"),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("prepared_at", _Moment, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _Moment),
    sa.Column("document_name", sa.Text, comment="file name of the official document; null: there is none"),
    sa.Column("document_hash", sa.Text, comment="SHA-256 of it, hexadecimal; its octets are in `octets`"),
    sa.Column("document_signature", sa.Text, comment="JSON: who signed it and when; null: nobody"),
    sa.Column(
        "deliveries", sa.Integer, nullable=False, server_default="0", comment="how many; known once it is prepared"
    ),
    sa.Column(
        "follow_ups",
        sa.Text,
        nullable=False,
        server_default="",
        comment="JSON: what follows by itself, see life.py",
    ),
    sa.Column("derived_from", sa.Integer, comment="the release that it follows by itself, approved with it"),
    sa.Column("send_at", _Moment, comment="when `run` lets it go, by an officer's order"),
    sa.Column("relation", sa.Text, comment="what it does to an earlier advisory, see acts.py"),
    sa.Column("target", sa.Text, comment="the number of that advisory"),
    sa.Column("asked", sa.Integer, nullable=False, server_default="0", comment="deliveries of the part `to`"),
    sa.Index(None, "issue_id"),
    comment="An advisory frozen for sending",
)

octets = sa.Table(
    "octets",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True, comment="SHA-256, hexadecimal"),
    sa.Column("content", sa.LargeBinary, nullable=False),
    comment="Shared parts of messages, rendered and encoded; each once however many releases use it",
)

frame = sa.Table(
    "frame",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("release_id", sa.ForeignKey("release.id"), nullable=False),
    sa.Column(
        "variant", sa.Integer, nullable=False, comment="deliveries of one variant share all but their own lines"
    ),
    sa.Column(
        "wording", sa.Text, nullable=False, comment="original or in_effect; of what follows by itself act:NAME"
    ),
    sa.Column(
        "layout", sa.Text, nullable=False, comment="JSON; names octets by hash; carries the composition version"
    ),
    sa.UniqueConstraint("release_id", "variant", "wording"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
    sa.Column("issue_id", sa.ForeignKey("issue.id"), nullable=False),
    sa.Column("release_id", sa.ForeignKey("release.id"), nullable=False),
    sa.Column("variant", sa.Integer, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("smtputf8", sa.Boolean, nullable=False),
    sa.Column(
        "recipient", sa.Text, nullable=False, comment="JSON: roles and the lines of the post addressed, frozen"
    ),
    sa.Column(
        "original_hash", sa.LargeBinary(32), nullable=False, comment="of the message without its Date field"
    ),
    sa.Column("in_effect_hash", sa.LargeBinary(32)),
    sa.Column("state", sa.Text, nullable=False, comment="see states.DeliveryState"),
    sa.Column("rank", sa.Integer, nullable=False, comment="smaller goes first: mediators fan out"),
    sa.Column("chunk_id", sa.Integer),
    sa.Column("next_at", _Moment),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("wording", sa.Text, comment="which wording the first intent chose"),
    sa.Column(
        "keeps_wording",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="an earlier try is uncertain: the same message goes again, or none",
    ),
    sa.Column("dated_at", _Moment, comment="Date field, fixed at the first intent"),
    sa.Column("first_attempt_at", _Moment),
    sa.Column("accepted_at", _Moment),
    sa.Column("last_code", sa.Integer),
    sa.Column("last_enhanced", sa.Text),
    sa.Column("last_reply", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column(
        "claims_address",
        sa.Boolean,
        nullable=False,
        server_default=sa.true(),
        comment="see states.CLAIMS_ADDRESS; of its own, so that most changes of state leave the index alone",
    ),
    comment="One message for one recipient: a row of the outbox",
)
# An address has one live delivery of an act; where it certainly did not arrive, a later release may try again.
sa.Index(
    "uq_delivery_live_address",
    delivery.c.issue_id,
    sa.func.lower(delivery.c.address),
    unique=True,
    sqlite_where=sa.text("claims_address"),
    postgresql_where=sa.text("claims_address"),
)
# Most deliveries end as accepted: the index is small without them, and release.deliveries tells their number.
sa.Index(
    "ix_delivery_not_accepted",
    delivery.c.release_id,
    delivery.c.state,
    delivery.c.next_at,
    sqlite_where=sa.text("state <> 'accepted'"),
    postgresql_where=sa.text("state <> 'accepted'"),
)


def stands_in(states: Collection[DeliveryState]) -> sa.ColumnElement[bool]:
    """Return the condition that a delivery stands in one of the states, so that the index over these is of use.

    A database takes a partial index only where the query says its condition in its own words.
    """
    among = delivery.c.state.in_(states)
    return among if DeliveryState.ACCEPTED in states else sa.and_(among, sa.text("delivery.state <> 'accepted'"))


sa.Index(
    "ix_delivery_unplanned",
    delivery.c.release_id,
    delivery.c.rank,
    delivery.c.next_at,
    sqlite_where=sa.text("chunk_id IS NULL AND state IN ('queued', 'deferred')"),
    postgresql_where=sa.text("chunk_id IS NULL AND state IN ('queued', 'deferred')"),
)
sa.Index(
    "ix_delivery_chunk_id",
    delivery.c.chunk_id,
    sqlite_where=delivery.c.chunk_id.is_not(None),
    postgresql_where=delivery.c.chunk_id.is_not(None),
)

chunk = sa.Table(
    "chunk",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("release_id", sa.ForeignKey("release.id"), nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("next_at", _Moment, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_token", sa.Integer, nullable=False, comment="fencing token: a newer lease has a larger one"),
    sa.Column("lease_until", _Moment),
    comment="Unit of lease: deliveries that one dispatcher works on at a time",
)
sa.Index(
    "ix_chunk_open",
    chunk.c.release_id,
    chunk.c.rank,
    chunk.c.next_at,
    sqlite_where=sa.text("open"),
    postgresql_where=sa.text("open"),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("seq", sa.ForeignKey("delivery.seq"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, comment="1 for the first"),
    sa.Column("started_at", _Moment, nullable=False),
    sa.Column("relay", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("wording", sa.Text, nullable=False),
    sa.Column("release_id", sa.Integer, nullable=False),
    sa.Column("link", sa.Integer, nullable=False),
    comment="One SMTP transaction: written as the intent before the first content byte, or with a refusal",
    sqlite_with_rowid=False,
)

outcome = sa.Table(
    "outcome",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("at", _Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="what the attempt led to"),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("code", sa.Integer),
    sa.Column("enhanced", sa.Text),
    sa.Column("reply", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("by", sa.Text, nullable=False, comment="who brings the evidence"),
    sa.Column("release_id", sa.Integer, nullable=False),
    sa.Column("link", sa.Integer, nullable=False),
    sa.Index(None, "seq", "n"),
    comment="What became of an attempt; later evidence is a further row",
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("release_id", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, comment="the delivery, where the event is about one"),
    sa.Column("at", _Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="JSON"),
    sa.Column("link", sa.Integer, nullable=False),
    sa.Index(None, "release_id", "link"),
    comment="What people and the program did to a release or a delivery besides attempts",
)
# The first acknowledgement of a delivery is asked for with each line of the register.
sa.Index(
    "ix_event_acknowledged",
    event.c.seq,
    sqlite_where=sa.text("kind = 'acknowledged'"),
    postgresql_where=sa.text("kind = 'acknowledged'"),
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("release_id", sa.Integer, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("at", _Moment, nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False, comment="SHA-256 over the previous hash and the rows"),
    comment="The hash chain of a release: one link for each group commit",
)

accepted_list = sa.Table(
    "accepted_list",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("tab", sa.Text, nullable=False, comment="empty for a file without tabs"),
    sa.Column("file_hash", sa.Text, nullable=False, comment="SHA-256, hexadecimal"),
    sa.Column("accepted_at", _Moment, nullable=False),
    sa.Column("accepted_by", sa.Text, nullable=False),
    sa.Index(None, "audience"),
    comment="The recipients of an audience as an officer accepted them; append-only, the newest counts",
)

accepted_entry = sa.Table(
    "accepted_entry",
    metadata,
    sa.Column("list_id", sa.ForeignKey("accepted_list.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, comment="in the order of the rows, from 1"),
    sa.Column("identity", sa.Text, nullable=False, comment="what two spellings of the address share"),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("places", sa.Text, nullable=False, comment="JSON: names in English"),
    sa.Column("designation", sa.Text, nullable=False, comment="JSON: language -> text"),
    sa.Column("organisation", sa.Text, nullable=False, comment="JSON: language -> text"),
    sa.Column("main", sa.Boolean, nullable=False, comment="the first address of its row"),
    sa.Column("cell", sa.Text, nullable=False),
    comment="An address of an accepted list in one of its roles",
)

accepted_repair = sa.Table(
    "accepted_repair",
    metadata,
    sa.Column("list_id", sa.ForeignKey("accepted_list.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("tab", sa.Text, nullable=False),
    sa.Column("cell", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False, comment="as it stands in the cell"),
    sa.Column("read", sa.Text, nullable=False, comment="as it is read"),
    comment="A repair that an officer confirmed, not asked about again while cell, value and reading stay",
)
