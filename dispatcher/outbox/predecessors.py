"""Who was told what a corrigendum, an addendum, a supersession or a withdrawal is about: read from the outbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dispatcher.acts import REVISIONS, WITHDRAWAL
from dispatcher.errors import Source
from dispatcher.messages.drafting import message_id
from dispatcher.model import Part, Recipient, Role, Wording, slug_of
from dispatcher.outbox import reading
from dispatcher.outbox.relations import superseded_by
from dispatcher.outbox.releases import frozen_inputs
from dispatcher.outbox.reserving import entries
from dispatcher.outbox.schema import delivery, issue, release, stands_in
from dispatcher.outbox.states import CLAIMS_ADDRESS, REACHED, DeliveryState, ReleaseState
from dispatcher.outbox.targets import Known, has_begun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.model import Advisory


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The newest live delivery to an address of what an act is about, of those that reached it where one did."""

    address: str
    smtputf8: bool
    told: Mapping[str, Any]
    """What was frozen of the recipient."""
    reached: bool
    message_id: str


def earlier_deliveries(connection: sa.Connection, advisory: Advisory) -> dict[str, Earlier]:
    """Return, by casefolded address, who has or will have what the advisory's relation is about; none without one.

    Of a corrigendum or an addendum these are the earlier revisions of the same number.
    """
    if advisory.relation is None:
        return {}
    about = [issue.c.number == advisory.relation["target"], release.c.derived_from.is_(None)]
    if advisory.act in REVISIONS:
        about.append(issue.c.revision < advisory.revision)
    wanted = (
        sa.select(delivery, release.c.message_domain)
        .join(release, release.c.id == delivery.c.release_id)
        .join(issue, issue.c.id == release.c.issue_id)
        .where(*about, release.c.state != ReleaseState.PREPARING, stands_in(CLAIMS_ADDRESS))
    )
    found = [_earlier(row) for row in connection.execute(wanted.order_by(delivery.c.seq))]
    return {one.address.casefold(): one for one in sorted(found, key=lambda one: one.reached)}


def is_known(connection: sa.Connection, number: str) -> bool:
    """Tell whether the outbox holds, or held, a release of an advisory."""
    of_number = sa.select(release.c.id).join(issue, issue.c.id == release.c.issue_id)
    known = of_number.where(issue.c.number == number, release.c.state != ReleaseState.PREPARING)
    return connection.execute(known.limit(1)).first() is not None


def known_target(connection: sa.Connection, number: str, *, drafted: bool) -> Known:
    """Return what the outbox holds of an advisory; `drafted` tells whether its folder is there."""
    entry = next((one for one in entries(connection) if one.number == number), None)
    releases = [one for one in reading.releases(connection, slug=slug_of(number)) if one.number == number]
    inputs = [(one, frozen_inputs(connection, one.id)) for one in releases]
    printed = [(one, found.advisory) for one, found in inputs if found is not None]
    dates = {date.fromisoformat(told["issued"]) for _, told in printed}
    if entry is not None and entry.issued is not None:
        dates.add(entry.issued)
    return Known(
        entry=entry,
        releases=releases,
        dates=frozenset(dates),
        drafted=drafted,
        successor=superseded_by(connection, number),
        printed=[told for one, told in printed if has_begun(one)],
    )


def recipients_of(
    advisory: Advisory, listed: Sequence[Recipient], earlier: Mapping[str, Earlier]
) -> list[Recipient]:
    """Return whom an act goes to: those of the lists, and those who were told before and are on no list any more.

    A withdrawal goes only to those who have, or may yet get, what is withdrawn; where the outbox knows nothing of
    it (it was issued without this program), to those of the lists.
    """
    present = {one.address.casefold() for one in listed}
    gone = [_recipient(one) for key, one in earlier.items() if key not in present]
    if advisory.act == WITHDRAWAL and earlier:
        return [*(one for one in listed if one.address.casefold() in earlier), *gone]
    return [*listed, *gone]


def _earlier(row: sa.Row[Any]) -> Earlier:
    wording = Wording(row.wording) if row.wording else Wording.ORIGINAL
    return Earlier(
        address=row.address,
        smtputf8=row.smtputf8,
        told=json.loads(row.recipient),
        reached=DeliveryState(row.state) in REACHED,
        message_id=message_id(row.id.hex(), row.message_domain, wording),
    )


def _recipient(one: Earlier) -> Recipient:
    """Return a recipient as the earlier release froze it: a role for each audience."""
    told = one.told
    roles = tuple(
        Role(
            audience=audience,
            part=Part(told["part"]),
            primary=False,
            places=tuple(told["places"]),
            designation=told["designation"],
            organisation=told["organisation"],
            language=told["language"],
            phone=told["phone"],
            source=Source("an earlier release"),
        )
        for audience in told["audiences"]
    )
    return Recipient(address=one.address, roles=roles, needs_smtputf8=one.smtputf8)
