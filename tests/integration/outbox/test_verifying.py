"""`verify` on a real store: it holds as the program leaves it, and every change past the program is named."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from dispatcher.outbox import interventions
from dispatcher.outbox.doubt import doubts, settle
from dispatcher.outbox.resolving import Decision, by_decision
from dispatcher.outbox.schema import event
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.outbox.verifying import MOST_FINDINGS, lost_heads, standing, strays, verify
from dispatcher.smtp import Reply
from tests.drafts import recipient
from tests.outboxes import ACCEPTED, Outbox
from tests.runs import EVENING, Dispatching

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.outbox.database import Database
    from dispatcher.outbox.verifying import Verified

A, B, C, E = (f"{name}@customs.example" for name in "abce")
D = DeliveryState
KOLKATA = ZoneInfo("Asia/Kolkata")
START = EVENING.timestamp()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Give a release that saw refusal, doubt and decision, hold, resume and cancel to its end, and a second."""
    dispatching, outbox = Dispatching(database), Outbox(database)
    dispatching.prepare(A, B, C, recipient("d@customs.example", "eici"))
    mediator, lease = outbox.lease(now=START), outbox.lease(now=START)
    deferred = outbox.outcome(lease, A, D.DEFERRED, intended=False, at=START, next_at=START + 60)
    outbox.commit(deferred, outbox.intent(lease, B, at=START))
    outbox.commit(outbox.outcome(lease, B, D.IN_DOUBT, at=START + 1))
    outbox.hold(C)
    outbox.resume(C)
    outbox.cancel(C)
    outbox.give_back(lease)
    outbox.give_back(mediator)
    outbox.attempt("d@customs.example", D.ACCEPTED, now=START + 60)
    later = EVENING + timedelta(hours=1)
    found = doubts(database, [outbox.record()], content_timeout=600)
    decided = by_decision(found, Decision.ACCEPTED, by="vivek", reason="confirmed", now=later, zone=KOLKATA)
    settle(database, decided.settled, by="vivek", now=later)
    lease = outbox.lease(now=START + 120)
    outbox.commit(outbox.intent(lease, A, n=2, at=START + 120))
    outbox.commit(outbox.outcome(lease, A, D.ACCEPTED, n=2, at=START + 121, reply=ACCEPTED))
    outbox.give_back(lease)
    outbox.settle()
    dispatching.prepare(A, B, E, until=ReleaseState.PREPARED)
    return outbox


def verified(database: Database, *heads: str) -> list[Verified]:
    """Verify every release."""
    with database.reading() as connection:
        records = standing(connection, None)
        return list(verify(connection, records, heads=heads, zone=KOLKATA, progress=lambda: None))


def said(database: Database) -> list[str]:
    """Return what is found, each with its address."""
    return [
        f"{finding.release} {finding.address or '-'}: {finding.said}"
        for one in verified(database)
        for finding in one.findings
    ]


def tamper(tmp_path: Path, statement: str) -> None:
    """Change the store past the program, and past its foreign keys."""
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection:
        connection.executescript(statement)


def test_what_the_program_leaves_holds(outbox: Outbox) -> None:
    """Every way through the states leaves a record in which nothing departs; heads and counts are told."""
    first, second = verified(outbox.database)

    assert ReleaseState.DONE is outbox.record(1).state
    assert [[], []] == [first.findings, second.findings]
    assert [(1, 4), (2, 1)] == [(one.release, one.deliveries) for one in (first, second)]
    assert [outbox.links(1), outbox.links(2)] == [first.links, second.links]
    assert {64} == {len(one.head) for one in (first, second)}
    assert first.head != second.head


def test_progress_is_told_of_each_delivery(outbox: Outbox) -> None:
    """What watches is called once for each delivery."""
    calls: list[None] = []
    with outbox.database.reading() as connection:
        records = standing(connection, None)
        list(verify(connection, records, heads=(), zone=KOLKATA, progress=lambda: calls.append(None)))

    assert 5 == len(calls)


REPLY = "1 -: link 13 does not follow from its rows and the link before it (written 12.08.2025 21:12:01 IST)"
DECISION = "1 -: link 11 does not follow from its rows and the link before it (written 12.08.2025 22:10:00 IST)"
SWAP = """
    UPDATE link SET n=n+100 WHERE release_id=1 AND n IN (3, 5);
    UPDATE link SET n=108-n WHERE release_id=1 AND n>100;
"""
TAMPERED = {
    "a reply": (
        "UPDATE outcome SET reply='OK queued as 4712' WHERE reply IS NOT NULL AND n=2",
        [
            f"{REPLY}; it covers the outcome accepted of {A}",
            f"1 {A}: its last_reply is OK queued as 4711, the log says OK queued as 4712",
        ],
    ),
    "a reply in the register": (
        f"UPDATE delivery SET last_reply='no' WHERE address='{A}'",
        [f"1 {A}: its last_reply is no, the log says OK queued as 4711"],
    ),
    "a state": (
        f"UPDATE delivery SET state='accepted' WHERE address='{C}'",
        [
            f"1 {C}: it is accepted, the log implies cancelled",
            f"1 {C}: what guards its address against a second message does not agree with its state, accepted",
        ],
    ),
    "what guards an address": (
        f"UPDATE delivery SET claims_address=0 WHERE address='{A}'",
        [f"1 {A}: what guards its address against a second message does not agree with its state, accepted"],
    ),
    "an attempt taken away": (
        f"DELETE FROM attempt WHERE n=2; UPDATE delivery SET attempts=1 WHERE address='{A}'",
        [
            "1 -: link 12 does not follow from its rows and the link before it (written 12.08.2025 21:12:00 IST)",
            f"1 {A}: there is an outcome of attempt 2, and no such attempt",
            f"1 {A}: it is accepted, the log implies deferred",
        ],
    ),
    "an outcome taken away": (
        "DELETE FROM outcome WHERE n=2",
        [
            REPLY,
            f"1 {A}: it is accepted, the log implies attempting",
        ],
    ),
    "an officer's reason": (
        """UPDATE event SET data=replace(data, 'confirmed', 'did not deny') WHERE kind='resolved'""",
        [f"{DECISION}; it covers the outcome accepted of {B}; the event resolved of {B}"],
    ),
    "two links swapped": (
        SWAP,
        [f"1 -: link {n} does not follow" for n in (3, 4, 5, 6)],
    ),
    "a link taken away": (
        "DELETE FROM link WHERE release_id=1 AND n=5",
        [
            f"1 -: 1 rows belong to link 5, which is not there; it covers the outcome in_doubt of {B}",
            "1 -: link 5 is missing in the chain",
            "1 -: link 6 does not follow",
        ],
    ),
    "rows of no link": (
        "UPDATE event SET link=99 WHERE kind='done'",
        [
            "1 -: link 14 does not follow",
            "1 -: 1 rows belong to link 99, which is not there; it covers the event done",
        ],
    ),
    "all links taken away": (
        "DELETE FROM link WHERE release_id=2",
        ["2 -: 1 rows belong to link 1, which is not there", "2 -: there is no link at all"],
    ),
    "an address": (
        f"UPDATE delivery SET address='x@evil.example' WHERE address='{E}'",
        [
            "2 x@evil.example: its message (original) is not the one that was prepared",
            "2 x@evil.example: its message (in_effect) is not the one that was prepared",
            "2 -: recipients or text are not those that were prepared",
        ],
    ),
    "a telephone": (
        f"UPDATE delivery SET recipient=replace(recipient, '20825140', '20825141') WHERE address='{E}'",
        ["2 -: recipients or text are not those that were prepared"],
    ),
    "what was frozen of a recipient": (
        f"UPDATE delivery SET recipient='{{}}' WHERE address='{E}'",
        [
            "2 e@customs.example: its message (original) cannot be made again",
            "2 e@customs.example: its message (in_effect) cannot be made again",
            "2 -: recipients or text are not those that were prepared",
        ],
    ),
    "a hash of a message": (
        f"UPDATE delivery SET in_effect_hash=original_hash WHERE address='{E}'",
        [
            "2 e@customs.example: its message (in_effect) is not the one that was prepared",
            "2 -: ids or hashes of messages are not those that were prepared",
        ],
    ),
    "a wording taken away": (
        f"UPDATE delivery SET in_effect_hash=NULL WHERE address='{E}'",
        ["2 -: ids or hashes of messages are not those that were prepared"],
    ),
    "a delivery taken away": (
        f"PRAGMA foreign_keys=OFF; DELETE FROM delivery WHERE address='{C}'",
        [
            "1 -: the log has rows of delivery number",
            "1 -: 4 deliveries were prepared, there are 3",
            "1 -: recipients or text are not those that were prepared",
            "1 -: ids or hashes of messages are not those that were prepared",
        ],
    ),
    "a frame taken away": (
        "DELETE FROM frame WHERE release_id=2 AND wording='in_effect'",
        [f"2 {E}: there is no frame for its message (in_effect)"],
    ),
    "a frame's layout": (
        "UPDATE frame SET layout='{}' WHERE release_id=2",
        ["2 -: its frames or clocks cannot be read"],
    ),
    "an approval": (
        "UPDATE release SET approved_by='asha', approved_at=1 WHERE id=2",
        ["2 -: its approval is not the one that was recorded when it was given"],
    ),
    "the hash that was approved": (
        "UPDATE release SET content_hash='00' WHERE id=1",
        ["1 -: recipients or text are not those that were prepared"],
    ),
    "who signed the document": (
        "UPDATE release SET document_signature='{}' WHERE id=2",
        ["2 -: its document_signature is {}, prepared was empty"],
    ),
    "the hour": (
        "UPDATE release SET notify_before=notify_before+3600 WHERE id=1",
        ["1 -: its notify_before is 1755070200.0, prepared was 1755066600.0"],
    ),
    "what it is about": (
        "UPDATE release SET relation='withdrawal', target='9/SYS/WZU/2025' WHERE id=2",
        [
            "2 -: its relation is withdrawal, prepared was empty",
            "2 -: its target is 9/SYS/WZU/2025, prepared was empty",
        ],
    ),
    "a value of a kind that no program wrote": (
        "UPDATE outcome SET reply=x'00' WHERE n=2",
        ["1 -: link 13 does not follow", f"1 {A}: its last_reply is OK queued as 4711, the log says b'\\x00'"],
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_change_past_the_program_is_named(outbox: Outbox, tmp_path: Path, what: str) -> None:
    """Whatever is changed, taken away or put in, is found where it is, and nothing else is."""
    statement, expected = TAMPERED[what]
    tamper(tmp_path, statement)
    found = said(outbox.database)

    assert len(expected) == len(found), found
    assert [] == [(start, one) for start, one in zip(expected, found, strict=True) if not one.startswith(start)]
    assert all(one.advice for each in verified(outbox.database) for one in each.findings)


def test_a_release_of_an_earlier_program_has_nothing_to_compare(outbox: Outbox) -> None:
    """Where the event says nothing of the release's row, its chain is all that is judged."""
    with outbox.database.reading() as connection:
        row = connection.execute(sa.select(event).where(event.c.kind == "prepared", event.c.release_id == 1)).one()
    before = json.loads(row.data)
    del before["head"]
    with outbox.database.writing() as connection:
        connection.execute(sa.update(event).where(event.c.id == row.id).values(data=json.dumps(before)))
    found = said(outbox.database)

    assert [True] == [one.startswith("1 -: link 1 does not follow") for one in found]


def test_changed_octets_are_named_by_their_hash(outbox: Outbox, tmp_path: Path) -> None:
    """Shared parts of messages must be what their name says; which releases use them is told, once."""
    tamper(tmp_path, "UPDATE octets SET content=content || x'20' WHERE rowid=2")
    found = said(outbox.database)

    assert 2 == len(found)
    assert all("are not what their SHA-256 names" in one for one in found)

    tamper(tmp_path, "DELETE FROM octets WHERE rowid=2")
    assert [True, True] == ["are missing" in one for one in said(outbox.database)]


def test_changed_inputs_are_told(outbox: Outbox, tmp_path: Path) -> None:
    """What later changes are compared with is as it was frozen, or each release that was made of it says so."""
    tamper(tmp_path, "UPDATE octets SET content=content || x'20' WHERE rowid=1")
    damaged = said(outbox.database)
    tamper(tmp_path, "DELETE FROM octets WHERE rowid=1")
    missing = said(outbox.database)

    assert [True, True] == ["text to compare with, frozen with it, is not what" in one for one in damaged]
    assert [True, True] == [one.endswith("is missing") for one in missing]


def test_noted_head_tells_of_an_end_that_was_cut_off(outbox: Outbox, tmp_path: Path) -> None:
    """A chain cut off with its rows looks whole; a head noted before is then in no chain. An older one stays."""
    before = verified(outbox.database)[0].head
    tamper(
        tmp_path,
        "DELETE FROM link WHERE release_id=1 AND n=14; DELETE FROM event WHERE kind='done' AND release_id=1",
    )
    cut = verified(outbox.database, before)
    older = cut[0].head
    outbox.settle()
    interventions.hold(
        outbox.database, outbox.record(2), to=E, by="vivek", reason="wait", now=EVENING + timedelta(hours=2)
    )

    assert [] == cut[0].findings
    assert [True] == [before in finding.said for finding in lost_heads([before], cut)]
    assert [] == list(lost_heads([older], verified(outbox.database, older)))


def test_rows_of_a_release_that_is_not_there(outbox: Outbox, tmp_path: Path) -> None:
    """A release taken away leaves its rows behind, which are told."""
    tamper(tmp_path, "PRAGMA foreign_keys=OFF; DELETE FROM release WHERE id=2")
    with outbox.database.reading() as connection:
        found = [one.said for one in strays(connection)]

    assert {"event", "link", "delivery", "frame"} == {one.split()[5] for one in found}
    assert all(one.endswith("belong to release 2, which is not there") for one in found)


def test_very_many_findings_are_counted(database: Database, tmp_path: Path) -> None:
    """Of a store that is damaged all over, so many findings are named; the rest is a number."""
    Dispatching(database).prepare(*[f"post-{n}@customs.example" for n in range(MOST_FINDINGS + 30)])
    tamper(tmp_path, "UPDATE delivery SET last_reply='x'")
    (found,) = verified(database)

    assert (MOST_FINDINGS, 30) == (len(found.findings), found.more)


def test_reply_in_hindi_is_verified(database: Database) -> None:
    """What is not ASCII comes out of the store as it went into the hash."""
    dispatching, outbox = Dispatching(database), Outbox(database)
    dispatching.prepare(A)
    lease = outbox.lease(now=START)
    outbox.commit(outbox.intent(lease, A, at=START))
    outbox.commit(outbox.outcome(lease, A, D.FAILED, at=START, reply=Reply(550, "5.1.1", "पता नहीं मिला")))

    assert [] == said(database)
