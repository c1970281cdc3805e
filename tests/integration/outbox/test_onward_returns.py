from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.errors import Refused
from dispatcher.messages.drafting import with_document
from dispatcher.model import Origin
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.acknowledging import acknowledged
from dispatcher.outbox.onward_returns import (
    issued_kits,
    onward_standings,
    passed_on,
    returns,
    returns_of_text,
    take_return,
)
from dispatcher.outbox.onward_rules import Seal, Standing
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.schema import delivery, event
from dispatcher.outbox.states import DeliveryState
from dispatcher.outbox.verifying import verify
from tests.drafts import draft, recipient
from tests.kits import DOCUMENT, kit
from tests.returns import TOLD
from tests.runs import EVENING, KOLKATA

if TYPE_CHECKING:
    from dispatcher.model import Recipient
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.onward_rules import Taken, Told
    from dispatcher.outbox.records import ReleaseRecord

EICI, CMS = "secretariat@eici.example", "webmaster@cms.example"
DUE = datetime(2025, 8, 13, 5, 30, tzinfo=UTC)


@pytest.fixture
def issued(database: Database) -> Database:
    """Prepare a release with a kit for EICI; CMS, which gets one too, comes first."""
    _prepare(database, recipient(CMS, "cms"), recipient(EICI, "eici"))
    return database


def _prepare(database: Database, *recipients: Recipient) -> None:
    made = kit()
    whole = with_document(draft(*recipients), DOCUMENT)
    whole = replace(whole, kits={"onward": made.attached}, kit_facts={"onward": made.facts})
    prepare(database, whole, made_by="asha", now=EVENING)


def _told(database: Database, **changes: object) -> Told:
    """Return a return for the kit of the release."""
    with database.reading() as connection:
        (found,) = issued_kits(connection, [1])
    bound = replace(TOLD, release_hash=found.text_hash, kit_hash=found.kit_hash)
    return replace(bound, **changes)  # type: ignore[arg-type]


def _take(database: Database, told: Told, *, now: datetime = DUE, received_at: datetime | None = None) -> Taken:
    with database.writing() as connection:
        records = reading.releases(connection)
        return take_return(connection, told, records, by="vivek", now=now, zone=KOLKATA, received_at=received_at)


def _faults(database: Database) -> list[str]:
    with database.reading() as connection:
        found = verify(
            connection,
            reading.releases(connection),
            heads=[],
            zone=KOLKATA,
            progress=lambda: None,
        )
        return [one.said for done in found for one in done.findings]


def test_the_kit_is_known_to_the_release(issued: Database) -> None:
    """Its sum, who passes it on and by when are in the event that the release was prepared."""
    with issued.reading() as connection:
        (found,) = issued_kits(connection, [1])

    assert kit().facts["kit_hash"] == found.kit_hash
    assert ("eici", DUE) == (found.mediator, found.return_by)


def test_a_return_is_an_event_at_the_mediator_s_delivery(issued: Database) -> None:
    """It is bound into the chain, stands at EICI's delivery, and the record still holds."""
    taken = _take(issued, _told(issued))
    with issued.reading() as connection:
        row = connection.execute(sa.select(event).where(event.c.kind == "onward_return")).one()
        address = connection.execute(sa.select(delivery.c.address).where(delivery.c.seq == row.seq)).scalar()
        (state,) = onward_standings(connection, [1])

    assert (Standing.NEW, EICI, "vivek") == (taken.standing, address, row.actor)
    assert taken.now == state
    assert taken.returned == state.returned
    assert [] == _faults(issued)


def test_a_return_acknowledges_too(issued: Database) -> None:
    """Who says what became of the advisory has it: EICI is not reminded any more; an earlier word stands."""
    _take(issued, _told(issued))
    _take(issued, _told(issued, digest="22" * 32, compiled_at=None))
    with issued.reading() as connection:
        found = acknowledged(connection, [1])
        recorded = connection.execute(sa.select(event.c.kind).where(event.c.kind == "acknowledged")).all()

    assert [(EICI, DUE)] == [(one.address, one.received_at) for one in found.values()]
    assert 1 == len(recorded)


def test_the_same_return_is_recorded_once(issued: Database) -> None:
    """Sent twice, or an older one after it: told, and nothing is added."""
    told = _told(issued)
    older = replace(told, digest="22" * 32, compiled_at=DUE - timedelta(hours=9))
    standings = [_take(issued, one).standing for one in (told, told, older)]
    with issued.reading() as connection:
        recorded = returns(connection, [1])

    assert [Standing.NEW, Standing.REPEATED, Standing.OUTDATED] == standings
    assert 1 == len(recorded)


def test_a_newer_return_counts(issued: Database) -> None:
    """Both stand in the record; the newest says where the passing on stands."""
    assert TOLD.compiled_at is not None
    later = TOLD.compiled_at + timedelta(minutes=5)
    _take(issued, _told(issued, informed=200, open=14, failed=0))
    taken = _take(issued, _told(issued, digest="22" * 32, compiled_at=later), now=later)

    assert taken.now.returned == taken.returned
    assert (212, 2, 0) == (taken.returned.informed, taken.returned.failed, taken.returned.open)


@pytest.mark.parametrize(("after", "late"), [(timedelta(), False), (timedelta(seconds=1), True)])
def test_what_comes_after_its_hour_is_late(issued: Database, after: timedelta, *, late: bool) -> None:
    """It is recorded all the same, and marked: by its seal, by what an officer says, or else by the clock."""
    compiled = _told(issued, compiled_at=DUE + after, digest="22" * 32)
    form = _told(issued, compiled_at=None, last_at=DUE, seal=Seal.NONE, by_hand="heard by telephone")
    much_later = DUE + timedelta(hours=5)
    taken = [
        _take(issued, form, now=much_later, received_at=DUE + after),
        _take(issued, replace(form, digest="33" * 32), now=DUE + after),
        _take(issued, compiled, now=much_later),
    ]
    with issued.reading() as connection:
        recorded = returns(connection, [1])

    assert [late] * 3 == [one.returned.late for one in taken]
    assert [one.returned for one in taken] == recorded
    assert [DUE + after, None, None] == [one.received_at for one in recorded]


def test_one_taken_by_hand_keeps_its_reason(issued: Database) -> None:
    """A form bears no seal: why it was taken stands in the record; with a seal no reason is kept."""
    by_hand = _take(issued, _told(issued, seal=Seal.NONE, by_hand="heard by telephone"))
    sealed = _take(issued, _told(issued, by_hand="not needed", digest="22" * 32))

    assert (False, "heard by telephone") == (by_hand.returned.sealed, by_hand.returned.by_hand)
    assert (True, None) == (sealed.returned.sealed, sealed.returned.by_hand)


def test_what_is_taken_by_hand_is_kept_beside_what_is_sealed(issued: Database) -> None:
    """Both are in the record, which holds; the sealed one goes on counting."""
    sealed = _take(issued, _told(issued))
    form = _told(issued, compiled_at=None, seal=Seal.NONE, by_hand="by phone", digest="22" * 32, informed=200)
    taken = _take(issued, form)
    with issued.reading() as connection:
        recorded = returns(connection, [1])

    assert Standing.BESIDE == taken.standing
    assert [sealed.returned, taken.returned] == recorded
    assert (sealed.returned, taken.returned) == (taken.now.returned, taken.now.beside)
    assert [] == _faults(issued)


def test_a_signature_is_recorded_with_its_signer(issued: Database) -> None:
    """The event names who signed; the same return by hand before it does not hinder that, and the record holds."""
    _take(issued, _told(issued, seal=Seal.UNCHECKED_SIGNATURE, by_hand="heard by telephone"))
    taken = _take(issued, _told(issued, seal=Seal.SIGNATURE, signer="EICI Secretariat", by_hand="not needed"))
    with issued.reading() as connection:
        first, second = returns(connection, [1])

    assert (Seal.UNCHECKED_SIGNATURE, None, "heard by telephone") == (first.seal, first.signer, first.by_hand)
    assert (Seal.SIGNATURE, "EICI Secretariat", None) == (second.seal, second.signer, second.by_hand)
    assert taken.now.returned == taken.returned == second
    assert [] == _faults(issued)


@pytest.mark.parametrize(("sealed", "seal"), [(True, Seal.KEY), (False, Seal.NONE)])
def test_a_return_recorded_before_there_were_signatures_is_read(
    issued: Database, *, sealed: bool, seal: Seal
) -> None:
    """It says whether it was sealed with the shared key, and no more."""
    _take(issued, _told(issued))
    with issued.writing() as connection:
        row = connection.execute(sa.select(event).where(event.c.kind == "onward_return")).one()
        kept = {name: value for name, value in json.loads(row.data).items() if name not in {"seal", "signer"}}
        older = json.dumps({**kept, "sealed": sealed})
        connection.execute(sa.update(event).where(event.c.id == row.id).values(data=older))
    with issued.reading() as connection:
        (found,) = returns(connection, [1])

    assert (seal, None, sealed) == (found.seal, found.signer, found.sealed)


def test_a_return_counts_for_every_release_of_its_text(issued: Database) -> None:
    """A late addressee makes one more release with the same kit: nobody is reminded of the return by it."""
    taken = _take(issued, _told(issued))
    _prepare(issued, recipient(CMS, "cms"), recipient(EICI, "eici"), recipient("ops@eici.example", "eici"))
    with issued.reading() as connection:
        (standing,) = onward_standings(connection, [1, 2])

        assert [taken.returned] == returns_of_text(connection, 2)
    assert (2, taken.returned) == (standing.kit.release_id, standing.returned)


def test_nothing_is_recorded_of_what_is_refused(issued: Database) -> None:
    """A return for another kit leaves the record as it was."""
    with pytest.raises(Refused):
        _take(issued, _told(issued, kit_hash="ff" * 32))
    with issued.reading() as connection:
        assert [] == returns(connection, [1])


def test_a_return_under_seal_is_of_whom_the_kit_went_to(issued: Database) -> None:
    """By its usual name, or that of the office's sheet; of another, or another revision, nothing is recorded."""
    for changes in ({"mediator": {"en": "Someone else"}}, {"revision": 1}):
        with pytest.raises(
            Refused, match=r"kit went to ईआईसीआई / EICI / सीमा शुल्क / Customs|kit was that of revision 0"
        ):
            _take(issued, _told(issued, **changes))
    with issued.reading() as connection:
        assert [] == returns(connection, [1])
    taken = [
        _take(issued, _told(issued, mediator=mediator, digest=digest)).standing
        for mediator, digest in (({"en": "Customs"}, "22" * 32), ({"hi": "ईआईसीआई"}, "33" * 32))
    ]

    assert [Standing.NEW] * 2 == taken


def test_a_release_without_a_kit_awaits_nothing(database: Database) -> None:
    """No kit, no standing: `status` says nothing of it."""
    prepare(database, draft("post@customs.example"), made_by="asha", now=EVENING)
    with database.reading() as connection:
        assert [] == onward_standings(connection, [1])
        assert passed_on(connection, reading.releases(connection)) is None


def test_what_was_passed_on_is_counted_by_courier(database: Database) -> None:
    """Of an address in two releases of a kit the newest delivery counts; two addresses of a courier are one."""
    origin = Origin(issuer={"en": "ADG"}, release_hash="ab" * 32, kit_hash="cd" * 32)
    first, *others = (
        recipient(f"{name}@courier.example", organisation={"en": organisation})
        for name, organisation in (("one", "Alpha"), ("two", "Beta"), ("night", "Beta"))
    )
    for recipients in ([first], [first, *others]):
        received = draft(*recipients, advisory=replace(draft().advisory, origin=origin))
        prepare(database, received, made_by="asha", now=EVENING)
        with database.writing() as connection:
            failed = {"state": DeliveryState.FAILED, "claims_address": False}
            connection.execute(sa.update(delivery).where(delivery.c.release_id == 1).values(failed))
    with database.reading() as connection:
        done = passed_on(connection, reading.releases(connection))

    assert done is not None
    assert (origin.release_hash, origin.kit_hash) == (done.release_hash, done.kit_hash)
    assert {DeliveryState.QUEUED: 2} == done.states
    assert done.last_accepted_at is None


def test_what_was_let_go_is_told_apart_from_what_waits(database: Database) -> None:
    """Before an officer lets a release of the kit go there is nothing to return; held afterwards there is."""
    origin = Origin(issuer={"en": "ADG"}, release_hash="ab" * 32, kit_hash="cd" * 32)
    received = draft("one@courier.example", advisory=replace(draft().advisory, origin=origin))
    made = prepare(database, received, made_by="asha", now=EVENING)
    found = []

    def look() -> ReleaseRecord:
        with database.reading() as connection:
            records = reading.releases(connection)
            done = passed_on(connection, records)
        assert done is not None
        found.append(done.let_go)
        return records[0]

    interventions.approve(database, look(), by="vivek", self_approval=False, now=EVENING)
    record = look()
    interventions.let_go(database, record, by="vivek", late_reason=None, cutoff=record.cutoff, now=EVENING)
    interventions.hold(database, look(), to=None, by="vivek", reason="asked", now=EVENING)
    look()

    assert made.release_id == record.id
    assert [False, False, True, True] == found
