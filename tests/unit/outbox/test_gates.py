"""What `send` will ask for, said beforehand: an hour that has passed, an approval that is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatcher.errors import Severity, Source
from dispatcher.model import DoubtPolicy, LatePolicy
from dispatcher.outbox.gates import Said, gate_problems
from dispatcher.outbox.records import ReleaseRecord
from dispatcher.outbox.states import ReleaseState
from dispatcher.words import message, sentences
from tests.drafts import draft

HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
BEFORE, AFTER = HOUR - timedelta(hours=1), HOUR
ADVISORY = draft().advisory
R = ReleaseState


def _release(state: ReleaseState, number: int = 1) -> ReleaseRecord:
    return ReleaseRecord(
        id=number,
        number=ADVISORY.number,
        slug=ADVISORY.slug,
        revision=0,
        act="original",
        state=state,
        content_hash="",
        made_by="asha",
        prepared_at=BEFORE,
        approved_by=None,
        approved_at=None,
        effective_at=HOUR,
        notify_before=HOUR,
        useful_until=None,
        late_policy=LatePolicy.SEND_IN_EFFECT,
        cutoff=HOUR,
        late_reason=None,
        doubt_policy=DoubtPolicy.HOLD,
    )


def _said(*states: ReleaseState, now: datetime = BEFORE, required: bool = True) -> list[tuple[str, str]]:
    """Return weight and code of what is said of an advisory whose releases stand in `states`."""
    found = gate_problems(
        ADVISORY,
        [_release(state) for state in states],
        approval_required=required,
        now=now,
        zone=ZoneInfo("Asia/Kolkata"),
    )
    return [(str(problem.severity), str(problem.code)) for problem in found]


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
    assert [] == _said(*states, required=False)


def test_the_hour_is_the_one_that_is_frozen() -> None:
    """An hour that was changed in advisory.yaml after `prepare` does not change that of the release."""
    moved = replace(ADVISORY, notify_before=HOUR + timedelta(days=1))
    (said, _) = gate_problems(
        moved, [_release(R.PREPARED)], approval_required=True, now=AFTER, zone=ZoneInfo("Asia/Kolkata")
    )

    assert Said.HOUR_PAST == said.code
    assert Source("10-SYS-WZU-2025/advisory.yaml", column="notify_before") == said.source
    assert "13.08.2025 12:00 IST" in message(said)["en"]


def test_each_code_has_its_sentences() -> None:
    """Every code has a sentence in both languages that its facts fill, and each names the command that helps."""
    found = gate_problems(
        ADVISORY, [_release(R.PREPARED)], approval_required=True, now=AFTER, zone=ZoneInfo("Asia/Kolkata")
    ) + gate_problems(ADVISORY, [], approval_required=True, now=BEFORE, zone=ZoneInfo("Asia/Kolkata"))

    assert set(Said) == {problem.code for problem in found}
    for problem in found:
        assert {"hi", "en"} == set(sentences()[problem.code])
        assert all("dispatcher " in text and "{" not in text for text in message(problem).values())
    assert Severity.ERROR not in {problem.severity for problem in found}
