"""`prepare` freezes all that a release needs, and nobody is given a second delivery of the same act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dispatcher.errors import DispatcherError, Refused
from dispatcher.messages.composing import message_hash
from dispatcher.messages.drafting import own_values, with_document
from dispatcher.model import DoubtPolicy, LatePolicy, OfficialDocument, Signature, Wording
from dispatcher.outbox import interventions, reading
from dispatcher.outbox.database import open_database
from dispatcher.outbox.freezing import text_hash
from dispatcher.outbox.preparing import prepare
from dispatcher.outbox.records import DocumentRecord
from dispatcher.outbox.schema import chunk, delivery, frame, octets, release
from dispatcher.outbox.states import DeliveryState, ReleaseState
from tests.drafts import draft, recipient
from tests.runs import EVENING, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.messages.drafting import Draft
    from dispatcher.outbox.database import Database
    from tests.outboxes import Outbox

DELHI, KOCHI, EICI = "delhi@customs.example", "kochi@customs.example", "desk@eici.example"
ADDRESSES = (DELHI, KOCHI)


def _cancel(outbox: Outbox, release_id: int, to: str | None = None) -> None:
    interventions.cancel(
        outbox.database, outbox.record(release_id), to=to, by="vivek", reason="wrong list", now=EVENING
    )


def test_the_document_is_frozen_with_the_release(database: Database, outbox: Outbox) -> None:
    """Its octets are in the store by their sum, the record tells its name and who signed; no other goes along."""
    signature = Signature(signer="A. Kumar", signed_at=EVENING, level="B-B")
    document = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF", signature=signature)
    made = prepared(database, with_document(draft(DELHI), document))
    with database.reading() as connection:
        kept = connection.execute(sa.select(octets.c.content).where(octets.c.hash == document.sha256)).scalar()
    record = DocumentRecord(file_name=document.file_name, sha256=document.sha256, signature=signature)

    assert b"%PDF" == kept
    assert record == outbox.record(made.release_id).document
    with pytest.raises(Refused, match="PDF"):
        prepared(database, with_document(draft(*ADDRESSES), replace(document, content=b"%PDF-2")))


def test_every_recipient_gets_a_queued_delivery(database: Database, outbox: Outbox) -> None:
    """A fresh release is `prepared`, holds one queued delivery for each recipient, and all stand in chunks."""
    made = prepared(database, draft(*ADDRESSES, recipient(EICI, "eici")))
    record = outbox.record(made.release_id)

    assert (DELHI, KOCHI, EICI) == made.added
    assert () == made.already
    assert {DELHI: "queued", KOCHI: "queued", EICI: "queued"} == outbox.states()
    assert ReleaseState.PREPARED is record.state
    assert made.content_hash == record.content_hash
    assert ("10/SYS/WZU/2025", "asha", EVENING) == (record.number, record.made_by, record.prepared_at)
    assert all(row.chunk_id is not None and row.next_at == EVENING.timestamp() for row in outbox.rows(delivery))
    assert [("prepared", "asha", None)] == outbox.events()


def test_mediators_go_first_and_copies_last(database: Database) -> None:
    """EICI and CMS fan out, so they rank before those who must act, and these before copies for information."""
    told = [recipient("chief@customs.example", "copy"), recipient(DELHI), recipient(EICI, "eici")]
    prepared(database, draft(*told))
    with database.reading() as connection:
        of_ranks = connection.execute(sa.select(chunk.c.rank, chunk.c.id).order_by(chunk.c.rank)).all()
        order = [(rank, [one.address for one in reading.waiting(connection, of)]) for rank, of in of_ranks]

    assert [(0, [EICI]), (1, [DELHI]), (2, ["chief@customs.example"])] == order


@pytest.mark.parametrize("policy", list(LatePolicy))
def test_frozen_messages_are_those_that_were_hashed(
    database: Database, outbox: Outbox, policy: LatePolicy
) -> None:
    """What is read back composes, in each wording, the very message whose hash `prepare` stored."""
    whole = draft(DELHI, recipient(EICI, "eici", "couriers"), recipient("c@customs.example", "copy"))
    made = prepared(database, replace(whole, advisory=replace(whole.advisory, late_policy=policy)))
    with database.reading() as connection:
        frozen = reading.dispatch(connection, made.release_id)
        waiting = [one for chunk_id in (1, 2, 3) for one in reading.waiting(connection, chunk_id)]
    recomposed = {
        (one.address, wording): message_hash(
            frozen.frames[one.variant, wording],
            own_values(
                address=one.address, delivery_id=one.id, domain=frozen.domain, wording=wording, lines=one.lines
            ),
        )
        for one in waiting
        for wording in one.hashes
    }
    stored = {(one.address, wording): digest for one in waiting for wording, digest in one.hashes.items()}
    both = policy in {LatePolicy.SEND_IN_EFFECT, LatePolicy.SEND_MARKED}

    assert stored == recomposed
    assert 3 * (2 if both else 1) == len(set(stored.values())), "every message differs from every other"
    assert both == any(wording is Wording.IN_EFFECT for _, wording in stored)
    assert outbox.row(DELHI).id.hex() != outbox.row(EICI).id.hex()


@pytest.mark.parametrize("policy", list(DoubtPolicy))
def test_policy_for_doubt_is_frozen(database: Database, outbox: Outbox, policy: DoubtPolicy) -> None:
    """A release keeps what its advisory wants done with doubt, and the approved hash depends on it."""
    whole = draft(DELHI)
    made = prepared(database, replace(whole, advisory=replace(whole.advisory, in_doubt=policy)))
    with database.reading() as connection:
        texts = set(connection.execute(sa.select(release.c.text_hash)).scalars())

    assert policy is outbox.record(made.release_id).doubt_policy
    assert (policy is DoubtPolicy.HOLD) == (texts == {text_hash(whole)})


def test_shared_parts_are_stored_once(database: Database, outbox: Outbox) -> None:
    """A hundred recipients of one audience share their frames; a supplementary release shares the octets."""
    many = [f"office{n}@customs.example" for n in range(100)]
    prepared(database, draft(*many))
    frames, shared = len(outbox.rows(frame)), len(outbox.rows(octets))
    prepared(database, draft(*many, DELHI))

    assert 2 == frames, "one for each wording"
    assert 2 * frames == len(outbox.rows(frame))
    assert shared == len(outbox.rows(octets))


def test_clocks_are_frozen(database: Database) -> None:
    """A release keeps the advisory's clocks, its end and its zone, as a sender must see them."""
    made = prepared(database, draft(DELHI))
    with database.reading() as connection:
        dispatch = reading.dispatch(connection, made.release_id)
    advisory = draft().advisory

    assert advisory.notify_before == dispatch.clocks.notify_before
    assert advisory.useful_until == dispatch.clocks.useful_until == dispatch.cutoff
    assert "Asia/Kolkata" == dispatch.zone.key
    assert "bounces@customs.example" == dispatch.envelope_from


def test_content_hash_is_of_texts_and_recipients(tmp_path: Path) -> None:
    """The hash that is approved is the same for the same content, though ids are random, and only then."""
    hashes = []
    elsewhere = recipient(KOCHI, places=("Jaipur",))
    lists = [ADDRESSES, ADDRESSES, (DELHI,), (DELHI, "kochl@customs.example"), (DELHI, elsewhere)]
    for name, told in enumerate(lists):
        store = open_database(f"sqlite:///{name}.db", root=tmp_path)
        hashes.append(prepared(store, draft(*told)).content_hash)
        store.close()

    assert hashes[0] == hashes[1]
    assert 4 == len(set(hashes))


def test_supplementary_release_holds_only_who_was_added(database: Database, outbox: Outbox) -> None:
    """Preparing again gives a delivery to new addresses only; the spelling's case makes no new address."""
    prepared(database, draft(*ADDRESSES))
    made = prepared(database, draft("Delhi@CUSTOMS.example", KOCHI, EICI))

    assert (EICI,) == made.added
    assert ("Delhi@CUSTOMS.example", KOCHI) == made.already
    assert [1, 1, 2] == [row.release_id for row in outbox.rows(delivery)]
    assert ReleaseState.PREPARED is outbox.record(2).state, "it needs an approval of its own"


def test_nothing_to_add_is_refused(database: Database, outbox: Outbox) -> None:
    """With nobody left to be told there is no release."""
    prepared(database, draft(*ADDRESSES))

    with pytest.raises(Refused, match="each of the 2 addresses already has its delivery"):
        prepared(database, draft(*ADDRESSES))
    assert 1 == len(outbox.rows(release))


def _changed(what: str) -> Draft:
    whole = draft(*ADDRESSES, EICI)
    if what == "advisory":
        return replace(whole, advisory=replace(whole.advisory, what={"hi": "क", "en": "Something else."}))
    if what == "template":
        return replace(whole, templates={**whole.templates, "notes/copy/en.j2": "Changed."})
    if what == "sender":
        return replace(whole, sender=replace(whole.sender, name="Somebody else"))
    return replace(whole, time_zone="Asia/Colombo")


@pytest.mark.parametrize("what", ["advisory", "template", "sender", "time zone"])
def test_changed_text_is_refused_until_cancelled(database: Database, outbox: Outbox, what: str) -> None:
    """Two offices never get two texts of one revision: a change needs the first release cancelled."""
    first = prepared(database, draft(*ADDRESSES))

    with pytest.raises(Refused, match=r"differ from what was prepared before.*dispatcher cancel 10-SYS-WZU-2025"):
        prepared(database, _changed(what))
    _cancel(outbox, first.release_id)
    made = prepared(database, _changed(what))

    assert (*ADDRESSES, EICI) == made.added
    assert first.content_hash != made.content_hash


def test_new_revision_is_an_issue_of_its_own(database: Database) -> None:
    """A raised revision reaches everybody anew, in whatever words."""
    prepared(database, draft(*ADDRESSES))
    whole = draft(*ADDRESSES)
    made = prepared(
        database, replace(whole, advisory=replace(whole.advisory, revision=1, subject=whole.advisory.do))
    )

    assert ADDRESSES == made.added


FREE = {DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.BOUNCED}


@pytest.mark.parametrize("state", list(DeliveryState))
def test_only_who_certainly_did_not_get_it_is_prepared_again(
    database: Database, outbox: Outbox, state: DeliveryState
) -> None:
    """An address gets another delivery where the first failed, expired, bounced or was cancelled; never else."""
    prepared(database, draft(*ADDRESSES))
    outbox.put(DELHI, state=state)
    made = prepared(database, draft(*ADDRESSES, EICI))

    assert ((DELHI, EICI) if state in FREE else (EICI,)) == made.added


def test_database_refuses_a_second_live_delivery(outbox: Outbox) -> None:
    """Even past every check of ours the store holds one live delivery for an address of an act."""
    outbox.add_release(DELHI)

    with pytest.raises(DispatcherError, match="contradicts its records"):
        outbox.add_release("DELHI@customs.example")
    assert {DELHI: "queued"} == {row.address: row.state for row in outbox.rows(delivery)}


def test_hour_is_that_of_the_officer(database: Database, outbox: Outbox) -> None:
    """The moment of prepare is handed in: deliveries fall due at once, whatever the machine's clock says."""
    later = EVENING + timedelta(days=400)
    made = prepare(database, draft(DELHI), made_by="asha", now=later)

    assert later == outbox.record(made.release_id).prepared_at
    assert later.timestamp() == outbox.row(DELHI).next_at
