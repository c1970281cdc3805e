"""What `send` will ask for, said beforehand: an hour that has passed, an approval that is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.errors import Problem, Refused, Severity, Source
from dispatcher.model import Signature
from dispatcher.outbox.gates import Required, Said, gate_problems, refuse_signing
from dispatcher.outbox.records import DocumentRecord, ReleaseRecord
from dispatcher.outbox.states import ReleaseState
from dispatcher.words import message, sentences
from tests.drafts import draft
from tests.records import release_record

if TYPE_CHECKING:
    from dispatcher.model import Advisory

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
BEFORE, AFTER = HOUR - timedelta(hours=1), HOUR
ADVISORY = draft().advisory
R = ReleaseState


def _release(state: ReleaseState, number: int = 1) -> ReleaseRecord:
    return release_record(
        id=number,
        state=state,
        prepared_at=BEFORE,
        approved_by=None,
        approved_at=None,
        useful_until=None,
        cutoff=HOUR,
    )


def _found(*records: ReleaseRecord, **changes: Any) -> tuple[Problem, ...]:
    """Return what is said of an advisory, signed, where approval is required."""
    usual: dict[str, Any] = {
        "required": Required(approval=True, signature=False),
        "signed": True,
        "now": BEFORE,
        "zone": ZoneInfo("Asia/Kolkata"),
    }
    return gate_problems(changes.pop("advisory", ADVISORY), records, **usual | changes)


def _said(*states: ReleaseState, **changes: Any) -> list[tuple[str, str]]:
    """Return weight and code of what is said of an advisory whose releases stand in `states`."""
    found = _found(*(_release(state) for state in states), **changes)
    return [(str(problem.severity), str(problem.code)) for problem in found]


@pytest.mark.parametrize("state", [R.PREPARED, R.APPROVED, R.SENDING, R.DONE])
def test_an_earlier_revision_does_not_pass_for_a_corrected_one(state: ReleaseState) -> None:
    """Of a corrigendum all is asked that is asked of a first issue, however far that has come."""
    required = Required(approval=True, signature=True)
    corrigendum = replace(ADVISORY, revision=1)
    said = _said(state, advisory=corrigendum, required=required, signed=False, now=AFTER)

    assert [PAST, AHEAD, ("warning", "signature_missing")] == said


PAST = ("warning", "hour_past")
MISSING = ("warning", "approval_missing")
AHEAD = ("note", "approval_ahead")


@pytest.mark.parametrize(
    ("states", "before", "after"),
    [
        ((), [AHEAD], [PAST, AHEAD]),
        ((R.CANCELLED,), [AHEAD], [PAST, AHEAD]),
        ((R.PREPARED,), [MISSING], [PAST, MISSING]),
        ((R.APPROVED,), [], [PAST]),
        ((R.SENDING,), [], []),
        ((R.PAUSED,), [], []),
        ((R.DONE,), [], []),
        ((R.DONE, R.PREPARED), [MISSING], [PAST, MISSING]),
    ],
)
def test_the_gates_are_said_until_they_are_passed(
    states: tuple[ReleaseState, ...], before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    """A past hour and a missing approval are warnings until the release is begun; before `prepare` just a note."""
    assert before == _said(*states)
    assert after == _said(*states, now=AFTER)


@pytest.mark.parametrize("states", [(), (R.PREPARED,)])
def test_an_approval_that_nobody_requires_is_not_missed(states: tuple[ReleaseState, ...]) -> None:
    """Where config.yaml requires no approval none is asked for."""
    assert [] == _said(*states, required=Required(approval=False, signature=False))


SIGN, MAY_SIGN = ("warning", "signature_missing"), ("note", "signature_ahead")
FROZEN = ("warning", "signature_frozen")


@pytest.mark.parametrize(
    ("states", "signed", "required", "optional"),
    [
        ((), False, [SIGN], [MAY_SIGN]),
        ((), True, [], []),
        ((R.CANCELLED,), False, [SIGN], [MAY_SIGN]),
        ((R.PREPARED,), True, [FROZEN], []),
        ((R.APPROVED,), False, [FROZEN], []),
        ((R.SENDING,), False, [], []),
        ((R.DONE,), False, [], []),
    ],
)
def test_a_signature_is_missed_until_the_release_goes(
    states: tuple[ReleaseState, ...],
    signed: bool,  # noqa: FBT001 - a row of a table
    required: list[tuple[str, str]],
    optional: list[tuple[str, str]],
) -> None:
    """Where a signature is required it is a warning until it is there, else a note before `prepare`.

    Once prepared, what counts is the document that is frozen, and not a signature that came later: `sign` alone
    does not help then.
    """
    said = {
        needed: _said(*states, signed=signed, required=Required(approval=False, signature=needed))
        for needed in (True, False)
    }

    assert {True: required, False: optional} == said


@pytest.mark.parametrize(("genuine", "said"), [(True, []), (False, [FROZEN])])
def test_only_a_genuine_signature_counts(genuine: bool, said: list[tuple[str, str]]) -> None:  # noqa: FBT001
    """A release whose document is signed is not asked for it; a demo's signature is none."""
    signature = Signature(signer="ASHA RAO", signed_at=BEFORE, level="B-B", genuine=genuine)
    document = DocumentRecord(file_name="Advisory.pdf", sha256="", signature=signature)
    found = _found(
        replace(_release(R.PREPARED), document=document), required=Required(approval=False, signature=True)
    )

    assert said == [(str(problem.severity), str(problem.code)) for problem in found]


BELOW = ("warning", "signature_below_earlier")
CORRIGENDUM = replace(ADVISORY, revision=1, relation={"type": "corrigendum", "target": ADVISORY.number})
SUPERSESSION = replace(
    ADVISORY, number="11/SYS/WZU/2025", relation={"type": "supersession", "target": ADVISORY.number}
)


def _signed(state: ReleaseState = R.DONE, **changes: Any) -> ReleaseRecord:
    signature = Signature(signer="ASHA RAO", signed_at=BEFORE, level="B-B", genuine=changes.pop("genuine", True))
    document = DocumentRecord(file_name="Advisory.pdf", sha256="", signature=signature)
    return replace(_release(state), document=document, **changes)


def _told(advisory: Advisory, about: ReleaseRecord, *own: ReleaseRecord, **changes: Any) -> list[tuple[str, str]]:
    """Return what is said of an advisory about an earlier one, where nothing is required."""
    usual = {"required": Required(approval=False, signature=False), "signed": False}
    of_number = [one for one in (about, *own) if one.number == advisory.number or one in own]
    found = _found(*of_number, advisory=advisory, about=[about], **usual | changes)
    return [(str(problem.severity), str(problem.code)) for problem in found]


@pytest.mark.parametrize("advisory", [CORRIGENDUM, SUPERSESSION])
def test_what_changes_a_signed_advisory_unsigned_is_told(advisory: Advisory) -> None:
    """A corrigendum or a successor that bears no signature, of one that does, is a warning until it goes."""
    waits, goes = (replace(_release(state), revision=advisory.revision) for state in (R.PREPARED, R.SENDING))

    assert [BELOW] == _told(advisory, _signed())
    assert [BELOW] == _told(advisory, _signed(), waits)
    assert [] == _told(advisory, _signed(), goes)
    assert [] == _told(advisory, _signed(), replace(_signed(R.PREPARED), revision=advisory.revision))
    assert [] == _told(advisory, _signed(), signed=True)


@pytest.mark.parametrize(
    "about",
    [
        _release(R.DONE),
        _signed(genuine=False),
        _signed(R.CANCELLED),
        _signed(R.APPROVED),
        _signed(number="9/SYS/WZU/2025"),
    ],
    ids=["unsigned", "specimen", "cancelled", "not issued", "another"],
)
def test_what_was_not_issued_signed_is_changed_unsigned(about: ReleaseRecord) -> None:
    """Of an earlier one that nobody holds with a signature only the usual note is said."""
    assert [MAY_SIGN] == _told(SUPERSESSION, about)


def test_a_later_revision_is_not_what_a_corrigendum_is_about() -> None:
    """A corrigendum is about the revisions before it."""
    assert [MAY_SIGN] == _told(CORRIGENDUM, _signed(revision=2))


def test_where_a_signature_is_required_that_is_what_is_said() -> None:
    """One sentence says it, the weightier one."""
    assert [SIGN] == _told(CORRIGENDUM, _signed(), required=Required(approval=False, signature=True))


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        (R.PREPARED, "cancel"),
        (R.APPROVED, "cancel"),
        (R.SENDING, "revise 10-SYS-WZU-2025"),
        (R.DONE, "revise 10-SYS"),
    ],
)
def test_what_is_frozen_is_not_signed(state: ReleaseState, advice: str) -> None:
    """A standing release has its document: it is cancelled first, or what went out needs a new revision."""
    with pytest.raises(Refused, match=rf"release 1 of 10/SYS/WZU/2025 is {state} .*{advice}"):
        refuse_signing(ADVISORY, [_release(state)])


def test_a_cancelled_release_or_another_revision_hinders_no_signing() -> None:
    """Only a release of the same revision that stands holds the document."""
    other = replace(_release(R.DONE), revision=1)
    refused = []
    for releases in ([], [_release(R.CANCELLED)], [other], [other, _release(R.DONE)]):
        try:
            refuse_signing(ADVISORY, releases)
        except Refused:
            refused.append(releases)

    assert [[other, _release(R.DONE)]] == refused


def test_the_hour_is_the_one_that_is_frozen() -> None:
    """An hour that was changed in advisory.yaml after `prepare` does not change that of the release."""
    moved = replace(ADVISORY, notify_before=HOUR + timedelta(days=1))
    (said, _) = _found(_release(R.PREPARED), advisory=moved, now=AFTER)

    assert Said.HOUR_PAST == said.code
    assert Source("10-SYS-WZU-2025/advisory.yaml", column="notify_before") == said.source
    assert "13.08.2025 12:00 IST" in message(said)["en"]


def test_each_code_has_its_sentences() -> None:
    """Every code has a sentence in both languages that its facts fill, and each names the command that helps."""
    signature = Required(approval=True, signature=True)
    found = (
        *_found(_release(R.PREPARED), now=AFTER, required=signature),
        *_found(signed=False),
        *_found(signed=False, required=signature),
        *_found(_signed(), advisory=CORRIGENDUM, about=[_signed()], signed=False),
    )

    assert set(Said) == {problem.code for problem in found}
    for problem in found:
        assert {"hi", "en"} == set(sentences()[problem.code])
        assert all("dispatcher " in text and "{" not in text for text in message(problem).values())
    assert Severity.ERROR not in {problem.severity for problem in found}
