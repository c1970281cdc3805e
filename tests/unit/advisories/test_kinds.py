"""What a starter text leaves open, what it suggests, and how answers are understood."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dispatcher.advisories.kinds import Kind, kind_problems, understood
from dispatcher.errors import Severity, TemplateError, UsageError
from dispatcher.words import message

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 26, 14, 43, 20, tzinfo=ZONE)
START = {"window_start": "2026-12-05T22:00+05:30"}


def _suggesting(suggestion: str) -> Kind:
    return Kind("own", f"window_start: <<window_start>>\nuseful_until: <<useful_until = {suggestion}>>\n")


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("contactchange", "advisory_kind_misspelt", "Did you mean contact_change?"),
        ("party", "advisory_kind_unknown", "add templates/advisories/party.yaml"),
    ],
)
def test_a_kind_without_a_starter_text_is_refused(kind: str, code: str, said: str) -> None:
    """At its key, with the kinds that there are, in both languages."""
    (problem,) = kind_problems(kind, ["contact_change", "incident"], file="a")
    told = message(problem)

    assert (Severity.ERROR, code, "kind", kind) == (
        problem.severity, problem.code, problem.source.column, problem.value
    )  # fmt: skip
    assert said in told["en"]
    assert all("contact_change, incident" in text for text in told.values())


def test_a_kind_with_a_starter_text_is_known() -> None:
    """An office's own kind as well as the program's."""
    assert [] == kind_problems("own", ["incident", "own"], file="a")


def test_what_is_open_is_known_by_its_name() -> None:
    """Answers come once, those without a suggestion first; other places are left to people."""
    text = (
        "# Own / A kind\na: <<effective_at = now>>\nb: <<number>> <<affected services>> <<date of it>> <<number>>"
    )
    kind = Kind("own", text)

    assert "Own / A kind" == kind.about
    assert {"number": None, "effective_at": "now"} == kind.suggestions
    assert ["number", "effective_at"] == list(kind.suggestions)


def test_a_suggestion_at_any_place_counts() -> None:
    """An answer that stands twice may carry its suggestion at either place."""
    assert {"window_end": "now"} == Kind("own", "<<window_end>> <<window_end = now>>").suggestions


@pytest.mark.parametrize(
    ("suggestion", "moment"),
    [
        ("now", "2026-11-26T14:40+05:30"),
        ("now + 2 hours", "2026-11-26T16:40+05:30"),
        ("window_start - 4 hours", "2026-12-05T18:00+05:30"),
        ("window_start+30minutes", "2026-12-05T22:30+05:30"),
        ("window_start + 1 day at 18:00", "2026-12-06T18:00+05:30"),
        ("window_start at 09:30", "2026-12-05T09:30+05:30"),
    ],
)
def test_suggestions_are_worked_out(suggestion: str, moment: str) -> None:
    """From now, on five minutes, or from another clock; by minutes, hours, days, at an hour."""
    assert moment == _suggesting(suggestion).suggested("useful_until", START, now=NOW)


@pytest.mark.parametrize(
    "suggestion", ["tomorrow", "now + 2", "now + 2 weeks", "now at 25:00", "effective_at", "now + 1 day 18:00"]
)
def test_a_suggestion_that_cannot_be_worked_out_is_told(suggestion: str) -> None:
    """The sentence names the file, the place and how it is written."""
    with pytest.raises(TemplateError, match=r"templates/advisories/own\.yaml: <<useful_until = .*Write it as"):
        _suggesting(suggestion).suggested("useful_until", START, now=NOW)


def test_answers_take_their_places() -> None:
    """Every place of an answer is filled in, people's own stay, and remarks stand below one another."""
    kind = Kind(
        "own", "useful_until: <<useful_until = now>> # the end\nx: <<useful_until>> <<reason>> # kept\ny: 1\n"
    )

    assert (
        "useful_until: 2026-12-05T22:00+05:30     # the end\n"
        "x: 2026-12-05T22:00+05:30 <<reason>>     # kept\n"
        "y: 1\n"
    ) == kind.filled({"useful_until": START["window_start"]})


@pytest.mark.parametrize(
    ("name", "typed", "answer"),
    [
        ("effective_at", "2026-12-05T22:00", "2026-12-05T22:00+05:30"),
        ("effective_at", " 2026-12-05 22:00 ", "2026-12-05T22:00+05:30"),
        ("effective_at", "5.12.2026 22:00", "2026-12-05T22:00+05:30"),
        ("effective_at", "05.12.2026, 22:00", "2026-12-05T22:00+05:30"),
        ("effective_at", "2026-12-05T16:30Z", "2026-12-05T22:00+05:30"),
        ("effective_at", "2026-12-05T22:00+05:30", "2026-12-05T22:00+05:30"),
        ("date", "05.12.2026", "2026-12-05"),
        ("date", "2026-12-05", "2026-12-05"),
        ("target_date", "2025-08-12", "12.08.2025"),
        ("target", " S1/01/2020 (IGST Refunds)", "S1/01/2020 (IGST Refunds)"),
    ],
)
def test_answers_are_understood(name: str, typed: str, answer: str) -> None:
    """As ISO 8601 or day first; a time without a zone is of the office's, any other is put into it."""
    assert answer == understood(name, typed, zone=ZONE)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        *(
            ("effective_at", typed)
            for typed in ("2026-12-05", "05.12.2026", "22:00", "noon", "", "2026-13-05T22:00")
        ),
        *(("effective_at", typed) for typed in ("31.02.2026 10:00", "05.12.2026 24:61", "0001-01-01T00:00+23:59")),
        *(("date", typed) for typed in ("tomorrow", "", "05.12.2026 22:00", "31.02.2026", "2026-12-05T22:00")),
        *(("target", typed) for typed in ("", "10/SYS\nx", '10"', "<<target>>", "10: x", "{{ number }}")),
    ],
)
def test_other_answers_are_refused_with_what_to_write(name: str, typed: str) -> None:
    """A bare day is no time; a number of an advisory can break no file."""
    with pytest.raises(UsageError, match=r"is not (a time|a date|the number of an advisory); write it as"):
        understood(name, typed, zone=ZONE)
