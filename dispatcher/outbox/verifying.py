"""The use case `verify`: the record of a release checked against itself. It changes nothing.

What it finds was changed past the program, by hand or by a fault of the disk. What was cut off at the end of a
chain cannot be seen from inside: for that the head of each chain is told, to be noted elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.errors import StoreError
from dispatcher.moments import second
from dispatcher.outbox import chain_audit, delivery_audit, reading
from dispatcher.outbox.replay import shown
from dispatcher.outbox.schema import attempt, delivery, event, frame, link, octets, outcome, release

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from dispatcher.outbox.chain_audit import Covered
    from dispatcher.outbox.records import ReleaseRecord

MOST_FINDINGS = 100
"""Findings of a release that are named; the rest is counted."""

_CHAIN = "the record was changed after it was written; compare with a backup and with a head noted elsewhere"
_STORE = "restore the store from a backup; nothing damaged is handed over, each message is compared before it goes"
_STATE = "compare with a backup, and look at its attempts in the register"
_STREAM = 50
_OCTETS_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold: where, what is wrong, what to do."""

    release: int | None
    number: str
    delivery_id: str = ""
    address: str = ""
    said: str
    advice: str


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was found of one release."""

    release: int
    number: str
    links: int = 0
    head: str = ""
    deliveries: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    met: frozenset[str] = frozenset()
    """Those of the noted heads that its chain holds."""

    def add(self, said: str, advice: str, *, delivery_id: str = "", address: str = "") -> None:
        """Keep a finding, or count it where there are very many."""
        if len(self.findings) == MOST_FINDINGS:
            self.more += 1
            return
        self.findings.append(
            Finding(
                release=self.release, number=self.number, delivery_id=delivery_id, address=address, said=said,
                advice=advice,
            )
        )  # fmt: skip


def verify(
    connection: sa.Connection,
    records: Sequence[ReleaseRecord],
    *,
    heads: Collection[str],
    zone: tzinfo,
    progress: Callable[[], None],
) -> Iterator[Verified]:
    """Verify releases one after the other; `progress` is called after each delivery.

    `heads`: hashes noted earlier, hexadecimal, of which each chain tells those that it holds.
    """
    damaged = _damaged_octets(connection)
    for record in records:
        done = Verified(release=record.id, number=record.number)
        with _told(done):
            _verify_chain(connection, done, heads=frozenset(heads), zone=zone)
        with _told(done):
            _verify_deliveries(connection, done, damaged, progress=progress)
        yield done


def standing(connection: sa.Connection, slug: str | None) -> list[ReleaseRecord]:
    """Return the releases (of one advisory). Raises StoreError where a row of theirs cannot be read."""
    try:
        return reading.releases(connection, slug=slug)
    except UNREADABLE as error:
        raise StoreError(f"a release in the store cannot be read: {error}. {_STORE.capitalize()}") from error


def strays(connection: sa.Connection) -> Iterator[Finding]:
    """Yield what the append-only tables hold of releases that are not there."""
    known = sa.select(release.c.id)
    for table in (attempt, outcome, event, link, delivery, frame):
        lost = sa.select(table.c.release_id, sa.func.count()).where(table.c.release_id.not_in(known))
        for release_id, count in connection.execute(lost.group_by(table.c.release_id)):
            said = f"{count} rows of the table {table.name} belong to release {release_id}, which is not there"
            yield Finding(release=release_id, number="", said=said, advice=_CHAIN)


def lost_heads(heads: Iterable[str], found: Iterable[Verified]) -> Iterator[Finding]:
    """Yield each noted head that no chain holds: its end was cut off, or it was written anew."""
    met = frozenset[str]().union(*(one.met for one in found))
    for head in heads:
        if head not in met:
            said = f"the head {head}, noted earlier, is in no chain here: links were cut off or written anew"
            yield Finding(release=None, number="", said=said, advice=_CHAIN)


UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What comes of values of a kind that no program wrote there: SQLite lets anything into any column."""


@contextlib.contextmanager
def _told(done: Verified) -> Iterator[None]:
    """Make a finding of what cannot be read at all."""
    try:
        yield
    except UNREADABLE as error:
        done.add(
            f"a row holds what no program wrote there ({error}); what comes after it was not verified", _CHAIN
        )


def _verify_chain(connection: sa.Connection, done: Verified, *, heads: frozenset[str], zone: tzinfo) -> None:
    chain = chain_audit.Chain()
    for fault in chain_audit.faults(connection, done.release, chain, asked=heads):
        at = f" (written {second(fault.at, zone)})" if fault.at else ""
        covered = "; ".join(_named(connection, one) for one in fault.covered)
        done.add(f"{fault.said}{at}{f'; it covers {covered}' if covered else ''}", _CHAIN)
    done.links, done.head, done.met = chain.links, chain.head.hex(), chain.met


def _named(connection: sa.Connection, one: Covered) -> str:
    """Return a row of a link as people know it."""
    if one.seq is None:
        return f"the event {one.said}"
    address = connection.execute(sa.select(delivery.c.address).where(delivery.c.seq == one.seq)).scalar()
    what = one.said if one.table == "attempt" else f"the {one.table} {one.said}"
    return f"{what} of {address or f'delivery number {one.seq}, which is not there'}"


def _verify_deliveries(
    connection: sa.Connection, done: Verified, damaged: frozenset[str], *, progress: Callable[[], None]
) -> None:
    head = connection.execute(sa.select(release).where(release.c.id == done.release)).one()
    frozen, totals = _frozen(connection, done, damaged), delivery_audit.Totals()
    text = head.text_hash + head.follow_ups
    found = delivery_audit.audit(connection, done.release, approved_text=text, frozen=frozen, totals=totals)
    for one in found:
        if one is None:
            progress()
        else:
            advice = _STORE if one.of_message else _STATE
            done.add(one.said, advice, delivery_id=one.delivery_id, address=one.address)
    done.deliveries = totals.deliveries
    _verify_totals(connection, done, head, totals)
    _verify_kept(connection, done, damaged)


def _frozen(connection: sa.Connection, done: Verified, damaged: frozenset[str]) -> delivery_audit.Frozen | None:
    """Return what makes the release's messages again; None, with a finding, where that is damaged."""
    layouts = connection.execute(sa.select(frame.c.layout).where(frame.c.release_id == done.release)).scalars()
    used = {name for layout in layouts for name in damaged if name in layout}
    for name in sorted(used):
        done.add(f"shared octets {name} are not what their SHA-256 names; messages are made from them", _STORE)
    try:
        dispatch = reading.dispatch(connection, done.release)
    except (StoreError, *UNREADABLE) as error:
        missing = isinstance(error, KeyError) and _OCTETS_NAME.fullmatch(str(error.args[0]))
        octets_gone = f"shared octets {error.args[0]} are missing; messages are made from them" if missing else ""
        done.add(octets_gone or f"its frames or clocks cannot be read: {error}", _STORE)
        return None
    return None if used else delivery_audit.Frozen(dispatch.frames, domain=dispatch.domain)


def _damaged_octets(connection: sa.Connection) -> frozenset[str]:
    """Return the names of shared octets that are not the SHA-256 of what they hold."""
    rows = connection.execution_options(yield_per=_STREAM).execute(sa.select(octets.c.hash, octets.c.content))
    return frozenset(
        str(row.hash)
        for row in rows
        if not isinstance(row.content, bytes) or hashlib.sha256(row.content).hexdigest() != row.hash
    )


def _verify_totals(
    connection: sa.Connection, done: Verified, head: sa.Row[Any], totals: delivery_audit.Totals
) -> None:
    """Compare recipients and messages as a whole with what `prepare` and the approval recorded."""
    events = {kind: _first_event(connection, done.release, kind) for kind in ("prepared", "approved")}
    prepared, approved = events["prepared"], events["approved"]
    if prepared is None:
        done.add("the event that it was prepared is missing or cannot be read", _CHAIN)
        return
    _, data = prepared
    _verify_head(done, head, data)
    if data.get("deliveries") != totals.deliveries:
        said = f"{data.get('deliveries')} deliveries were prepared, there are {totals.deliveries}"
        done.add(said, _STORE)
    if not data.get("content") == head.content_hash == totals.content:
        done.add("recipients or text are not those that were prepared: the content hash differs", _STORE)
    if data.get("messages") != totals.messages:
        done.add("ids or hashes of messages are not those that were prepared", _STORE)
    if (head.approved_by is None) != (approved is None) or (
        approved is not None
        and (approved[0], approved[1].get("content")) != (head.approved_by, data.get("content"))
    ):
        done.add("its approval is not the one that was recorded when it was given", _CHAIN)


def _verify_head(done: Verified, head: sa.Row[Any], prepared: Mapping[str, Any]) -> None:
    """Compare what the release's row says of it with what was recorded; an earlier program recorded nothing."""
    now = head._asdict()
    for column, then in prepared.get("head", {}).items():
        if column in now and now[column] != then:
            done.add(f"its {column} is {shown(now[column])}, prepared was {shown(then)}", _CHAIN)


_KEPT = {"document": "the official document", "inputs": "the text to compare with"}


def _verify_kept(connection: sa.Connection, done: Verified, damaged: frozenset[str]) -> None:
    """Compare what `prepare` froze beside the messages with the sum that it recorded."""
    _, data = _first_event(connection, done.release, "prepared") or ("", {})
    for name in _KEPT.keys() & data.keys():
        there = sa.select(octets.c.hash).where(octets.c.hash == str(data[name]))
        if connection.execute(there).first() is None:
            done.add(f"{_KEPT[name]}, frozen with it, is missing", _STORE)
        elif data[name] in damaged:
            done.add(f"{_KEPT[name]}, frozen with it, is not what its SHA-256 names", _STORE)


def _first_event(connection: sa.Connection, release_id: int, kind: str) -> tuple[str, dict[str, Any]] | None:
    """Return actor and data of the newest event of a kind."""
    wanted = sa.select(event.c.actor, event.c.data).where(event.c.release_id == release_id, event.c.kind == kind)
    row = connection.execute(wanted.order_by(event.c.id.desc()).limit(1)).first()
    try:
        data = json.loads(row.data) if row else None
    except (ValueError, TypeError):
        return None
    return (row.actor, data) if row and isinstance(data, dict) else None
