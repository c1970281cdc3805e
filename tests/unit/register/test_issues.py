"""Which act of which number was in force when, and what it was about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dispatcher.outbox.records import History
from dispatcher.outbox.states import ReleaseState
from dispatcher.register.issues import standings

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import ReleaseRecord

    Release = Callable[..., ReleaseRecord]

OLD, NEW = "10/SYS/WZU/2025", "11/SYS/WZU/2025"
START = datetime(2025, 8, 12, 15, tzinfo=UTC)
R = ReleaseState


def _hour(n: int) -> datetime:
    return START + timedelta(hours=n)


def _spans(*releases: ReleaseRecord, **moments: Any) -> list[tuple[str, int | None, int | None, str | None]]:
    """Return name, hours from when until when, and what took its place, of each issue; `moments` of each."""
    found = standings(History(record=one, **moments) for one in releases)

    def hours(at: datetime | None) -> int | None:
        return None if at is None else int((at - START).total_seconds() // 3600)

    return [
        (one.issue.name, hours(one.issue.since), hours(one.until), one.by.name if one.by else None)
        for of_number in found.values()
        for one in of_number
    ]


def _revision(release: Release, n: int, act: str = "corrigendum", **changes: Any) -> ReleaseRecord:
    usual = {"id": n + 1, "revision": n, "act": act, "relation": act, "target": OLD, "approved_at": _hour(n)}
    return release(**{**usual, **changes})


def _successor(release: Release, act: str, **changes: Any) -> ReleaseRecord:
    usual = {"id": 9, "number": NEW, "act": act, "relation": act, "target": OLD, "approved_at": _hour(5)}
    return release(**{**usual, **changes})


def test_a_revision_takes_the_place_of_the_one_before(release: Release) -> None:
    """Each is in force from its approval to that of the next; the last one still is."""
    spans = _spans(release(id=1, approved_at=_hour(0)), _revision(release, 1), _revision(release, 2, "addendum"))

    assert [(OLD, 0, 1, f"{OLD}-R1"), (f"{OLD}-R1", 1, 2, f"{OLD}-R2"), (f"{OLD}-R2", 2, None, None)] == spans


def test_another_number_ends_what_is_in_force(release: Release) -> None:
    """A supersession and a withdrawal end the newest revision; the earlier one ended before."""
    for act in ("supersession", "withdrawal"):
        spans = _spans(release(approved_at=_hour(0)), _revision(release, 1), _successor(release, act))

        assert [(OLD, 0, 1, f"{OLD}-R1"), (f"{OLD}-R1", 1, 5, NEW), (NEW, 5, None, None)] == spans


def test_what_waits_for_approval_ends_nothing(release: Release) -> None:
    """Neither it is in force, nor what it is about is not."""
    waiting = _successor(release, "withdrawal", state=R.PREPARED, approved_at=None, approved_by=None)

    assert [(OLD, 0, None, None), (NEW, None, None, None)] == _spans(release(approved_at=_hour(0)), waiting)


def test_what_was_cancelled_whole_took_nobody_s_place(release: Release) -> None:
    """It was in force until it was cancelled; what it was about goes on."""
    gone = _revision(release, 1, state=R.CANCELLED)
    spans = _spans(release(approved_at=_hour(0)), gone, cancelled_at=_hour(3))

    assert [(OLD, 0, None, None), (f"{OLD}-R1", 1, 3, None)] == spans


def test_without_approval_it_is_in_force_once_it_is_let_go(release: Release) -> None:
    """An office that asks for no approval has only that moment."""
    assert [(OLD, 4, None, None)] == _spans(release(approved_at=None, approved_by=None), began_at=_hour(4))


def test_what_each_is_about(release: Release) -> None:
    """A revision names the newest one before it that was in force, another act the number that it is about."""
    cancelled = _revision(release, 1, state=R.CANCELLED)
    issued = [
        release(id=1),
        cancelled,
        _revision(release, 2),
        _revision(release, 3),
        _successor(release, "withdrawal"),
    ]
    found = standings(History(record=one) for one in issued)

    assert [None, OLD, OLD, f"{OLD}-R2"] == [one.concerns for one in found[OLD]]
    assert [OLD] == [one.concerns for one in found[NEW]]
