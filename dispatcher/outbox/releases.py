"""Releases written and changed: all or nothing by state. No sender sees a release that is still `preparing`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dispatcher.errors import Refused, StoreError
from dispatcher.outbox.inputs import unpacked
from dispatcher.outbox.leases import CHUNK_SIZE, new_chunk
from dispatcher.outbox.ledger import Ledger
from dispatcher.outbox.schema import chunk, delivery, event, frame, issue, octets, release
from dispatcher.outbox.statements import appending
from dispatcher.outbox.states import CLAIMS_ADDRESS, DeliveryState, ReleaseState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.inputs import Inputs
    from dispatcher.outbox.records import FrozenDelivery, FrozenFrame


def issue_id(connection: sa.Connection, *, number: str, revision: int, act: str) -> int:
    """Return the id of an act of a revision of an advisory, made when it is not there yet."""
    key = {"number": number, "revision": revision, "act": act}
    same = sa.select(issue.c.id).where(*(issue.c[name] == value for name, value in key.items()))
    found: int | None = connection.execute(same).scalar()
    if found is not None:
        return found
    new: int = connection.execute(sa.insert(issue).values(key).returning(issue.c.id)).scalar_one()
    return new


def standing_releases(connection: sa.Connection, of_issue: int) -> Sequence[sa.Row[Any, Any, Any]]:
    """Return id, state and text_hash of the releases of an issue that were not cancelled, oldest first."""
    wanted = sa.select(release.c.id, release.c.state, release.c.text_hash).where(
        release.c.issue_id == of_issue, release.c.state != ReleaseState.CANCELLED
    )
    return connection.execute(wanted.order_by(release.c.id)).all()


def frozen_inputs(connection: sa.Connection, release_id: int) -> Inputs | None:
    """Return what a release was made from; None for one of an earlier program, or where the store lost it.

    Raises StoreError where it is not what was frozen.
    """
    prepared = sa.select(event.c.data).where(event.c.release_id == release_id, event.c.kind == "prepared")
    data = connection.execute(prepared.order_by(event.c.id.desc()).limit(1)).scalar()
    name = json.loads(data).get("inputs") if data else None
    content = (
        connection.execute(sa.select(octets.c.content).where(octets.c.hash == name)).scalar() if name else None
    )
    if content is None:
        return None
    if hashlib.sha256(content).hexdigest() != name:
        raise StoreError(
            f"what release {release_id} was made from is not in the store as it was frozen: the store was changed "
            "or damaged; `dispatcher verify` tells more"
        )
    return unpacked(content)


def claimed_addresses(connection: sa.Connection, of_issue: int) -> frozenset[str]:
    """Return the addresses, casefolded, that have a live delivery of the issue and must not get another."""
    live = sa.select(delivery.c.address).where(
        delivery.c.issue_id == of_issue, delivery.c.state.in_(CLAIMS_ADDRESS)
    )
    return frozenset(address.casefold() for address in connection.execute(live).scalars())


def addressed(connection: sa.Connection, of_issue: int) -> frozenset[str]:
    """Return the addresses, casefolded, that have any delivery of the issue, whatever became of it."""
    wanted = sa.select(delivery.c.address).where(delivery.c.issue_id == of_issue)
    return frozenset(address.casefold() for address in connection.execute(wanted).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept with a release beside what its messages are composed from."""

    document: bytes | None = None
    inputs: bytes | None = None
    """What it is made from, packed: later changes are shown by it."""
    noted: Mapping[str, Any] = field(default_factory=dict)
    """What the event that it was prepared says besides."""


_NOTHING = Kept()


def write_release(
    database: Database,
    header: Mapping[str, Any],
    *,
    beside: Collection[int],
    frames: Sequence[FrozenFrame],
    deliveries: Iterable[FrozenDelivery],
    now: float,
    kept: Kept = _NOTHING,
    derived_by: str | None = None,
    proviso: Callable[[sa.Connection], None] | None = None,
) -> tuple[int, str]:
    """Write a release under `preparing` in batches; one last commit makes it `prepared`.

    Return its id and its content hash: over the text's hash, what follows by itself and every recipient, what an
    approval is for. `beside` are the standing releases of the issue by which the deliveries were chosen; raises
    Refused where there are others by now. `derived_by`: who derives it from another one, whose approval it has.
    `proviso` is asked in the last commit, and raises where the release is not to stand after all.
    """
    contents = [one for one in (kept.document, kept.inputs) if one is not None]
    with database.writing() as connection:
        release_id = _write_head(connection, header, beside)
        _write_octets(connection, {hashlib.sha256(one).hexdigest(): one for one in contents})
        for frozen in frames:
            _write_frame(connection, release_id, frozen)
    sums = _write_deliveries(database, release_id, header, deliveries, now=now)
    told = {**sums, **kept.noted}
    if kept.inputs is not None:
        told["inputs"] = hashlib.sha256(kept.inputs).hexdigest()
    with database.writing() as connection:
        if proviso is not None:
            proviso(connection)
        _finish(connection, release_id, header, told, derived_by=derived_by, now=now)
    return release_id, sums["content"]


def _write_deliveries(
    database: Database,
    release_id: int,
    header: Mapping[str, Any],
    deliveries: Iterable[FrozenDelivery],
    *,
    now: float,
) -> dict[str, Any]:
    """Write the deliveries in batches; return what is recorded of them all: their sums and their number."""
    content, messages, count = hashlib.sha256(), hashlib.sha256(), 0
    content.update((header["text_hash"] + header.get("follow_ups", "")).encode())
    for batch in _batched(deliveries):
        for one in batch:
            content.update(f"{one.address}\n{one.recipient}\n".encode())
            messages.update(one.id + one.original_hash + (one.in_effect_hash or b""))
        count += len(batch)
        with database.writing() as connection:
            chunk_id = new_chunk(connection, release_id, rank=batch[0].rank, now=now)
            shared = (header["issue_id"], release_id, chunk_id, now, DeliveryState.QUEUED, True, 0)
            _WRITE.execute(connection, [(*_row(one), *shared) for one in batch])
    return {"content": content.hexdigest(), "messages": messages.hexdigest(), "deliveries": count}


def _finish(
    connection: sa.Connection,
    release_id: int,
    header: Mapping[str, Any],
    sums: Mapping[str, Any],
    *,
    derived_by: str | None,
    now: float,
) -> None:
    """Make a release `prepared`; one that is derived `approved`, where the other one is."""
    origin = {"derived_from": header["derived_from"], "derived_by": derived_by} if derived_by else {}
    with_it = derived_by is not None and header["approved_by"] is not None
    state = ReleaseState.APPROVED if with_it else ReleaseState.PREPARED
    values = {"state": state, "content_hash": sums["content"], "deliveries": sums["deliveries"]}
    unfinished = (release.c.id == release_id, release.c.state == ReleaseState.PREPARING)
    if not connection.execute(sa.update(release).where(*unfinished).values(values)).rowcount:
        raise StoreError(_TAKEN_AWAY)
    row = connection.execute(sa.select(release).where(release.c.id == release_id)).one()._asdict()
    document = {"document": header["document_hash"]} if header.get("document_hash") else {}
    data = {**sums, **document, **origin, "head": head_of(row)}
    ledger = Ledger()
    ledger.event(release_id, "prepared", at=now, actor=header["made_by"], data=data)
    if with_it:
        given = {"content": sums["content"], **origin}
        ledger.event(release_id, "approved", at=now, actor=header["approved_by"], data=given)
    ledger.append(connection, at=now)


_HEAD = (
    "slug", "text_hash", "envelope_from", "message_domain", "time_zone", "effective_at", "notify_before",
    "useful_until", "window_end", "late_policy", "doubt_policy", "made_by", "prepared_at", "document_name",
    "document_hash", "document_signature", "derived_from", "relation", "target", "asked",
)  # fmt: skip
"""Columns of a release that nothing changes once it is prepared."""


def head_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a release's row says of it for good; its event keeps it, so that the hash chain covers it."""
    return {name: row[name] for name in _HEAD}


_TAKEN_AWAY = (
    "the release was taken away while it was written: this process was taken for one that had ended, because its "
    "session with the store or its lock file was gone. Nothing was prepared; please run the command again"
)


def _write_head(connection: sa.Connection, header: Mapping[str, Any], beside: Collection[int]) -> int:
    if {row.id for row in standing_releases(connection, header["issue_id"])} != set(beside):
        raise Refused(
            f"releases of {header['slug']} were prepared or cancelled by somebody else meanwhile; nothing was "
            "prepared here. Please look again"
        )
    values = {**header, "state": ReleaseState.PREPARING, "content_hash": ""}
    new: int = connection.execute(sa.insert(release).values(values).returning(release.c.id)).scalar_one()
    return new


def sweep_unfinished(database: Database, *, is_dead: Callable[[str], bool]) -> None:
    """Take away releases whose `prepare` ended before its last commit; nobody has seen them."""
    with database.reading() as connection:
        preparing = sa.select(release.c.id, release.c.owner).where(release.c.state == ReleaseState.PREPARING)
        dead = [row.id for row in connection.execute(preparing) if is_dead(row.owner)]
    for release_id in dead:
        with database.writing() as connection:
            unfinished = (release.c.id == release_id, release.c.state == ReleaseState.PREPARING)
            still = sa.select(release.c.id).where(*unfinished).with_for_update()
            if connection.execute(still).first() is None:
                continue  # it was finished after we looked and before its owner ended
            for table in (delivery, chunk, frame):
                connection.execute(sa.delete(table).where(table.c.release_id == release_id))
            connection.execute(sa.delete(release).where(*unfinished))


def _write_frame(connection: sa.Connection, release_id: int, frozen: FrozenFrame) -> None:
    _write_octets(connection, frozen.octets)
    values = {"variant": frozen.variant, "wording": frozen.wording, "layout": frozen.layout}
    connection.execute(sa.insert(frame).values(release_id=release_id, **values))


def _write_octets(connection: sa.Connection, contents: Mapping[str, bytes]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for name, content in contents.items():
        connection.execute(insert(octets).values(hash=name, content=content).on_conflict_do_nothing())


_OF_DELIVERY = (
    "id", "variant", "address", "smtputf8", "recipient", "original_hash", "in_effect_hash", "rank"
)  # fmt: skip
_OF_CHUNK = ("issue_id", "release_id", "chunk_id", "next_at", "state", "claims_address", "attempts")
_WRITE = appending(delivery, (*_OF_DELIVERY, *_OF_CHUNK))
_row = attrgetter(*_OF_DELIVERY)


def _batched(deliveries: Iterable[FrozenDelivery]) -> Iterator[list[FrozenDelivery]]:
    """Yield what makes a chunk each: as many as fit, of one rank."""
    for _, of_rank in groupby(deliveries, key=attrgetter("rank")):
        while batch := list(islice(of_rank, CHUNK_SIZE)):
            yield batch
