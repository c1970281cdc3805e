"""Who gets a message late is not asked to act before an hour that has passed by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dispatcher.advisories.answering import with_answers
from dispatcher.advisories.belated import belated_requests, deadlines_in
from dispatcher.advisories.lint import lint_problems
from dispatcher.errors import Severity
from dispatcher.model import Answer, LatePolicy, Origin
from dispatcher.words import message

if TYPE_CHECKING:
    from dispatcher.model import Advisory, Office

LANGUAGES = ("hi", "en")
ZONE = ZoneInfo("Asia/Kolkata")
NOON = datetime(2025, 8, 13, 12, tzinfo=ZONE)
ASKED = {
    "hi": "कृपया दिनांक 13.08.2025 को दोपहर 12:00 बजे से पूर्व सूचना दें।",
    "en": "Kindly inform before 12:00 noon on 13.08.2025.",
}
NAMED = ["addressees[1].ask.hi", "addressees[1].ask.en"]


def _asking(advisory: Advisory, **changes: Any) -> Advisory:
    lines = [replace(line, late_ask=None) for line in advisory.addressees]
    lines[1] = replace(lines[1], ask=ASKED, late_ask={"hi": "तत्काल सूचना दें।", "en": "Inform at once."})
    return replace(advisory, addressees=tuple(lines), **changes)


def _keys(advisory: Advisory) -> list[str]:
    return [one.key for one in belated_requests(advisory, LANGUAGES, zone=ZONE)]


@pytest.mark.parametrize(
    ("policy", "effective", "window_end", "asked"),
    [
        (LatePolicy.SEND_IN_EFFECT, 0, None, []),
        (LatePolicy.SEND_IN_EFFECT, 2, None, NAMED),
        (LatePolicy.SEND_MARKED, 2, None, NAMED),
        (LatePolicy.SEND_MARKED, -2, None, NAMED),
        (LatePolicy.DROP, 2, None, []),
        (LatePolicy.DROP, 2, 8, NAMED),
        (LatePolicy.HOLD, 2, 8, []),
    ],
)
def test_a_request_is_asked_about_if_it_can_go_after_its_hour(
    advisory: Advisory, policy: LatePolicy, effective: int, window_end: int | None, asked: list[str]
) -> None:
    """By the late policy, and the hours between those at which all is known and at which it takes effect."""
    made = _asking(
        advisory,
        late_policy=policy,
        notify_before=NOON,
        effective_at=NOON + timedelta(hours=effective),
        window_end=NOON + timedelta(hours=window_end) if window_end else None,
    )

    assert asked == _keys(made)


def test_without_words_for_then_a_request_holds_to_the_end(advisory: Advisory) -> None:
    """Where `late_ask` is left out, `ask` goes out after the hour too."""
    made = _asking(advisory, notify_before=NOON, effective_at=NOON)
    lines = tuple(replace(line, late_ask=None) for line in made.addressees)

    assert [] == _keys(made)
    assert NAMED == _keys(replace(made, addressees=lines))
    assert NAMED == _keys(replace(made, addressees=lines, useful_until=None))


def test_what_says_at_once_is_not_asked_about(advisory: Advisory) -> None:
    """In each language by itself."""
    made = _asking(advisory, notify_before=NOON, effective_at=NOON + timedelta(hours=2))
    said = {**ASKED, "en": ASKED["en"].replace(".2025.", ".2025; if that hour has passed, at once.")}
    line = replace(made.addressees[1], ask=said)

    assert NAMED[:1] == _keys(replace(made, addressees=(made.addressees[0], line)))


@pytest.mark.parametrize(
    ("language", "text", "hours"),
    [
        ("en", "before 12:00 noon on 13.08.2025", [12]),
        ("en", "by 13.08.2025, 6 pm", [18]),
        ("en", "not later than 13 August 2025 at 6:00 pm", [18]),
        ("hi", "13.08.2025 को शाम 6 बजे से पहले", [18]),
        ("hi", "दिनांक 13 अगस्त, 2025 को दोपहर 12:00 बजे के पूर्व", [12]),
        ("en", "from 12:00 noon on 13.08.2025 to 6:00 pm on 14.08.2025, by email", []),
        ("hi", "13.08.2025 को दोपहर 12:00 बजे से 14.08.2025 को शाम 6:00 बजे तक", []),
        ("en", "before 13.08.2025; on 13.08.2025 as before", []),
        ("en", "on 12.08.2025 at 9:00 am, and before 6:00 pm on 13.08.2025", [18]),
        ("en", "before 24:00 hours on 13.08.2025", [24]),
    ],
)
def test_the_hour_of_a_request_is_found(language: str, text: str, hours: list[int]) -> None:
    """A date and an hour with a word such as "before"; when something happens is no request."""
    wanted = [NOON.replace(hour=0) + timedelta(hours=hour) for hour in hours]

    assert wanted == deadlines_in(text, language, zone=ZONE)


def test_the_lint_asks_and_an_officer_answers(advisory: Advisory, office: Office) -> None:
    """A warning in both languages at the request; of another office's notice, which nobody changes, none."""
    made = _asking(advisory, notify_before=NOON, effective_at=NOON + timedelta(hours=2))
    passed_on = replace(
        made, origin=Origin(issuer={"hi": "कार्यालय", "en": "Office"}, release_hash="a", kit_hash="b")
    )
    asked, not_asked = (
        [one for one in lint_problems(each, LANGUAGES, office=office, file="a") if one.code == "lint_request_past"]
        for each in (made, passed_on)
    )
    answered = with_answers(asked, [Answer(code="lint_request_past", reason="as agreed", by="jd")])

    assert NAMED == [one.source.column for one in asked]
    assert {"13.08.2025 12:00"} == {one.value for one in asked}
    assert "at once" in message(asked[0])["en"]
    assert {Severity.NOTE} == {one.severity for one in answered}
    assert [] == not_asked


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        (LatePolicy.SEND_IN_EFFECT, []),
        (LatePolicy.SEND_MARKED, ["do.hi", "do.en"]),
        (LatePolicy.DROP, ["do.hi", "do.en"]),
        (LatePolicy.HOLD, []),
    ],
)
def test_what_users_are_to_do_is_a_request(advisory: Advisory, policy: LatePolicy, asked: list[str]) -> None:
    """It stands in the notice to couriers, until what is in effect takes its place, which one policy brings."""
    made = replace(
        advisory, do=ASKED, late_policy=policy, notify_before=NOON, effective_at=NOON,
        window_end=NOON + timedelta(hours=8),
    )  # fmt: skip

    assert asked == [key for key in _keys(made) if key.startswith("do.")]
