"""What people are told of the hour, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.outbox.forecasting import Forecast, Rate
from dispatcher.outbox.records import WebsiteStanding
from dispatcher.outbox.states import DeliveryState, ReleaseState
from dispatcher.register.sentences import foretold, lasting, paced, standing, website, website_languages
from dispatcher.register.status import summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.outbox.records import ReleaseRecord

IST = ZoneInfo("Asia/Kolkata")
HOUR = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
END = datetime(2025, 8, 20, 12, 30, tzinfo=UTC)
LATE = Forecast(HOUR + timedelta(minutes=2), 3, 40, Rate(20))
WAITING = {DeliveryState.DEFERRED: 3, DeliveryState.ACCEPTED: 37}


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (Forecast(None, 0, 0, Rate(20)), "nothing waits"),
        (Forecast(HOUR - timedelta(minutes=5), 0, 40, Rate(20)), "done 13.08. 11:55 IST, in time"),
        (LATE, "3 of 40 will be late at 20 a minute; the last at 13.08. 12:02 IST"),
        (Forecast(HOUR, 1, 1, Rate(None)), "1 of 1 will be late; the last at 13.08. 12:00 IST"),
    ],
)
def test_the_forecast_says_how_many_of_how_many_and_at_which_pace(seen: Forecast, sentence: str) -> None:
    """The number late, the number waiting, the pace and the finish time in office time stand in one sentence."""
    assert sentence == foretold(seen, zone=IST)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Rate(None), ""),
        (Rate(600), " at 600 a minute"),
        (Rate(7.46, measured=True), " at 7.5 a minute, as measured lately"),
        (Rate(0.2, measured=True), " at 0.2 a minute, as measured lately"),
    ],
)
def test_a_measured_pace_is_told_as_such(rate: Rate, words: str) -> None:
    """Whether the pace is the office's own setting or what the relay takes is not left open."""
    assert words == paced(rate)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (12, "12 min"), (60, "1 h"), (200, "3 h 20 min"), (1440, "1 day"), (3000, "2 days 2 h")],
)
def test_how_long(minutes: int, words: str) -> None:
    """A span is told in the two units that matter."""
    assert words == lasting(timedelta(minutes=minutes, seconds=30))


@pytest.mark.parametrize(
    ("now", "counts", "forecast", "sentence"),
    [
        (
            HOUR - timedelta(minutes=80),
            WAITING,
            LATE,
            (
                "to be told before 13.08.2025 12:00 IST, 1 h 20 min from now: "
                "3 of 40 will be late at 20 a minute; the last at 13.08. 12:02 IST"
            ),
        ),
        (
            HOUR + timedelta(minutes=1),
            WAITING,
            Forecast(END, 3, 3, Rate(20)),
            "to be told before 13.08.2025 12:00 IST, which has passed; 3 still wait, until 20.08.2025 18:00 IST",
        ),
        (
            HOUR,
            {DeliveryState.ACCEPTED: 40},
            Forecast(None, 0),
            "to be told before 13.08.2025 12:00 IST: nothing waits",
        ),
        (
            END,
            {DeliveryState.HELD: 1},
            Forecast(None, 0),
            (
                "past its end, 20.08.2025 18:00 IST, and not everybody was told: "
                "`dispatcher send 10/SYS/WZU/2025` records who was not and names them"
            ),
        ),
    ],
)
def test_a_release_against_its_hour_and_its_end(
    release: Callable[..., ReleaseRecord],
    now: datetime,
    counts: dict[DeliveryState, int],
    forecast: Forecast,
    sentence: str,
) -> None:
    """Before the hour the forecast is told, after it until when the rest is tried, past the end what to do."""
    assert sentence == standing(summarise(release(), counts, now=now, forecast=forecast, zone=IST))


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.HELD])
def test_past_its_end_is_only_what_has_someone_left(
    release: Callable[..., ReleaseRecord], state: DeliveryState
) -> None:
    """A release is past its end from its cutoff on, as long as a delivery waits or is held."""
    seen = [
        summarise(release(), {left: 1}, now=now, forecast=Forecast(None, 0), zone=IST).past_end
        for left, now in [
            (state, END - timedelta(seconds=1)),
            (state, END),
            (DeliveryState.EXPIRED, END),
            (DeliveryState.ACCEPTED, END),
        ]
    ]

    assert [False, True, False, False] == seen


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        (ReleaseState.SENDING, "`dispatcher send 10/SYS/WZU/2025` records who was not and names them"),
        (ReleaseState.PAUSED, "it is held; `dispatcher resume 10/SYS/WZU/2025 --reason ...`, then"),
        (ReleaseState.APPROVED, "it never began. `dispatcher send 10/SYS/WZU/2025 --late REASON` lets it go"),
        (ReleaseState.PREPARED, "`dispatcher cancel 10/SYS/WZU/2025 --reason ...` closes it"),
    ],
)
def test_past_the_end_says_what_to_do(
    release: Callable[..., ReleaseRecord], state: ReleaseState, remedy: str
) -> None:
    """Which command records who was not told depends on how far the release got."""
    seen = summarise(
        release(state=state), {DeliveryState.QUEUED: 1}, now=END, forecast=Forecast(END, 1, 1), zone=IST
    )

    assert remedy in standing(seen)


def test_since_when_a_page_is_gone_stands_beside_its_confirmation() -> None:
    """Both moments are told; the language only where not all are gone alike, and what is wrong elsewhere too."""
    confirmed, gone = datetime(2025, 8, 12, 22, 39, tzinfo=UTC), datetime(2025, 8, 13, 3, 42, tzinfo=UTC)
    since = {"hi": gone, "en": gone}
    both = WebsiteStanding(
        confirmed=(), differing=("hi", "en"), unseen=(), at=gone, since=since, lost=dict.fromkeys(since, "gone"),
        right_at={"hi": confirmed, "en": gone - timedelta(hours=9)},
    )  # fmt: skip
    one = replace(both, lost={"hi": "unread"})
    never = replace(both, right_at={})

    assert "website: confirmed 13.08.2025 04:09 IST; gone at 13.08.2025 09:12 IST" == website(both, IST)
    assert (
        "website: confirmed 13.08.2025 04:09 IST; could not be read at 13.08.2025 09:12 IST (hi); "
        "NOT as released (en)"
    ) == website(one, IST)
    assert "website: NOT as released (hi, en), seen 13.08.2025 09:12 IST" == website(never, IST)
    assert "Hindi: gone since 13.08.2025 09:12 IST; English: gone since 13.08.2025 09:12 IST" == website_languages(
        both, IST
    )


def test_of_an_advisory_out_of_force_its_marking_is_told() -> None:
    """A look from before that says nothing of it; one since then says whether the item is marked."""
    seen = WebsiteStanding(confirmed=("hi",), differing=(), unseen=(), at=HOUR)
    marked = replace(seen, ended=True)
    bare = replace(marked, confirmed=(), differing=("hi",))

    assert website(seen, IST, ended=True).endswith("; not looked at since it is out of force")
    assert website(marked, IST, ended=True).startswith("website: marked or taken down as out of force, seen ")
    assert website(bare, IST, ended=True).startswith("website: NOT marked in hi as out of force, seen ")


@pytest.mark.parametrize(
    ("confirmed", "differing", "unseen", "sentence"),
    [
        ("hi en", "", "", "website: confirmed 13.08.2025 09:12 IST"),
        ("hi", "en", "", "website: NOT as released (en), seen 13.08.2025 09:12 IST"),
        ("hi", "", "en", "website: confirmed in hi only 13.08.2025 09:12 IST; not in en"),
    ],
)
def test_what_is_known_of_the_website(confirmed: str, differing: str, unseen: str, sentence: str) -> None:
    """The newest look at each language, with its moment in the office's zone."""
    found = WebsiteStanding(
        confirmed=tuple(confirmed.split()),
        differing=tuple(differing.split()),
        unseen=tuple(unseen.split()),
        at=datetime(2025, 8, 13, 3, 42, tzinfo=UTC),
    )

    assert sentence == website(found, IST)
    assert "website: not confirmed" == website(None, IST)
